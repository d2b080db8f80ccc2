//! The GraphQL schema and what surrounds its execution.

pub mod budget;
pub mod documents;
pub mod limits;
pub mod request_error;
pub mod validation_cache;
