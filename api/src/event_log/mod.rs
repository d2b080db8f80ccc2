//! The log as its readers see it. How events are written is in `core::event`.

pub mod graphql;
pub mod read;
