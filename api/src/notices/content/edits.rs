//! Notices about what administrators take from people's right to edit, and give back.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Administrators restricted what the person can edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditRestrictionSet {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// What is closed: names of operations.
    pub operations: Vec<String>,
    /// The workspace, where it holds for one alone.
    pub workspace: Option<String>,
    /// Why.
    pub reason: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// Why a restriction is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiftedBecause {
    /// Administrators lifted it.
    Administrators,
    /// Its announced end has come.
    PeriodOver,
}

/// What administrators had restricted is open again, as far as nothing else closes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditRestrictionLifted {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// What is open again: names of operations.
    pub operations: Vec<String>,
    /// The workspace, where it held for one alone.
    pub workspace: Option<String>,
    /// Why it was set.
    pub reason: String,
    /// When it was set.
    pub set_at: DateTime<Utc>,
    /// The administrators' own words.
    pub message: Option<String>,
    /// Why.
    pub because: LiftedBecause,
}

impl Sample for EditRestrictionSet {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            operations: vec!["EDIT_PROFILE".into(), "CHANGE_EMAIL".into(), "DELETE_ITEMS".into()],
            workspace: None,
            reason: "An audit of last year's orders".into(),
            message: Some("The auditors finish next week. Thank you for your patience!".into()),
            until: Some(days(7)),
        }
    }
}

impl Sample for EditRestrictionLifted {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            operations: vec!["EDIT_ITEMS".into(), "CHANGE_VISIBILITY".into()],
            workspace: Some("Design".into()),
            reason: "An audit of last year's orders".into(),
            set_at: days(0),
            message: None,
            because: LiftedBecause::PeriodOver,
        }
    }
}
