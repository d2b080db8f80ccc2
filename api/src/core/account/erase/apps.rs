//! What somebody who leaves for good has said of apps, and what was said of them: requests, objections, exclusions; and who has
//! seen them.

use crate::core::{Result, Tx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use serde_json::json;
use steward_entities::{
    app_exclusion, app_objection, app_request, app_sighting,
    id::AccountId,
    kinds::{AppObjectionStatus, AppRequestStatus},
};

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

/// The same of objections; of exclusions the words go.
pub async fn forget_objections(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let of_person = || app_objection::Column::AccountId.eq(account);
    app_objection::Entity::update_many()
        .col_expr(app_objection::Column::Status, Expr::value(AppObjectionStatus::Withdrawn))
        .col_expr(app_objection::Column::WithdrawnAt, Expr::value(tx.now()))
        .filter(of_person())
        .filter(app_objection::Column::Status.is_in([AppObjectionStatus::Open, AppObjectionStatus::Upheld]))
        .exec(tx.db())
        .await?;
    app_objection::Entity::update_many()
        .col_expr(app_objection::Column::Reason, Expr::value(None::<String>))
        .col_expr(app_objection::Column::Decision, Expr::value(None::<String>))
        .col_expr(app_objection::Column::Reach, Expr::value(json!({})))
        .filter(of_person())
        .exec(tx.db())
        .await?;
    app_exclusion::Entity::update_many()
        .col_expr(app_exclusion::Column::Reason, Expr::value(None::<String>))
        .col_expr(app_exclusion::Column::EndReason, Expr::value(None::<String>))
        .filter(app_exclusion::Column::AccountId.eq(account))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Which apps have seen them.
pub async fn forget_sightings(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    app_sighting::Entity::delete_many().filter(app_sighting::Column::AccountId.eq(account)).exec(tx.db()).await?;
    Ok(())
}
