//! A secret by which an app proves who it is. Kept as a hash alone.

use crate::id::{AppId, AppSecretId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_secret")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppSecretId,
    /// Whose it is.
    pub app_id: AppId,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// Its last characters, to recognise it by.
    pub hint: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it ends by itself: since a newer one was made.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was last used, kept to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
