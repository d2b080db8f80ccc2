//! A link in a mail. Its secret is derived from its id, so that this row holds none.

use crate::id::{AccountId, TokenId};
use crate::kinds::TokenPurpose;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
pub struct Model {
    /// Its id; the secret is an HMAC over it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TokenId,
    /// What it serves, and nothing else.
    pub purpose: TokenPurpose,
    /// Whose it is, where an account exists.
    pub account_id: Option<AccountId>,
    /// The exact address that it was mailed to.
    pub email: String,
    /// The canonical form of that address.
    pub email_canonical: String,
    /// The invitation, membership, notice or change that it belongs to.
    pub subject_id: Option<Uuid>,
    /// What the person gave when it was asked for, such as a name.
    pub context: Json,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it stops.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
    /// When something newer killed it.
    pub revoked_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
