//! A domain of an organization, with the proof that it is its own.

use crate::id::{DomainId, OrganizationId};
use crate::kinds::{CheckOutcome, DomainStatus};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "domain")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DomainId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its ASCII form.
    pub name: String,
    /// Its labels from the last to the first, each with a dot.
    pub name_key: String,
    /// Since when the proof covers subdomains.
    pub include_subdomains: Option<DateTimeUtc>,
    /// Its state.
    pub status: DomainStatus,
    /// The token that is to be proved.
    pub challenge: String,
    /// Until when.
    pub challenge_expires_at: DateTimeUtc,
    /// The token that proved it, which re-checks look for.
    pub proved_challenge: Option<String>,
    /// When it was first proved.
    pub verified_at: Option<DateTimeUtc>,
    /// The last check.
    pub checked_at: Option<DateTimeUtc>,
    /// How it was checked.
    pub check_method: Option<String>,
    /// What came of it.
    pub check_outcome: Option<CheckOutcome>,
    /// The values that were found.
    pub check_found: Option<Json>,
    /// Who was asked.
    pub check_resolver: Option<String>,
    /// What to do.
    pub check_advice: Option<String>,
    /// When it is checked again.
    pub next_check_at: Option<DateTimeUtc>,
    /// When it was added.
    pub created_at: DateTimeUtc,
    /// When it was removed.
    pub removed_at: Option<DateTimeUtc>,
    /// Grows with every change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
