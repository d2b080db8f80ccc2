//! What one account may do in one organization.

use crate::id::{AccountId, OrganizationId, RoleId};
use crate::kinds::RoleName;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    /// Where.
    pub organization_id: OrganizationId,
    /// Who.
    pub account_id: AccountId,
    /// What.
    pub role: RoleName,
    /// Since when.
    pub assigned_at: DateTimeUtc,
    /// Since when it waits for an owner to confirm it, after the account came under another organization's control.
    pub asleep_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
