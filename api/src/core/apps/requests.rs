//! What people have asked an organization for.

use crate::core::{database::one_of, error::Result, powers::GROUND, tx::Tx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Expr};
use steward_entities::{
    account, app_request,
    id::{AccountId, OrganizationId},
    kinds::AppRequestStatus,
    membership,
};

/// Withdraws what waits for an answer of those of these people who don't belong to the organization any more: by now it
/// neither manages their accounts, nor are they members of its workspaces.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(tx: &Tx<'_>, organization: OrganizationId, accounts: &[AccountId]) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let ids = || accounts.iter().copied();
    let managed = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(one_of(tx.db(), account::Column::Id, ids()))
        .filter(account::Column::ManagedBy.eq(organization));
    let members = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .filter(one_of(tx.db(), membership::Column::AccountId, ids()))
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(membership::Column::Status.is_in(GROUND));
    let whose = app_request::Column::AccountId;
    app_request::Entity::update_many()
        .col_expr(app_request::Column::Status, Expr::value(AppRequestStatus::Withdrawn))
        .filter(one_of(tx.db(), whose, ids()))
        .filter(app_request::Column::OrganizationId.eq(organization))
        .filter(app_request::Column::Status.eq(AppRequestStatus::Waiting))
        .filter(whose.not_in_subquery(managed.into_query()))
        .filter(whose.not_in_subquery(members.into_query()))
        .exec(tx.db())
        .await?;
    Ok(())
}
