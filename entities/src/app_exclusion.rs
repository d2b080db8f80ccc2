//! Administrators keep somebody from a third-party app of their organization.

use crate::id::{AccountId, AppExclusionId, AppId, AppInstallationId, OrganizationId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_exclusion")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppExclusionId,
    /// In which organization.
    pub organization_id: OrganizationId,
    /// From which app: from any of its installations there.
    pub app_id: AppId,
    /// Whom.
    pub account_id: AccountId,
    /// The installation by which the app reached them.
    pub installation_id: AppInstallationId,
    /// Why, for the person and the log.
    pub reason: Option<String>,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// Who decided it; for a key who answers for it.
    pub excluded_by: AccountId,
    /// When the app was let see them again.
    pub ended_at: Option<DateTimeUtc>,
    /// Who let it; for a key who answers for it.
    pub ended_by: Option<AccountId>,
    /// Why, for the person and the log.
    pub end_reason: Option<String>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
