//! A signed-in device. Its token is kept as a hash alone.

use crate::id::{AccountId, SessionId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// The device, as it named itself.
    pub user_agent: String,
    /// Where it signed in from.
    pub ip_address: String,
    /// When it signed in.
    pub created_at: DateTimeUtc,
    /// When it was last used, kept to the minute.
    pub last_used_at: DateTimeUtc,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When the password was last given again.
    pub reauthenticated_at: Option<DateTimeUtc>,
    /// When it was ended.
    pub ended_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
