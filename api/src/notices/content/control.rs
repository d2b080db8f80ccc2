//! Notices about an organization's control over an account.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// An organization will manage the account, unless the person decides otherwise in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlAsserted {
    /// Who asserts control.
    pub organization: String,
    /// The proved domain that the account's address belongs to.
    pub domain: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators: an address, a telephone number, a room.
    pub contact: String,
    /// The organization's policy for managed accounts.
    pub policy_url: Option<Url>,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When control begins, at the earliest.
    pub takes_effect_at: DateTime<Utc>,
}

/// Why control began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlCause {
    /// The announced date has come.
    PeriodOver,
    /// The person accepted.
    Accepted,
}

/// From now on an organization manages the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlInEffect {
    /// Who manages the account now.
    pub organization: String,
    /// The proved domain that the account's address belongs to.
    pub domain: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The organization's policy for managed accounts.
    pub policy_url: Option<Url>,
    /// Why control began.
    pub cause: ControlCause,
    /// When control began.
    pub in_effect_at: DateTime<Utc>,
}

/// Why announced control will not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionCanceledBecause {
    /// Administrators canceled the claim.
    ClaimCanceled,
    /// The organization no longer has the domain in the service.
    DomainRemoved,
    /// The person moved the account to an address outside the domain.
    MovedAway,
    /// The person deactivated the account.
    Deactivated,
    /// The person has scheduled the deletion of the account.
    BeingDeleted,
}

/// An organization will not manage the account after all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssertionCanceled {
    /// Who had asserted control.
    pub organization: String,
    /// The domain that the control was about.
    pub domain: String,
    /// The address that the account had when control was asserted.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// Why.
    pub because: AssertionCanceledBecause,
}

/// An organization no longer manages the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountReleased {
    /// Who managed the account.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The reason that the administrators gave.
    pub reason: Option<String>,
}

/// On which ground administrators act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The organization manages the account.
    Managed,
    /// The person is a member of one of the organization's workspaces.
    Membership,
}

/// Administrators ask for a new password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasswordResetRequired {
    /// Whose administrators ask.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The reason that the administrators gave.
    pub reason: Option<String>,
    /// On which ground: it decides what is closed until the password is new.
    pub ground: Ground,
}

/// Administrators ended the person's sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionsEnded {
    /// Whose administrators did it.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The reason that the administrators gave.
    pub reason: Option<String>,
}

/// A claim has nothing pending any more; goes to administrators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimFinished {
    /// Whose claim it was.
    pub organization: String,
    /// The claimed domain.
    pub domain: String,
    /// Accounts that the organization manages now through this claim.
    pub in_effect: u64,
    /// Accounts whose people moved away or deactivated them in time.
    pub avoided: u64,
    /// Accounts for which the claim was canceled.
    pub canceled: u64,
}
