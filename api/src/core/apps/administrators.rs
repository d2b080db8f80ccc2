//! Who is told of what an organization has to decide about apps.

use crate::core::{
    account::{access::LIMITING, still_there::still_there},
    caller::in_force,
    error::Result,
    permission::{Permission, allows},
    tx::Tx,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use steward_entities::{
    account, account_block,
    id::{AccountId, OrganizationId},
    role,
};

/// The administrators who decide about apps: awake, and with an account that nothing limits; all but this person.
///
/// # Errors
/// When the database fails.
pub async fn deciders(
    tx: &Tx<'_>,
    organization: OrganizationId,
    but: Option<AccountId>,
) -> Result<Vec<account::Model>> {
    let roles = role::Entity::find().filter(role::Column::OrganizationId.eq(organization)).all(tx.db()).await?;
    let may = |role: &&role::Model| {
        role.asleep_at.is_none() && allows(role.role, Permission::Apps) && Some(role.account_id) != but
    };
    let mut ids: Vec<AccountId> = roles.iter().filter(may).map(|role| role.account_id).collect();
    let limited: Vec<AccountId> = account_block::Entity::find()
        .select_only()
        .column(account_block::Column::AccountId)
        .filter(account_block::Column::AccountId.is_in(ids.iter().copied()))
        .filter(account_block::Column::Kind.is_in(LIMITING))
        .filter(in_force(tx.now()))
        .into_tuple()
        .all(tx.db())
        .await?;
    ids.retain(|id| !limited.contains(id));
    still_there(tx, account::Entity::find().filter(account::Column::Id.is_in(ids))).await
}
