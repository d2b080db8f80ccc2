//! What a viewer sees of deletions that vendors were asked for: administrators those of their organization's installations.

use crate::{
    core::{Reader, Result},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{
    data_deletion,
    id::{AppInstallationId, OrganizationId},
};

impl Reader<'_> {
    /// What has to be deleted since an installation is over; none while it isn't.
    pub async fn data_deletion(
        &self,
        organization: OrganizationId,
        installation: AppInstallationId,
    ) -> Result<Option<data_deletion::Model>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let select = data_deletion::Entity::find()
            .filter(data_deletion::Column::InstallationId.eq(installation))
            .filter(data_deletion::Column::AccountId.is_null());
        Ok(select.one(self.db()).await?)
    }

    /// What has to be deleted of single people whom an installation has shown.
    pub async fn account_data_deletions(
        &self,
        organization: OrganizationId,
        installation: AppInstallationId,
        page: &Page,
    ) -> Result<Option<Rows<data_deletion::Model>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let select = data_deletion::Entity::find()
            .filter(data_deletion::Column::InstallationId.eq(installation))
            .filter(data_deletion::Column::AccountId.is_not_null());
        Ok(Some(by_id(self.db(), select, data_deletion::Column::Id, page).await?))
    }
}
