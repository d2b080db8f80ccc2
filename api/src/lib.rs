//! Steward: an administration API for managed accounts.

pub mod access;
pub mod account_invitations;
pub mod accounts;
pub mod claims;
pub mod config;
pub mod core;
pub mod deactivations;
pub mod demo;
pub mod domains;
pub mod email_changes;
pub mod event_log;
pub mod graphql;
pub mod http;
pub mod import;
pub mod jobs;
pub mod notices;
pub mod operators;
pub mod organizations;
pub mod pages;
pub mod passwords;
pub mod profiles;
pub mod sessions;
pub mod sign_ups;
pub mod startup;
pub mod viewer;
pub mod workspaces;
