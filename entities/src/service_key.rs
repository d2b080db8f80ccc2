//! A credential of a service of the platform. Kept as a hash alone.

use crate::id::{AccountId, ServiceId, ServiceKeyId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_key")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceKeyId,
    /// Whose it is.
    pub service_id: ServiceId,
    /// What its makers call it.
    pub name: String,
    /// SHA-256 of the key.
    pub token_hash: Vec<u8>,
    /// Its last characters, to recognise it by.
    pub hint: String,
    /// The operator who made it; none for the command line.
    pub made_by: Option<AccountId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When it was last used, kept to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
