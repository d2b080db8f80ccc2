//! The GraphQL schema and what surrounds its execution.

pub mod limits;
