//! The catalogue of third-party apps: which there are, who makes them, what they ask for and why. Operators keep it.
//!
//! An app proves who it is by a secret, shown once. While its vendor changes to a new one, two are valid. An app that is
//! retired stays in the catalogue as a record, for those who had it.

pub mod graphql;
pub mod listing;
pub mod read;
pub mod register_app;
pub mod retire_app;
pub mod revoke_app_secret;
pub mod rotate_app_secret;
pub mod rotate_app_webhook_secret;
pub mod update_app;
