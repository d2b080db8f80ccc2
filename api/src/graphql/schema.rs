//! The schema, put together from the features' parts.

use crate::{
    accounts::graphql as accounts,
    graphql::{node, page::List},
    organizations::graphql as organizations,
    sessions::graphql as sessions,
    viewer::graphql as viewer,
};
use async_graphql::{EmptySubscription, MergedObject, SchemaBuilder};

/// All that can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    accounts::AccountQuery,
    organizations::OrganizationQuery,
);

/// All that can be changed. Each mutation takes one `input`, and its payload has `userErrors`.
#[derive(MergedObject, Default)]
pub struct Mutation(organizations::OrganizationMutation, sessions::SessionMutation);

/// The schema's type.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema, to be finished by who serves it.
#[must_use]
pub fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    // The engine's connections come without a description: each kind of list gets its own here.
    async_graphql::Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .disable_suggestions()
        .override_output_type_description::<List<accounts::Account>>("A page of accounts.")
}

/// The schema's text, as it is committed in `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl()
}
