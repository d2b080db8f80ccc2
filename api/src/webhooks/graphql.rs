//! What vendors are told, in the schema.

use crate::{
    core::Result as CoreResult,
    graphql::{
        Settled, Viewer,
        error::read,
        input::id,
        page::{List, Page},
        settle,
    },
    payload,
    webhooks::{replay_webhook_delivery::ReplayWebhookDelivery, resume_webhooks::ResumeWebhooks},
};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{
    app_webhook, app_webhook_secret,
    id::{AppId, AppInstallationId, OrganizationId},
    kinds, webhook_delivery,
};

/// Of what an app's vendor is told. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::WebhookKind")]
pub enum WebhookKind {
    /// The app is installed: `app.installed`.
    AppInstalled,
    /// It may more, or less: `app.scopes_changed`.
    AppScopesChanged,
    /// It is gone, and has to delete what came by it: `app.uninstalled`.
    AppUninstalled,
    /// Something that it sees of a person has changed: `account.changed`.
    AccountChanged,
    /// A person is gone for good, and it has to delete what it knows of them: `account.closed`.
    AccountClosed,
    /// It may not see a person any more, and has to delete what it knows of them: `account.out_of_sight`.
    AccountOutOfSight,
    /// It hasn't confirmed a deletion: `data_deletion.reminder`.
    DataDeletionReminder,
    /// A deletion isn't asked for any more: `data_deletion.withdrawn`.
    DataDeletionWithdrawn,
}

/// The state of something that a vendor is told. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::WebhookStatus")]
pub enum WebhookStatus {
    /// It waits for its next try, or, where the app's webhooks are paused (`webhooksState`), until they are resumed.
    Queued,
    /// The receiver has it.
    Delivered,
    /// It was given up: `lastError` says why. It was tried for three days, has waited for 90 for somebody to resume the app's
    /// webhooks, or isn't true any more.
    Failed,
}

/// Why a vendor is told nothing more. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::WebhooksPausedBecause")]
pub enum WebhooksPausedBecause {
    /// Nothing has arrived for three days.
    Failing,
    /// The receiver has answered 410: it is gone.
    Gone,
}

/// Something that an app's vendor is told.
pub struct WebhookDelivery(pub webhook_delivery::Model);

/// Something that an app's vendor is told, and how it goes. What it said is shown to nobody.
#[Object]
impl WebhookDelivery {
    /// Its id: the header `webhook-id`, the same on each try.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Of what.
    async fn kind(&self) -> WebhookKind {
        self.0.kind.into()
    }

    /// Of which installation.
    async fn installation_id(&self) -> ID {
        self.0.installation_id.to_string().into()
    }

    /// Of which account, which may be gone; null where it is about the installation.
    async fn account_id(&self) -> Option<ID> {
        self.0.account_id.map(|id| id.to_string().into())
    }

    /// Its state.
    async fn status(&self) -> WebhookStatus {
        self.0.status.into()
    }

    /// Tries so far, since it came about or was last replayed or resumed.
    async fn attempts(&self) -> i64 {
        self.0.attempts
    }

    /// The HTTP status that the receiver answered last; null where it never has.
    async fn last_status(&self) -> Option<i64> {
        self.0.last_status
    }

    /// What the last try met, in our words; null where it went well.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it came about.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it is tried next, unless the app's webhooks are paused or its receiver has asked for patience.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_attempt_at
    }

    /// When it arrived, or was given up.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}

impl crate::graphql::plain::Plain for WebhookDelivery {}

/// How it goes with an app's receiver.
#[derive(Default, SimpleObject)]
pub struct WebhooksState {
    /// Since when nothing has arrived; null while it goes well.
    failing_since: Option<DateTime<Utc>>,
    /// Since when nothing is sent. `resumeWebhooks` goes on.
    paused_at: Option<DateTime<Utc>>,
    /// Why nothing is sent.
    paused_because: Option<WebhooksPausedBecause>,
}

impl From<app_webhook::Model> for WebhooksState {
    fn from(row: app_webhook::Model) -> Self {
        Self {
            failing_since: row.failing_since,
            paused_at: row.paused_at,
            paused_because: row.paused_because.map(Into::into),
        }
    }
}

/// A secret by which an app's vendor knows us.
#[derive(SimpleObject)]
pub struct AppWebhookSecret {
    /// Its id.
    id: ID,
    /// Four characters of the secret, to recognise it by.
    hint: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends, since a newer one was made; null for the newest.
    expires_at: Option<DateTime<Utc>>,
}

impl From<app_webhook_secret::Model> for AppWebhookSecret {
    fn from(row: app_webhook_secret::Model) -> Self {
        Self { id: row.id.to_string().into(), hint: row.hint, created_at: row.created_at, expires_at: row.expires_at }
    }
}

/// The app's part.
pub struct AppWebhooks(pub AppId);

/// What an app's vendor is told, for operators.
#[Object]
impl AppWebhooks {
    /// How it goes with the app's receiver; for operators of the platform.
    async fn webhooks_state(&self, ctx: &Context<'_>) -> Result<Option<WebhooksState>> {
        let reader = Viewer::of(ctx).reader();
        let found = read(reader.webhooks_of_app(None, self.0).await)?;
        Ok(reader.caller().is_operator().then(|| found.map(Into::into).unwrap_or_default()))
    }

