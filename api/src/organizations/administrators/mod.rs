//! Administrators: roles in an organization, and the invitations that offer them.

pub mod accept_invitation;
pub mod assign_role;
pub mod cancel_invitation;
pub mod graphql;
pub mod invite_administrator;
pub mod new_owner;
pub mod read;
pub mod refusal;
pub mod resign_role;
pub mod revoke_role;
