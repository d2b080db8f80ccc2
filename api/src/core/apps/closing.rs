//! What becomes of what apps know of somebody who is gone for good: their vendors are told, and have to delete it.

use super::{
    data_deletion::{Asked, ask},
    webhooks::{WebhookDraft, tell},
};
use crate::core::{database::one_of, error::Result, job, tx::Tx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Expr};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    app_installation, app_sighting, data_deletion,
    id::{AccountId, AppInstallationId},
    kinds::DataDeletionCause,
};

/// Tells the vendor of each app that has seen one of these people that they are gone, and asks for the deletion of what it
/// knows of them. Where the app itself is gone, everything has to be deleted already.
///
/// # Errors
/// When the database fails.
pub async fn close(tx: &Tx<'_>, accounts: &[AccountId], because: DataDeletionCause) -> Result<()> {
    let seen: Vec<(AppInstallationId, AccountId)> = app_sighting::Entity::find()
        .select_only()
        .columns([app_sighting::Column::InstallationId, app_sighting::Column::AccountId])
        .filter(one_of(tx.db(), app_sighting::Column::AccountId, accounts.iter().copied()))
        .order_by_asc(app_sighting::Column::InstallationId)
        .order_by_asc(app_sighting::Column::AccountId)
        .into_tuple()
        .all(tx.db())
        .await?;
    if seen.is_empty() {
        return Ok(());
    }
    let ids: HashSet<AppInstallationId> = seen.iter().map(|(installation, _)| *installation).collect();
    let installations: HashMap<AppInstallationId, app_installation::Model> = app_installation::Entity::find()
        .filter(one_of(tx.db(), app_installation::Column::Id, ids))
        .filter(app_installation::Column::EndedAt.is_null())
        .all(tx.db())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let whom: Vec<_> = seen
        .iter()
        .filter_map(|(installation, account)| Some((installations.get(installation)?, Some(*account))))
        .collect();
    let (asked, jobs) = ask(tx, &whom, because).await?;
    let closed = |((installation, account), asked): (&(&app_installation::Model, Option<AccountId>), &Asked)| {
        Some(WebhookDraft::account_closed(installation, (*account)?, because, asked))
    };
    tell(tx, whom.iter().zip(&asked).filter_map(closed).collect()).await?;
    job::write(tx, jobs).await
}

/// What was asked for because these accounts were closed comes to nothing: they are open again. Where it is confirmed already,
/// that stays to be read; what comes to be known from now on is asked for anew.
///
/// # Errors
/// When the database fails.
pub async fn reopen(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<()> {
    data_deletion::Entity::update_many()
        .col_expr(data_deletion::Column::WithdrawnAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), data_deletion::Column::AccountId, accounts.iter().copied()))
        .filter(data_deletion::Column::Because.eq(DataDeletionCause::AccountTerminated))
        .filter(data_deletion::Column::WithdrawnAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}
