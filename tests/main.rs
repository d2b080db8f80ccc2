//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

#![expect(clippy::unwrap_used, reason = "tests stop at what they don't expect")]

mod administrators;
mod dns;
mod invitations;
mod left_behind;
mod mailer;
mod organizations;
mod sign_in;
mod tidy;
mod workspaces;
