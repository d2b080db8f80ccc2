//! The HTTP side: routes, endpoint, health.

pub mod graphiql;
pub mod graphql_endpoint;
