//! A kind of device on a network, from which an account has signed in.

use crate::id::AccountId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seen_device")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The device in plain words, without versions.
    #[sea_orm(primary_key, auto_increment = false)]
    pub device: String,
    /// The network that it was on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub network: String,
    /// When it signed in for the first time.
    pub seen_at: DateTimeUtc,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
