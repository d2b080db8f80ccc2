//! What a viewer sees of API keys: never the keys themselves.

use crate::{
    core::{Reader, Result, account::access::LIMITING, caller::in_force},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashSet;
use steward_entities::{
    account_block, api_key,
    id::{AccountId, ApiKeyId, OrganizationId},
    kinds::RoleName,
    role,
};

/// Whether a key opens anything now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Active,
    /// Not while the person who made it is no active owner.
    Asleep,
    /// Its time is over.
    Expired,
    /// An owner ended it.
    Revoked,
}

/// A key and its state.
pub struct SeenKey {
    /// The key.
    pub key: api_key::Model,
    /// Whether it opens anything now.
    pub state: KeyState,
}

impl Reader<'_> {
    /// An organization's keys, for its administrators.
    pub async fn api_keys(&self, organization: OrganizationId, page: &Page) -> Result<Rows<SeenKey>> {
        if !self.reads(organization) {
            return Ok(Rows::none());
        }
        let select = api_key::Entity::find().filter(api_key::Column::OrganizationId.eq(organization));
        let page = by_id(self.db(), select, api_key::Column::Id, page).await?;
        let owners = self.active_owners(organization).await?;
        Ok(page.map(|key| self.seen(key, &owners)))
    }

    /// One key.
    pub async fn api_key(&self, organization: OrganizationId, id: ApiKeyId) -> Result<Option<SeenKey>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let found = api_key::Entity::find_by_id(id)
            .filter(api_key::Column::OrganizationId.eq(organization))
            .one(self.db())
            .await?;
        let owners = self.active_owners(organization).await?;
        Ok(found.map(|key| self.seen(key, &owners)))
    }

    fn seen(&self, key: api_key::Model, owners: &HashSet<AccountId>) -> SeenKey {
        let state = if key.revoked_at.is_some() {
            KeyState::Revoked
        } else if key.expires_at <= self.now() {
            KeyState::Expired
        } else if owners.contains(&key.made_by) {
            KeyState::Active
        } else {
            KeyState::Asleep
        };
        SeenKey { key, state }
    }

    /// The owners whose keys work: awake, and not limited.
    async fn active_owners(&self, organization: OrganizationId) -> Result<HashSet<AccountId>> {
        let owners: HashSet<AccountId> = role::Entity::find()
            .select_only()
            .column(role::Column::AccountId)
            .filter(role::Column::OrganizationId.eq(organization))
            .filter(role::Column::Role.eq(RoleName::Owner))
            .filter(role::Column::AsleepAt.is_null())
            .into_tuple()
            .all(self.db())
            .await?
            .into_iter()
            .collect();
        let limited: HashSet<AccountId> = account_block::Entity::find()
            .select_only()
            .column(account_block::Column::AccountId)
            .filter(account_block::Column::AccountId.is_in(owners.iter().copied()))
            .filter(account_block::Column::Kind.is_in(LIMITING))
            .filter(in_force(self.now()))
            .into_tuple()
            .all(self.db())
            .await?
            .into_iter()
            .collect();
        Ok(owners.difference(&limited).copied().collect())
    }
}
