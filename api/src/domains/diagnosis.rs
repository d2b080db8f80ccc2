//! What a lookup of a challenge means, and what the administrator can do about it.

use super::dns::{Dns, PROOF_PREFIX, TxtAnswer, TxtOutcome};

/// The label below a domain where its challenge is published.
pub const CHALLENGE_LABEL: &str = "_steward-challenge";

const VALUES_SHOWN: usize = 3;
/// Of each value, in characters.
const SHOWN_LENGTH: usize = 80;

/// How a check of a domain's proof ended, as the API's `lastCheck.outcome` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The challenge is there.
    Found,
    /// The name that should hold it doesn't exist.
    HostNotFound,
    /// The name exists, the challenge isn't there.
    TokenNotFound,
    /// No answer in time: nothing is known.
    Timeout,
    /// The servers failed or contradict each other: nothing is known.
    ServerFailure,
    /// The name leads to an address that isn't fetched from (proofs by file).
    RefusedAddress,
}

impl CheckOutcome {
    /// Whether the check failed to find out: such a check changes no domain's state.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        matches!(self, Self::Timeout | Self::ServerFailure)
    }
}

/// A check's result, to be stored and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub outcome: CheckOutcome,
    /// For the administrator: what was looked up, where, what was found, and what to do. Names and values that come
    /// from the DNS are shortened, and stripped of invisible characters; it's plain text, to be escaped as such.
    pub explanation: String,
    /// The values found at the challenge's name.
    pub found_values: Vec<String>,
    /// Which servers were asked.
    pub resolver: String,
}

/// Where else a record ends up by mistake; `None` where nobody looked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Elsewhere<'a> {
    /// At the domain itself.
    pub apex: Option<&'a TxtAnswer>,
    /// At [`doubled_name`].
    pub doubled: Option<&'a TxtAnswer>,
}

/// Where `domain` publishes its challenge.
#[must_use]
pub fn challenge_name(domain: &str) -> String {
    format!("{CHALLENGE_LABEL}.{domain}")
}

/// Where the record lands when a DNS provider's form appends the domain to a name that already ends with it.
#[must_use]
pub fn doubled_name(domain: &str) -> String {
    format!("{CHALLENGE_LABEL}.{domain}.{domain}")
}

/// Looks for the challenge `expected` (the whole text, with its prefix) of `domain`, and where it isn't, also in the
/// places where it's put by mistake. Those never prove anything.
pub async fn check_txt(dns: &dyn Dns, domain: &str, expected: &str) -> Diagnosis {
    let answer = dns.txt(&challenge_name(domain)).await;
    let first = diagnose(domain, expected, &answer, Elsewhere::default());
    if !matches!(first.outcome, CheckOutcome::HostNotFound | CheckOutcome::TokenNotFound) {
        return first;
    }
    let doubled = doubled_name(domain);
    let (apex, doubled) = futures::join!(dns.txt(domain), dns.txt(&doubled));
    diagnose(domain, expected, &answer, Elsewhere { apex: Some(&apex), doubled: Some(&doubled) })
}

/// What `answer`, to the question for [`challenge_name`], means for the challenge `expected` of `domain`. Values are
/// compared exactly, whitespace and quotes around them aside. Only `answer` decides the outcome.
#[must_use]
pub fn diagnose(domain: &str, expected: &str, answer: &TxtAnswer, elsewhere: Elsewhere<'_>) -> Diagnosis {
    let outcome = outcome(expected, answer);
    let name = challenge_name(domain);
    let looked_up = format!("Looked up the TXT records of {name} at {}", answer.resolver);
    let explanation = match outcome {
        CheckOutcome::Found => format!("{looked_up}: the challenge is there."),
        CheckOutcome::Timeout => format!(
            "{looked_up}: no answer came in time. Nothing is concluded from this. Try again in some minutes; if it stays \
             so, see whether the name servers of {domain} answer."
        ),
        CheckOutcome::ServerFailure if holds(expected, &answer.disputed) => format!(
            "{looked_up}: some of these servers see the challenge, and others don't. Nothing is concluded from this. A \
             new record takes some time to be seen everywhere: try again later."
        ),
        CheckOutcome::ServerFailure => format!(
            "{looked_up}: the servers failed, or contradict each other. Nothing is concluded from this. Try again in some \
             minutes; if it stays so, check the name servers and the DNSSEC signatures of {domain}."
        ),
        _ => {
            let found = match answer.outcome {
                TxtOutcome::HostNotFound => "there is no such name".to_owned(),
                _ if answer.strings.is_empty() => "there is no TXT record".to_owned(),
                _ => format!("found {}", listed(&answer.strings)),
            };
            format!("{looked_up}: {found}. {}", advice(domain, expected, answer, elsewhere))
        }
    };
    Diagnosis { outcome, explanation, found_values: answer.strings.clone(), resolver: answer.resolver.clone() }
}

