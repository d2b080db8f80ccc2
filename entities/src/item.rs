//! Information stored as part of an account, without what it says.

use crate::id::{AccountId, ItemId, ItemKindId, OrganizationId, WorkspaceId};
use crate::kinds::ItemVisibility;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ItemId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Whose workspace it lies in; none for a personal one.
    pub organization_id: Option<OrganizationId>,
    /// In which workspace it lies; none for a personal one.
    pub workspace_id: Option<WorkspaceId>,
    /// What kind of item it is.
    pub kind_id: ItemKindId,
    /// Who sees it.
    pub visibility: ItemVisibility,
    /// How many bytes its body has.
    pub size: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was changed last.
    pub updated_at: DateTimeUtc,
    /// Grows with every change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
