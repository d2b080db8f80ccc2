//! A person's apps in the schema.

use crate::{
    accounts::graphql::OrganizationSummary,
    app_installations::graphql::InstallationState,
    app_people::own::read::AppOfViewer,
    apps::graphql::{App, AppScope, listed},
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
};
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

/// An app that sees you, or has seen you.
pub struct ViewerApp(pub AppOfViewer);

/// A third-party app that your administrators have installed: what it may see of you, when it last did, and whom to ask.
#[Object]
impl ViewerApp {
    /// The id of the installation.
    async fn installation_id(&self) -> ID {
        self.0.seen.installation.id.to_string().into()
    }

    /// Which app: who makes it, its privacy policy, and where its vendor answers questions.
    async fn app(&self) -> App {
        App(self.0.seen.app.clone())
    }

    /// Whose administrators have installed it, and how to ask them.
    async fn organization(&self) -> OrganizationSummary {
        self.0.organization.clone().into()
    }

    /// The workspace in which it is installed; null where it is in the whole organization.
    async fn workspace_name(&self) -> Option<&str> {
        self.0.seen.workspace.as_ref().map(|workspace| workspace.name.as_str())
    }

    /// The state of its installation.
    async fn state(&self) -> InstallationState {
        self.0.seen.installation.state.into()
    }

    /// What it may see of you, and do, right now: nothing while it isn't installed or allowed, or you are hidden from it.
    async fn scopes(&self) -> Vec<AppScope> {
        listed(self.0.scopes)
    }

    /// Whether that includes what is personal, as the organization manages your account; otherwise it is what lies in
    /// workspaces.
    async fn includes_personal(&self) -> bool {
        self.0.is_managed && !self.0.scopes.is_empty()
    }

    /// When it has read about you for the first time; null if it never has.
    async fn first_read_at(&self) -> Option<DateTime<Utc>> {
        self.0.sighting.as_ref().map(|sighting| sighting.first_read_at)
    }

    /// When it has read about you last, kept to the hour; null if it never has.
    async fn last_read_at(&self) -> Option<DateTime<Utc>> {
        self.0.sighting.as_ref().map(|sighting| sighting.last_read_at)
    }
}

impl crate::graphql::plain::Plain for ViewerApp {}

/// The viewer's part.
pub struct ViewerApps;

#[Object]
impl ViewerApps {
    /// The apps that are installed where you are, and those that have read about you. Null when you aren't signed in as a
    /// person.
    async fn apps(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<ViewerApp>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().own_apps(&page).await)?;
        Ok(rows.map(|rows| rows.connection(|app| vec![app.seen.installation.id.0.to_string()], ViewerApp)))
    }
}
