//! Notices: messages to the people concerned, kept as records.

pub mod acknowledge_notice;
pub mod content;
pub mod deliver;
pub mod graphql;
pub mod mailer;
pub mod read;
pub mod record_deliveries;
pub mod resend_notice;
