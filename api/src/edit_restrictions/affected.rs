//! Whom a restriction concerns, in the order of their ids, a chunk at a time.

use crate::{
    accounts::{
        in_turn::InTurn,
        list::{AccountFilter, AccountList, AccountOrder},
    },
    core::{
        Result, Tx,
        database::one_of,
        edits::{Bound, Operations},
        powers::{GROUND, PowerRefusal},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account, edit_restriction, edit_restriction_account,
    id::{AccountId, OrganizationId, WorkspaceId},
    kinds::{EditTarget, RoleName},
    membership, role,
};

/// People in one change.
pub const CHUNK: usize = 500;

/// The next people, each with what is taken from them now; and the last account that was looked at, none at the end.
pub struct Chunk {
    /// Those from whom something is taken.
    pub people: Vec<(account::Model, Operations)>,
    /// All accounts that were looked at.
    pub looked_at: Vec<AccountId>,
    /// Where the next chunk begins.
    pub last: Option<AccountId>,
    /// Whether there are no more.
    pub is_last: bool,
}

/// Everybody whom an organization could take something from: those whom it manages, and where items are concerned its
/// members.
#[must_use]
pub fn everybody(
    organization: OrganizationId,
    workspace: Option<WorkspaceId>,
    operations: Operations,
    now: DateTime<Utc>,
) -> AccountList {
    let managed = operations.on_items().is_empty().then_some(true);
    let filter = AccountFilter { managed, workspace, ..AccountFilter::default() };
    AccountList { organization, filter, order: AccountOrder::Id, now, app: None }
}

/// The next people of a restriction after this account.
///
/// # Errors
/// When the database fails.
pub async fn next(tx: &Tx<'_>, restriction: &edit_restriction::Model, after: Option<AccountId>) -> Result<Chunk> {
    let in_turn = match restriction.target {
        EditTarget::Accounts => InTurn::of(tx, named(tx, restriction, after).await?, CHUNK).await?,
        EditTarget::Organization | EditTarget::Workspace => {
            let operations = Operations(restriction.operations);
            let list = everybody(restriction.organization_id, restriction.workspace_id, operations, tx.now());
            InTurn::after(tx, &list, after, CHUNK).await?
        }
    };
    let last = in_turn.last();
    let InTurn { people: accounts, looked_at, is_last } = in_turn;
    let organization = restriction.organization_id;
    let roles = roles(tx, organization, accounts.iter().map(|account| account.id)).await?;
    let members = members(tx, organization, accounts.iter().map(|account| account.id)).await?;
    let people = accounts.into_iter().filter_map(|account| {
        let managed = account.managed_by == Some(organization);
        if !managed && !members.contains(&account.id) {
            return None;
        }
        let role = roles.get(&account.id).copied();
        let operations = Bound::by(restriction, account.id, managed, role).operations();
        (!operations.is_empty()).then_some((account, operations))
    });
    Ok(Chunk { people: people.collect(), looked_at, last, is_last })
}

/// Those of an organization's administrators whom a restriction over everybody leaves out, with the reason.
///
/// # Errors
/// When the database fails.
pub async fn left_out(tx: &Tx<'_>, restriction: &edit_restriction::Model) -> Result<Vec<(AccountId, PowerRefusal)>> {
    let organization = restriction.organization_id;
    // As in `everybody`: who is only a member has nothing to lose where no items are concerned.
    let managed_alone = Operations(restriction.operations).on_items().is_empty();
    let roles = role::Entity::find().filter(role::Column::OrganizationId.eq(organization)).all(tx.db()).await?;
    let mut left_out = Vec::new();
    for held in roles {
        let account = account::Entity::find_by_id(held.account_id).one(tx.db()).await?;
        let Some(account) = account else { continue };
        let managed = account.managed_by == Some(organization);
        if managed_alone && !managed {
            continue;
        }
        let within = match restriction.workspace_id {
            Some(workspace) => is_member_of(tx, workspace, account.id).await?,
            None => managed || !members(tx, organization, [account.id]).await?.is_empty(),
        };
        let bound = Bound::by(restriction, account.id, managed, Some(held.role));
        let is_self = account.id == restriction.set_by;
        if within && !bound.binds() {
            left_out.push((account.id, if is_self { PowerRefusal::OnSelf } else { PowerRefusal::HigherRole }));
        }
    }
    Ok(left_out)
}

async fn named(tx: &Tx<'_>, restriction: &edit_restriction::Model, after: Option<AccountId>) -> Result<Vec<AccountId>> {
    let mut rows = edit_restriction_account::Entity::find()
        .select_only()
        .column(edit_restriction_account::Column::AccountId)
        .filter(edit_restriction_account::Column::RestrictionId.eq(restriction.id))
        .filter(edit_restriction_account::Column::LiftedAt.is_null())
        .order_by_asc(edit_restriction_account::Column::AccountId)
        .limit(CHUNK as u64);
    if let Some(after) = after {
        rows = rows.filter(edit_restriction_account::Column::AccountId.gt(after));
    }
    Ok(rows.into_tuple().all(tx.db()).await?)
}

async fn roles(
    tx: &Tx<'_>,
    organization: OrganizationId,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<HashMap<AccountId, RoleName>> {
    let rows: Vec<(AccountId, RoleName)> = role::Entity::find()
        .select_only()
        .columns([role::Column::AccountId, role::Column::Role])
        .filter(role::Column::OrganizationId.eq(organization))
        .filter(one_of(tx.db(), role::Column::AccountId, accounts))
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().collect())
}

async fn members(
    tx: &Tx<'_>,
    organization: OrganizationId,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<HashSet<AccountId>> {
    let rows: Vec<Option<AccountId>> = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(one_of(tx.db(), membership::Column::AccountId, accounts))
        .filter(membership::Column::Status.is_in(GROUND))
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().flatten().collect())
}

async fn is_member_of(tx: &Tx<'_>, workspace: WorkspaceId, account: AccountId) -> Result<bool> {
    let found = membership::Entity::find()
        .filter(membership::Column::WorkspaceId.eq(workspace))
        .filter(membership::Column::AccountId.eq(account))
        .filter(membership::Column::Status.is_in(GROUND))
        .one(tx.db())
        .await?;
    Ok(found.is_some())
}
