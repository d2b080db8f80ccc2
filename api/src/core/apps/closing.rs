//! What becomes of what apps know of somebody who is gone for good, or whom they may not see any more: their vendors are told,
//! and have to delete it; or to keep it after all, where the person comes back.

use super::{
    data_deletion::{Asked, ask},
    sight::{beside, person_lost_through_installation},
    webhooks::{WebhookDraft, tell},
};
use crate::core::{caller::in_force, database::one_of, error::Result, job, tx::Tx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, prelude::Expr};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account_block, app_installation, app_sighting, data_deletion,
    id::{AccountId, AppInstallationId},
    kinds::{BlockKind, DataDeletionCause},
};

/// Whom an app has seen, through which installation.
type Seen = (AppInstallationId, AccountId);

/// The installations that aren't over.
type Live = HashMap<AppInstallationId, app_installation::Model>;

/// Brings what vendors have to delete of these people in line with whom their apps may see, after whatever has changed that:
/// who has left where an app is installed, was released, closed, or kept from it, has to be deleted; who is back, doesn't.
/// A few statements, however many people. The people are locked, so that no app is just noted to have seen them.
///
/// What was asked for stands until the person is back: nobody gets more time. Where it was confirmed, it stays to be read;
/// what comes to be known from then on is asked for anew. Where an installation is over, everything has to be deleted already.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let standing = data_deletion::Entity::find()
        .filter(one_of(tx.db(), data_deletion::Column::AccountId, accounts.iter().copied()))
        .filter(data_deletion::Column::WithdrawnAt.is_null())
        .filter(data_deletion::Column::Because.ne(DataDeletionCause::AccountErased))
        .order_by_asc(data_deletion::Column::Id)
        .all(tx.db())
        .await?;
    let lost = lost(tx, accounts).await?;
    // Most have been seen by none.
    if standing.is_empty() && lost.is_empty() {
        return Ok(());
    }
    let of_standing = standing.iter().map(|row| row.installation_id);
    let live = live(tx, lost.iter().map(|(installation, _)| *installation).chain(of_standing)).await?;
    let is_lost: HashSet<Seen> = lost.iter().copied().collect();
    let is_asked: HashSet<Seen> =
        standing.iter().filter_map(|row| Some((row.installation_id, row.account_id?))).collect();
    let back =
        standing.iter().filter(|row| row.account_id.is_some_and(|id| !is_lost.contains(&(row.installation_id, id))));
    withdraw(tx, &live, back.collect()).await?;
    let lost: Vec<Seen> = lost.into_iter().filter(|seen| !is_asked.contains(seen)).collect();
    let closed = terminated(tx, lost.iter().map(|(_, account)| *account).collect()).await?;
    let (closed, out_of_sight): (Vec<Seen>, Vec<Seen>) =
        lost.into_iter().partition(|(_, account)| closed.contains(account));
    begin(tx, &live, &closed, DataDeletionCause::AccountTerminated).await?;
    begin(tx, &live, &out_of_sight, DataDeletionCause::OutOfSight).await
}

/// The same where somebody is erased: each app that has seen them has to delete what it knows.
///
/// # Errors
/// When the database fails.
pub async fn close(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let seen: Vec<Seen> = sightings(tx, &[account]).into_tuple().all(tx.db()).await?;
    let live = live(tx, seen.iter().map(|(installation, _)| *installation)).await?;
    begin(tx, &live, &seen, DataDeletionCause::AccountErased).await
}

/// Which apps have seen these people, in order.
fn sightings(tx: &Tx<'_>, accounts: &[AccountId]) -> Select<app_sighting::Entity> {
    app_sighting::Entity::find()
        .select_only()
        .columns([app_sighting::Column::InstallationId, app_sighting::Column::AccountId])
        .filter(one_of(tx.db(), app_sighting::Column::AccountId, accounts.iter().copied()))
        .order_by_asc(app_sighting::Column::InstallationId)
        .order_by_asc(app_sighting::Column::AccountId)
}

/// Which of them may not see them any more.
async fn lost(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<Vec<Seen>> {
    let mut select = sightings(tx, accounts);
    beside(&mut select, app_sighting::Column::InstallationId, app_sighting::Column::AccountId);
    let select =
        select.filter(app_installation::Column::EndedAt.is_null()).filter(person_lost_through_installation(tx.now()));
    Ok(select.into_tuple().all(tx.db()).await?)
}

async fn live(tx: &Tx<'_>, ids: impl Iterator<Item = AppInstallationId>) -> Result<Live> {
    let ids: HashSet<AppInstallationId> = ids.collect();
    if ids.is_empty() {
        return Ok(Live::new());
    }
    let rows = app_installation::Entity::find()
        .filter(one_of(tx.db(), app_installation::Column::Id, ids))
        .filter(app_installation::Column::EndedAt.is_null());
    Ok(rows.all(tx.db()).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// Those whose accounts are closed for good, which could still be taken back.
async fn terminated(tx: &Tx<'_>, accounts: HashSet<AccountId>) -> Result<HashSet<AccountId>> {
    if accounts.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<AccountId> = account_block::Entity::find()
        .select_only()
        .column(account_block::Column::AccountId)
        .filter(one_of(tx.db(), account_block::Column::AccountId, accounts))
        .filter(account_block::Column::Kind.eq(BlockKind::Termination))
        .filter(in_force(tx.now()))
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(found.into_iter().collect())
}

/// Asks for deletions, and tells the vendors.
async fn begin(tx: &Tx<'_>, live: &Live, seen: &[Seen], because: DataDeletionCause) -> Result<()> {
    let whom: Vec<_> =
        seen.iter().filter_map(|(installation, account)| Some((live.get(installation)?, Some(*account)))).collect();
    if whom.is_empty() {
        return Ok(());
    }
    let (asked, jobs) = ask(tx, &whom, because).await?;
    let gone = |((installation, account), asked): (&(&app_installation::Model, Option<AccountId>), &Asked)| {
        Some(WebhookDraft::account_gone(installation, (*account)?, because, asked))
    };
    tell(tx, whom.iter().zip(&asked).filter_map(gone).collect()).await?;
    job::write(tx, jobs).await
}

/// Takes back what was asked for, and tells the vendors, but of what they have deleted.
async fn withdraw(tx: &Tx<'_>, live: &Live, back: Vec<&data_deletion::Model>) -> Result<()> {
    let back: Vec<_> = back.into_iter().filter(|row| live.contains_key(&row.installation_id)).collect();
    if back.is_empty() {
        return Ok(());
    }
    data_deletion::Entity::update_many()
        .col_expr(data_deletion::Column::WithdrawnAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), data_deletion::Column::Id, back.iter().map(|row| row.id)))
        .exec(tx.db())
        .await?;
    let told = back.iter().filter(|row| row.confirmed_at.is_none()).filter_map(|row| {
        Some(WebhookDraft::deletion_withdrawn(live.get(&row.installation_id)?, row.account_id?, &Asked::from(*row)))
    });
    tell(tx, told.collect()).await
}
