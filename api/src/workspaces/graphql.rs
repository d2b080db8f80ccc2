//! Services, workspaces and memberships in the schema.

use crate::{
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
    items::graphql::ServiceItemKinds,
    service_keys::graphql::ServiceKeys,
    workspaces::read::SeenMembership,
};
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{id::WorkspaceId, kinds, service, workspace};

/// The state of a membership. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::MembershipStatus")]
pub enum MembershipStatus {
    /// Offered; it gives nobody any power until the person accepts.
    Invited,
    /// In force.
    Active,
    /// In force: the person reads in the workspace, and changes nothing.
    Restricted,
    /// The workspace is closed to the person for a time.
    Suspended,
    /// The person said no.
    Declined,
    /// The person left.
    Left,
    /// The organization ended it.
    Terminated,
}

/// A product of the platform.
pub struct Service(pub service::Model);

/// A product of the platform, in which organizations have workspaces.
#[Object]
impl Service {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    #[graphql(flatten)]
    async fn keys_part(&self) -> ServiceKeys {
        ServiceKeys(self.0.id)
    }

    #[graphql(flatten)]
    async fn item_kinds_part(&self) -> ServiceItemKinds {
        ServiceItemKinds(self.0.id)
    }
}

/// An organization's team or site in a service.
pub struct Workspace(pub workspace::Model, pub service::Model);

/// An organization's team or site in a service.
#[Object]
impl Workspace {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The organization whose workspace it is.
    async fn organization_id(&self) -> ID {
        self.0.organization_id.to_string().into()
    }

    /// The product in which it is.
    async fn service(&self) -> Service {
        Service(self.1.clone())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Its memberships, from the offer on, those that are over included; for its organization's administrators.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<Membership>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().members(&self.0, &page).await)?;
        Ok(rows.connection(place, Membership))
    }
}

/// The place of a membership in a list.
fn place(seen: &SeenMembership) -> Vec<String> {
    vec![seen.membership.id.0.to_string()]
}

/// One person's access to one workspace.
pub struct Membership(pub SeenMembership);

/// One person's access to one workspace, from the offer on. Until it is accepted it knows the invited address alone.
#[Object]
impl Membership {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.membership.id.to_string().into()
    }

    /// Its state.
    async fn status(&self) -> MembershipStatus {
        self.0.status.into()
    }

    /// The member's address; the invited one, as it was given, while there is no member.
    async fn email(&self) -> &str {
        let person = self.0.person.as_ref();
        person.map_or(&self.0.membership.email, |person| &person.email)
    }

    /// The member's name; null while there is no member.
    async fn name(&self) -> Option<&str> {
        self.0.person.as_ref().map(|person| person.display_name.as_str())
    }

    /// The account of who accepted it; null until then.
    async fn account_id(&self) -> Option<ID> {
        self.0.membership.account_id.map(|id| id.to_string().into())
    }

    /// The workspace.
    async fn workspace_id(&self) -> ID {
        self.0.workspace.id.to_string().into()
    }

    /// The workspace's name.
    async fn workspace_name(&self) -> &str {
        &self.0.workspace.name
    }

    /// The organization whose workspace it is.
    async fn organization_id(&self) -> ID {
        self.0.organization.id.to_string().into()
    }

    /// The organization's name.
    async fn organization_name(&self) -> &str {
        &self.0.organization.name
    }

    /// When it was offered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.membership.created_at
    }

    /// Until when the offer stands; null once it is answered. Add the address again to renew it.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.membership.expires_at
    }

    /// When it was accepted.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.membership.accepted_at
    }

    /// Why administrators limited or ended it, as the log has it. For administrators.
    async fn reason(&self) -> Option<&str> {
        self.0.membership.reason.as_deref().filter(|_| self.0.administers && self.0.is_limited())
    }

    /// The administrators' words to the person, while something limits the membership or they have ended it.
    async fn message(&self) -> Option<&str> {
        self.0.membership.message.as_deref().filter(|_| self.0.is_limited())
    }

    /// When the limit ends by itself; null while nothing limits the membership, or somebody has to restore it.
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.0.membership.until.filter(|_| self.0.is_limited())
    }

    /// When it was declined or ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.membership.ended_at
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.0.membership.version
    }
}

/// Reads of services, workspaces and memberships.
#[derive(Default)]
pub struct WorkspaceQuery;

#[Object]
impl WorkspaceQuery {
    /// The platform's services, for whoever is signed in.
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<Service>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().services(&page).await)?;
        Ok(rows.connection(|row| vec![row.id.0.to_string()], Service))
    }

    /// One workspace; null when there is none under this id that you can see.
    async fn workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workspace's id.")] id: ID,
    ) -> Result<Option<Workspace>> {
        let Ok(id) = id.parse::<WorkspaceId>() else {
            return Ok(None);
        };
        let found = read(Viewer::of(ctx).reader().workspace(id).await)?;
        Ok(found.map(|(workspace, service)| Workspace(workspace, service)))
    }
}

/// What a signed-in person has to do with workspaces.
pub struct ViewerMemberships;

#[Object]
impl ViewerMemberships {
    /// Your memberships in workspaces, and what you have been offered.
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<List<Membership>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().own_memberships(&page).await)?;
        Ok(rows.connection(place, Membership))
    }
}

impl crate::graphql::plain::Plain for Membership {}

impl crate::graphql::plain::Plain for Service {}

impl crate::graphql::plain::Plain for Workspace {}
