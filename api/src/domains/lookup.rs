//! Looking for a domain's challenges, outside any transaction, and whether what was seen still counts inside one.

use super::{
    challenge,
    diagnosis::{CheckOutcome, Diagnosis, check_txt},
    dns::Dns,
};
use chrono::{DateTime, Utc};
use steward_entities::{domain, kinds};

/// What a lookup saw.
pub(super) struct Lookup {
    asked: Vec<String>,
    /// The token that is published, if one of those asked for is.
    pub(super) found: Option<String>,
    /// The result, to be kept and shown.
    pub(super) diagnosis: Diagnosis,
}

impl Lookup {
    /// Looks for the tokens that prove `domain` at `now`, the newest first; none when no token does.
    pub(super) async fn make(dns: &dyn Dns, domain: &domain::Model, now: DateTime<Utc>) -> Option<Self> {
        let asked: Vec<String> = challenge::valid(domain, now).into_iter().map(ToOwned::to_owned).collect();
        let (mut found, mut kept) = (None, None::<Diagnosis>);
        for token in &asked {
            let diagnosis = check_txt(dns, &domain.name, &challenge::value(token)).await;
            if diagnosis.outcome == CheckOutcome::Found {
                found = Some(token.clone());
                kept = Some(diagnosis);
                break;
            }
            // Advice is given for the newest, but "unknown" for one of them is "unknown" for the whole.
            if kept.is_none() || diagnosis.outcome.is_unknown() {
                kept = Some(diagnosis);
            }
        }
        Some(Self { asked, found, diagnosis: kept? })
    }

    /// Whether it says something about `domain` as it is now: its challenge may have been renewed meanwhile.
    pub(super) fn counts_for(&self, domain: &domain::Model, now: DateTime<Utc>) -> bool {
        let valid = challenge::valid(domain, now);
        match self.found.as_deref() {
            Some(token) => valid.contains(&token),
            None => valid.iter().all(|token| self.asked.iter().any(|asked| asked == token)),
        }
    }
}

impl From<CheckOutcome> for kinds::CheckOutcome {
    fn from(outcome: CheckOutcome) -> Self {
        match outcome {
            CheckOutcome::Found => Self::Found,
            CheckOutcome::HostNotFound => Self::HostNotFound,
            CheckOutcome::TokenNotFound => Self::TokenNotFound,
            CheckOutcome::Timeout => Self::Timeout,
            CheckOutcome::ServerFailure => Self::ServerFailure,
            CheckOutcome::RefusedAddress => Self::RefusedAddress,
        }
    }
}