    /// The secrets by which what its vendor is told is signed, newest first, those that are over included; for operators of
    /// the platform. The secrets themselves are shown once, when they are made.
    async fn webhook_secrets(&self, ctx: &Context<'_>) -> Result<Option<Vec<AppWebhookSecret>>> {
        let rows = read(Viewer::of(ctx).reader().webhook_secrets(self.0).await)?;
        Ok(rows.map(|rows| rows.into_iter().map(Into::into).collect()))
    }

    /// What its vendor is told, of all installations, oldest first; for operators of the platform. Kept for 90 days after it
    /// has arrived.
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is in this state; all when left out.")] status: Option<WebhookStatus>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<WebhookDelivery>>> {
        let page = Page { first, after, last, before };
        let reader = Viewer::of(ctx).reader();
        let rows = read(reader.webhook_deliveries_of_app(self.0, status.map(Into::into), &page).await)?;
        Ok(rows.map(|rows| rows.connection(|row| vec![row.id.0.to_string()], WebhookDelivery)))
    }
}

/// The installation's part.
pub struct InstallationWebhooks {
    /// Whose.
    pub organization: OrganizationId,
    /// Which.
    pub installation: AppInstallationId,
    /// Of which app.
    pub app: AppId,
}

/// What an app's vendor is told of one installation.
#[Object]
impl InstallationWebhooks {
    /// How it goes with the app's receiver, which is the same for all installations; for administrators of apps.
    async fn webhooks_state(&self, ctx: &Context<'_>) -> Result<Option<WebhooksState>> {
        let reader = Viewer::of(ctx).reader();
        let sees = reader.sees_webhooks(self.organization);
        let found = read(reader.webhooks_of_app(Some(self.organization), self.app).await)?;
        Ok(sees.then(|| found.map(Into::into).unwrap_or_default()))
    }

    /// What the app's vendor is told of this installation, oldest first; for administrators of apps. Kept for 90 days after
    /// it has arrived.
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is in this state; all when left out.")] status: Option<WebhookStatus>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<WebhookDelivery>>> {
        let page = Page { first, after, last, before };
        let (reader, status) = (Viewer::of(ctx).reader(), status.map(Into::into));
        let found =
            reader.webhook_deliveries_of_installation(self.organization, self.installation, status, &page).await;
        Ok(read(found)?.map(|rows| rows.connection(|row| vec![row.id.0.to_string()], WebhookDelivery)))
    }
}

/// What to tell an app's vendor once more.
#[derive(InputObject)]
pub struct ReplayWebhookDeliveryInput {
    /// The organization that it concerns.
    organization_id: ID,
    /// Which message.
    webhook_delivery_id: ID,
}

/// Where to go on.
#[derive(InputObject)]
pub struct ResumeWebhooksInput {
    /// The organization.
    organization_id: ID,
    /// An installation of the app there.
    installation_id: ID,
}

payload! {
    /// What came of `replayWebhookDelivery`.
    ReplayWebhookDeliveryPayload {
        /// The message.
        webhook_delivery: Option<WebhookDelivery>,
    }
}

payload! {
    /// What came of `resumeWebhooks`.
    ResumeWebhooksPayload {
        /// How it goes with the app's receiver now.
        webhooks_state: Option<WebhooksState>,
    }
}

/// Changes of what vendors are told.
#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Tells an app's vendor something once more: the same, under the same id, so that a receiver that has it already knows.
    /// For administrators of apps, and operators of the platform.
    async fn replay_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which message.")] input: ReplayWebhookDeliveryInput,
    ) -> Settled<ReplayWebhookDeliveryPayload> {
        settle(replay(Viewer::of(ctx), input).await)
    }

    /// Has an app's vendor be told again, after its receiver didn't answer for days or was gone. What has waited is sent, for
    /// all organizations; so an app is resumed once an hour at most. Where nothing is paused, nothing changes. For
    /// administrators of apps where it is or was installed, and operators of the platform.
    async fn resume_webhooks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which installation.")] input: ResumeWebhooksInput,
    ) -> Settled<ResumeWebhooksPayload> {
        settle(resume(Viewer::of(ctx), input).await)
    }
}

async fn replay(viewer: &Viewer, input: ReplayWebhookDeliveryInput) -> CoreResult<ReplayWebhookDeliveryPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let delivery = id(&["input", "webhookDeliveryId"], &input.webhook_delivery_id)?;
    let delivery = viewer.perform(ReplayWebhookDelivery { organization, delivery }).await?;
    let shown = viewer.reader().webhook_delivery(delivery).await?;
    Ok(ReplayWebhookDeliveryPayload { webhook_delivery: shown.map(WebhookDelivery), ..Default::default() })
}

async fn resume(viewer: &Viewer, input: ResumeWebhooksInput) -> CoreResult<ResumeWebhooksPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let installation = id(&["input", "installationId"], &input.installation_id)?;
    viewer.perform(ResumeWebhooks { organization, installation }).await?;
    let going = viewer.reader().webhooks_of_installation(organization, installation).await?;
    Ok(ResumeWebhooksPayload { webhooks_state: Some(going.map(Into::into).unwrap_or_default()), ..Default::default() })
}
