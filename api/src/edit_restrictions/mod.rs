//! Edit restrictions: administrators take from people the right to edit, hide or delete information, for everybody in the
//! organization, for the members of a workspace, or for people by name; with a reason that those read, and an end that
//! comes by itself.
//!
//! Each stands by itself. What one takes from whom is decided in `core/edits`, from today's facts; every edit asks
//! `core/guards`. A restriction over an organization is one row: a job tells its people, in chunks, of its beginning and of
//! its end.

pub mod advance_edit_restriction;
pub mod affected;
pub mod graphql;
pub mod lift_edit_restriction;
pub mod read;
pub mod restrict_accounts;
pub mod restrict_edits;
pub mod terms;
