//! Organizations in the schema.

use crate::{
    core::text::{EmailAddress, OrganizationName},
    graphql::{
        Viewer,
        error::read,
        input::text,
        page::{List, Page},
        settle,
    },
    notices::graphql::{self as notices, Notice, NoticeFilterInput},
    organizations::create_organization::CreateOrganization,
    payload,
};
use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{id::OrganizationId, organization};

/// A customer of the platform.
pub struct Organization(pub organization::Model);

/// A customer of the platform, with its contacts, its administrators, its domains and what it has claimed.
#[Object]
impl Organization {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name, as people see it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows with every change; send it as `expectedVersion` to be sure that you change what you have read.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The notices that were sent on its behalf, oldest first; null when you don't administer it.
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<NoticeFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Notice>>> {
        let page = Page {
            first,
            after,
            last,
            before,
        };
        let filter = read(filter.unwrap_or_default().parse())?;
        let reader = Viewer::of(ctx).reader();
        let rows = read(reader.organization_notices(self.0.id, &filter, &page).await)?;
        Ok(rows.map(notices::list))
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
        input: CreateOrganizationInput,
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
