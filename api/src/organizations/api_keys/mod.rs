//! API keys: what an organization's scripts sign in with.

pub mod create_api_key;
pub mod graphql;
pub mod read;
pub mod revoke_api_key;
