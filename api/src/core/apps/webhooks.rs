//! What an app's vendor is told: written with the change that it tells of, and sent as mail is.
//!
//! A message is kept as ids and words of the API. Whom it names beside that (the contacts of who installed the app) is looked
//! up when it is sent: nothing about people is kept here, and who is erased meanwhile isn't told of.

use super::{Scopes, data_deletion::Asked};
use crate::core::{database::one_of, error::Result, insert::insert_all, tx::Tx};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set, prelude::Expr};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use steward_entities::{
    app, app_installation, app_webhook,
    id::{AccountId, AppId, AppInstallationId, OrganizationId, WebhookDeliveryId},
    kinds::{DataDeletionCause, InstallationEnd, WebhookKind, WebhookStatus, WebhooksPausedBecause},
    webhook_delivery,
};

/// What a vendor is told of one installation.
pub struct WebhookDraft {
    app: AppId,
    installation: AppInstallationId,
    organization: OrganizationId,
    kind: WebhookKind,
    account: Option<AccountId>,
    data: Map<String, Value>,
}

impl WebhookDraft {
    fn new(installation: &app_installation::Model, kind: WebhookKind) -> Self {
        let data = json!({
            "installationId": installation.id,
            "organizationId": installation.organization_id,
            "workspaceId": installation.workspace_id,
            "appId": installation.app_id,
        });
        Self {
            app: installation.app_id,
            installation: installation.id,
            organization: installation.organization_id,
            kind,
            account: None,
            data: data.as_object().cloned().unwrap_or_default(),
        }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.data.insert(name.to_owned(), value);
        self
    }

    fn about(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self.with("accountId", json!(account))
    }

    /// The app is installed, and sees so much. Whom to write to is added when it is sent.
    #[must_use]
    pub fn installed(installation: &app_installation::Model, scopes: Scopes) -> Self {
        Self::new(installation, WebhookKind::AppInstalled).with("scopes", json!(scopes.names()))
    }

    /// The app sees more or less than before.
    #[must_use]
    pub fn scopes_changed(installation: &app_installation::Model, before: Scopes, after: Scopes) -> Self {
        Self::new(installation, WebhookKind::AppScopesChanged)
            .with("scopes", json!(after.names()))
            .with("added", json!(after.without(before).names()))
            .with("removed", json!(before.without(after).names()))
    }

    /// The app is gone; what came by the installation has to be deleted.
    #[must_use]
    pub fn uninstalled(installation: &app_installation::Model, because: InstallationEnd, asked: &Asked) -> Self {
        Self::new(installation, WebhookKind::AppUninstalled)
            .with("because", json!(because))
            .with("dataDeletion", asked.told())
    }

    /// Of somebody whom the app sees, what these scopes cover isn't what it was.
    #[must_use]
    pub fn account_changed(installation: &app_installation::Model, account: AccountId, changed: Scopes) -> Self {
        Self::new(installation, WebhookKind::AccountChanged).about(account).with("scopes", json!(changed.names()))
    }

    /// Somebody whom the app has seen is gone for good, or it may not see them any more; what it knows of them has to be
    /// deleted.
    #[must_use]
    pub fn account_gone(
        installation: &app_installation::Model,
        account: AccountId,
        because: DataDeletionCause,
        asked: &Asked,
    ) -> Self {
        let kind = match because {
            DataDeletionCause::OutOfSight => WebhookKind::AccountOutOfSight,
            DataDeletionCause::AccountTerminated
            | DataDeletionCause::AccountErased
            | DataDeletionCause::InstallationEnded => WebhookKind::AccountClosed,
        };
        Self::new(installation, kind).about(account).with("because", json!(because)).with("dataDeletion", asked.told())
    }

    /// What was to be deleted of somebody doesn't have to be: the app may know them again.
    #[must_use]
    pub fn deletion_withdrawn(installation: &app_installation::Model, account: AccountId, asked: &Asked) -> Self {
        Self::new(installation, WebhookKind::DataDeletionWithdrawn).about(account).with("dataDeletion", asked.told())
    }

