//! Objections to apps, and exclusions from them, in the schema.

mod changes;

pub use changes::*;

use crate::{
    accounts::graphql::{Account, OrganizationSummary},
    app_objections::read::Seen,
    apps::graphql::{App, AppScope, listed},
    core::apps::Scopes,
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
};
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{app_exclusion, app_objection, id::OrganizationId, kinds};

/// The state of somebody's objection to an app. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::AppObjectionStatus")]
pub enum AppObjectionStatus {
    /// Nobody has decided yet. The app doesn't see the person.
    Open,
    /// Administrators agreed. The app doesn't see the person.
    Upheld,
    /// Administrators decided that the app may see the person.
    Dismissed,
    /// The person took it back, or has left for good.
    Withdrawn,
}

/// Somebody's objection to an app.
pub struct AppObjection(pub Seen<app_objection::Model>);

/// Somebody doesn't want an app of their organization to see them.
#[Object]
impl AppObjection {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.row.id.to_string().into()
    }

    /// To which app, on whatever installation.
    async fn app(&self) -> App {
        App(self.0.app.clone())
    }

    /// In which organization.
    async fn organization(&self) -> OrganizationSummary {
        self.0.organization.clone().into()
    }

    /// Who objects; null when you don't see them any more.
    async fn account(&self) -> Option<Account> {
        self.0.person.clone().map(Account)
    }

    /// The installation by which the app reached them.
    async fn installation_id(&self) -> ID {
        self.0.row.installation_id.to_string().into()
    }

    /// What the app might, or was about to, when they objected.
    async fn scopes(&self) -> Vec<AppScope> {
        listed(Scopes(self.0.row.scopes))
    }

    /// Why, in their words.
    async fn reason(&self) -> Option<&str> {
        self.0.row.reason.as_deref()
    }

    /// Its state.
    async fn status(&self) -> AppObjectionStatus {
        self.0.row.status.into()
    }

    /// Since when.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// When administrators decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.decided_at
    }

    /// The administrators' reason.
    async fn decision(&self) -> Option<&str> {
        self.0.row.decision.as_deref()
    }

    /// The account of who has decided; null unless you administer the organization.
    async fn decided_by_id(&self, ctx: &Context<'_>) -> Option<ID> {
        let administers = Viewer::of(ctx).reader().reads(self.0.row.organization_id);
        self.0.row.decided_by.filter(|_| administers).map(|id| id.to_string().into())
    }

    /// When the person took it back.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.withdrawn_at
    }
}

impl crate::graphql::plain::Plain for AppObjection {}

/// Somebody whom administrators keep from an app.
pub struct AppExclusion(pub Seen<app_exclusion::Model>);

/// Administrators keep an app from seeing somebody: see `revokeAppAccess`.
#[Object]
impl AppExclusion {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.row.id.to_string().into()
    }

    /// From which app, on whatever installation.
    async fn app(&self) -> App {
        App(self.0.app.clone())
    }

    /// In which organization.
    async fn organization(&self) -> OrganizationSummary {
        self.0.organization.clone().into()
    }

    /// Whom; null when you don't see them any more.
    async fn account(&self) -> Option<Account> {
        self.0.person.clone().map(Account)
    }

    /// The installation that was named: by it, or another one of the app, access is restored.
    async fn installation_id(&self) -> ID {
        self.0.row.installation_id.to_string().into()
    }

    /// Why.
    async fn reason(&self) -> Option<&str> {
        self.0.row.reason.as_deref()
    }

    /// Since when.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// The account of who did it; null unless you administer the organization.
    async fn excluded_by_id(&self, ctx: &Context<'_>) -> Option<ID> {
        let administers = Viewer::of(ctx).reader().reads(self.0.row.organization_id);
        administers.then(|| self.0.row.excluded_by.to_string().into())
    }

    /// When the app was let see them again; null while it isn't.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.ended_at
    }

    /// Why it was.
    async fn end_reason(&self) -> Option<&str> {
        self.0.row.end_reason.as_deref()
    }
}

impl crate::graphql::plain::Plain for AppExclusion {}

/// The organization's part.
pub struct OrganizationAppObjections(pub OrganizationId);

/// Whom apps of an organization don't see.
#[Object]
impl OrganizationAppObjections {
    /// Who objects to which app, oldest first. Null when you aren't its administrator.
    async fn app_objections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state; all when left out.")] status: Option<AppObjectionStatus>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<AppObjection>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().app_objections(self.0, status.map(Into::into), &page).await)?;
        Ok(rows.map(|rows| rows.connection(|seen| vec![seen.row.id.0.to_string()], AppObjection)))
    }

    /// Whom its administrators keep from which app, or have kept, oldest first. Null when you aren't its administrator.
    async fn app_exclusions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<AppExclusion>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().app_exclusions(self.0, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|seen| vec![seen.row.id.0.to_string()], AppExclusion)))
    }
}

/// The viewer's part.
pub struct ViewerAppObjections;

/// What a signed-in person objects to.
#[Object]
impl ViewerAppObjections {
    /// The apps to which you have objected, oldest first, with what became of it.
    async fn app_objections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<AppObjection>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().own_app_objections(&page).await)?;
        Ok(rows.connection(|seen| vec![seen.row.id.0.to_string()], AppObjection))
    }
}
