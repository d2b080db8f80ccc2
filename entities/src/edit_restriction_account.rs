//! Somebody who was named by an edit restriction.

use crate::id::{AccountId, EditRestrictionId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edit_restriction_account")]
pub struct Model {
    /// Which restriction.
    #[sea_orm(primary_key, auto_increment = false)]
    pub restriction_id: EditRestrictionId,
    /// Whom it names.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// When the person was let go, as by release.
    pub lifted_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
