//! Which apps a person is seen by: what each may see of them, when it last did, and whom to ask.

pub mod graphql;
pub mod read;
