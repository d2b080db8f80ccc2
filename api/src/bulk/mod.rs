//! Acts on many accounts: a job that runs, chunk by chunk, what the mutation on one account runs.
//!
//! A job is `PENDING`, then `COMPLETE`, `CANCELED`, or `FAILED` when who started it has lost the power to. Each account
//! gets a result of its own, written with what was done to it: after a crash nothing is done twice.

pub mod bulk_accounts;
pub mod cancel_job;
pub mod download;
pub mod graphql;
pub mod read;
pub mod run_bulk;
pub mod work;
