//! A change of address, from when it is asked for until it is confirmed or over.

use crate::id::{AccountId, EmailChangeId, OrganizationId};
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
    /// Until when its link works; while it waits for an answer, until when it does.
    pub expires_at: DateTimeUtc,
    /// When it was confirmed, canceled, rejected or expired.
    pub ended_at: Option<DateTimeUtc>,
    /// The organization that manages the account and was asked; none where nobody has to be.
    pub organization_id: Option<OrganizationId>,
    /// When its administrators were reminded.
    pub reminded_at: Option<DateTimeUtc>,
    /// When the operators of the platform were told that nobody answers.
    pub escalated_at: Option<DateTimeUtc>,
    /// When it was approved or rejected.
    pub answered_at: Option<DateTimeUtc>,
    /// Who did that; for a key who answers for it.
    pub answered_by: Option<AccountId>,
    /// The reason given with the answer.
    pub answer: Option<String>,
    /// Until when an approval holds.
    pub approved_until: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
