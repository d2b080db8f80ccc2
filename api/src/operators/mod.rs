//! Operators: the platform's staff, made and unmade by whoever has its command line. They belong to no organization, and
//! no organization manages them.

pub mod create_operator;
pub mod revoke_operator;
