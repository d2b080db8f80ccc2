//! Deleting accounts: scheduled by the administrators of who manages the account, else by its person; canceled by who
//! scheduled it; and, when the grace period is over, done.
//!
//! While it is scheduled, access has ended but for the person's rights. A job for each deletion waits for its end: it looks
//! again, behind the account's lock, whether the deletion still stands, and erases what identifies the person. What others
//! need stays, of a "Former user". Nobody calls it off from then on; the same job takes the words about the person out of
//! notices, chunk by chunk.

pub mod cancel_account_deletion;
pub mod cancel_my_account_deletion;
pub mod delete_account;
pub mod delete_my_account;
pub mod erase_account;
pub mod finish_erasure;
pub mod grace;
pub mod graphql;
pub mod read;
