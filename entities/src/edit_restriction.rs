//! A rule that takes from people the right to edit, hide or delete information.

use crate::id::{AccountId, EditRestrictionId, OrganizationId, WorkspaceId};
use crate::kinds::{EditTarget, RoleName};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edit_restriction")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EditRestrictionId,
    /// Who set it.
    pub organization_id: OrganizationId,
    /// From whom it takes the right.
    pub target: EditTarget,
    /// The workspace, where that is the target.
    pub workspace_id: Option<WorkspaceId>,
    /// What it takes: a bit for each operation, in the order of their kinds.
    pub operations: i64,
    /// Why, for the log and the people.
    pub reason: String,
    /// More words to the people.
    pub message: Option<String>,
    /// When it was set.
    pub created_at: DateTimeUtc,
    /// When it ends by itself.
    pub until: Option<DateTimeUtc>,
    /// Who set it; for a key who answers for it.
    pub set_by: AccountId,
    /// Their role then: whoever holds powers that it lacks is left out.
    pub set_by_role: RoleName,
    /// The last account that was told, in the order of ids.
    pub told_to: Option<AccountId>,
    /// When everybody was told.
    pub told_at: Option<DateTimeUtc>,
    /// When it was lifted, or over.
    pub ended_at: Option<DateTimeUtc>,
    /// Words of who lifted it.
    pub end_message: Option<String>,
    /// The last account that was told of the end.
    pub end_told_to: Option<AccountId>,
    /// When everybody was told of the end.
    pub end_told_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
