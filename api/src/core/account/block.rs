//! What limits accounts: the only writer of blocks, for sets of accounts.

use crate::core::{Result, Tx, account::access::LIMITING, caller::in_force, database::one_of, insert::insert_all};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set, prelude::Expr};
use std::collections::HashSet;
use steward_entities::{
    account_block,
    id::{AccountBlockId, AccountId, OrganizationId},
    kinds::BlockKind,
};

/// A limit, as it is laid on accounts.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What it is.
    pub kind: BlockKind,
    /// Who sets it; none for the person and the platform.
    pub by: Option<OrganizationId>,
    /// For the log.
    pub reason: Option<&'a str>,
    /// For the person.
    pub message: Option<&'a str>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// Lays a block on these accounts, in the place of one of the same kind from the same side. Gives the blocks' ids, in the
/// order of the accounts.
pub async fn lay(tx: &Tx<'_>, accounts: &[AccountId], block: Block<'_>) -> Result<Vec<AccountBlockId>> {
    lift(tx, accounts, &[block.kind], block.by).await?;
    let ids: Vec<AccountBlockId> = accounts.iter().map(|_| tx.id()).collect();
    let row = |(&account, &id): (&AccountId, &AccountBlockId)| account_block::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        organization_id: Set(block.by),
        kind: Set(block.kind),
        reason: Set(block.reason.map(ToOwned::to_owned)),
        message: Set(block.message.map(ToOwned::to_owned)),
        created_at: Set(tx.now()),
        until: Set(block.until),
        lifted_at: Set(None),
    };
    insert_all::<account_block::Entity>(tx, accounts.iter().zip(&ids).map(row).collect()).await?;
    Ok(ids)
}

/// Lifts the blocks of these kinds, whoever has laid them.
pub async fn lift_all(tx: &Tx<'_>, accounts: &[AccountId], kinds: &[BlockKind]) -> Result<()> {
    account_block::Entity::update_many()
        .col_expr(account_block::Column::LiftedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), account_block::Column::AccountId, accounts.iter().copied()))
        .filter(account_block::Column::Kind.is_in(kinds.iter().copied()))
        .filter(account_block::Column::LiftedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Lifts the blocks of these kinds that `by` has laid on these accounts; how many.
pub async fn lift(tx: &Tx<'_>, accounts: &[AccountId], kinds: &[BlockKind], by: Option<OrganizationId>) -> Result<u64> {
    let side = match by {
        Some(organization) => account_block::Column::OrganizationId.eq(organization),
        None => account_block::Column::OrganizationId.is_null(),
    };
    let lifted = account_block::Entity::update_many()
        .col_expr(account_block::Column::LiftedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), account_block::Column::AccountId, accounts.iter().copied()))
        .filter(account_block::Column::Kind.is_in(kinds.iter().copied()))
        .filter(account_block::Column::LiftedAt.is_null())
        .filter(side)
        .exec(tx.db())
        .await?;
    Ok(lifted.rows_affected)
}

/// Who of these is still limited by something, whoever has laid it.
pub async fn still_limited(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<HashSet<AccountId>> {
    let limited = account_block::Entity::find()
        .select_only()
        .column(account_block::Column::AccountId)
        .filter(one_of(tx.db(), account_block::Column::AccountId, accounts.iter().copied()))
        .filter(account_block::Column::Kind.is_in(LIMITING))
        .filter(in_force(tx.now()));
    Ok(limited.into_tuple::<AccountId>().all(tx.db()).await?.into_iter().collect())
}
