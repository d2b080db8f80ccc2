//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

mod claims;
#![expect(clippy::unwrap_used, reason = "tests stop at what they don't expect")]

mod dns;
mod jobs;
mod mailer;
mod notices;
mod operators;
mod passwords;
mod required_resets;
mod sessions;
mod sign_in;
mod sign_up;
mod tidy;
