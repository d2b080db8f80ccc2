//! Steward: an administration API for managed accounts.

pub mod core;
pub mod demo;
pub mod domains;
pub mod graphql;
pub mod http;
pub mod notices;
pub mod operators;
pub mod organizations;
pub mod pages;
pub mod passwords;
pub mod sessions;
pub mod sign_ups;
