//! The changes of services, workspaces and memberships, as callers of the API ask for them.

pub mod graphql;
