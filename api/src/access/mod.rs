//! Access to managed accounts: restricted, suspended or terminated by administrators, and restored.
//!
//! Each is a block of its own with its reason, message and end; what the account can do is the strictest of those in
//! force. Restoring lifts those of one organization alone. A block with an end lifts by itself, and the person is told.

pub mod block_account;
pub mod end_blocks;
pub mod graphql;
pub mod restore_account;
