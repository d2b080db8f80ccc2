//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

mod accounts;
mod dns;
mod every_mutation;
mod permissions_told;
mod schema;
mod sign_in;
mod tidy;
