//! Each outcome and each known mistake.

use super::*;

const TOKEN: &str = "steward-domain-verification=abc123";
const NAME: &str = "_steward-challenge.example.com";

fn answer(outcome: TxtOutcome, strings: &[&str]) -> TxtAnswer {
    TxtAnswer {
        outcome,
        strings: strings.iter().map(|&text| text.to_owned()).collect(),
        disputed: Vec::new(),
        resolver: "192.0.2.53".to_owned(),
    }
}

fn told(answer: &TxtAnswer) -> (CheckOutcome, String) {
    let diagnosis = diagnose("example.com", TOKEN, answer, Elsewhere::default());
    assert!(diagnosis.explanation.contains(NAME), "{}", diagnosis.explanation);
    assert!(diagnosis.explanation.contains("192.0.2.53"), "{}", diagnosis.explanation);
    assert_eq!((&diagnosis.found_values, &diagnosis.resolver), (&answer.strings, &answer.resolver));
    (diagnosis.outcome, diagnosis.explanation)
}

#[test]
fn the_token_is_found_alone_among_others_and_in_quotes() {
    let quoted = format!(" \"{TOKEN}\"\n");
    for strings in [&[TOKEN][..], &["v=spf1 -all", TOKEN], &[quoted.as_str()]] {
        assert_eq!(told(&answer(TxtOutcome::Answered, strings)).0, CheckOutcome::Found, "{strings:?}");
    }
}

#[test]
fn nothing_but_the_token_is_found() {
    for near in ["", "\"\"", "abc123", "steward-domain-verification=", "STEWARD-domain-verification=abc123"] {
        assert_eq!(told(&answer(TxtOutcome::Answered, &[near])).0, CheckOutcome::TokenNotFound, "{near:?}");
    }
    for around in [format!("{TOKEN}4"), format!("x{TOKEN}"), format!("{TOKEN} {TOKEN}"), TOKEN.replace('=', "= ")] {
        assert_eq!(told(&answer(TxtOutcome::Answered, &[&around])).0, CheckOutcome::TokenNotFound, "{around:?}");
    }
    let empty = diagnose("example.com", "", &answer(TxtOutcome::Answered, &["", " "]), Elsewhere::default());
    assert_eq!(empty.outcome, CheckOutcome::TokenNotFound, "an empty challenge is never proved");
}

#[test]
fn each_outcome_says_what_to_do() {
    let cases = [
        (TxtOutcome::HostNotFound, CheckOutcome::HostNotFound, "no such name"),
        (TxtOutcome::NoRecords, CheckOutcome::TokenNotFound, "no TXT record"),
        (TxtOutcome::Timeout, CheckOutcome::Timeout, "Try again"),
        (TxtOutcome::ServerFailure, CheckOutcome::ServerFailure, "Try again"),
    ];
    for (looked_up, expected, says) in cases {
        let (outcome, explanation) = told(&answer(looked_up, &[]));
        assert_eq!(outcome, expected);
        assert!(explanation.contains(says), "{explanation}");
        assert_eq!(outcome.is_unknown(), explanation.contains("Nothing is concluded"), "{explanation}");
        assert_eq!(!outcome.is_unknown(), explanation.contains(TOKEN), "{explanation}");
    }
}

#[test]
fn a_disputed_token_is_unknown() {
    let cases = [TxtOutcome::Answered, TxtOutcome::ServerFailure, TxtOutcome::NoRecords, TxtOutcome::HostNotFound];
    for outcome in cases {
        let disputed = TxtAnswer { disputed: vec![TOKEN.to_owned()], ..answer(outcome, &[]) };
        let (outcome, explanation) = told(&disputed);
        assert_eq!(outcome, CheckOutcome::ServerFailure);
        assert!(explanation.contains("some of these servers see the challenge"), "{explanation}");
    }
    let other = TxtAnswer { disputed: vec!["other".to_owned()], ..answer(TxtOutcome::Answered, &["x"]) };
    assert_eq!(told(&other).0, CheckOutcome::TokenNotFound);
}

#[test]
fn mistakes_in_the_value_are_recognised() {
    let cases = [
        ("abc123", "lacks its beginning"),
        ("steward-domain-verification= abc123", "spaces, quotes or invisible"),
        ("steward-domain-verification=\"abc123\"", "spaces, quotes or invisible"),
        ("steward-domain-verification=abc\u{200b}123", "spaces, quotes or invisible"),
        ("Steward-Domain-Verification=ABC123", "case letters"),
        ("_steward-challenge TXT steward-domain-verification=abc123", "text besides"),
        ("steward-domain-verification=old", "another one"),
        ("v=spf1 -all", "takes some time"),
    ];
    for (value, says) in cases {
        let (outcome, explanation) = told(&answer(TxtOutcome::Answered, &[value]));
        assert_eq!(outcome, CheckOutcome::TokenNotFound);
        assert!(explanation.contains(says), "{value:?}: {explanation}");
        assert!(explanation.ends_with(TOKEN), "{explanation}");
    }
}

#[test]
fn a_record_in_the_wrong_place_is_recognised_and_proves_nothing() {
    let (nowhere, right) = (answer(TxtOutcome::HostNotFound, &[]), answer(TxtOutcome::Answered, &[TOKEN]));
    let at_apex = Elsewhere { apex: Some(&right), doubled: Some(&nowhere) };
    let moved = diagnose("example.com", TOKEN, &nowhere, at_apex);
    assert_eq!(moved.outcome, CheckOutcome::HostNotFound);
    assert!(moved.explanation.contains("at example.com itself: move it to"), "{}", moved.explanation);

    let at_doubled = Elsewhere { apex: Some(&nowhere), doubled: Some(&right) };
    let doubled = diagnose("example.com", TOKEN, &nowhere, at_doubled);
    assert_eq!(doubled.outcome, CheckOutcome::HostNotFound);
    assert!(doubled.explanation.contains("_steward-challenge.example.com.example.com"), "{}", doubled.explanation);
}

#[test]
fn hostile_values_are_shown_short_and_harmless() {
    let long = "é".repeat(500);
    let (_, explanation) = told(&answer(TxtOutcome::Answered, &[&long, "a\u{1b}[2J\u{202e}b\nc", "3", "4", "5"]));
    assert!(explanation.contains(&format!("\"{}…\"", "é".repeat(80))), "{explanation}");
    assert!(explanation.contains("and 2 more"), "{explanation}");
    assert!(!explanation.chars().any(|c| c.is_control() || c == '\u{202e}'), "{explanation}");
}
