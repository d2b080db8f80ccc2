//! Claims: how an organization asserts control over the accounts in a domain that it has proved.
//!
//! A claim is `PREPARING` until all its assertions and notices are written, then `NOTIFYING` while people have their
//! time, and `COMPLETE` when nothing is pending; or `CANCELED`. One job brings each claim forward, chunk by chunk.
//!
//! An assertion is `PENDING` until its notice was delivered and the period is over; then control is `IN_EFFECT`. Until
//! then the person can accept at once, or move the account to another address or deactivate it: then it is `AVOIDED`.

pub mod accept_control;
pub mod advance_claim;
pub mod cancel_claim;
pub mod candidates;
pub mod claim_accounts;
pub mod graphql;
pub mod leave_domain;
pub mod prepare_chunk;
pub mod read;
pub mod release_accounts;
pub mod take_effect_chunk;
