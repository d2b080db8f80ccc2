//! The GraphQL schema and what surrounds its execution. Each feature has its own part of the schema in a file named
//! `graphql.rs`; here they are put together.

pub mod budget;
pub mod documents;
pub mod doors;
pub mod error;
pub mod executor;
pub mod input;
pub mod limits;
pub mod node;
pub mod notice_kind;
pub mod page;
pub mod plain;
pub mod request_error;
pub mod schema;
pub mod validation_cache;
pub mod viewer;

pub use error::{Settled, UserError, settle};
pub use viewer::Viewer;
