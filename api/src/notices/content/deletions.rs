//! Notices about the deletion of accounts.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The account will be deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDeletionScheduled {
    /// Whose administrators decided it; none where the person did.
    pub organization: Option<String>,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: Option<String>,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it is deleted.
    pub deleted_at: DateTime<Utc>,
}

/// The account will not be deleted after all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDeletionCanceled {
    /// Whose administrators canceled it; none where the person did.
    pub organization: Option<String>,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: Option<String>,
    /// When.
    pub canceled_at: DateTime<Utc>,
}

/// The account was deleted. The last word to its address. But for the administrators' own words nothing in it tells whose
/// it was, and those go when it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDeleted {
    /// Whose administrators decided it; none where the person did.
    pub organization: Option<String>,
    /// How to reach the administrators.
    pub contact: Option<String>,
    /// The administrators' own words, where the person hasn't had them before.
    pub message: Option<String>,
    /// When.
    pub deleted_at: DateTime<Utc>,
}

impl Sample for AccountDeletionScheduled {
    fn sample() -> Self {
        Self {
            organization: Some(ORGANIZATION.into()),
            email: EMAIL.into(),
            contact: Some(CONTACT.into()),
            message: Some("Thank you for four good years, Ana. All the best!".into()),
            deleted_at: days(14),
        }
    }
}

impl Sample for AccountDeletionCanceled {
    fn sample() -> Self {
        Self {
            organization: Some(ORGANIZATION.into()),
            email: EMAIL.into(),
            contact: Some(CONTACT.into()),
            canceled_at: days(2),
        }
    }
}

impl Sample for AccountDeleted {
    fn sample() -> Self {
        Self {
            organization: Some(ORGANIZATION.into()),
            contact: Some(CONTACT.into()),
            message: Some("Thank you for four good years, Ana. All the best!".into()),
            deleted_at: days(14),
        }
    }
}
