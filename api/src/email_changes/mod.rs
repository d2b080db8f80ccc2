//! Changes of address: the person asks, the new address confirms, and only then it is in force. Notices go to both.
//!
//! A person who isn't managed changes freely. Whose account an organization manages asks its administrators.

pub mod cancel_email_change;
pub mod confirm_email_change;
pub mod graphql;
pub mod read;
pub mod request_email_change;
