//! Notices about addresses that administrators decide about, and that they change.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION, PERSONAL, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The address is another one now because administrators changed it; goes to the old and to the new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChangedByAdministrators {
    /// Whose administrators.
    pub organization: String,
    /// The address until now.
    pub old_email: String,
    /// The address from now on.
    pub new_email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// Why somebody is told that a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalCause {
    /// It was just made.
    Asked,
    /// Nobody has answered for a week.
    Reminder,
    /// The organization's administrators haven't answered, or none of them could: it is the operators' turn.
    ForOperators,
}

/// A person asks for another address, and whoever gets this decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChangeApproval {
    /// The organization that manages the account.
    pub organization: String,
    /// Who asks.
    pub person: String,
    /// The address in force.
    pub old_email: String,
    /// The address that they want.
    pub new_email: String,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// Whether the new address would end the organization's control.
    pub releases: bool,
    /// Why it is told now.
    pub cause: ApprovalCause,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Until when whoever is told has time.
    pub answer_until: DateTime<Utc>,
}

/// Administrators agree to a new address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChangeApproved {
    /// The organization that manages the account.
    pub organization: String,
    /// The address in force.
    pub old_email: String,
    /// The address that was asked for.
    pub new_email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// Whether an operator of the platform decided in their place.
    pub by_operator: bool,
    /// Whether the new address ends the organization's control.
    pub releases: bool,
    /// Until when links to the new address can be asked for.
    pub approved_until: DateTime<Utc>,
}

/// Administrators refuse a new address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChangeRejected {
    /// The organization that manages the account.
    pub organization: String,
    /// The address in force.
    pub old_email: String,
    /// The address that was asked for.
    pub new_email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// Whether an operator of the platform decided in their place.
    pub by_operator: bool,
    /// Why.
    pub reason: String,
}

/// Why a request for another address is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiredBecause {
    /// Nobody answered.
    Unanswered,
    /// It was approved, and the new address wasn't confirmed.
    Unconfirmed,
}

/// A request for another address came to nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChangeExpired {
    /// The organization that manages the account.
    pub organization: String,
    /// The address in force.
    pub old_email: String,
    /// The address that was asked for.
    pub new_email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// Why.
    pub because: ExpiredBecause,
}

const MARRIED: &str = "ana.moser@hofer-maschinen.example";

impl Sample for EmailChangedByAdministrators {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            old_email: EMAIL.into(),
            new_email: MARRIED.into(),
            contact: CONTACT.into(),
            changed_at: days(0),
        }
    }
}

impl Sample for EmailChangeApproval {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            person: "Ana Gruber".into(),
            old_email: EMAIL.into(),
            new_email: PERSONAL.into(),
            reason: Some("I leave at the end of the month and take my drawings with me, as agreed with Lena.".into()),
            releases: true,
            cause: ApprovalCause::Asked,
            requested_at: days(0),
            answer_until: days(14),
        }
    }
}

impl Sample for EmailChangeApproved {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            old_email: EMAIL.into(),
            new_email: PERSONAL.into(),
            contact: CONTACT.into(),
            by_operator: false,
            releases: true,
            approved_until: days(14),
        }
    }
}

impl Sample for EmailChangeRejected {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            old_email: EMAIL.into(),
            new_email: PERSONAL.into(),
            contact: CONTACT.into(),
            by_operator: false,
            reason: "We keep work accounts at work addresses. Come by, and we find another way.".into(),
        }
    }
}

impl Sample for EmailChangeExpired {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            old_email: EMAIL.into(),
            new_email: PERSONAL.into(),
            contact: CONTACT.into(),
            because: ExpiredBecause::Unanswered,
        }
    }
}
