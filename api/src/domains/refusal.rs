//! Why something can't be done to a domain.

use crate::core::{Code, Refusal};

/// A refusal that the administrator can do something about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainRefusal {
    /// The organization has added it before.
    #[error("Your organization has added this domain already.")]
    AddedAlready,
    /// There would be no room for the challenge's label.
    #[error(
        "This value must have at most {} octets, so that a challenge can be published below it.",
        super::challenge::LONGEST_NAME
    )]
    NameTooLong,
    /// Its challenge wasn't proved in time.
    #[error(
        "This challenge has expired: they are to be proved within 7 days. Call regenerateDomainChallenge, publish the new value, and verify again."
    )]
    ChallengeExpired,
    /// Its challenge was renewed while the old one was looked up.
    #[error("The challenge was renewed while it was being looked up. Publish the new value and verify again.")]
    ChallengeRenewed,
    /// The challenge wasn't found, or nothing was found out. What was looked up and what to do.
    #[error("{0}")]
    NotProven(String),
    /// The challenge was found, and somebody else has proved this domain.
    #[error(
        "Another organization has proved this domain. If it is yours alone, remove their challenge from its DNS and ask the operators of the platform."
    )]
    Taken,
    /// With it would end the control of the caller's account, and an edit restriction that binds them.
    #[error(
        "Your own account is managed by this domain, and an edit restriction holds for you: with the domain you would lift it from yourself. Another administrator can lift it first, or remove the domain."
    )]
    FreesYou,
}

impl Refusal for DomainRefusal {
    fn code(&self) -> Code {
        match self {
            Self::AddedAlready | Self::ChallengeRenewed => Code::Conflict,
            Self::NameTooLong => Code::Invalid,
            Self::ChallengeExpired => Code::InvalidState,
            Self::NotProven(_) => Code::DomainNotProven,
            Self::Taken => Code::DomainTaken,
            Self::FreesYou => Code::OnSelf,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::AddedAlready | Self::NameTooLong => &["input", "name"],
            _ => &["input", "domainId"],
        }
    }
}
