//! Organizations in the schema.

use crate::{
    accounts::list::graphql::OrganizationAccounts,
    app_installations::graphql::OrganizationAppInstallations,
    app_objections::graphql::OrganizationAppObjections,
    app_policies::graphql::OrganizationAppPolicy,
    bulk::graphql::OrganizationJobs,
    claims::graphql::OrganizationClaims,
    core::{
        Error, Result as CoreResult,
        text::{EmailAddress, OrganizationName, PolicyUrl},
    },
    domains::graphql::OrganizationDomains,
    edit_restrictions::graphql::OrganizationEditRestrictions,
    email_changes::graphql::OrganizationEmailChanges,
    event_log::graphql::OrganizationEvents,
    graphql::{
        Settled, Viewer,
        error::read,
        input::{change, id, text},
        node::Find,
        page::{List, Page},
        settle,
    },
    notices::graphql::OrganizationNotices,
    organizations::{
        administrators::graphql::{Administrator, Invitation},
        api_keys::graphql::ApiKey,
        create_organization::CreateOrganization,
        update_organization::UpdateOrganization,
    },
    payload,
    workspaces::graphql::Workspace,
};
use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{id::OrganizationId, kinds, organization};
use tokio::sync::OnceCell;

/// What an administrator may do in an organization. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::RoleName")]
pub enum RoleName {
    /// Everything; alone gives and takes roles and makes keys. An organization keeps at least one owner.
    Owner,
    /// Domains, claims, accounts, memberships, restrictions.
    UserAdmin,
    /// Reads, requires password resets, ends sessions.
    HelpDesk,
    /// Installs and removes apps.
    AppAdmin,
    /// Exports, retention, holds, privacy requests, deletion.
    PrivacyOfficer,
    /// Reads all, the log included; changes nothing.
    Auditor,
}

/// A customer of the platform.
#[derive(Clone)]
pub struct Organization {
    id: OrganizationId,
    /// Read when a field of it is asked for.
    row: OnceCell<organization::Model>,
}

impl From<organization::Model> for Organization {
    fn from(row: organization::Model) -> Self {
        Self { id: row.id, row: OnceCell::new_with(Some(row)) }
    }
}

impl Organization {
    /// One in which the viewer has a role, so that it exists. Most who ask for it ask for what is in it.
    fn unread(id: OrganizationId) -> Self {
        Self { id, row: OnceCell::new() }
    }

    async fn row(&self, ctx: &Context<'_>) -> Result<&organization::Model> {
        let load = || async {
            let row = Viewer::of(ctx).reader().organization(self.id).await?;
            row.ok_or_else(|| Error::internal("an organization that the viewer administers isn't there"))
        };
        read(self.row.get_or_try_init(load).await)
    }
}

/// A customer of the platform, with its contacts, its administrators, its domains and what it has claimed.
#[Object]
impl Organization {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// Its name, as people see it.
    async fn name(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(&self.row(ctx).await?.name)
    }

    /// When it was made.
    async fn created_at(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>> {
        Ok(self.row(ctx).await?.created_at)
    }

    /// Grows with every change; send it as `expectedVersion` to be sure that you change what you have read.
    async fn version(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.row(ctx).await?.version)
    }

    #[graphql(flatten)]
    async fn notices_part(&self) -> OrganizationNotices {
        OrganizationNotices(self.id)
    }

    #[graphql(flatten)]
    async fn accounts_part(&self) -> OrganizationAccounts {
        OrganizationAccounts(self.id)
    }

    #[graphql(flatten)]
    async fn domains_part(&self) -> OrganizationDomains {
        OrganizationDomains(self.id)
    }

    #[graphql(flatten)]
    async fn claims_part(&self) -> OrganizationClaims {
        OrganizationClaims(self.id)
    }

    #[graphql(flatten)]
    async fn jobs_part(&self) -> OrganizationJobs {
        OrganizationJobs(self.id)
    }

    #[graphql(flatten)]
    async fn email_changes_part(&self) -> OrganizationEmailChanges {
        OrganizationEmailChanges(self.id)
    }

    #[graphql(flatten)]
    async fn edit_restrictions_part(&self) -> OrganizationEditRestrictions {
        OrganizationEditRestrictions(self.id)
    }

    #[graphql(flatten)]
    async fn app_objections_part(&self) -> OrganizationAppObjections {
        OrganizationAppObjections(self.id)
    }

    #[graphql(flatten)]
    async fn app_policy_part(&self) -> OrganizationAppPolicy {
        OrganizationAppPolicy(self.id)
    }

    #[graphql(flatten)]
    async fn app_installations_part(&self) -> OrganizationAppInstallations {
        OrganizationAppInstallations(self.id)
    }

    #[graphql(flatten)]
    async fn events_part(&self) -> OrganizationEvents {
        OrganizationEvents(self.id)
    }

    /// Your own role in it; null if you have none that counts now.
    async fn viewer_role(&self, ctx: &Context<'_>) -> Option<RoleName> {
        let reader = Viewer::of(ctx).reader();
        reader.caller().role_in(self.id).map(RoleName::from)
    }

