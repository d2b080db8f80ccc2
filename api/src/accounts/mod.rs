//! Accounts: people's identities, and what each viewer sees of them.

pub mod graphql;
pub mod in_turn;
pub mod list;
pub mod read;
pub mod view;
