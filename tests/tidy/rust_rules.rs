//! Rules about each Rust file by itself.

use super::Rule;
use super::source::{Breach, Source};

/// Lines of a Rust file, at the very most.
const LONGEST_FILE: usize = 400;

pub const RULES: &[Rule] = &[
    Rule {
        name: "length",
        reason: "a file holds one idea; past 400 lines it has two, and whoever reads it pays for both",
        find: length,
        bad: &[&[("a.rs", LONG)]],
        good: &[&[("a.rs", "//! A.\n")], &[("list.txt", LONG)]],
    },
    Rule {
        name: "story",
        reason: "a file begins with a `//!` line that tells what it is for, so that the listing can be read like a book",
        find: story,
        bad: &[&[("a.rs", "use std::fs;\n//! Too late.\n")], &[("a.rs", "")], &[("a.rs", "//! .\n")]],
        good: &[&[("a.rs", "//! Accounts.\nuse std::fs;\n")]],
    },
    Rule {
        name: "exceptions",
        reason: "an exception from a rule says why: `#[expect(…, reason = \"…\")]`",
        find: exceptions,
        bad: &[&[("a.rs", "#[allow(dead_code)]\nfn a() {}")], &[("a.rs", "#![allow(\n    dead_code,\n)]")]],
        good: &[&[("a.rs", "#[allow(\n    dead_code,\n    reason = \"a macro\",\n)]\n// #[allow(dead_code)]")]],
    },
    Rule {
        name: "ignored tests",
        reason: "a test that doesn't run proves nothing, and nobody notices: repair it or remove it",
        find: |sources| in_code(sources, &["#[ignore", ", ignore)", ", ignore ="]),
        bad: &[&[("a.rs", "#[test]\n#[ignore = \"slow\"]")], &[("a.rs", "#[cfg_attr(unix, ignore)]")]],
        good: &[&[("a.rs", "// #[ignore\nlet ignored = 1;")]],
    },
    Rule {
        name: "unfinished code",
        reason: "what is merged is finished; a caller must not find out at run time that it isn't",
        find: |sources| in_code(sources, &["todo!", "unimplemented!"]),
        bad: &[&[("a.rs", "fn a() { todo!() }")], &[("a.rs", "fn a() { unimplemented!() }")]],
        good: &[&[("a.rs", "let text = \"todo!\";")]],
    },
    Rule {
        name: "sleep",
        reason: "workers wait on the clock that is handed in, and tests move it: a sleep is slow and never long enough",
        find: sleep,
        bad: &[
            &[("api/src/jobs/worker.rs", "tokio::time::sleep(pause).await;")],
            &[("tests/a.rs", "std::thread::sleep(pause);")],
            &[("tests/a.rs", "use tokio::time::sleep_until;\nsleep_until(then).await;")],
        ],
        good: &[
            &[("api/src/core/clock.rs", "tokio::time::sleep(pause).await;")],
            &[("api/src/jobs/worker.rs", "clock.sleep(pause).await;")],
        ],
    },
    Rule {
        name: "names",
        reason: "a name that fits everything says nothing: name what the thing does",
        find: names,
        bad: &[&[("a.rs", "pub struct AccountManager;")], &[("a.rs", "mod string_utils;")]],
        good: &[&[("a.rs", "struct DataDeletion;\nstruct Informed;\nlet user_info = 1;")]],
    },
];

/// 401 lines.
const LONG: &str = {
    const BYTES: [u8; LONGEST_FILE + 1] = [b'\n'; LONGEST_FILE + 1];
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

fn rust(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| source.is_rust())
}

fn in_code(sources: &[Source], patterns: &[&str]) -> Vec<Breach> {
    rust(sources).flat_map(|source| source.lines_of_code_with(patterns)).collect()
}

fn length(sources: &[Source]) -> Vec<Breach> {
    let long = rust(sources).filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > LONGEST_FILE).then(|| source.breach(LONGEST_FILE + 1, format!("{lines} lines")))
    });
    long.collect()
}

fn story(sources: &[Source]) -> Vec<Breach> {
    let tells = |source: &&Source| {
        let first = source.text.lines().next().unwrap_or_default();
        first.strip_prefix("//!").is_some_and(|words| words.contains(char::is_alphabetic))
    };
    rust(sources).filter(|source| !tells(source)).map(|source| source.breach(1, "no `//!` line")).collect()
}

fn exceptions(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in rust(sources) {
        for opening in ["#[allow(", "#![allow("] {
            for (start, _) in source.code.match_indices(opening) {
                let rest = &source.code[start..];
                let attribute = rest.split_once(")]").map_or(rest, |(attribute, _)| attribute);
                if !attribute.contains("reason =") {
                    let line = source.code[..start].matches('\n').count() + 1;
                    breaches.push(source.breach(line, format!("`{opening}` without a reason")));
                }
            }
        }
    }
    breaches
}

fn sleep(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in rust(sources).filter(|source| source.path != "api/src/core/clock.rs") {
        for (index, line) in source.code.lines().enumerate() {
            let mut calls = ["sleep(", "sleep_until("].iter().flat_map(|call| line.match_indices(call));
            // A method of the clock is the right way; a function of its own isn't.
            let waits = |(start, _): (usize, &str)| {
                let before = line[..start].chars().next_back();
                before.is_none_or(|before| before != '.' && before != '_' && !before.is_alphanumeric())
            };
            if calls.any(waits) && !line.contains("fn sleep") {
                breaches.push(source.breach(index + 1, "a sleep"));
            }
        }
    }
    breaches
}

fn names(sources: &[Source]) -> Vec<Breach> {
    const KINDS: [&str; 5] = ["struct", "enum", "trait", "type", "mod"];
    const ENDS: [&str; 6] = ["manager", "helper", "helpers", "util", "utils", "info"];
    let mut breaches = Vec::new();
    for source in rust(sources) {
        for (index, line) in source.code.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            while let Some(word) = words.next() {
                let name = if KINDS.contains(&word) { words.next().unwrap_or_default() } else { "" };
                if ENDS.iter().any(|end| name.to_lowercase().ends_with(end)) || name.ends_with("Data") {
                    breaches.push(source.breach(index + 1, format!("`{name}`")));
                }
            }
        }
    }
    breaches
}
