//! An organization's word on apps in the schema.

mod changes;

pub use changes::*;

use crate::{
    accounts::graphql::{Account, OrganizationSummary},
    app_policies::read::{SeenDecision, SeenRequest},
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
use steward_entities::{
    id::{AccountId, OrganizationId},
    kinds,
};

/// What an organization says to third-party apps about which it has decided nothing. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::AppPolicyMode")]
pub enum AppPolicyMode {
    /// Every app of the catalogue may be installed, unless it is blocked.
    AllowAll,
    /// Only apps that are approved may be installed. It is so until somebody decides otherwise.
    AllowApproved,
    /// No app may be installed, and those that are can do nothing, approved or not.
    BlockAll,
}

/// What an organization says to one app. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::AppVerdict")]
pub enum AppVerdict {
    /// It may be installed.
    Approved,
    /// It may not, and where it is it can do nothing.
    Blocked,
}

/// The state of somebody's request for an app. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::AppRequestStatus")]
pub enum AppRequestStatus {
    /// Nobody has answered yet.
    Waiting,
    /// Administrators said yes.
    Approved,
    /// Administrators said no.
    Declined,
    /// The person has left.
    Withdrawn,
}

/// What an organization has decided about one app.
pub struct AppDecision(pub SeenDecision);

/// What an organization has decided about one app. It goes before the policy, but for `BLOCK_ALL`.
#[Object]
impl AppDecision {
    /// The app.
    async fn app(&self) -> App {
        App(self.0.app.clone())
    }

    /// Yes or no.
    async fn verdict(&self) -> AppVerdict {
        self.0.decision.verdict.into()
    }

    /// The most that it may get; null for all that it asks for.
    async fn scopes(&self) -> Option<Vec<AppScope>> {
        self.0.decision.scopes.map(|scopes| listed(Scopes(scopes)))
    }

    /// Why, for the log and other administrators.
    async fn reason(&self) -> Option<&str> {
        self.0.decision.reason.as_deref()
    }

    /// When an approval ends by itself. Then the app stops, until it is approved again or the decision is cleared.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.decision.expires_at
    }

    /// When it was decided.
    async fn decided_at(&self) -> DateTime<Utc> {
        self.0.decision.decided_at
    }

    /// The account of who decided; of a key, of who answers for it.
    async fn decided_by_id(&self) -> ID {
        self.0.decision.decided_by.to_string().into()
    }
}

impl crate::graphql::plain::Plain for AppDecision {}

/// Somebody's request for an app.
pub struct AppRequest(pub SeenRequest);

/// Somebody asks their administrators for an app.
#[Object]
impl AppRequest {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.row.id.to_string().into()
    }

    /// For which app.
    async fn app(&self) -> App {
        App(self.0.app.clone())
    }

    /// Of whom it was asked.
    async fn organization(&self) -> OrganizationSummary {
        self.0.organization.clone().into()
    }

    /// Who asks; null when you don't see them any more.
    async fn account(&self) -> Option<Account> {
        self.0.person.clone().map(Account)
    }

    /// Why, in their words.
    async fn reason(&self) -> Option<&str> {
        self.0.row.reason.as_deref()
    }

    /// Its state.
    async fn status(&self) -> AppRequestStatus {
        self.0.row.status.into()
    }

    /// When it was asked.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// When it was answered.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.answered_at
    }

    /// The administrators' reason.
    async fn answer(&self) -> Option<&str> {
        self.0.row.answer.as_deref()
    }

    /// The account of who has answered; null unless you administer the organization.
    async fn answered_by_id(&self, ctx: &Context<'_>) -> Option<ID> {
        let administers = Viewer::of(ctx).reader().reads(self.0.row.organization_id);
        let by: Option<AccountId> = self.0.row.answered_by.filter(|_| administers);
        by.map(|id| id.to_string().into())
    }
}

impl crate::graphql::plain::Plain for AppRequest {}

/// The organization's part.
pub struct OrganizationAppPolicy(pub OrganizationId);

/// What an organization says to third-party apps.
#[Object]
impl OrganizationAppPolicy {
    /// Its policy on third-party apps; null when you aren't its administrator.
    async fn app_policy(&self, ctx: &Context<'_>) -> Result<Option<AppPolicyMode>> {
        Ok(read(Viewer::of(ctx).reader().app_policy(self.0).await)?.map(Into::into))
    }

    /// What it has decided about single apps, the oldest app first. Null when you aren't its administrator.
    async fn app_decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<AppDecision>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().app_decisions(self.0, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|seen| vec![seen.decision.app_id.0.to_string()], AppDecision)))
    }

    /// What its people have asked for, oldest first. Null when you aren't its administrator.
    async fn app_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state; all when left out.")] status: Option<AppRequestStatus>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<AppRequest>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().app_requests(self.0, status.map(Into::into), &page).await)?;
        Ok(rows.map(|rows| rows.connection(|seen| vec![seen.row.id.0.to_string()], AppRequest)))
    }
}

/// The viewer's part.
pub struct ViewerAppRequests;

/// What a signed-in person has asked for.
#[Object]
impl ViewerAppRequests {
    /// The apps for which you have asked your administrators, oldest first, with their answers.
    async fn app_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<AppRequest>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().own_app_requests(&page).await)?;
        Ok(rows.connection(|seen| vec![seen.row.id.0.to_string()], AppRequest))
    }
}
