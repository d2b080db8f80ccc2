//! Installations in the schema.

mod changes;

pub use changes::*;

use crate::{
    app_installations::read::SeenInstallation,
    apps::graphql::{App, AppScope, listed},
    core::apps::{Scopes, rules::closed_because},
    data_deletions::graphql::InstallationDataDeletions,
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
    webhooks::graphql::InstallationWebhooks,
};
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{
    app_installation,
    id::{AccountId, AppInstallationId, OrganizationId},
    kinds,
};

/// The state of an installation. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::InstallationState")]
pub enum InstallationState {
    /// People are being told; the app sees nothing yet.
    Installing,
    /// The app is there.
    Installed,
    /// It couldn't be installed; `failedBecause` says why. `retryInstallation` goes on, `cancelInstallation` gives up.
    Failed,
    /// The app sees nothing any more; people are being told.
    Uninstalling,
    /// It is over. The app may be installed anew.
    Uninstalled,
}

/// Why an app can do nothing in an organization. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::AppClosedBecause")]
pub enum AppClosedBecause {
    /// The platform has taken it out of use.
    Retired,
    /// The organization allows no app.
    AllBlocked,
    /// It is blocked there.
    Blocked,
    /// Nobody there has approved it.
    NotApproved,
    /// Its approval is over.
    ApprovalOver,
    /// Of what your administrators agreed to nothing is left: the app doesn't ask for it any more, or its approval doesn't
    /// include it.
    NothingLeft,
}

/// Why an installation ended. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::InstallationEnd")]
pub enum InstallationEnd {
    /// Administrators removed the app.
    Uninstalled,
    /// Administrators took the installation back before it was finished.
    Canceled,
    /// The platform has taken the app out of use.
    Retired,
}

/// An app's presence in an organization.
pub struct AppInstallation(pub SeenInstallation);

/// A third-party app's presence in an organization, or in one workspace of it.
#[Object]
impl AppInstallation {
    /// Its id, which the app names at the token endpoint as `installation_id`.
    async fn id(&self) -> ID {
        self.0.installation.id.to_string().into()
    }

    /// Which app.
    async fn app(&self) -> App {
        App(self.0.app.clone())
    }

    /// The workspace; null where it is on the whole organization.
    async fn workspace_id(&self) -> Option<ID> {
        self.0.workspace.as_ref().map(|workspace| workspace.id.to_string().into())
    }

    /// The name of that workspace.
    async fn workspace_name(&self) -> Option<&str> {
        self.0.workspace.as_ref().map(|workspace| workspace.name.as_str())
    }

    /// Its state.
    async fn state(&self) -> InstallationState {
        self.0.installation.state.into()
    }

    /// What its administrators agreed to, and people were told of.
    async fn scopes(&self) -> Vec<AppScope> {
        listed(Scopes(self.0.installation.scopes))
    }

    /// What its administrators agreed to since: it holds when everybody has been told. Null where nothing is on its way.
    async fn pending_scopes(&self) -> Option<Vec<AppScope>> {
        self.0.installation.pending_scopes.map(|scopes| listed(Scopes(scopes)))
    }

    /// What the app gets right now: none where it isn't installed, or where `closedBecause` says why; less than `scopes`
    /// where its approval is narrower.
    async fn effective_scopes(&self) -> Vec<AppScope> {
        listed(self.0.effective())
    }

    /// What the app asks for, and nobody here has agreed to. `updateInstallation` does.
    async fn ungranted_scopes(&self) -> Vec<AppScope> {
        let agreed = self.0.installation.pending_scopes.unwrap_or(self.0.installation.scopes);
        listed(Scopes(self.0.app.scopes).without(Scopes(agreed)))
    }

    /// Why the app gets nothing right now; null while it gets something, or would if it were installed.
    async fn closed_because(&self) -> Option<AppClosedBecause> {
        closed_because(self.0.most, Scopes(self.0.installation.scopes)).map(Into::into)
    }

    /// Why it couldn't be installed; null unless that is its state.
    async fn failed_because(&self) -> Option<AppClosedBecause> {
        self.0.installation.failed_because.map(Into::into)
    }

    /// The account of who installed it; of a key, of who answers for it.
    async fn installed_by_id(&self) -> ID {
        self.0.installation.installed_by.to_string().into()
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.installation.created_at
    }

    /// When everybody had been told, and the app began to see.
    async fn installed_at(&self) -> Option<DateTime<Utc>> {
        self.0.installation.installed_at
    }

    /// When the app last got a token for it, to the minute; null if it never did.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.installation.last_used_at
    }

    /// When it ended for the app.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.installation.ended_at
    }

    /// Why it ended.
    async fn ended_because(&self) -> Option<InstallationEnd> {
        self.0.installation.ended_because.map(Into::into)
    }

    /// The account of who ended it; null where the platform did.
    async fn ended_by_id(&self) -> Option<ID> {
        let by: Option<AccountId> = self.0.installation.ended_by;
        by.map(|id| id.to_string().into())
    }

    /// What was given as the reason of its end.
    async fn end_reason(&self) -> Option<&str> {
        self.0.installation.end_reason.as_deref()
    }

    /// When everybody had been told of its end.
    async fn uninstalled_at(&self) -> Option<DateTime<Utc>> {
        self.0.installation.uninstalled_at
    }

    /// What its vendor is told of it.
    #[graphql(flatten)]
    async fn webhooks_part(&self) -> InstallationWebhooks {
        let app_installation::Model { organization_id, id, app_id, .. } = self.0.installation;
        InstallationWebhooks { organization: organization_id, installation: id, app: app_id }
    }

    /// What its vendor has to delete.
    #[graphql(flatten)]
    async fn data_deletions_part(&self) -> InstallationDataDeletions {
        let app_installation::Model { organization_id, id, .. } = self.0.installation;
        InstallationDataDeletions { organization: organization_id, installation: id }
    }

    /// Grows with every change; send it as `expectedVersion` to be sure that you change what you have read.
    async fn version(&self) -> i64 {
        self.0.installation.version
    }
}

impl crate::graphql::plain::Plain for AppInstallation {}

/// The organization's part.
pub struct OrganizationAppInstallations(pub OrganizationId);

/// The apps that an organization has.
#[Object]
impl OrganizationAppInstallations {
    /// The third-party apps that are installed, on the organization or on its workspaces, oldest first, those that are gone
    /// included. Null when you aren't its administrator.
    async fn app_installations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state; all when left out.")] state: Option<InstallationState>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<AppInstallation>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().app_installations(self.0, state.map(Into::into), &page).await)?;
        Ok(rows.map(|rows| rows.connection(|seen| vec![seen.installation.id.0.to_string()], AppInstallation)))
    }
}

/// Reads of installations.
#[derive(Default)]
pub struct AppInstallationQuery;

#[Object]
impl AppInstallationQuery {
    /// One installation; null when there is none under this id that you can see.
    async fn app_installation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The installation's id.")] id: ID,
    ) -> Result<Option<AppInstallation>> {
        let Ok(id) = id.parse::<AppInstallationId>() else { return Ok(None) };
        Ok(read(Viewer::of(ctx).reader().app_installation(id).await)?.map(AppInstallation))
    }
}
