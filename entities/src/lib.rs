//! The tables of Steward, one per file, without logic.

pub mod account;
pub mod account_block;
pub mod api_key;
pub mod claim;
pub mod control_assertion;
pub mod delivery;
pub mod domain;
pub mod email_change;
pub mod event;
pub mod event_detail;
pub mod event_stream;
pub mod id;
pub mod idempotency;
pub mod invitation;
pub mod job;
pub mod kinds;
pub mod membership;
pub mod notice;
pub mod organization;
pub mod rate_limit;
pub mod role;
pub mod service;
pub mod session;
pub mod setting;
pub mod token;
pub mod workspace;