fn outcome(expected: &str, answer: &TxtAnswer) -> CheckOutcome {
    match answer.outcome {
        _ if holds(expected, &answer.strings) => CheckOutcome::Found,
        TxtOutcome::Timeout => CheckOutcome::Timeout,
        TxtOutcome::ServerFailure => CheckOutcome::ServerFailure,
        // Not refuted, so that a server that lags or lies can't take a domain away.
        _ if holds(expected, &answer.disputed) => CheckOutcome::ServerFailure,
        TxtOutcome::HostNotFound => CheckOutcome::HostNotFound,
        TxtOutcome::NoRecords | TxtOutcome::Answered => CheckOutcome::TokenNotFound,
    }
}

fn holds(expected: &str, values: &[String]) -> bool {
    let expected = bare(expected);
    // Nothing would equal an empty value.
    !expected.is_empty() && values.iter().any(|value| bare(value) == expected)
}

/// Without what DNS providers' forms leave around a value.
fn bare(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
}

/// What to do, by the first mistake that is recognised.
fn advice(domain: &str, expected: &str, answer: &TxtAnswer, elsewhere: Elsewhere<'_>) -> String {
    let name = challenge_name(domain);
    let there = |other: Option<&TxtAnswer>| other.is_some_and(|other| holds(expected, &other.strings));
    if there(elsewhere.apex) {
        return format!("The challenge stands at {domain} itself: move it to {name}.");
    }
    if there(elsewhere.doubled) {
        return format!(
            "The challenge stands at {}: your DNS provider appends the domain by itself, so enter only \
             \"{CHALLENGE_LABEL}\" as the record's name (or end the full name with a dot).",
            doubled_name(domain)
        );
    }
    let any = |is_mistaken: &dyn Fn(&str) -> bool| answer.strings.iter().any(|value| is_mistaken(bare(value)));
    let token = expected.strip_prefix(PROOF_PREFIX).unwrap_or(expected);
    let advice = if any(&|value| value == token) {
        format!("The value lacks its beginning, \"{PROOF_PREFIX}\".")
    } else if any(&|value| without_gaps(value) == expected) {
        "The value contains spaces, quotes or invisible characters: enter it in one piece.".to_owned()
    } else if any(&|value| value.eq_ignore_ascii_case(expected)) {
        "Upper and lower case letters of the value differ: copy it exactly.".to_owned()
    } else if any(&|value| value.contains(expected)) {
        "The value has text besides the challenge: give it a record of its own.".to_owned()
    } else if any(&|value| value.starts_with(PROOF_PREFIX)) {
        "A challenge is there, but another one: perhaps an earlier one of yours. Leave it if it's somebody else's, and \
         add yours as a further record."
            .to_owned()
    } else {
        "A new record takes some time to be seen.".to_owned()
    };
    format!("{advice} Needed is a TXT record at {name} with the value {expected}")
}

fn without_gaps(value: &str) -> String {
    value.chars().filter(|&c| !c.is_whitespace() && !is_invisible(c) && !matches!(c, '"' | '\'' | '\\')).collect()
}

/// Controls, and the characters that hide or turn round the text beside them.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

fn listed(values: &[String]) -> String {
    let shown: Vec<String> =
        values.iter().take(VALUES_SHOWN).map(|value| format!("\"{}\"", shortened(value))).collect();
    let more = values.len().saturating_sub(VALUES_SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}

fn shortened(value: &str) -> String {
    let mut visible = value.chars().map(|c| if is_invisible(c) { '\u{fffd}' } else { c });
    let mut shown: String = visible.by_ref().take(SHOWN_LENGTH).collect();
    if visible.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
#[path = "diagnosis_tests.rs"]
mod tests;