    /// The address that its people ask; null if it has none.
    async fn administrative_email(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.row(ctx).await?.administrative_email.as_deref())
    }

    /// The address for technical matters; for its administrators and operators of the platform.
    async fn technical_email(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let seen = Viewer::of(ctx).reader().sees_inside(self.id);
        Ok(self.row(ctx).await?.technical_email.as_deref().filter(|_| seen))
    }

    /// The address for bills; for its administrators and operators of the platform.
    async fn billing_email(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let seen = Viewer::of(ctx).reader().sees_inside(self.id);
        Ok(self.row(ctx).await?.billing_email.as_deref().filter(|_| seen))
    }

    /// Where its own policy for its people is.
    async fn policy_url(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.row(ctx).await?.policy_url.as_deref())
    }

    /// Everybody with a role in it, those asleep included; for its administrators.
    async fn administrators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<Administrator>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().administrators(self.id, &page).await)?;
        Ok(rows.connection(|(role, _)| vec![role.id.0.to_string()], |(role, account)| Administrator(role, account)))
    }

    /// The invitations that nobody has answered yet; for its administrators. Operators of the platform see those of
    /// owners.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<Invitation>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().invitations(self.id, &page).await)?;
        Ok(rows.connection(|row| vec![row.id.0.to_string()], Invitation))
    }

    /// Its API keys, those that don't work any more included; for its administrators.
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<ApiKey>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().api_keys(self.id, &page).await)?;
        Ok(rows.connection(|seen| vec![seen.key.id.0.to_string()], ApiKey))
    }

    /// Its teams and sites in the platform's services; for its administrators.
    async fn workspaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<Workspace>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().workspaces(self.id, &page).await)?;
        Ok(rows.connection(
            |(workspace, _)| vec![workspace.id.0.to_string()],
            |(workspace, service)| Workspace(workspace, service),
        ))
    }
}

impl Find for Organization {
    type Id = OrganizationId;

    async fn find(viewer: &Viewer, ids: &[OrganizationId]) -> CoreResult<Vec<(OrganizationId, Self)>> {
        let rows = viewer.reader().organizations(ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self::from(row))).collect())
    }
}

/// Reads of organizations.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// One organization; null when there is none under this id that you can see.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization's id.")] id: ID,
    ) -> Result<Option<Organization>> {
        let Ok(id) = id.parse::<OrganizationId>() else {
            return Ok(None);
        };
        let reader = Viewer::of(ctx).reader();
        if reader.reads(id) {
            return Ok(Some(Organization::unread(id)));
        }
        Ok(read(reader.organization(id).await)?.map(Organization::from))
    }
}

/// What an operator says of a new organization.
#[derive(InputObject)]
pub struct CreateOrganizationInput {
    /// Its name, as people see it; 1 to 200 characters.
    name: String,
    /// The address of its first owner, who is invited by mail.
    owner_email: String,
}

/// What to change of an organization. What you leave out stays; null takes a contact or the policy away.
#[derive(InputObject)]
pub struct UpdateOrganizationInput {
    /// The organization.
    organization_id: ID,
    /// Its name, as people see it; 1 to 200 characters.
    name: Option<String>,
    /// The address that its people ask.
    administrative_email: MaybeUndefined<String>,
    /// The address for technical matters.
    technical_email: MaybeUndefined<String>,
    /// The address for bills.
    billing_email: MaybeUndefined<String>,
    /// Where its own policy for its people is: an `https` address.
    policy_url: MaybeUndefined<String>,
    /// The `version` that you have read; another one is refused as `STALE`.
    expected_version: Option<i64>,
}

impl UpdateOrganizationInput {
    fn action(&self) -> CoreResult<UpdateOrganization> {
        let email = EmailAddress::parse;
        Ok(UpdateOrganization {
            organization: id(&["input", "organizationId"], &self.organization_id)?,
            name: self
                .name
                .as_deref()
                .map(|name| text(&["input", "name"], OrganizationName::parse(name)))
                .transpose()?,
            administrative_email: change(&["input", "administrativeEmail"], &self.administrative_email, email)?,
            technical_email: change(&["input", "technicalEmail"], &self.technical_email, email)?,
            billing_email: change(&["input", "billingEmail"], &self.billing_email, email)?,
            policy_url: change(&["input", "policyUrl"], &self.policy_url, PolicyUrl::parse)?,
            expected_version: self.expected_version,
        })
    }
}

payload! {
    /// What came of `updateOrganization`.
    UpdateOrganizationPayload {
        /// The organization.
        organization: Option<Organization>,
    }
}

payload! {
    /// What came of `createOrganization`.
    CreateOrganizationPayload {
        /// The organization.
        organization: Option<Organization>,
    }
}

/// Changes of organizations.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Makes an organization and invites its first owner by mail. For operators of the platform.
    async fn create_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name and its first owner.")] input: CreateOrganizationInput,
    ) -> Settled<CreateOrganizationPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let action = CreateOrganization {
                    name: text(&["input", "name"], OrganizationName::parse(&input.name))?,
                    owner_email: text(&["input", "ownerEmail"], EmailAddress::parse(&input.owner_email))?,
                };
                let done = viewer.perform(action).await?;
                let organization = viewer.reader().organization(done.organization).await?.map(Organization::from);
                Ok(CreateOrganizationPayload { organization, ..Default::default() })
            }
            .await,
        )
    }

    /// Changes its name, its contacts, the link to its policy. For owners.
    async fn update_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateOrganizationInput,
    ) -> Settled<UpdateOrganizationPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let organization = viewer.perform(input.action()?).await?;
                let organization = viewer.reader().organization(organization).await?.map(Organization::from);
                Ok(UpdateOrganizationPayload { organization, ..Default::default() })
            }
            .await,
        )
    }
}
