//! The catalogue of apps in the schema.

mod changes;

pub use changes::*;

use crate::{
    core::apps::Scopes,
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
    webhooks::graphql::AppWebhooks,
};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{app, app_secret, id::AppId, kinds};

/// What an app can be allowed. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::AppScope")]
pub enum AppScope {
    /// Reading people's names.
    ReadName,
    /// Reading people's e-mail addresses.
    ReadEmail,
    /// Reading the rest of people's profiles: job, place, telephone, picture.
    ReadProfile,
    /// Reading items: of people whom the organization manages also personal ones, of members those in its workspaces.
    ReadItems,
    /// Making, changing and deleting such items.
    WriteItems,
}

/// The scopes as a set.
#[must_use]
pub fn scopes(given: &[AppScope]) -> Scopes {
    given.iter().map(|scope| kinds::AppScope::from(*scope)).collect()
}

/// The set as a list.
#[must_use]
pub fn listed(scopes: Scopes) -> Vec<AppScope> {
    scopes.iter().map(Into::into).collect()
}

/// Something that an app asks for.
#[derive(SimpleObject)]
pub struct AskedScope {
    /// What it asks for.
    scope: AppScope,
    /// Why, in its vendor's words.
    reason: String,
}

/// What the app asks for, of these scopes.
#[must_use]
pub fn asked(app: &app::Model, scopes: Scopes) -> Vec<AskedScope> {
    let reason = |scope: kinds::AppScope| app.scope_reasons[scope.as_str()].as_str().unwrap_or_default().to_owned();
    scopes.iter().map(|scope| AskedScope { scope: scope.into(), reason: reason(scope) }).collect()
}

/// A secret of an app.
#[derive(SimpleObject)]
pub struct AppSecret {
    /// Its id.
    id: ID,
    /// Four characters of the secret, to recognise it by.
    hint: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends by itself, since a newer one was made; null while it doesn't.
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used; null if it never was.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<app_secret::Model> for AppSecret {
    fn from(row: app_secret::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            hint: row.hint,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A third-party app.
pub struct App(pub app::Model);

/// A third-party app in the platform's catalogue: who makes it, what it asks for, and why.
#[Object]
impl App {
    /// Its id, which is its `client_id` at the token endpoint too.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Who makes it.
    async fn vendor(&self) -> &str {
        &self.0.vendor
    }

    /// Where it presents itself.
    async fn homepage_url(&self) -> &str {
        &self.0.homepage_url
    }

    /// Where its vendor says what becomes of what it sees.
    async fn privacy_policy_url(&self) -> &str {
        &self.0.privacy_policy_url
    }

    /// Whom people ask about it.
    async fn support_email(&self) -> &str {
        &self.0.support_email
    }

    /// What it asks for, and why. Each organization decides what it gets.
    async fn scopes(&self) -> Vec<AskedScope> {
        asked(&self.0, Scopes(self.0.scopes))
    }

    /// Where its vendor is told of what concerns it; for operators of the platform.
    async fn webhook_url(&self, ctx: &Context<'_>) -> Option<&str> {
        let is_operator = Viewer::of(ctx).reader().caller().is_operator();
        self.0.webhook_url.as_deref().filter(|_| is_operator)
    }

    /// Its secrets, newest first, those that don't work any more included; null when you aren't an operator of the
    /// platform. The secrets themselves are shown once, when they are made.
    async fn secrets(&self, ctx: &Context<'_>) -> Result<Option<Vec<AppSecret>>> {
        let rows = read(Viewer::of(ctx).reader().app_secrets(self.0.id).await)?;
        Ok(rows.map(|rows| rows.into_iter().map(Into::into).collect()))
    }

    /// What its vendor is told, for operators.
    #[graphql(flatten)]
    async fn webhooks_part(&self) -> AppWebhooks {
        AppWebhooks(self.0.id)
    }

    /// When it came into the catalogue.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was taken out of use for good; null while it is in use.
    async fn retired_at(&self) -> Option<DateTime<Utc>> {
        self.0.retired_at
    }

    /// Grows with every change; send it as `expectedVersion` to be sure that you change what you have read.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

impl crate::graphql::plain::Plain for App {}

/// Reads of the catalogue.
#[derive(Default)]
pub struct AppQuery;

#[Object]
impl AppQuery {
    /// The third-party apps that there are, oldest first, for whoever is signed in. Operators of the platform also see
    /// those that are retired.
    async fn apps(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<App>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().apps(&page).await)?;
        Ok(rows.connection(|row| vec![row.id.0.to_string()], App))
    }

    /// One app, also if it is retired; null when there is none under this id that you can see.
    async fn app(&self, ctx: &Context<'_>, #[graphql(desc = "The app's id.")] id: ID) -> Result<Option<App>> {
        let Ok(id) = id.parse::<AppId>() else { return Ok(None) };
        Ok(read(Viewer::of(ctx).reader().app(id).await)?.map(App))
    }
}
