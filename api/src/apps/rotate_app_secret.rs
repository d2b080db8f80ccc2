//! `rotateAppSecret`: an operator makes a new secret of an app. The one before stays valid meanwhile, for a time that is
//! stated or until somebody revokes it; older ones end at once, so that two are valid at most.

use crate::{
    apps::listing::{AppRefusal, WithSecret, lock, make_secret},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx,
        apps::tokens::valid_secrets, clock::FURTHEST, invalid,
    },
};
use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use serde_json::json;
use steward_entities::{app, app_secret, id::AppId};

/// Makes a new secret.
pub struct RotateAppSecret {
    /// Of which app.
    pub app: AppId,
    /// When the one before ends; none until it is revoked.
    pub old_ends_at: Option<DateTime<Utc>>,
}

impl Action for RotateAppSecret {
    const NAME: ActionName = ActionName::RotateAppSecret;
    type Target = app::Model;
    type Output = WithSecret;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<app::Model> {
        lock(tx, self.app).await
    }

    fn check(&self, _: &Authority, app: &app::Model, now: DateTime<Utc>) -> Result<()> {
        if app.retired_at.is_some() {
            return Err(AppRefusal::Retired.into());
        }
        let field = &["input", "oldSecretExpiresAt"];
        match self.old_ends_at {
            Some(at) if at <= now => Err(invalid(field, "must lie in the future")),
            Some(at) if at > now + FURTHEST => {
                Err(invalid(field, "lies more than ten years ahead: leave it out instead"))
            }
            _ => Ok(()),
        }
    }

    async fn run(&self, app: Authorized<app::Model>, tx: &Tx<'_>) -> Result<Done<WithSecret>> {
        let held =
            app_secret::Entity::find().filter(valid_secrets(app.id, tx.now())).order_by_desc(app_secret::Column::Id);
        let mut held = tx.lock(held).all(tx.db()).await?.into_iter();
        let mut ends = None;
        if let Some(newest) = held.next() {
            ends = newest.expires_at.into_iter().chain(self.old_ends_at.map(|at| at.trunc_subsecs(6))).min();
            let mut row = newest.into_active_model();
            row.expires_at = Set(ends);
            row.update(tx.db()).await?;
        }
        for older in held {
            let mut row = older.into_active_model();
            row.revoked_at = Set(Some(tx.now()));
            row.update(tx.db()).await?;
        }
        let made = make_secret(tx, app.id).await?;
        let event = EventDraft::within(None)
            .object(AppId::PREFIX, app.id.0)
            .details(json!({ "appSecretId": made.secret_id, "oldSecretExpiresAt": ends }));
        Ok(Done::new(made, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
