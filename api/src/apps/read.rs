//! What a viewer sees of the catalogue: whoever is signed in, its apps; operators also their secrets, but for the secrets
//! themselves.

use crate::{
    core::{Reader, Result},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use steward_entities::{app, app_secret, id::AppId};

impl Reader<'_> {
    /// The apps of the catalogue, for whoever is signed in; operators see the retired ones as well.
    pub async fn apps(&self, page: &Page) -> Result<Rows<app::Model>> {
        if self.caller().account_id().is_none() {
            return Ok(Rows::none());
        }
        let mut select = app::Entity::find();
        if !self.caller().is_operator() {
            select = select.filter(app::Column::RetiredAt.is_null());
        }
        by_id(self.db(), select, app::Column::Id, page).await
    }

    /// One app, also a retired one: who had it wants to know what it was.
    pub async fn app(&self, id: AppId) -> Result<Option<app::Model>> {
        Ok(self.apps_by_id([id]).await?.remove(&id))
    }

    /// These apps.
    pub async fn apps_by_id(&self, ids: impl IntoIterator<Item = AppId> + Send) -> Result<HashMap<AppId, app::Model>> {
        if self.caller().account_id().is_none() {
            return Ok(HashMap::new());
        }
        let rows = app::Entity::find().filter(app::Column::Id.is_in(ids)).all(self.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    /// An app's secrets, those that don't work any more included, newest first; for operators.
    pub async fn app_secrets(&self, app: AppId) -> Result<Option<Vec<app_secret::Model>>> {
        if !self.caller().is_operator() {
            return Ok(None);
        }
        let select = app_secret::Entity::find().filter(app_secret::Column::AppId.eq(app));
        Ok(Some(select.order_by_desc(app_secret::Column::Id).all(self.db()).await?))
    }
}
