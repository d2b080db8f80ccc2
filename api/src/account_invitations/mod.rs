//! Accounts that administrators make for people, in domains that their organization has proved. Such an account is
//! managed from the start and has no password. A mailed link, 14 days long and renewable, lets the person set one, or
//! decline: then the account ends.

pub mod create_account;
pub mod decline_account;
pub mod graphql;
pub mod invite;
pub mod read;
pub mod renew_account_invitation;
