//! Rules about what may know what: composers → verbs → core → entities, and reads through the reader.

use super::Rule;
use super::source::{Breach, Source};

/// Folders of `api/src` that aren't features. Of these, only the core must know no verb.
const GROUND: [&str; 5] = ["core", "graphql", "http", "jobs", "pages"];

/// Features that run verbs of any other.
const COMPOSERS: [&str; 3] = ["bulk", "demo", "import"];

pub const RULES: &[Rule] = &[
    Rule {
        name: "reads",
        reason: "reads go through the reader, which knows the viewer; a raw one leaks what the viewer may not see",
        find: reads,
        bad: &[
            &[("api/src/accounts/graphql.rs", "let all = account::Entity::find().all(db).await?;")],
            &[("api/src/accounts/list.rs", "let one = Account::find_by_id(id);")],
            &[("api/src/accounts/list.rs", "let one = account::Entity::load().one(db);")],
        ],
        good: &[
            &[("api/src/accounts/read.rs", "account::Entity::find()")],
            &[("api/src/core/account/control.rs", "account::Entity::find()")],
            &[("api/src/jobs/queue.rs", "job::Entity::find()")],
            &[("api/src/accounts/suspend.rs", "impl Action for SuspendAccount {}\naccount::Entity::find()")],
            &[("api/src/claims/chunk.rs", "fn chunk(tx: &Tx<'_>) {}\naccount::Entity::find()")],
            &[("tests/story.rs", "account::Entity::find()")],
        ],
    },
    Rule {
        name: "graphql",
        reason: "only a slice's graphql.rs knows async-graphql, so that the rules don't depend on how they are asked",
        find: graphql,
        bad: &[&[("api/src/accounts/suspend.rs", "use async_graphql::Enum;")]],
        good: &[
            &[("api/src/accounts/graphql.rs", "use async_graphql::Enum;")],
            &[("api/src/graphql/schema.rs", "use async_graphql::Schema;")],
            &[("api/src/http/graphql_endpoint.rs", "use async_graphql::Request;")],
            &[("api/src/accounts/suspend.rs", "// not async_graphql")],
        ],
    },
    Rule {
        name: "slices",
        reason: "slices don't import each other's verbs, nor a composer's: what two share is in core",
        find: slices,
        bad: &[
            &[("api/src/accounts/suspend.rs", "use crate::domains::verify::VerifyDomain;"), VERB],
            &[("api/src/accounts/suspend.rs", "use crate::{core::tx, domains::{read, verify::*}};"), VERB],
            &[("api/src/accounts/suspend.rs", "let act = crate::domains::VerifyDomain {};"), VERB],
            &[("api/src/core/action.rs", "use crate::domains::verify;"), VERB],
            &[("api/src/accounts/suspend.rs", "use crate::domains::verify_job;"), VERB],
            &[("api/src/accounts/suspend.rs", "use crate::domains;"), VERB],
            &[("api/src/accounts/suspend.rs", "use crate::bulk::work::Bulk;")],
        ],
        good: &[
            &[("api/src/domains/graphql.rs", "use crate::domains::verify::VerifyDomain;"), VERB],
            &[("api/src/bulk/run.rs", "use crate::domains::verify::VerifyDomain;"), VERB],
            &[("api/src/graphql/schema.rs", "use crate::domains::verify::VerifyDomain;"), VERB],
            &[("api/src/main.rs", "use crate::demo::play;")],
            &[("api/src/graphql/schema.rs", "use crate::bulk::graphql;")],
            &[("api/src/organizations/graphql.rs", "use crate::bulk::graphql::OrganizationJobs;")],
            &[("api/src/accounts/suspend.rs", "use crate::{core::tx, domains::read, notices::content};"), VERB],
        ],
    },
];

/// A verb for the samples.
const VERB: (&str, &str) = ("api/src/domains/verify.rs", "impl Action for VerifyDomain {}");

