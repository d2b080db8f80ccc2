//! `rotateAppWebhookSecret`: an operator makes a new secret by which an app's vendor knows us. What the vendor is told is
//! signed by the one before as well, for a day or the time that is stated; older ones end at once.

use crate::{
    apps::listing::{AppRefusal, WithWebhookSecret, lock, make_webhook_secret},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx, invalid,
    },
};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use serde_json::json;
use steward_entities::{app, app_webhook_secret, id::AppId};

/// How long the secret before stays, where nobody says.
const USUALLY_STAYS: TimeDelta = TimeDelta::days(1);
/// How long it can stay: a secret that is known to many by then is no secret.
const STAYS_AT_MOST: TimeDelta = TimeDelta::days(90);

/// Makes a new secret.
pub struct RotateAppWebhookSecret {
    /// Of which app.
    pub app: AppId,
    /// When the one before ends; none for a day from now.
    pub old_ends_at: Option<DateTime<Utc>>,
}

impl Action for RotateAppWebhookSecret {
    const NAME: ActionName = ActionName::RotateAppWebhookSecret;
    type Target = app::Model;
    type Output = WithWebhookSecret;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<app::Model> {
        lock(tx, self.app).await
    }

    fn check(&self, _: &Authority, app: &app::Model, now: DateTime<Utc>) -> Result<()> {
        let field = &["input", "oldSecretExpiresAt"];
        match self.old_ends_at {
            // What a retired app has to delete is still told to its vendor.
            _ if app.retired_at.is_some() && app.webhook_url.is_none() => Err(AppRefusal::Retired.into()),
            Some(at) if at <= now => Err(invalid(field, "must lie in the future")),
            Some(at) if at > now + STAYS_AT_MOST => Err(invalid(field, "must lie within 90 days")),
            _ => Ok(()),
        }
    }

    async fn run(&self, app: Authorized<app::Model>, tx: &Tx<'_>) -> Result<Done<WithWebhookSecret>> {
        let expires = app_webhook_secret::Column::ExpiresAt;
        let held = app_webhook_secret::Entity::find()
            .filter(app_webhook_secret::Column::AppId.eq(app.id))
            .filter(expires.is_null().or(expires.gt(tx.now())))
            .order_by_desc(app_webhook_secret::Column::Id);
        let stated = self.old_ends_at.map_or(tx.now() + USUALLY_STAYS, |at| at.trunc_subsecs(6));
        let mut ends = None;
        for secret in tx.lock(held).all(tx.db()).await? {
            // The newest has no end yet; whatever else is valid is older, and has had its time.
            let at = if secret.expires_at.is_none() { stated } else { tx.now() };
            ends = Ord::max(ends, Some(at));
            let mut row = secret.into_active_model();
            row.expires_at = Set(Some(at));
            row.update(tx.db()).await?;
        }
        let made = make_webhook_secret(tx, app.id).await?;
        let event = EventDraft::within(None)
            .object(AppId::PREFIX, app.id.0)
            .details(json!({ "appWebhookSecretId": made.secret_id, "oldSecretExpiresAt": ends }));
        Ok(Done::new(made, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
