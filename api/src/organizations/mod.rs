//! Organizations: the platform's customers, their contacts, their administrators, their API keys.

pub mod administrators;
pub mod api_keys;
pub mod create_organization;
pub mod graphql;
pub mod invite;
pub mod read;
pub mod update_organization;
