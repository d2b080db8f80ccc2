//! An organization's team or site in a service.

use crate::id::{OrganizationId, ServiceId, WorkspaceId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspace")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkspaceId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// In which product.
    pub service_id: ServiceId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
