//! The HTTP side: routes, who calls, the endpoint, health.

pub mod app;
pub mod authenticate;
pub mod graphiql;
pub mod graphql_endpoint;
pub mod graphql_route;
pub mod health;
pub mod request_id;
pub mod transport;
