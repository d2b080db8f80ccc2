//! A change of address that waits for its confirmation.

use crate::id::{AccountId, EmailChangeId};
use crate::kinds::EmailChangeStatus;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_change")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EmailChangeId,
    /// Whose.
    pub account_id: AccountId,
    /// The new address.
    pub new_email: String,
    /// Its canonical form.
    pub new_email_canonical: String,
    /// Its state.
    pub status: EmailChangeStatus,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// Until when its link works.
    pub expires_at: DateTimeUtc,
    /// When it was confirmed, canceled or expired.
    pub ended_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
