//! Notices about limits that administrators lay on an account, and lift.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Administrators let the account only read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRestricted {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// Administrators closed the account for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountSuspended {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// Administrators closed the account for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountTerminated {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
}

/// Why access is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoredBecause {
    /// Administrators lifted what was in force.
    Administrators,
    /// Its announced end has come.
    PeriodOver,
}

/// What administrators had restricted, suspended or terminated is open again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRestored {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// Why.
    pub because: RestoredBecause,
    /// Whether something else closes or limits the account still.
    #[serde(default)]
    pub still_limited: bool,
}

impl Sample for AccountRestricted {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            message: None,
            until: Some(days(7)),
        }
    }
}

impl Sample for AccountSuspended {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            message: Some("Enjoy your parental leave, Ana! We open the account again when you are back.".into()),
            until: Some(days(30)),
        }
    }
}

impl Sample for AccountTerminated {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            message: Some("Thank you for four good years. All the best!".into()),
        }
    }
}

impl Sample for AccountRestored {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            message: None,
            because: RestoredBecause::PeriodOver,
            still_limited: false,
        }
    }
}
