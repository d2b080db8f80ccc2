//! What a viewer sees of organizations.

use crate::core::{Permission, Reader, Result};
use sea_orm::EntityTrait;
use steward_entities::{id::OrganizationId, organization};

impl Reader<'_> {
    /// Whether the viewer sees more of an organization than its people do.
    #[must_use]
    pub fn sees_inside(&self, id: OrganizationId) -> bool {
        self.administrator(id, Permission::Read).is_some() || self.caller().is_operator()
    }

    /// An organization, for its administrators and for operators of the platform.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<organization::Model>> {
        if !self.sees_inside(id) {
            return Ok(None);
        }
        Ok(organization::Entity::find_by_id(id).one(self.db()).await?)
    }
}
