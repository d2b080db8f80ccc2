//! One fact that limits an account.

use crate::id::{AccountBlockId, AccountId, OrganizationId};
use crate::kinds::BlockKind;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_block")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountBlockId,
    /// Whom it limits.
    pub account_id: AccountId,
    /// Who set it; null for the person and the platform.
    pub organization_id: Option<OrganizationId>,
    /// What it is.
    pub kind: BlockKind,
    /// For the log.
    pub reason: Option<String>,
    /// For the person.
    pub message: Option<String>,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// When it lifts by itself.
    pub until: Option<DateTimeUtc>,
    /// When it was lifted.
    pub lifted_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
