//! Notices: messages to the people concerned, kept as records.

pub mod content;
pub mod mailer;
