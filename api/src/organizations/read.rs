//! What a viewer sees of organizations.

use crate::core::{Permission, Reader, Result};
use sea_orm::EntityTrait;
use steward_entities::{id::OrganizationId, organization};

impl Reader<'_> {
    /// An organization, for its administrators and for operators of the platform.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<organization::Model>> {
        if self.administrator(id, Permission::Read).is_none() && !self.caller().is_operator() {
            return Ok(None);
        }
        Ok(organization::Entity::find_by_id(id).one(self.db()).await?)
    }
}
