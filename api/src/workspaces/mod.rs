//! Services, an organization's workspaces in them, and memberships: who may enter which workspace.

pub mod accept_membership;
pub mod add_member;
pub mod changes;
pub mod create_service;
pub mod create_workspace;
pub mod decline_membership;
pub mod graphql;
pub mod leave_workspace;
pub mod offer;
pub mod read;
