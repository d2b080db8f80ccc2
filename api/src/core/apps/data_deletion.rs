//! What a vendor has to delete, by when, and who keeps it in mind: asked for with the change that makes it due, confirmed by
//! the app, or overdue in the end.

use super::hidden::there_is;
use crate::core::{
    database::one_of,
    error::Result,
    insert::insert_all,
    job::{JobDraft, Work},
    tx::Tx,
};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
    prelude::Expr,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use steward_entities::{
    app_installation, data_deletion,
    id::{AccountId, AppId, AppInstallationId, DataDeletionId, OrganizationId},
    kinds::DataDeletionCause,
};

/// How long a vendor has.
pub const DELETED_WITHIN: TimeDelta = TimeDelta::days(30);
/// How exactly its time is kept in mind.
const HOUR: TimeDelta = TimeDelta::hours(1);
/// How long before the deadline a vendor is reminded, each in its turn; the last word comes when it has passed.
pub const REMINDED_BEFORE: [TimeDelta; 3] = [TimeDelta::days(7), TimeDelta::days(1), TimeDelta::zero()];

/// That a vendor was asked to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Under which id.
    pub id: DataDeletionId,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// By when it has to be done.
    pub deadline: DateTime<Utc>,
}

impl Asked {
    /// As the vendor is told of it.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({ "requestedAt": self.requested_at, "deadline": self.deadline })
    }
}

impl From<&data_deletion::Model> for Asked {
    fn from(row: &data_deletion::Model) -> Self {
        Self { id: row.id, requested_at: row.requested_at, deadline: row.deadline }
    }
}

/// When the vendor is reminded next, or told that it is late; none where all has been said.
#[must_use]
pub fn next_word(deadline: DateTime<Utc>, reminders: i64) -> Option<DateTime<Utc>> {
    let before = REMINDED_BEFORE.get(usize::try_from(reminders).ok()?)?;
    Some(deadline - *before)
}

/// The end of the hour in which this time lies. Reminders of one installation go out together, by the hour of their deadlines.
#[must_use]
pub fn hour_of(deadline: DateTime<Utc>) -> DateTime<Utc> {
    let begin = deadline.duration_trunc(HOUR).unwrap_or(deadline);
    if begin == deadline { deadline } else { begin + HOUR }
}

/// The deletions whose time is over within the hour that ends so.
#[must_use]
pub fn within(hour: DateTime<Utc>) -> Condition {
    let deadline = data_deletion::Column::Deadline;
    Condition::all().add(deadline.gt(hour - HOUR)).add(deadline.lte(hour))
}

/// Asks for the deletion of what installations have brought, each of one person or of all, in a few statements however many
/// there are. The jobs keep it in mind, one of an installation and an hour. Who was asked before isn't given more time.
///
/// # Errors
/// When the database fails.
pub async fn ask(
    tx: &Tx<'_>,
    whom: &[(&app_installation::Model, Option<AccountId>)],
    because: DataDeletionCause,
) -> Result<(Vec<Asked>, Vec<JobDraft>)> {
    let before = asked_before(tx, whom).await?;
    let (mut all, mut rows) = (Vec::with_capacity(whom.len()), Vec::new());
    let (deadline, mut anew) = (tx.now() + DELETED_WITHIN, BTreeMap::new());
    for (installation, account) in whom {
        if let Some(before) = before.get(&(installation.id, *account)) {
            all.push(*before);
            continue;
        }
        let asked = Asked { id: tx.id(), requested_at: tx.now(), deadline };
        rows.push(data_deletion::ActiveModel {
            id: Set(asked.id),
            installation_id: Set(installation.id),
            organization_id: Set(installation.organization_id),
            account_id: Set(*account),
            because: Set(because),
            requested_at: Set(asked.requested_at),
            deadline: Set(asked.deadline),
            reminders: Set(0),
            confirmed_at: Set(None),
            withdrawn_at: Set(None),
            overdue_at: Set(None),
        });
        anew.insert(installation.id, installation.organization_id);
        all.push(asked);
    }
    let jobs = reminding(tx, anew, hour_of(deadline)).await?;
    insert_all::<data_deletion::Entity>(tx, rows).await?;
    Ok((all, jobs))
}

