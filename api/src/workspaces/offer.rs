//! An offer of a membership, as the person answers it: by its id, when they are signed in with the address that it was
//! made to, or by the link that was mailed there.

use crate::core::{Error, account::link::LinkInvalid, not_found};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use steward_entities::{account, id::MembershipId, kinds::MembershipStatus, membership};

/// Which offer is answered.
pub enum Which {
    /// The one with this id.
    Id(MembershipId),
    /// The one whose link has this secret text.
    Link(SecretString),
}

impl Which {
    /// Nothing that this person could answer: a wrong id, a wrong link and somebody else's look alike.
    pub fn unknown(&self) -> Error {
        match self {
            Self::Id(_) => not_found(&["input", "membershipId"]),
            Self::Link(_) => LinkInvalid.into(),
        }
    }
}

/// Whether it stands and is made to the person's proved address.
#[must_use]
pub fn is_for(membership: &membership::Model, account: &account::Model, now: DateTime<Utc>) -> bool {
    membership.status == MembershipStatus::Invited
        && membership.expires_at.is_some_and(|at| at > now)
        && account.verified_at.is_some()
        && membership.email_canonical == account.email_canonical
}
