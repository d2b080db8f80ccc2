//! Notices about accounts that administrators make for people.

use super::Sample;
use super::samples::{CONTACT, DOMAIN, EMAIL, ORGANIZATION, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// Administrators made an account for the person; the link sets its password, or declines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountCreated {
    /// Whose administrators.
    pub organization: String,
    /// The domain that makes it possible.
    pub domain: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// Their own policy for their people.
    pub policy_url: Option<Url>,
    /// The administrators' own words.
    pub message: Option<String>,
    /// The workspaces in which a membership is offered.
    pub workspaces: Vec<String>,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// Administrators wanted to make an account for somebody who has one already, which they don't see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountExisting {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The workspaces in which a membership is offered.
    pub workspaces: Vec<String>,
}

/// The person declined the account; goes to administrators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDeclined {
    /// Whose account it was.
    pub organization: String,
    /// The address that it had.
    pub declined_email: String,
}

impl Sample for AccountCreated {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            domain: DOMAIN.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            policy_url: Url::parse("https://hofer-maschinen.example/it/accounts").ok(),
            message: Some("Welcome, Ana! Please do this before your first day.".into()),
            workspaces: vec!["Plant planning".into(), "Design".into()],
            expires_at: days(14),
        }
    }
}

impl Sample for AccountExisting {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            workspaces: vec!["Plant planning".into()],
        }
    }
}

impl Sample for AccountDeclined {
    fn sample() -> Self {
        Self { organization: ORGANIZATION.into(), declined_email: EMAIL.into() }
    }
}
