//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

mod claims;
mod dns;
mod jobs;
mod mailer;
mod notices;
mod sign_in;
mod tidy;
