//! A short-lived token of an app for one of its installations. Kept as a hash alone.

use crate::id::{AppInstallationId, AppSecretId, AppTokenId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_token")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppTokenId,
    /// For which installation.
    pub installation_id: AppInstallationId,
    /// The secret with which it was got: revoked with it.
    pub secret_id: AppSecretId,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// What was asked for: a bit for each scope. It may less where less holds by now.
    pub scopes: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When it was given back.
    pub revoked_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
