//! Organizations: the platform's customers, their contacts, their administrators.

pub mod create_organization;
pub mod graphql;
pub mod invite;
pub mod read;
