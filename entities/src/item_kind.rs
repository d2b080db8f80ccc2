//! A kind of items, as a service has registered it.

use crate::id::{ItemKindId, ServiceId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item_kind")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ItemKindId,
    /// Whose kind it is.
    pub service_id: ServiceId,
    /// Its name; no other on the platform has it.
    pub name: String,
    /// When it was registered.
    pub created_at: DateTimeUtc,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