    /// Nobody has said that something is deleted.
    #[must_use]
    pub fn reminder(
        installation: &app_installation::Model,
        account: Option<AccountId>,
        asked: &Asked,
        is_overdue: bool,
    ) -> Self {
        let draft = Self::new(installation, WebhookKind::DataDeletionReminder);
        let draft = account.into_iter().fold(draft, Self::about);
        draft.with("dataDeletion", asked.told()).with("overdue", json!(is_overdue))
    }
}

/// Queues what vendors are told, for those who want to be told at all. Where an app's webhooks are paused it is queued as
/// well, and nobody sends it.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &Tx<'_>, drafts: Vec<WebhookDraft>) -> Result<()> {
    if drafts.is_empty() {
        return Ok(());
    }
    let apps: HashSet<AppId> = drafts.iter().map(|draft| draft.app).collect();
    let listening: HashSet<AppId> = app::Entity::find()
        .select_only()
        .column(app::Column::Id)
        .filter(one_of(tx.db(), app::Column::Id, apps))
        .filter(app::Column::WebhookUrl.is_not_null())
        .into_tuple::<AppId>()
        .all(tx.db())
        .await?
        .into_iter()
        .collect();
    let row = |draft: WebhookDraft| webhook_delivery::ActiveModel {
        id: Set(tx.id::<WebhookDeliveryId>()),
        app_id: Set(draft.app),
        installation_id: Set(draft.installation),
        organization_id: Set(draft.organization),
        kind: Set(draft.kind),
        account_id: Set(draft.account),
        content: Set(Value::Object(draft.data)),
        status: Set(WebhookStatus::Queued),
        attempts: Set(0),
        next_attempt_at: Set(Some(tx.now())),
        tried_since: Set(tx.now()),
        last_status: Set(None),
        last_error: Set(None),
        leased_until: Set(None),
        lease: Set(0),
        created_at: Set(tx.now()),
        ended_at: Set(None),
    };
    let rows = drafts.into_iter().filter(|draft| listening.contains(&draft.app)).map(row).collect();
    insert_all::<webhook_delivery::Entity>(tx, rows).await
}

/// How it goes with an app's receiver, held until the change is committed: whoever writes it decides by what it is. None
/// where it has always gone well.
///
/// # Errors
/// When the database fails.
pub async fn held(tx: &Tx<'_>, app: AppId) -> Result<Option<app_webhook::Model>> {
    Ok(tx.lock(app_webhook::Entity::find_by_id(app)).one(tx.db()).await?)
}

/// Goes on with an app's receiver as if nothing had been: what has waited for it is sent at once, and has all its tries. None
/// of it is written, however much it is: [`since_resumed`] tells how it stands.
///
/// # Errors
/// When the database fails.
pub async fn resume(tx: &Tx<'_>, app: AppId) -> Result<()> {
    app_webhook::Entity::update_many()
        .col_expr(app_webhook::Column::FailingSince, Expr::value(None::<DateTime<Utc>>))
        .col_expr(app_webhook::Column::NotBefore, Expr::value(None::<DateTime<Utc>>))
        .col_expr(app_webhook::Column::PausedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(app_webhook::Column::PausedBecause, Expr::value(None::<WebhooksPausedBecause>))
        .col_expr(app_webhook::Column::ResumedAt, Expr::value(tx.now()))
        .filter(app_webhook::Column::AppId.eq(app))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// A message as it stands since its app was resumed: what waited then is due from then on, as if it had just been queued.
#[must_use]
pub fn since_resumed(
    mut delivery: webhook_delivery::Model,
    resumed_at: Option<DateTime<Utc>>,
) -> webhook_delivery::Model {
    let waited = |at: &DateTime<Utc>| delivery.status == WebhookStatus::Queued && delivery.tried_since < *at;
    if let Some(at) = resumed_at.filter(waited) {
        delivery.attempts = 0;
        delivery.next_attempt_at = Some(at);
        delivery.tried_since = at;
    }
    delivery
}
