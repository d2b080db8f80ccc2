//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

mod dns;
mod mailer;
mod sign_in;
mod startup;
mod tidy;
