//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests stop at what they don't expect"
)]

mod accounts;
mod dns;
mod every_mutation;
mod permissions_told;
mod schema;
mod sign_in;
mod tidy;
