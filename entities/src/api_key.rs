//! A credential of an organization's scripts. Kept as a hash alone.

use crate::id::{AccountId, ApiKeyId, OrganizationId};
use crate::kinds::RoleName;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What its makers call it.
    pub name: String,
    /// What it may do; never OWNER.
    pub role: RoleName,
    /// SHA-256 of the key.
    pub token_hash: Vec<u8>,
    /// Its last characters, to recognise it by.
    pub hint: String,
    /// Who answers for it.
    pub made_by: AccountId,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When it was last used, kept to the hour.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
