//! Whom apps have seen: what people are shown, and for whom an app is told of changes.
//!
//! Noted before the app gets its answer, and before what it answers is read: so whoever an app has seen stands here, and
//! what changes about them from then on is told to the app. A page whose people have all been noted within the hour writes
//! nothing; any other writes once.

use crate::core::{
    database::{in_ids, sql},
    error::{Error, Result},
    perform::{TRIES, is_passing},
    steward::Steward,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value,
};
use std::collections::HashSet;
use steward_entities::{
    app_sighting,
    id::{AccountId, AppInstallationId},
};

/// How exactly it is kept when somebody was last seen: so long a noted reading isn't noted again.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// Whether a reading that was noted at `last_read_at` has to be noted again.
#[must_use]
pub fn is_old(last_read_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last_read_at.is_none_or(|at| at <= now - KEPT_FOR)
}

/// Those of these people whose reading has to be noted, in one statement along the key.
///
/// # Errors
/// When the database fails.
pub async fn unnoted(
    db: &impl ConnectionTrait,
    installation: AppInstallationId,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![installation.into(), (now - KEPT_FOR).into()];
    let these = in_ids(db, &mut values, accounts.iter().copied());
    let text = format!(
        "SELECT account_id FROM app_sighting WHERE installation_id = $1 AND last_read_at > $2 AND account_id {these}"
    );
    let noted = Noted::find_by_statement(sql(db, &text, values)).all(db).await?;
    let noted: HashSet<AccountId> = noted.into_iter().map(|row| row.account_id).collect();
    Ok(accounts.iter().copied().filter(|account| !noted.contains(account)).collect())
}

/// The installations through which apps have seen somebody, in order.
///
/// # Errors
/// When the database fails.
pub async fn that_saw(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<AppInstallationId>> {
    let rows = app_sighting::Entity::find()
        .select_only()
        .column(app_sighting::Column::InstallationId)
        .filter(app_sighting::Column::AccountId.eq(account))
        .order_by_asc(app_sighting::Column::InstallationId);
    Ok(rows.into_tuple().all(db).await?)
}

#[derive(FromQueryResult)]
struct Noted {
    account_id: AccountId,
}

impl Steward {
    /// Notes that an app is about to see these people through an installation. Those whom it gives are noted; the others
    /// have gone for good meanwhile, and the app must not be answered about them.
    ///
    /// It is no change: nobody decides on it. The writing is tried again when the database is busy, and then fails, as
    /// nothing is shown that isn't noted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seen_by_app(
        &self,
        installation: AppInstallationId,
        accounts: &[AccountId],
    ) -> Result<HashSet<AccountId>> {
        if accounts.is_empty() {
            return Ok(HashSet::new());
        }
        let mut tried = 0;
        loop {
            tried += 1;
            match self.note(installation, accounts).await {
                Err(Error::Internal(error)) if tried < TRIES && is_passing(error.as_ref()) => {}
                outcome => return outcome,
            }
        }
    }

    /// One statement. Whoever is being erased, closed or changed is held by the change: either they are noted before it, and
    /// it takes that away or tells the vendor, or they are read as they are after it.
    async fn note(&self, installation: AppInstallationId, accounts: &[AccountId]) -> Result<HashSet<AccountId>> {
        let db = &self.write;
        let mut values: Vec<Value> = vec![installation.into(), self.clock.now().into()];
        let these = in_ids(db, &mut values, accounts.iter().copied());
        let there = if db.get_database_backend() == DbBackend::Postgres { " FOR SHARE OF a" } else { "" };
        let text = format!(
            "INSERT INTO app_sighting (installation_id, account_id, first_read_at, last_read_at) \
             SELECT $1, a.id, $2, $2 FROM account a WHERE a.id {these} AND a.email <> '' ORDER BY a.id{there} \
             ON CONFLICT (installation_id, account_id) DO UPDATE SET last_read_at = excluded.last_read_at \
             RETURNING account_id"
        );
        let rows = Noted::find_by_statement(sql(db, &text, values)).all(db).await?;
        Ok(rows.into_iter().map(|row| row.account_id).collect())
    }
}
