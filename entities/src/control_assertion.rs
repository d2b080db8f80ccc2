//! The state of one account in a claim.

use crate::id::{AccountId, ClaimId, ControlAssertionId, DomainId, NoticeId, OrganizationId};
use crate::kinds::AssertionStatus;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "control_assertion")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ControlAssertionId,
    /// Its claim.
    pub claim_id: ClaimId,
    /// Who asserts.
    pub organization_id: OrganizationId,
    /// Over which domain.
    pub domain_id: DomainId,
    /// Over whom.
    pub account_id: AccountId,
    /// Its state.
    pub status: AssertionStatus,
    /// The notice that told the person.
    pub notice_id: Option<NoticeId>,
    /// The date that the notice states.
    pub announced_at: DateTimeUtc,
    /// When the notice reached the person.
    pub notice_delivered_at: Option<DateTimeUtc>,
    /// When control begins; null until the notice is delivered.
    pub takes_effect_at: Option<DateTimeUtc>,
    /// Until when a change of address that was asked for in time holds it, once.
    pub held_until: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it left PENDING.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it ended.
    pub ended_because: Option<String>,
    /// Grows with every change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
