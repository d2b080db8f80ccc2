//! One account's access to one workspace, from the offer on.

use crate::id::{AccountId, MembershipId, OrganizationId, WorkspaceId};
use crate::kinds::MembershipStatus;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MembershipId,
    /// Which workspace.
    pub workspace_id: WorkspaceId,
    /// Whose workspace.
    pub organization_id: OrganizationId,
    /// Whose; null until the offer is accepted.
    pub account_id: Option<AccountId>,
    /// The address that the offer was sent to.
    pub email: String,
    /// Its canonical form.
    pub email_canonical: String,
    /// Its state.
    pub status: MembershipStatus,
    /// When it was offered.
    pub created_at: DateTimeUtc,
    /// Until when the offer stands.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Why administrators limited or ended it, for the log.
    pub reason: Option<String>,
    /// Their words to the person.
    pub message: Option<String>,
    /// When a limit ends by itself.
    pub until: Option<DateTimeUtc>,
    /// Who offered it, or renewed the offer; for a key who answers for it. Null for offers from before this was kept.
    pub offered_by: Option<AccountId>,
    /// Grows with every change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
