//! What a vendor has to delete, by when, and who keeps it in mind: asked for with the change that makes it due, confirmed by
//! the app, or overdue in the end.

use crate::core::{
    database::one_of,
    error::Result,
    insert::insert_all,
    job::{JobDraft, Work},
    tx::Tx,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    app_installation, data_deletion,
    id::{AccountId, AppInstallationId, DataDeletionId},
    kinds::DataDeletionCause,
};

/// How long a vendor has.
pub const DELETED_WITHIN: TimeDelta = TimeDelta::days(30);
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

/// Asks for the deletion of what installations have brought, each of one person or of all, in a few statements however many
/// there are. The jobs keep it in mind. Who was asked before isn't given more time: then there is no job.
///
/// # Errors
/// When the database fails.
pub async fn ask(
    tx: &Tx<'_>,
    whom: &[(&app_installation::Model, Option<AccountId>)],
    because: DataDeletionCause,
) -> Result<(Vec<Asked>, Vec<JobDraft>)> {
    let before = asked_before(tx, whom).await?;
    let (mut all, mut rows, mut jobs) = (Vec::with_capacity(whom.len()), Vec::new(), Vec::new());
    for (installation, account) in whom {
        if let Some(before) = before.get(&(installation.id, *account)) {
            all.push(*before);
            continue;
        }
        let asked = Asked { id: tx.id(), requested_at: tx.now(), deadline: tx.now() + DELETED_WITHIN };
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
        let job =
            JobDraft::new(tx, Work::AdvanceDataDeletion { data_deletion: asked.id }).of(installation.organization_id);
        jobs.push(match next_word(asked.deadline, 0) {
            Some(at) => job.at(at),
            None => job,
        });
        all.push(asked);
    }
    insert_all::<data_deletion::Entity>(tx, rows).await?;
    Ok((all, jobs))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_is_reminded_twice_and_then_late() {
        let deadline = DateTime::UNIX_EPOCH + DELETED_WITHIN;
        let words: Vec<_> = (0..4).map(|reminders| next_word(deadline, reminders)).collect();
        let day = |day| Some(DateTime::UNIX_EPOCH + TimeDelta::days(day));
        assert_eq!(words, [day(23), day(29), day(30), None]);
        assert_eq!(next_word(deadline, -1), None);
    }
}
