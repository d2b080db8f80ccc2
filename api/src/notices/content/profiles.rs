//! Notices about profiles.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION};
use crate::core::account::profile::FieldChange;
use serde::{Deserialize, Serialize};

/// Administrators changed what is known of the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileChanged {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// What was, and what is.
    pub changes: Vec<FieldChange>,
}

impl Sample for ProfileChanged {
    fn sample() -> Self {
        let change = |field: &str, before: Option<&str>, after: Option<&str>| FieldChange {
            field: field.to_owned(),
            before: before.map(ToOwned::to_owned),
            after: after.map(ToOwned::to_owned),
        };
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            changes: vec![
                change("jobTitle", Some("Designer"), Some("Head of design")),
                change("department", None, Some("Product")),
                change("phone", Some("+43512555012"), None),
            ],
        }
    }
}
