//! Notices about memberships, roles and what organizations hold.
//!
//! Roles travel as the API names them (`USER_ADMIN`); the templates put them into words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An organization offers a membership in a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MembershipOffered {
    /// Whose workspace it is.
    pub organization: String,
    /// The workspace.
    pub workspace: String,
    /// The address that was invited.
    pub email: String,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// How a membership came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipEndedBecause {
    /// The person left.
    Left,
    /// The organization ended it.
    EndedByOrganization,
}

/// A membership in a workspace is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MembershipEnded {
    /// Whose workspace it is.
    pub organization: String,
    /// The workspace.
    pub workspace: String,
    /// How to reach the administrators.
    pub contact: String,
    /// How it came.
    pub because: MembershipEndedBecause,
    /// The reason that was given.
    pub reason: Option<String>,
}

/// The person holds a role in an organization now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleAssigned {
    /// Where the role counts.
    pub organization: String,
    /// The role, as the API names it.
    pub role: String,
    /// Who gave it: a name, or “the operators”.
    pub assigned_by: String,
    /// How to reach the administrators.
    pub contact: String,
}

/// The person's role in an organization is another one now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleChanged {
    /// Where the role counts.
    pub organization: String,
    /// The role until now, as the API names it.
    pub old_role: String,
    /// The role from now on, as the API names it.
    pub new_role: String,
    /// Who changed it: a name, or “the operators”.
    pub changed_by: String,
    /// How to reach the administrators.
    pub contact: String,
}

/// The person's role in an organization is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleRevoked {
    /// Where the role counted.
    pub organization: String,
    /// The role, as the API names it.
    pub role: String,
    /// Who took it; `None` when the person resigned.
    pub revoked_by: Option<String>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// How to reach the administrators.
    pub contact: String,
}

/// How somebody came to own an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerAddedBecause {
    /// The operators invited them; they may accept.
    Invited,
    /// They accepted an invitation.
    Accepted,
    /// Another owner gave them the role.
    Assigned,
}

/// Somebody is an owner of the organization now, or may become one; goes to its owners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnerAdded {
    /// What they own.
    pub organization: String,
    /// Their address.
    pub email: String,
    /// How it came.
    pub because: OwnerAddedBecause,
    /// Who did it: a name, or “the operators”.
    pub added_by: String,
    /// When.
    pub added_at: DateTime<Utc>,
}

/// An invitation to become an administrator; the address may have no account yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdministratorInvitation {
    /// Where the role will count.
    pub organization: String,
    /// The role, as the API names it.
    pub role: String,
    /// Who invites: a name, or “the operators”.
    pub invited_by: String,
    /// The address that was invited.
    pub email: String,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// Somebody made an API key; goes to the organization's owners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyCreated {
    /// Whose key it is.
    pub organization: String,
    /// The name that its maker gave it.
    pub name: String,
    /// The role that it carries, as the API names it.
    pub role: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// The person became an operator of the platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorCreated {
    /// The account's address.
    pub email: String,
    /// When.
    pub created_at: DateTime<Utc>,
}
