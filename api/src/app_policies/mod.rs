//! An organization's word on third-party apps: its policy on all of them, what it has decided about single ones, and what
//! its people have asked for.
//!
//! The policy is `ALLOW_APPROVED` until somebody sets another. A decision about one app goes before it; `BLOCK_ALL` goes
//! before everything. What they come to is in `core/apps/rules`, and holds at once for apps that are installed, too.
//!
//! A request waits until an administrator answers it, with a reason that the person reads.

pub mod answer_app_request;
pub mod approve_app;
pub mod block_app;
pub mod clear_app_decision;
pub mod decide;
pub mod graphql;
pub mod read;
pub mod remind_of_approval;
pub mod request_app;
pub mod set_app_policy;
