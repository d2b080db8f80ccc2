//! Decisions: what the platform's services ask before they let a person do something, and by which rules they are
//! answered. A service is told of the members of its workspaces alone.
//!
//! Nothing is decided here that isn't enforced elsewhere: states come from `core/powers` and `core/account/access`, edit
//! restrictions from `core/edits`. One statement loads what decides about a hundred questions.

pub mod decide;
pub mod graphql;
pub mod read;
