//! What somebody who leaves for good has asked for: apps.

use crate::core::{Result, Tx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use steward_entities::{app_request, id::AccountId, kinds::AppRequestStatus};

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
