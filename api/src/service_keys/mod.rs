//! Keys of the platform's services: with one a service asks for decisions. Operators make and revoke them.

pub mod create_service_key;
pub mod graphql;
pub mod read;
pub mod revoke_service_key;
