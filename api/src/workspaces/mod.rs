//! Services, an organization's workspaces in them, and memberships: who may enter which workspace.
//!
//! A membership is `INVITED` until the person accepts or declines it. `ACTIVE`, `RESTRICTED` and `SUSPENDED` ones are the
//! ground for powers over the person; a limit may have an end, which comes by itself. A `TERMINATED` one can only be
//! restored, or left for good; nothing revives what was `LEFT` or `DECLINED` but a new invitation.

pub mod accept_membership;
pub mod add_member;
pub mod changes;
pub mod create_service;
pub mod create_workspace;
pub mod decline_membership;
pub mod end_membership_limits;
pub mod graphql;
pub mod leave_workspace;
pub mod limit_membership;
pub mod member_act;
pub mod offer;
pub mod read;
pub mod restore_membership;
