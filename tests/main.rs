//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

mod dns;
mod domains;
mod import;
mod mailer;
mod operators;
mod passwords;
mod required_resets;
mod sessions;
mod sign_in;
mod sign_up;
mod startup;
mod tidy;
