//! A message to a person, kept as a record.

use crate::id::{AccountId, NoticeId, OrganizationId, TokenId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoticeId,
    /// Whom it is for; null where no account exists yet.
    pub account_id: Option<AccountId>,
    /// On whose behalf it is sent.
    pub organization_id: Option<OrganizationId>,
    /// What it tells.
    pub kind: String,
    /// What the text is made from. No secret is in it.
    pub content: Json,
    /// Its language.
    pub locale: String,
    /// The link that the mail carries.
    pub token_id: Option<TokenId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When the person opened it.
    pub seen_at: Option<DateTimeUtc>,
    /// When the person acknowledged it.
    pub acknowledged_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
