//! What an item says.

use crate::id::ItemId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item_content")]
pub struct Model {
    /// Which item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_id: ItemId,
    /// Its title.
    pub title: String,
    /// Its body: JSON, as it was given.
    pub body: String,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
