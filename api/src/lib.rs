//! Steward: an administration API for managed accounts.

pub mod config;
pub mod core;
pub mod demo;
pub mod domains;
pub mod graphql;
pub mod http;
pub mod notices;
pub mod organizations;
pub mod pages;
pub mod sessions;
pub mod startup;
