//! What a viewer sees of services' keys: never the keys themselves.

use crate::{
    core::{Reader, Result},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{
    id::{ServiceId, ServiceKeyId},
    service_key,
};

impl Reader<'_> {
    /// A service's keys, those that don't work any more included; for operators.
    pub async fn service_keys(&self, service: ServiceId, page: &Page) -> Result<Option<Rows<service_key::Model>>> {
        if !self.caller().is_operator() {
            return Ok(None);
        }
        let select = service_key::Entity::find().filter(service_key::Column::ServiceId.eq(service));
        Ok(Some(by_id(self.db(), select, service_key::Column::Id, page).await?))
    }

    /// One key, for operators.
    pub async fn service_key(&self, id: ServiceKeyId) -> Result<Option<service_key::Model>> {
        if !self.caller().is_operator() {
            return Ok(None);
        }
        Ok(service_key::Entity::find_by_id(id).one(self.db()).await?)
    }
}
