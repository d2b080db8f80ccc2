//! Whom an app doesn't see, although it is installed where they are: people who object to it, and people whom administrators
//! keep from it. What both come to is in `core/apps/hidden`, and holds at once.
//!
//! An objection is `OPEN` until administrators decide: `UPHELD`, and the app doesn't see the person for as long as they leave
//! it so; or `DISMISSED`, and it sees them again. The person withdraws it while it hides them. Whoever was dismissed can
//! object again after a time, or as soon as the app may see more.
//!
//! Administrators keep somebody from an app by `revokeAppAccess`, and let it see them again by `restoreAppAccess`.
//!
//! All of this is about the app in the organization: installed anew, or elsewhere in it, it sees no more.

pub mod decide_app_objection;
pub mod graphql;
pub mod object_to_app;
pub mod read;
pub mod restore_app_access;
pub mod revoke_app_access;
pub mod stances;
pub mod told;
pub mod withdraw_app_objection;
