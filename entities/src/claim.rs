//! One assertion of control over accounts of a domain.

use crate::id::{AccountId, ClaimId, DomainId, JobId, OrganizationId};
use crate::kinds::ClaimStatus;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClaimId,
    /// Who asserts.
    pub organization_id: OrganizationId,
    /// Over which domain.
    pub domain_id: DomainId,
    /// Its state.
    pub status: ClaimStatus,
    /// Everyone, or a list of accounts.
    pub scope: Json,
    /// The notice period in days.
    pub notice_days: i64,
    /// The administrators' own words.
    pub message: Option<String>,
    /// The job that brings it forward.
    pub job_id: Option<JobId>,
    /// Who began it; null for a key.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: DateTimeUtc,
    /// The date that its notices state.
    pub announced_at: Option<DateTimeUtc>,
    /// When nothing was pending any more, or it was canceled.
    pub ended_at: Option<DateTimeUtc>,
    /// Grows with every change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
