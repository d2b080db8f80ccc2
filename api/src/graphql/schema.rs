//! The schema, put together from the features' parts.

use crate::{
    claims::graphql as claims, deactivations::graphql as deactivations, domains::graphql as domains,
    email_changes::graphql as email_changes, organizations::graphql as organizations, passwords::graphql as passwords,
    sessions::graphql as sessions, sign_ups::graphql as sign_ups,
};
use async_graphql::{EmptySubscription, MergedObject, SchemaBuilder};

/// All that can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    organizations::OrganizationQuery,
    domains::DomainQuery,
    claims::ClaimQuery,
);

/// All that can be changed. Each mutation takes one `input`, and its payload has `userErrors`.
#[derive(MergedObject, Default)]
pub struct Mutation(
    organizations::OrganizationMutation,
    sessions::SessionMutation,
    domains::DomainMutation,
    claims::ClaimMutation,
    email_changes::EmailChangeMutation,
    deactivations::DeactivationMutation,
    sign_ups::SignUpMutation,
    passwords::PasswordMutation,
);

/// The schema's type.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema, to be finished by who serves it.
#[must_use]
pub fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), EmptySubscription).disable_suggestions()
}

/// The schema's text, as it is committed in `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl()
}
