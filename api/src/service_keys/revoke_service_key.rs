//! `revokeServiceKey`: an operator ends a key. It stops at once, on every replica.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx, Unlogged,
    not_found,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{id::ServiceKeyId, service_key};

/// Ends a key.
pub struct RevokeServiceKey {
    /// Which one.
    pub key: ServiceKeyId,
}

impl Action for RevokeServiceKey {
    const NAME: ActionName = ActionName::RevokeServiceKey;
    type Target = service_key::Model;
    type Output = ServiceKeyId;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<service_key::Model> {
        let found = tx.lock(service_key::Entity::find_by_id(self.key)).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "serviceKeyId"]))
    }

    async fn run(&self, key: Authorized<service_key::Model>, tx: &Tx<'_>) -> Result<Done<ServiceKeyId>> {
        let key = key.into_inner();
        if key.revoked_at.is_some() {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(self.key, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        let event = EventDraft::within(None)
            .object(ServiceKeyId::PREFIX, key.id.0)
            .details(json!({ "name": key.name, "serviceId": key.service_id }));
        let mut row = key.into_active_model();
        row.revoked_at = Set(Some(tx.now()));
        row.update(tx.db()).await?;
        Ok(Done::new(self.key, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
