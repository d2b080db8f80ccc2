//! Organizations in the schema.

use crate::{
    core::text::{EmailAddress, OrganizationName},
    domains::graphql::Domain,
    graphql::{
        Viewer,
        error::read,
        input::text,
        page::{List, Page},
        settle,
    },
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

    /// The domains that it has added, in the order in which they were added; for its administrators.
    async fn domains(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From the beginning: how many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "From the end: how many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<List<Domain>> {
        let page = Page {
            first,
            after,
            last,
            before,
        };
        let rows = read(Viewer::of(ctx).reader().domains(self.0.id, &page).await)?;
        Ok(rows.connection(|row| vec![row.id.0.to_string()], Domain))
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
