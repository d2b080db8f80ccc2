//! Organizations in the schema.

use crate::{
    accounts::{
        graphql::Account,
        list::graphql::{AccountFilterInput, AccountOrderBy, accounts},
    },
    core::{
        Result as CoreResult,
        text::{EmailAddress, OrganizationName},
    },
    graphql::{
        Viewer,
        error::read,
        input::text,
        node::Find,
        page::{List, Page},
        settle,
    },
    organizations::create_organization::CreateOrganization,
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{id::OrganizationId, kinds, organization};

/// What an administrator may do in an organization. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::RoleName")]
pub enum RoleName {
    /// Everything.
    Owner,
    /// Domains, claims, accounts, memberships, restrictions.
    UserAdmin,
    /// Reading, password resets, sessions.
    HelpDesk,
    /// Apps.
    AppAdmin,
    /// Exports, retention, holds, privacy requests, deletion.
    PrivacyOfficer,
    /// Reads all, the log included; changes nothing.
    Auditor,
}

/// Whom to ask in an organization.
#[derive(SimpleObject)]
pub struct OrganizationContacts {
    /// Whom its people ask.
    administrative: Option<String>,
    /// Whom vendors ask about technical matters.
    technical: Option<String>,
    /// Whom vendors ask about bills.
    billing: Option<String>,
}

/// A customer of the platform.
#[derive(Clone)]
pub struct Organization(pub organization::Model);

/// A customer of the platform, with its contacts, its administrators, its domains and what it has claimed.
#[Object]
impl Organization {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name, as people see it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Your role in it; null for operators of the platform.
    async fn viewer_role(&self, ctx: &Context<'_>) -> Option<RoleName> {
        Viewer::of(ctx).origin().caller.role_in(self.0.id).map(Into::into)
    }

    /// Whom to ask.
    async fn contacts(&self) -> OrganizationContacts {
        OrganizationContacts {
            administrative: self.0.administrative_email.clone(),
            technical: self.0.technical_email.clone(),
            billing: self.0.billing_email.clone(),
        }
    }

    /// Its own policy for its people.
    async fn policy_url(&self) -> Option<&str> {
        self.0.policy_url.as_deref()
    }

    /// The accounts that it manages or that are members of its workspaces. Null when you aren't its administrator.
    #[expect(clippy::too_many_arguments, reason = "a connection's arguments")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when absent.")] filter: Option<AccountFilterInput>,
        #[graphql(desc = "In which order; by id when absent.")] order_by: Option<AccountOrderBy>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Account>>> {
        let page = Page {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        read(accounts(Viewer::of(ctx), self.0.id, filter, order, &page).await)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows with every change; send it as `expectedVersion` to be sure that you change what you have read.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

impl Find for Organization {
    type Id = OrganizationId;

    async fn find(viewer: &Viewer, ids: &[OrganizationId]) -> CoreResult<Vec<(OrganizationId, Self)>> {
        let rows = viewer.reader().organizations(ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
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
        Ok(read(Viewer::of(ctx).reader().organization(id).await)?.map(Organization))
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
    ) -> Result<Option<CreateOrganizationPayload>> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let action = CreateOrganization {
                    name: text(&["input", "name"], OrganizationName::parse(&input.name))?,
                    owner_email: text(&["input", "ownerEmail"], EmailAddress::parse(&input.owner_email))?,
                };
                let done = viewer.perform(action).await?;
                let organization = viewer.reader().organization(done.organization).await?.map(Organization);
                Ok(CreateOrganizationPayload {
                    organization,
                    ..Default::default()
                })
            }
            .await,
        )
    }
}
