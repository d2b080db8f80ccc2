//! What a repeated request is answered from, for 24 hours.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// Whose request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub credential: String,
    /// The caller's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Which mutation.
    pub action: String,
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
    /// The ids that the answer is rebuilt from.
    pub output: Json,
    /// When.
    pub created_at: DateTimeUtc,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
