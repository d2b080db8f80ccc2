//! Notices about what people do with their own account: mostly security notices.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The link that completes a sign-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignUp {
    /// The address that wants an account.
    pub email: String,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// Somebody tried to sign up with the address of an existing account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignUpExisting {
    /// The account's address.
    pub email: String,
}

/// The link that sets a new password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasswordReset {
    /// The account's address.
    pub email: String,
    /// The organization whose administrators require it; none where somebody asked for the link.
    pub required_by: Option<String>,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// The password is another one now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasswordChanged {
    /// The account's address.
    pub email: String,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// Somebody signed in from a device that was never seen on this account before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewDeviceSignIn {
    /// The account's address.
    pub email: String,
    /// The device in plain words.
    pub device: String,
    /// The network address; none where it isn't known.
    pub ip_address: Option<String>,
    /// When.
    pub signed_in_at: DateTime<Utc>,
}

/// The link that confirms a new address; goes to the new address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChangeConfirm {
    /// The address in force.
    pub old_email: String,
    /// The address to be confirmed.
    pub new_email: String,
    /// The organization whose control ends with the change.
    #[serde(default)]
    pub leaves: Option<String>,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// A change of address was asked for; goes to the address in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChangeRequested {
    /// The address in force.
    pub old_email: String,
    /// The address to be confirmed.
    pub new_email: String,
    /// The organization whose administrators decide first.
    #[serde(default)]
    pub organization: Option<String>,
    /// How to reach them.
    #[serde(default)]
    pub contact: Option<String>,
    /// Whether that organization's control would end with the change.
    #[serde(default)]
    pub releases: bool,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
}

/// The address is another one now; goes to the old and to the new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailChanged {
    /// The address until now.
    pub old_email: String,
    /// The address from now on.
    pub new_email: String,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// The person deactivated the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDeactivated {
    /// The account's address.
    pub email: String,
    /// When.
    pub deactivated_at: DateTime<Utc>,
}

/// The person took the account into use again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountReactivated {
    /// The account's address.
    pub email: String,
    /// When.
    pub reactivated_at: DateTime<Utc>,
}