/// The jobs that remind of what these installations have brought and has to be deleted by this hour; none where there is one.
/// Of two that ask at once each makes one, and then one of these has nothing to do.
async fn reminding(
    tx: &Tx<'_>,
    mut installations: BTreeMap<AppInstallationId, OrganizationId>,
    hour: DateTime<Utc>,
) -> Result<Vec<JobDraft>> {
    if installations.is_empty() {
        return Ok(Vec::new());
    }
    let its_own = Expr::col(data_deletion::Column::InstallationId.as_column_ref())
        .equals(app_installation::Column::Id.as_column_ref());
    let by_then = data_deletion::Entity::find()
        .select_only()
        .column(data_deletion::Column::Id)
        .filter(its_own)
        .filter(within(hour))
        .order_by_asc(data_deletion::Column::Deadline);
    // One row of each tells, however many people it is.
    let kept_in_mind: Vec<AppInstallationId> = app_installation::Entity::find()
        .select_only()
        .column(app_installation::Column::Id)
        .filter(one_of(tx.db(), app_installation::Column::Id, installations.keys().copied()))
        .filter(there_is(by_then.into_query()))
        .into_tuple()
        .all(tx.db())
        .await?;
    installations.retain(|installation, _| !kept_in_mind.contains(installation));
    let jobs = installations.into_iter().map(|(installation, organization)| {
        let job = JobDraft::new(tx, Work::AdvanceDataDeletion { installation, hour }).of(organization);
        next_word(hour, 0).into_iter().fold(job, JobDraft::at)
    });
    Ok(jobs.collect())
}

/// What was asked for before, and stands.
async fn asked_before(
    tx: &Tx<'_>,
    whom: &[(&app_installation::Model, Option<AccountId>)],
) -> Result<HashMap<(AppInstallationId, Option<AccountId>), Asked>> {
    let installations: HashSet<AppInstallationId> = whom.iter().map(|(installation, _)| installation.id).collect();
    let accounts: HashSet<AccountId> = whom.iter().filter_map(|(_, account)| *account).collect();
    let mut whose = Condition::any()
        .add_option((!accounts.is_empty()).then(|| one_of(tx.db(), data_deletion::Column::AccountId, accounts)));
    if whom.iter().any(|(_, account)| account.is_none()) {
        whose = whose.add(data_deletion::Column::AccountId.is_null());
    }
    let found = data_deletion::Entity::find()
        .filter(one_of(tx.db(), data_deletion::Column::InstallationId, installations))
        .filter(whose)
        .filter(data_deletion::Column::WithdrawnAt.is_null())
        .all(tx.db())
        .await?;
    Ok(found.iter().map(|row| ((row.installation_id, row.account_id), Asked::from(row))).collect())
}

/// By when the vendor of an app has to delete what this app has seen of these people in an organization; nothing of whom it has
/// seen nothing, of whom it is said to be deleted, or whose time is over.
///
/// # Errors
/// When the database fails.
pub async fn to_be_deleted(
    tx: &Tx<'_>,
    organization: OrganizationId,
    app: AppId,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, DateTime<Utc>>> {
    let installations = app_installation::Entity::find()
        .select_only()
        .column(app_installation::Column::Id)
        .filter(app_installation::Column::AppId.eq(app))
        .filter(app_installation::Column::OrganizationId.eq(organization));
    let found = data_deletion::Entity::find()
        .filter(one_of(tx.db(), data_deletion::Column::AccountId, accounts.iter().copied()))
        .filter(data_deletion::Column::InstallationId.in_subquery(installations.into_query()))
        .filter(data_deletion::Column::ConfirmedAt.is_null())
        .filter(data_deletion::Column::WithdrawnAt.is_null())
        .filter(data_deletion::Column::Deadline.gt(tx.now()))
        // Where it has seen somebody by several installations, the last one counts.
        .order_by_asc(data_deletion::Column::Deadline)
        .all(tx.db())
        .await?;
    Ok(found.into_iter().filter_map(|row| Some((row.account_id?, row.deadline))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_ends_at_its_last_moment() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let ends: Vec<_> = [0, 1, 3_599, 3_600, 3_601].map(|seconds| hour_of(at(seconds))).to_vec();
        assert_eq!(ends, [at(0), at(3_600), at(3_600), at(3_600), at(7_200)]);
    }

    #[test]
    fn a_vendor_is_reminded_twice_and_then_late() {
        let deadline = DateTime::UNIX_EPOCH + DELETED_WITHIN;
        let words: Vec<_> = (0..4).map(|reminders| next_word(deadline, reminders)).collect();
        let day = |day| Some(DateTime::UNIX_EPOCH + TimeDelta::days(day));
        assert_eq!(words, [day(23), day(29), day(30), None]);
        assert_eq!(next_word(deadline, -1), None);
    }
}
