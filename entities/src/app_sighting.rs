//! Somebody whom an app has seen, through one of its installations.

use crate::id::{AccountId, AppInstallationId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_sighting")]
pub struct Model {
    /// Through which installation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub installation_id: AppInstallationId,
    /// Whom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// When for the first time.
    pub first_read_at: DateTimeUtc,
    /// When for the last time, kept to the hour.
    pub last_read_at: DateTimeUtc,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
