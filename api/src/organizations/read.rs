//! What a viewer sees of organizations.

use crate::core::{Permission, Reader, Result, database::one_of};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use steward_entities::{id::OrganizationId, organization};

impl Reader<'_> {
    /// Whether the viewer sees more of an organization than its people do.
    #[must_use]
    pub fn sees_inside(&self, id: OrganizationId) -> bool {
        self.administrator(id, Permission::Read).is_some() || self.caller().is_operator()
    }

    /// An organization, for its administrators and for operators of the platform.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<organization::Model>> {
        Ok(self.organizations(&[id]).await?.pop())
    }

    /// Those of these organizations that the viewer sees.
    pub async fn organizations(&self, ids: &[OrganizationId]) -> Result<Vec<organization::Model>> {
        let seen = |id: &OrganizationId| self.sees_inside(*id);
        let ids: Vec<OrganizationId> = ids.iter().copied().filter(seen).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let select = organization::Entity::find().filter(organization::Column::Id.is_in(ids));
        Ok(select.order_by_asc(organization::Column::Id).all(self.db()).await?)
    }

    /// The organizations that rows name which the viewer sees, whatever else they see of them.
    pub(crate) async fn organizations_named(
        &self,
        ids: impl IntoIterator<Item = OrganizationId>,
    ) -> Result<HashMap<OrganizationId, organization::Model>> {
        let named = organization::Entity::find().filter(one_of(self.db(), organization::Column::Id, ids));
        Ok(named.all(self.db()).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}
