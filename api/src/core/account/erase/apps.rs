//! Apps, of somebody who leaves for good: what they have asked for, and who has seen them.

use crate::core::{Result, Tx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use steward_entities::{app_request, app_sighting, id::AccountId, kinds::AppRequestStatus};

/// Requests stay as records, without words; those that wait for an answer are over.
pub async fn forget_requests(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let of_person = || app_request::Column::AccountId.eq(account);
    app_request::Entity::update_many()
        .col_expr(app_request::Column::Status, Expr::value(AppRequestStatus::Withdrawn))
        .filter(of_person())
        .filter(app_request::Column::Status.eq(AppRequestStatus::Waiting))
        .exec(tx.db())
        .await?;
    app_request::Entity::update_many()
        .col_expr(app_request::Column::Reason, Expr::value(None::<String>))
        .col_expr(app_request::Column::Answer, Expr::value(None::<String>))
        .filter(of_person())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Which apps have seen them.
pub async fn forget_sightings(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    app_sighting::Entity::delete_many().filter(app_sighting::Column::AccountId.eq(account)).exec(tx.db()).await?;
    Ok(())
}
