//! Rules about every text file that people write.

use super::Rule;
use super::source::{Breach, Source};

pub const RULES: &[Rule] = &[
    Rule {
        name: "whitespace",
        reason: "tabs and trailing spaces make changes look larger than they are",
        find: whitespace,
        bad: &[&[("docs/a.md", "one\ntwo \n")], &[("api/src/a.rs", "//! A.\n\tfn a() {}\n")]],
        good: &[&[("docs/a.md", "one\n\ntwo\n")], &[("schema.graphql", "type A {\n\tid: ID!\n}\n")]],
    },
    Rule {
        name: "unfinished",
        reason: "what is merged is finished; what is missing is written down where people look for work",
        find: unfinished,
        bad: &[&[("a.rs", concat!("// TO", "DO: later"))], &[("docs/a.md", concat!("FIX", "ME"))]],
        good: &[&[("a.rs", "// The todos of a person are items.")]],
    },
    Rule {
        name: "words",
        reason: "the repository speaks of the product, not of the place or the way in which it was made",
        find: words,
        bad: &[
            &[("README.md", concat!("see /wo", "rk/notes"))],
            &[("a.rs", concat!("const A: &str = \"/ro", "ot/x\";"))],
            &[("a.md", concat!("the sub", "agent"))],
            &[("a.md", concat!("Asked for in issu", "e 12."))],
        ],
        good: &[
            &[("README.md", "https://example.com/work/ and ./network/")],
            &[("a.rs", "// An issue of 3 kinds. https://example.com/issues/12")],
        ],
    },
    Rule {
        name: "dependencies",
        reason: "every dependency is a risk that somebody took for a reason: say it behind the line or above its group; \
                 crates take theirs from the workspace",
        find: dependencies,
        bad: &[
            &[("Cargo.toml", "[workspace.dependencies]\n# The web.\naxum = \"1\"\n\ncsv = \"1\"\n")],
            &[("api/Cargo.toml", "[dependencies]\naxum = \"1\" # the web\n")],
        ],
        good: &[
            &[(
                "Cargo.toml",
                "[workspace.dependencies]\nsteward = { path = \"api\" }\n\n# The web.\naxum = \"1\"\nhttp = \"1\"\n\n\
                 csv = \"1\" # import\n\n[profile.dev]\ndebug = false\n",
            )],
            &[("api/Cargo.toml", "[dependencies]\naxum.workspace = true\ncsv = { workspace = true }\n")],
        ],
    },
];

/// By people, not by programs: vendored and generated files keep their own style.
fn is_written_by_people(source: &Source) -> bool {
    let ends = [".rs", ".toml", ".md", ".yml", ".sh", ".html"];
    source.path.starts_with(".ci/") || ends.iter().any(|end| source.path.ends_with(end))
}

fn lines(sources: &[Source]) -> impl Iterator<Item = (&Source, usize, &str)> {
    let written = sources.iter().filter(|source| is_written_by_people(source));
    written.flat_map(|source| source.text.lines().enumerate().map(move |(index, line)| (source, index + 1, line)))
}

fn whitespace(sources: &[Source]) -> Vec<Breach> {
    let found = lines(sources).filter_map(|(source, number, line)| {
        let what = if line.contains('\t') { "a tab" } else { "trailing whitespace" };
        (line.contains('\t') || line.trim_end() != line).then(|| source.breach(number, what))
    });
    found.collect()
}

fn unfinished(sources: &[Source]) -> Vec<Breach> {
    let found = lines(sources).filter_map(|(source, number, line)| {
        let marks = [concat!("TO", "DO"), concat!("FIX", "ME")];
        let mark = marks.iter().find(|mark| line.contains(*mark))?;
        Some(source.breach(number, format!("`{mark}`")))
    });
    found.collect()
}

fn words(sources: &[Source]) -> Vec<Breach> {
    let found = lines(sources).filter_map(|(source, number, line)| {
        let lower = line.to_lowercase();
        let word = FOREIGN_WORDS.iter().find(|word| word.is_in(&lower))?;
        Some(source.breach(number, word.what))
    });
    found.collect()
}

/// A word that doesn't belong here, in lower case.
struct ForeignWord {
    text: &'static str,
    /// What must stand before and after it.
    before: fn(Option<char>) -> bool,
    after: fn(Option<char>) -> bool,
    what: &'static str,
}

const FOREIGN_WORDS: &[ForeignWord] = &[
    ForeignWord { text: concat!("/wo", "rk/"), before: begins_path, after: anything, what: "a path of one machine" },
    ForeignWord { text: concat!("/ro", "ot/"), before: begins_path, after: anything, what: "a path of one machine" },
    ForeignWord { text: concat!("sub", "agent"), before: anything, after: anything, what: "a word of the workshop" },
    ForeignWord { text: concat!("issu", "e #"), before: anything, after: digit, what: "a number of the workshop" },
    ForeignWord { text: concat!("issu", "e "), before: anything, after: digit, what: "a number of the workshop" },
];

impl ForeignWord {
    fn is_in(&self, line: &str) -> bool {
        line.match_indices(self.text).any(|(start, _)| {
            let after = line[start + self.text.len()..].chars().next();
            (self.before)(line[..start].chars().next_back()) && (self.after)(after)
        })
    }
}

fn anything(_: Option<char>) -> bool {
    true
}

fn digit(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_ascii_digit())
}

/// An absolute path begins a word; within an address or a longer path, a folder may have any name.
fn begins_path(before: Option<char>) -> bool {
    before.is_none_or(|before| !before.is_alphanumeric() && !"./~_-}".contains(before))
}

fn dependencies(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| source.file_name() == "Cargo.toml") {
        let is_root = source.path == "Cargo.toml";
        let mut in_table = false;
        let mut group_has_reason = false;
        for (index, line) in source.text.lines().enumerate() {
            let line = line.trim();
            if line.starts_with('[') {
                in_table = line.trim_end_matches(']').ends_with("dependencies");
                group_has_reason = false;
            } else if line.is_empty() {
                group_has_reason = false;
            } else if line.starts_with('#') {
                group_has_reason = true;
            } else if in_table && line.contains('=') {
                let own = line.contains("path =");
                let taken = line.contains("workspace = true");
                let fine = if is_root { own || group_has_reason || line.contains('#') } else { taken };
                if !fine {
                    let name = line.split(['=', ' ', '.']).next().unwrap_or_default();
                    breaches.push(source.breach(index + 1, format!("`{name}`")));
                }
            }
        }
    }
    breaches
}
