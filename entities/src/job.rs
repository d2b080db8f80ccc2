//! Asynchronous work. It is written in the transaction of the change that asks for it.

use crate::id::{JobId, OrganizationId};
use crate::kinds::JobStatus;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// For whom.
    pub organization_id: Option<OrganizationId>,
    /// For work over many accounts: the mutation that does the same to one.
    pub action: Option<String>,
    /// What it needs.
    pub payload: Json,
    /// How far it got.
    pub cursor: Option<String>,
    /// Its state.
    pub status: JobStatus,
    /// When it is due.
    pub run_at: DateTimeUtc,
    /// Failures in a row.
    pub attempts: i64,
    /// What the last failure met.
    pub last_error: Option<String>,
    /// Until when one worker has it.
    pub leased_until: Option<DateTimeUtc>,
    /// Fencing number.
    pub lease: i64,
    /// Rows done.
    pub done: i64,
    /// Rows in all, where known.
    pub total: Option<i64>,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
