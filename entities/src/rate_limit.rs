//! How often something was tried lately. Committed apart from any change.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_limit")]
pub struct Model {
    /// A hash of what is limited, and by what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: String,
    /// When the current window began.
    pub window_at: DateTimeUtc,
    /// Tries in it.
    pub used: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
