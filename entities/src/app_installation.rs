//! A third-party app's presence in an organization, or in one workspace of it.

use crate::id::{AccountId, AppId, AppInstallationId, OrganizationId, WorkspaceId};
use crate::kinds::{AppClosedBecause, InstallationEnd, InstallationState};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_installation")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppInstallationId,
    /// In which organization.
    pub organization_id: OrganizationId,
    /// On which workspace; none for the whole organization.
    pub workspace_id: Option<WorkspaceId>,
    /// Which app.
    pub app_id: AppId,
    /// Its state.
    pub state: InstallationState,
    /// What it may, as people were told: a bit for each scope.
    pub scopes: i64,
    /// What it may when everybody has been told.
    pub pending_scopes: Option<i64>,
    /// Who installed it; for a key who answers for it.
    pub installed_by: AccountId,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When everybody had been told, and it began to see.
    pub installed_at: Option<DateTimeUtc>,
    /// Why it couldn't be installed.
    pub failed_because: Option<AppClosedBecause>,
    /// The last account that was told, in the order of ids.
    pub told_to: Option<AccountId>,
    /// When everybody was told.
    pub told_at: Option<DateTimeUtc>,
    /// The last account that was told of what is pending.
    pub pending_told_to: Option<AccountId>,
    /// When it ended for the app.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it ended.
    pub ended_because: Option<InstallationEnd>,
    /// Who ended it; for a key who answers for it.
    pub ended_by: Option<AccountId>,
    /// The reason that was given, for the log.
    pub end_reason: Option<String>,
    /// The last account that was told of the end.
    pub end_told_to: Option<AccountId>,
    /// When everybody was told of the end.
    pub uninstalled_at: Option<DateTimeUtc>,
    /// When the app last got a token for it, kept to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// Grows with each change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
