//! The schema, put together from the features' parts.

use crate::{
    access::graphql as access,
    account_invitations::graphql as account_invitations,
    accounts::graphql as accounts,
    app_installations::graphql as app_installations,
    app_objections::graphql as app_objections,
    app_people::{graphql as app_people, own::graphql as own_apps},
    app_policies::graphql as app_policies,
    apps::graphql as apps,
    bulk::graphql as bulk,
    claims::graphql as claims,
    data_deletions::graphql as data_deletions,
    deactivations::graphql as deactivations,
    decisions::graphql as decisions,
    deletions::graphql as deletions,
    directory::graphql as directory,
    domains::graphql as domains,
    edit_restrictions::graphql as edit_restrictions,
    email_changes::graphql as email_changes,
    event_log::graphql as event_log,
    graphql::{doors::Doors, node, page::List},
    items::graphql as items,
    notices::graphql as notices,
    organizations::{
        administrators::graphql as administrators, api_keys::graphql as api_keys, graphql as organizations,
    },
    passwords::graphql as passwords,
    profiles::graphql as profiles,
    service_keys::graphql as service_keys,
    sessions::graphql as sessions,
    sign_ups::graphql as sign_ups,
    viewer::graphql as viewer,
    webhooks::graphql as webhooks,
    workspaces::{changes::graphql as workspace_changes, graphql as workspaces},
};
use async_graphql::{EmptySubscription, MergedObject, SchemaBuilder};

/// All that can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    accounts::AccountQuery,
    organizations::OrganizationQuery,
    workspaces::WorkspaceQuery,
    domains::DomainQuery,
    claims::ClaimQuery,
    bulk::BulkQuery,
    decisions::DecisionQuery,
    directory::DirectoryQuery,
    items::ItemQuery,
    apps::AppQuery,
    app_installations::AppInstallationQuery,
    app_people::AppPeopleQuery,
);

/// All that can be changed. Each mutation takes one `input`, and its payload has `userErrors`.
#[derive(MergedObject, Default)]
pub struct Mutation(
    sign_ups::SignUpMutation,
    sessions::SessionMutation,
    passwords::PasswordMutation,
    access::AccessMutation,
    bulk::BulkMutation,
    profiles::ProfileMutation,
    account_invitations::AccountInvitationMutation,
    email_changes::EmailChangeMutation,
    email_changes::EmailAnswerMutation,
    deactivations::DeactivationMutation,
    deletions::DeletionMutation,
    edit_restrictions::EditRestrictionMutation,
    organizations::OrganizationMutation,
    administrators::AdministratorMutation,
    api_keys::ApiKeyMutation,
    service_keys::ServiceKeyMutation,
    workspace_changes::WorkspaceMutation,
    workspace_changes::MembershipLimitMutation,
    domains::DomainMutation,
    claims::ClaimMutation,
    items::ItemMutation,
    apps::AppMutation,
    app_policies::AppPolicyMutation,
    app_installations::AppInstallationMutation,
    data_deletions::DataDeletionMutation,
    webhooks::WebhookMutation,
    app_objections::AppObjectionMutation,
    notices::NoticeMutation,
);

/// The schema's type.
pub type Schema = async_graphql::Schema<Doors<Query>, Mutation, EmptySubscription>;

/// What runs requests on it.
pub type Executor = super::executor::Executor<Doors<Query>, Mutation, EmptySubscription>;

/// The schema, to be finished by who serves it.
#[must_use]
pub fn builder() -> SchemaBuilder<Doors<Query>, Mutation, EmptySubscription> {
    // The engine's connections come without a description: each kind of list gets its own here.
    async_graphql::Schema::build(Doors::<Query>::default(), Mutation::default(), EmptySubscription)
        .disable_suggestions()
        .override_output_type_description::<List<event_log::Event>>("A page of the log.")
        .override_output_type_description::<List<accounts::Account>>("A page of accounts.")
        .override_output_type_description::<List<workspaces::Workspace>>("A page of workspaces.")
        .override_output_type_description::<List<administrators::Administrator>>("A page of administrators.")
        .override_output_type_description::<List<administrators::Invitation>>("A page of invitations.")
        .override_output_type_description::<List<api_keys::ApiKey>>("A page of API keys.")
        .override_output_type_description::<List<workspaces::Membership>>("A page of memberships.")
        .override_output_type_description::<List<workspaces::Service>>("A page of services.")
        .override_output_type_description::<List<service_keys::ServiceKey>>("A page of keys of a service.")
        .override_output_type_description::<List<directory::DirectoryPerson>>("A page of a directory.")
        .override_output_type_description::<List<items::Item>>("A page of items.")
        .override_output_type_description::<List<items::ItemKind>>("A page of kinds of items.")
        .override_output_type_description::<List<domains::Domain>>("A page of domains.")
        .override_output_type_description::<List<claims::Claim>>("A page of claims.")
        .override_output_type_description::<List<claims::ClaimCandidate>>("A page of accounts that could be claimed.")
        .override_output_type_description::<List<claims::ControlAssertion>>("A page of control assertions.")
        .override_output_type_description::<List<edit_restrictions::EditRestriction>>("A page of edit restrictions.")
        .override_output_type_description::<List<email_changes::EmailChange>>("A page of changes of address.")
        .override_output_type_description::<List<notices::Notice>>("A page of notices.")
        .override_output_type_description::<List<event_log::Event>>("A page of events.")
        .override_output_type_description::<List<apps::App>>("A page of apps.")
        .override_output_type_description::<List<app_policies::AppDecision>>("A page of decisions about apps.")
        .override_output_type_description::<List<app_policies::AppRequest>>("A page of requests for apps.")
        .override_output_type_description::<List<app_objections::AppObjection>>("A page of objections to apps.")
        .override_output_type_description::<List<app_objections::AppExclusion>>("A page of exclusions from apps.")
        .override_output_type_description::<List<app_installations::AppInstallation>>(
            "A page of installations of apps.",
        )
        .override_output_type_description::<List<data_deletions::DataDeletion>>("A page of deletions by a vendor.")
        .override_output_type_description::<List<webhooks::WebhookDelivery>>("A page of what a vendor is told.")
        .override_output_type_description::<List<app_people::AppPerson>>("A page of people, as an app sees them.")
        .override_output_type_description::<List<own_apps::ViewerApp>>("A page of apps that see you.")
        .override_output_type_description::<List<bulk::Job>>("A page of jobs.")
        .override_output_type_description::<List<bulk::JobResult>>("A page of what a job did.")
}

/// The schema's text, as it is committed in `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl()
}
