//! `revokeApiKey`: an owner ends a key. It stops at once, on every replica.

use crate::core::{
    Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope,
    Silence, Tx, Unlogged, not_found,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    api_key,
    id::{ApiKeyId, OrganizationId},
};

/// Ends a key.
pub struct RevokeApiKey {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub key: ApiKeyId,
}

impl Action for RevokeApiKey {
    const NAME: ActionName = ActionName::RevokeApiKey;
    type Target = api_key::Model;
    type Output = ApiKeyId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<api_key::Model> {
        Administration::lock(tx, authority, self.organization).await?;
        let select =
            api_key::Entity::find_by_id(self.key).filter(api_key::Column::OrganizationId.eq(self.organization));
        let found = tx.lock(select).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "apiKeyId"]))
    }

    async fn run(&self, key: Authorized<api_key::Model>, tx: &Tx<'_>) -> Result<Done<ApiKeyId>> {
        let key = key.into_inner();
        if key.revoked_at.is_some() {
            return Ok(Done::new(
                self.key,
                EventSet::none(Unlogged::NothingChanged),
                Notices::None(Silence::NothingChanged),
            ));
        }
        let event = EventDraft::within(Some(self.organization))
            .object(ApiKeyId::PREFIX, key.id.0)
            .details(json!({ "name": key.name, "role": key.role }));
        let mut row = key.into_active_model();
        row.revoked_at = Set(Some(tx.now()));
        row.update(tx.db()).await?;
        Ok(Done::new(self.key, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
