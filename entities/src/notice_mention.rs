//! Whom a notice names besides the person it is for, so that it can be found when that name is erased.

use crate::id::NoticeId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_mention")]
pub struct Model {
    /// An account's id, or an address in its canonical form.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// The notice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice_id: NoticeId,
    /// The fields of its content that name them, with commas between; `*` where all of it, and where it went to, does.
    pub fields: String,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
