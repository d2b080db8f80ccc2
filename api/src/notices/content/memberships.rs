//! Notices about limits that administrators lay on a membership, and lift.

use super::samples::{CONTACT, EMAIL, ORGANIZATION, days};
use super::{RestoredBecause, Sample};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Administrators let the person only read in a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MembershipRestricted {
    /// Whose workspace it is.
    pub organization: String,
    /// The workspace.
    pub workspace: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// Administrators closed a workspace to the person for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MembershipSuspended {
    /// Whose workspace it is.
    pub organization: String,
    /// The workspace.
    pub workspace: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// A workspace is open to the person as before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MembershipRestored {
    /// Whose workspace it is.
    pub organization: String,
    /// The workspace.
    pub workspace: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// Why.
    pub because: RestoredBecause,
}

impl Sample for MembershipRestricted {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            workspace: "Plant planning".into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            message: Some("We are checking the plans. Reading stays open.".into()),
            until: Some(days(7)),
        }
    }
}

impl Sample for MembershipSuspended {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            workspace: "Plant planning".into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            message: None,
            until: Some(days(30)),
        }
    }
}

impl Sample for MembershipRestored {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            workspace: "Plant planning".into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            message: None,
            because: RestoredBecause::PeriodOver,
        }
    }
}
