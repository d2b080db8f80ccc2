//! Where the next event of an organization, or of the platform, goes.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_stream")]
pub struct Model {
    /// The organization; the nil UUID is the platform.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The next position.
    pub next_position: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
