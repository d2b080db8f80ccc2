//! The house rules that a compiler can't check, read from the source files themselves.
//!
//! A rule is a row of a table: its name, the reason that a breach is answered with, the function that finds breaches,
//! and samples that it must catch and must let pass. To change the house's mind about a rule, change its row.

mod code;
mod layers;
mod rust_rules;
mod source;
mod text_rules;

use std::fmt::Write;

use source::{Breach, Source};

/// Files as `(path, text)`.
type Sample = &'static [(&'static str, &'static str)];

/// One rule of the house.
struct Rule {
    name: &'static str,
    /// A sentence that tells whoever broke the rule what it is good for.
    reason: &'static str,
    find: fn(&[Source]) -> Vec<Breach>,
    /// Each of these is caught: a check that can't fail is none.
    bad: &'static [Sample],
    /// Each of these passes.
    good: &'static [Sample],
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    [text_rules::RULES, rust_rules::RULES, layers::RULES].into_iter().flatten()
}

#[test]
fn the_house_rules_hold() {
    let sources = source::repository();
    assert!(sources.iter().any(|source| source.path == "tests/tidy.rs"), "the walk doesn't even find this file");
    let mut report = String::new();
    for rule in rules() {
        for breach in (rule.find)(&sources) {
            let Breach { path, line, what } = breach;
            let _ = writeln!(report, "{path}:{line}: {what}: {} [{}]", rule.reason, rule.name);
        }
    }
    assert!(report.is_empty(), "the house rules are broken:\n{report}");
}

#[test]
fn every_rule_catches_its_bad_samples_and_passes_its_good_ones() {
    let breaches = |rule: &Rule, sample: Sample| {
        let sources: Vec<Source> = sample.iter().map(|(path, text)| Source::new(path, text)).collect();
        (rule.find)(&sources).len()
    };
    for rule in rules() {
        assert!(!rule.bad.is_empty() && !rule.good.is_empty(), "{} has no samples", rule.name);
        for sample in rule.bad {
            assert_eq!(breaches(rule, sample), 1, "{} must find one breach in {sample:?}", rule.name);
        }
        for sample in rule.good {
            assert_eq!(breaches(rule, sample), 0, "{} must let pass {sample:?}", rule.name);
        }
    }
}
