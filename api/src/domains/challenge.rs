//! The challenge of a domain: what is published, where, and for how long it can be proved.

use super::{diagnosis::CHALLENGE_LABEL, dns::PROOF_PREFIX};
use crate::core::Tx;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use steward_entities::domain;

/// How long a challenge can be proved after it was made.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// The longest name, in octets, below which the challenge's label fits: a name in the DNS has at most 253.
pub const LONGEST_NAME: usize = 253 - CHALLENGE_LABEL.len() - 1;

/// A new token: 256 random bits, in letters and digits that survive forms which change upper and lower case.
#[must_use]
pub fn new_token(tx: &Tx<'_>) -> String {
    BASE32_NOPAD.encode(&tx.random::<32>()).to_ascii_lowercase()
}

/// The text that is published for a token.
#[must_use]
pub fn value(token: &str) -> String {
    format!("{PROOF_PREFIX}{token}")
}

/// Whether the newest challenge hasn't been proved yet.
#[must_use]
pub fn waits(domain: &domain::Model) -> bool {
    domain.proved_challenge.as_deref() != Some(&domain.challenge)
}

/// The tokens that prove the domain now, the newest first. Empty when its only challenge has expired, or when it was
/// removed.
#[must_use]
pub fn valid(domain: &domain::Model, now: DateTime<Utc>) -> Vec<&str> {
    if domain.removed_at.is_some() {
        return Vec::new();
    }
    let waiting = (waits(domain) && now < domain.challenge_expires_at).then_some(domain.challenge.as_str());
    waiting.into_iter().chain(domain.proved_challenge.as_deref()).collect()
}

/// `text` without the domain's tokens, for those who may read but not prove.
#[must_use]
pub fn without_tokens(domain: &domain::Model, text: &str) -> String {
    let tokens = std::iter::once(domain.challenge.as_str()).chain(domain.proved_challenge.as_deref());
    tokens.fold(text.to_owned(), |text, token| text.replace(token, "…"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use steward_entities::kinds::DomainStatus;

    fn domain(proved: Option<&str>) -> domain::Model {
        domain::Model {
            id: uuid::Uuid::from_u128(1).into(),
            organization_id: uuid::Uuid::from_u128(2).into(),
            name: "acme.test".to_owned(),
            name_key: "test.acme.".to_owned(),
            include_subdomains: None,
            status: DomainStatus::Pending,
            challenge: "newer".to_owned(),
            challenge_expires_at: DateTime::UNIX_EPOCH + LIFETIME,
            proved_challenge: proved.map(ToOwned::to_owned),
            verified_at: None,
            checked_at: None,
            check_method: None,
            check_outcome: None,
            check_found: None,
            check_resolver: None,
            check_advice: None,
            next_check_at: None,
            created_at: DateTime::UNIX_EPOCH,
            removed_at: None,
            version: 1,
        }
    }

    #[test]
    fn an_unproved_challenge_expires_and_a_proved_one_stays() {
        let (before, after) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + LIFETIME);
        assert_eq!(valid(&domain(None), before), ["newer"]);
        assert_eq!(valid(&domain(None), after), [""; 0]);
        assert_eq!(valid(&domain(Some("older")), before), ["newer", "older"]);
        assert_eq!(valid(&domain(Some("older")), after), ["older"]);
        assert_eq!(valid(&domain(Some("newer")), after), ["newer"]);
    }

    #[test]
    fn none_is_valid_after_removal() {
        let removed = domain::Model { removed_at: Some(DateTime::UNIX_EPOCH), ..domain(Some("older")) };
        assert_eq!(valid(&removed, DateTime::UNIX_EPOCH), [""; 0]);
    }

    #[test]
    fn the_longest_name_has_room_for_its_challenge() {
        assert_eq!(LONGEST_NAME, 234);
    }
}
