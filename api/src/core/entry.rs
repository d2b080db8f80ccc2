//! Whether a workspace is open to a person, and the account to whoever acts in its name: asked before people read or change
//! what lies in a workspace.

use crate::core::{
    account::access::Access,
    caller::in_force,
    database::one_of,
    error::Result,
    powers::{GROUND, standing},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::HashSet;
use steward_entities::{
    account, account_block,
    id::{AccountId, OrganizationId, ServiceId, WorkspaceId},
    kinds::{BlockKind, MembershipStatus},
    membership, workspace,
};

/// How a workspace stands to one of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Open.
    Open,
    /// Open for reading.
    ReadOnly,
    /// Closed for a time.
    Suspended,
    /// Closed until there is a new password.
    ResetRequired,
}

impl Entry {
    /// Whether the member reads there.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(self, Self::Open | Self::ReadOnly)
    }
}

/// A workspace of which somebody is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Whose workspace.
    pub organization: OrganizationId,
    /// Which.
    pub workspace: WorkspaceId,
    /// How it stands to the person.
    pub entry: Entry,
}

/// The workspaces of which somebody is a member; only this one, if it is named.
///
/// # Errors
/// When the database fails.
pub async fn memberships(
    db: &impl ConnectionTrait,
    account: &account::Model,
    only: Option<WorkspaceId>,
    now: DateTime<Utc>,
) -> Result<Vec<Membership>> {
    let mut select = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account.id))
        .filter(membership::Column::Status.is_in(GROUND))
        .order_by_asc(membership::Column::Id);
    if let Some(workspace) = only {
        select = select.filter(membership::Column::WorkspaceId.eq(workspace));
    }
    let rows = select.all(db).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let resets = resets(db, account.id, now).await?;
    let closes = |organization: &OrganizationId| {
        resets.contains(&Some(*organization)) || account.managed_by.is_some() && resets.contains(&account.managed_by)
    };
    let entered = |row: membership::Model| Membership {
        organization: row.organization_id,
        workspace: row.workspace_id,
        entry: match standing(row.status, row.until, now) {
            MembershipStatus::Suspended => Entry::Suspended,
            _ if closes(&row.organization_id) => Entry::ResetRequired,
            MembershipStatus::Restricted => Entry::ReadOnly,
            _ => Entry::Open,
        },
    };
    Ok(rows.into_iter().map(entered).collect())
}

/// How this workspace stands to somebody; none for who is no member.
///
/// # Errors
/// When the database fails.
pub async fn entry(
    db: &impl ConnectionTrait,
    account: &account::Model,
    workspace: WorkspaceId,
    now: DateTime<Utc>,
) -> Result<Option<Entry>> {
    Ok(memberships(db, account, Some(workspace), now).await?.pop().map(|membership| membership.entry))
}

/// The organizations that require a new password of somebody.
async fn resets(
    db: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<HashSet<Option<OrganizationId>>> {
    let required = account_block::Entity::find()
        .select_only()
        .column(account_block::Column::OrganizationId)
        .filter(account_block::Column::AccountId.eq(account))
        .filter(account_block::Column::Kind.eq(BlockKind::PasswordReset))
        .filter(in_force(now));
    Ok(required.into_tuple().all(db).await?.into_iter().collect())
}

/// Whether who manages the account requires a new password: that closes all of it.
///
/// # Errors
/// When the database fails.
pub async fn awaits_password(db: &impl ConnectionTrait, account: &account::Model, now: DateTime<Utc>) -> Result<bool> {
    let Some(manager) = account.managed_by else { return Ok(false) };
    Ok(resets(db, account.id, now).await?.contains(&Some(manager)))
}

/// What the account can do right now.
///
/// # Errors
/// When the database fails.
pub async fn access(db: &impl ConnectionTrait, account: AccountId, now: DateTime<Utc>) -> Result<Access> {
    let blocks = account_block::Entity::find()
        .select_only()
        .column(account_block::Column::Kind)
        .filter(account_block::Column::AccountId.eq(account))
        .filter(in_force(now));
    let blocks: Vec<BlockKind> = blocks.into_tuple().all(db).await?;
    Ok(Access::left_by(blocks))
}

/// Whether somebody belongs to an organization: it manages the account, or they are a member of one of its workspaces.
///
/// # Errors
/// When the database fails.
pub async fn belongs_to(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    account: &account::Model,
) -> Result<bool> {
    if account.managed_by == Some(organization) {
        return Ok(true);
    }
    let member = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(membership::Column::AccountId.eq(account.id))
        .filter(membership::Column::Status.is_in(GROUND))
        .limit(1);
    Ok(member.one(db).await?.is_some())
}

/// Whether a service has to do with somebody: they are a member of one of its workspaces.
///
/// # Errors
/// When the database fails.
pub async fn is_known_to(db: &impl ConnectionTrait, service: ServiceId, account: AccountId) -> Result<bool> {
    Ok(!known_to(db, service, [account]).await?.is_empty())
}

/// Which of these people are members of which of a service's workspaces.
///
/// # Errors
/// When the database fails.
pub async fn known_to(
    db: &impl ConnectionTrait,
    service: ServiceId,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<HashSet<(AccountId, WorkspaceId)>> {
    let of_service = workspace::Entity::find()
        .select_only()
        .column(workspace::Column::Id)
        .filter(workspace::Column::ServiceId.eq(service))
        .into_query();
    let found: Vec<(Option<AccountId>, WorkspaceId)> = membership::Entity::find()
        .select_only()
        .columns([membership::Column::AccountId, membership::Column::WorkspaceId])
        .filter(one_of(db, membership::Column::AccountId, accounts))
        .filter(membership::Column::Status.is_in(GROUND))
        .filter(membership::Column::WorkspaceId.in_subquery(of_service))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(account, workspace)| Some((account?, workspace))).collect())
}
