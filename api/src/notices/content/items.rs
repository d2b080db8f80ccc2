//! Notices about information stored as part of an account.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION};
use serde::{Deserialize, Serialize};

/// Administrators read what items of the person say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemsRead {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// How many.
    pub count: i64,
    /// How many of them are personal.
    pub personal: i64,
    /// Why.
    pub reason: String,
}

impl Sample for ItemsRead {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            count: 3,
            personal: 0,
            reason: "A customer asks for the plans of the pump".into(),
        }
    }
}
