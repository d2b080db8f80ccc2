//! `revokeAppSecret`: an operator ends a secret of an app, and what was got with it. It stops at once, on every replica.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx, Unlogged,
    not_found,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    app_secret,
    id::{AppId, AppSecretId},
};

/// Ends a secret.
pub struct RevokeAppSecret {
    /// Which one.
    pub secret: AppSecretId,
}

impl Action for RevokeAppSecret {
    const NAME: ActionName = ActionName::RevokeAppSecret;
    type Target = app_secret::Model;
    type Output = AppId;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<app_secret::Model> {
        let found = tx.lock(app_secret::Entity::find_by_id(self.secret)).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "appSecretId"]))
    }

    async fn run(&self, secret: Authorized<app_secret::Model>, tx: &Tx<'_>) -> Result<Done<AppId>> {
        let (secret, nobody) = (secret.into_inner(), Notices::None(Silence::NobodyIsAffected));
        let app = secret.app_id;
        if secret.revoked_at.is_some() {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(app, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        let event = EventDraft::within(None)
            .object(AppId::PREFIX, app.0)
            .details(json!({ "appSecretId": secret.id, "hint": secret.hint }));
        let mut row = secret.into_active_model();
        row.revoked_at = Set(Some(tx.now()));
        row.update(tx.db()).await?;
        Ok(Done::new(app, EventSet::one(event), nobody))
    }
}
