//! The erasable part of an event: names, addresses, texts, before and after.

use crate::id::{AccountId, EventId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_detail")]
pub struct Model {
    /// Its event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: EventId,
    /// Whose information it is.
    pub account_id: Option<AccountId>,
    /// Keeps the commitment from being guessed.
    pub salt: Vec<u8>,
    /// The information.
    pub details: Json,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
