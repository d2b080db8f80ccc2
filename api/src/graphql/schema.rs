//! The schema, put together from the features' parts.

<<<<<<< HEAD
use crate::{
    claims::graphql as claims, deactivations::graphql as deactivations, email_changes::graphql as email_changes,
    organizations::graphql as organizations, sessions::graphql as sessions,
};
=======
use crate::{notices::graphql as notices, organizations::graphql as organizations, sessions::graphql as sessions};
>>>>>>> worker
use async_graphql::{EmptySubscription, MergedObject, SchemaBuilder};

/// All that can be read.
#[derive(MergedObject, Default)]
<<<<<<< HEAD
pub struct Query(organizations::OrganizationQuery, claims::ClaimQuery);
=======
pub struct Query(organizations::OrganizationQuery, notices::NoticeQuery);
>>>>>>> worker

/// All that can be changed. Each mutation takes one `input`, and its payload has `userErrors`.
#[derive(MergedObject, Default)]
pub struct Mutation(
    organizations::OrganizationMutation,
    sessions::SessionMutation,
<<<<<<< HEAD
    claims::ClaimMutation,
    email_changes::EmailChangeMutation,
    deactivations::DeactivationMutation,
=======
    notices::NoticeMutation,
>>>>>>> worker
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