fn reads(sources: &[Source]) -> Vec<Breach> {
    let may = |source: &Source| {
        matches!(source.file_name(), "read.rs" | "reader.rs")
            || matches!(source.slice(), Some("core" | "jobs"))
            || source.is_verb()
            || source.code.contains("tx: &Tx<'_>")
    };
    let concerned = sources.iter().filter(|source| source.path.starts_with("api/src/") && !may(source));
    concerned.flat_map(|source| source.lines_of_code_with(&["Entity::find", "Entity::load", "find_by_id("])).collect()
}

fn graphql(sources: &[Source]) -> Vec<Breach> {
    let may = |source: &Source| {
        source.file_name() == "graphql.rs"
            || source.path.contains("/graphql/")
            || matches!(source.slice(), Some("graphql" | "http" | "pages"))
    };
    let concerned = sources.iter().filter(|source| source.path.starts_with("api/src/") && !may(source));
    concerned.flat_map(|source| source.lines_of_code_with(&["async_graphql"])).collect()
}

fn slices(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let Some(own) = source.slice() else { continue };
        for (line, path) in crate_paths(&source.code) {
            let other = path[0].as_str();
            if other == own || GROUND.contains(&other) || COMPOSERS.contains(&own) {
                continue;
            }
            let knows_verbs = GROUND.contains(&own) && own != "core";
            let is_shown = path.get(1).is_some_and(|part| part == "graphql");
            let composes = COMPOSERS.contains(&other) && !knows_verbs && !is_shown;
            if composes || (!knows_verbs && leads_to_verb(sources, &path)) {
                breaches.push(source.breach(line, format!("`crate::{}`", path.join("::"))));
            }
        }
    }
    breaches
}

/// Whether a path of two slices' names leads to a verb: its file, its job, its action by re-export, or all at once.
fn leads_to_verb(sources: &[Source], path: &[String]) -> bool {
    let slice = &path[0];
    let is_slice = sources.iter().any(|source| source.slice() == Some(slice));
    let Some(name) = path.get(1) else { return is_slice };
    if name == "*" {
        return is_slice;
    }
    let verb = name.trim_end_matches("_job");
    sources.iter().filter(|source| source.slice() == Some(slice) && source.is_verb()).any(|source| {
        source.file_name().trim_end_matches(".rs") == verb || source.code.contains(&format!("Action for {name} "))
    })
}

/// Every path that begins at the crate's root, with its line; groups in braces are written out.
fn crate_paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (start, root) in code.match_indices("crate::") {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if code[..start].ends_with(is_word) {
            continue;
        }
        let line = code[..start].matches('\n').count() + 1;
        let mut paths = Vec::new();
        branch(&code[start + root.len()..], &[], &mut paths);
        found.extend(paths.into_iter().map(|path| (line, path)));
    }
    found
}

/// Reads one branch of a `use` tree, adds its paths, and gives what follows it.
fn branch<'a>(text: &'a str, before: &[String], paths: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if let Some(rest) = rest.strip_prefix('}') {
                return rest;
            }
            let after = branch(rest, before, paths);
            if after.len() == rest.len() {
                return rest; // no `use` tree after all
            }
            rest = after;
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && !"_*#".contains(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if word.is_empty() {
        return rest;
    }
    let mut path = before.to_vec();
    path.push(word.to_owned());
    if let Some(rest) = rest.strip_prefix("::") {
        return branch(rest, &path, paths);
    }
    paths.push(path);
    let renamed = rest.trim_start().strip_prefix("as ").map(str::trim_start);
    renamed.map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn groups_of_paths_are_written_out() {
    let code = "mod a;\nuse crate::{core::{tx::Tx, id as number}, domains::*};\nlet x = crate::f(&y);";
    let paths: Vec<(usize, String)> =
        crate_paths(code).into_iter().map(|(line, path)| (line, path.join("::"))).collect();
    let expected = [(2, "core::tx::Tx"), (2, "core::id"), (2, "domains::*"), (3, "f")];
    assert_eq!(paths, expected.map(|(line, path)| (line, path.to_owned())));
}
