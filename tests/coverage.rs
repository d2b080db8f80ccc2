//! `docs/coverage.md` and `docs/trust.md` name the tests that show what works. Here each name is looked for, and each
//! mutation must have its row.
//!
//! A test is named by a file in backquotes and, after it, up to the next file or the end of the row or list item, the
//! names of its tests in backquotes.

use std::{collections::BTreeSet, fs, path::Path};

/// The documents whose rows name tests.
const DOCUMENTS: [&str; 2] = ["docs/coverage.md", "docs/trust.md"];

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).ok()
}

/// What stands in backquotes on a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The tests that a document names, each with its file.
fn named(text: &str) -> Vec<(&str, &str)> {
    let mut tests = Vec::new();
    let mut file = None;
    for line in text.lines() {
        // What is indented goes on with the item above.
        if !line.starts_with("  ") {
            file = None;
        }
        for words in quoted(line) {
            if words.ends_with(".rs") && words.contains('/') {
                file = Some(words);
            } else if let Some(file) = file {
                tests.push((file, words));
            }
        }
    }
    tests
}

/// What of it isn't there: a file, or a test in it.
fn missing<'a>(tests: &[(&'a str, &'a str)], read: impl Fn(&str) -> Option<String>) -> Vec<(&'a str, &'a str)> {
    let is_there = |(file, test): &&(&str, &str)| {
        read(file).is_some_and(|text| text.contains(&format!("fn {test}(")) || text.contains(&format!("fn {test}<")))
    };
    tests.iter().filter(|test| !is_there(test)).copied().collect()
}

/// The operations of the table's rows: what stands first in them, in backquotes.
fn rows(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| quoted(line).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_test_that_the_documents_name_exists() {
    for document in DOCUMENTS {
        let text = read(document).unwrap_or_default();
        let tests = named(&text);
        assert!(tests.len() > 10, "{document} names hardly any test");
        let missing = missing(&tests, read);
        assert!(missing.is_empty(), "{document} names tests that aren't there: {missing:?}");
    }
}

#[test]
fn every_mutation_has_its_row_in_the_coverage() {
    let rows = rows(&read("docs/coverage.md").unwrap_or_default());
    let without: Vec<_> = crate::schema::mutations().into_iter().filter(|name| !rows.contains(name)).collect();
    assert!(without.is_empty(), "write the rows of these mutations into docs/coverage.md: {without:?}");
}

#[test]
fn what_is_not_there_is_found() {
    let text = "| `signIn` | signs in | `tests/a.rs` `one`, `two`; `tests/b.rs` `three` |\n\
                | [`words`](a.md) | none |\n- `tests/b.rs`\n  `three`\n- `words`";
    let tests = named(text);
    let three = ("tests/b.rs", "three");
    assert_eq!(tests, [("tests/a.rs", "one"), ("tests/a.rs", "two"), three, three]);
    let read = |file: &str| (file == "tests/a.rs").then(|| "fn one() {}\nasync fn twofold() {}".to_owned());
    assert_eq!(missing(&tests, read), [("tests/a.rs", "two"), three, three]);
    assert_eq!(rows(text), BTreeSet::from(["signIn".to_owned()]));
}
