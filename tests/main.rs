//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop at what they don't expect")]

mod access;
mod account_invitations;
mod accounts;
mod administrators;
mod behind_locks;
mod bulk;
mod changed_addresses;
mod changed_passwords;
mod claims;
mod coverage;
mod devices;
mod dns;
mod domains;
mod email_approvals;
mod email_changes;
mod ended_proofs;
mod event_log;
mod every_mutation;
mod import;
mod invitations;
mod jobs;
mod kills;
mod known_disasters;
mod left_behind;
mod list_plans;
mod mailer;
mod nearer_proofs;
mod notices;
mod operators;
mod organizations;
mod pages;
mod passwords;
mod permissions_told;
mod profiles;
mod races;
mod required_resets;
mod schema;
mod sessions;
mod sign_in;
mod sign_up;
mod startup;
mod story;
mod tidy;
mod workspaces;
