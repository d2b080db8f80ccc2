//! Keeps deletions in mind that a vendor was asked for: reminds the vendor, and in the end marks them as overdue and tells the
//! administrators. All that came by one installation and has to be deleted within the same hour is done together.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged,
        apps::{
            administrators::deciders,
            data_deletion::{Asked, REMINDED_BEFORE, next_word, within},
            webhooks::{WebhookDraft, tell},
        },
        database::one_of,
    },
    notices::content::DataDeletionOverdue,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, prelude::Expr};
use serde_json::json;
use std::collections::BTreeMap;
use steward_entities::{
    app, app_installation, data_deletion,
    id::{AppInstallationId, DataDeletionId},
    organization,
};

/// Deletions in one change.
pub const CHUNK: usize = 500;

/// Administrators are told that people's data is overdue once in this time, however many people it is.
const TOLD_ONCE_IN: TimeDelta = TimeDelta::days(1);

/// Takes the next step.
pub struct AdvanceDataDeletion {
    /// What came by which installation.
    pub installation: AppInstallationId,
    /// The hour within which the time is over: its end.
    pub hour: DateTime<Utc>,
}

/// The deletions of which something has to be said now, locked, and what they are about.
pub struct Due {
    deletions: Vec<data_deletion::Model>,
    installation: app_installation::Model,
}

impl AdvanceDataDeletion {
    /// Those that nobody has confirmed or withdrawn.
    fn open(&self) -> Select<data_deletion::Entity> {
        data_deletion::Entity::find()
            .filter(data_deletion::Column::InstallationId.eq(self.installation))
            .filter(within(self.hour))
            .filter(data_deletion::Column::ConfirmedAt.is_null())
            .filter(data_deletion::Column::WithdrawnAt.is_null())
    }

    /// Those of which so much has been said, and by this deadline more has to be: along an index, and what is said of one takes
    /// it out of them. So the next chunk finds what is left, and what has become due meanwhile.
    #[must_use]
    pub fn due(&self, reminders: i64, by: DateTime<Utc>) -> Select<data_deletion::Entity> {
        in_order(self.open())
            .filter(data_deletion::Column::Reminders.eq(reminders))
            .filter(data_deletion::Column::Deadline.lte(by))
    }

    /// One of which something is still to be said.
    #[must_use]
    pub fn unsaid(&self) -> Select<data_deletion::Entity> {
        let reminders = (0_i64..).zip(REMINDED_BEFORE).map(|(reminders, _)| reminders);
        in_order(self.open()).filter(data_deletion::Column::Reminders.is_in(reminders)).limit(1)
    }

    /// Where a chunk of so many brings the job.
    async fn progress(&self, tx: &Tx<'_>, chunk: usize) -> Result<Progress> {
        let done = i64::try_from(chunk).unwrap_or_default();
        if chunk == CHUNK {
            return Ok(Progress::More { cursor: None, done });
        }
        let next = (0_i64..).map_while(|reminders| next_word(self.hour, reminders)).find(|at| *at > tx.now());
        let is_over = chunk == 0 && self.unsaid().one(tx.db()).await?.is_none();
        Ok(next.filter(|_| !is_over).map_or(Progress::Complete { done }, |at| Progress::Later { at, done }))
    }
}

impl Action for AdvanceDataDeletion {
    const NAME: ActionName = ActionName::RemindOfDataDeletion;
    type Target = Due;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Due> {
        let broken = || Error::internal("the job of deletions has lost what it is about");
        let installation = app_installation::Entity::find_by_id(self.installation).one(tx.db()).await?;
        let mut deletions = Vec::new();
        for (reminders, before) in (0_i64..).zip(REMINDED_BEFORE) {
            let room = CHUNK.saturating_sub(deletions.len());
            if room > 0 {
                let due = self.due(reminders, tx.now() + before).limit(room as u64);
                deletions.extend(tx.lock(due).all(tx.db()).await?);
            }
        }
        Ok(Due { deletions, installation: installation.ok_or_else(broken)? })
    }

    async fn run(&self, due: Authorized<Due>, tx: &Tx<'_>) -> Result<Done<()>> {
        let Due { deletions, installation } = due.into_inner();
        let progress = self.progress(tx, deletions.len()).await?;
        if deletions.is_empty() {
            let nothing = EventSet::none(Unlogged::NothingChanged);
            return Ok(Done::new((), nothing, Notices::None(Silence::NothingChanged)).progress(progress));
        }
        let mut by_reminders: BTreeMap<i64, Vec<DataDeletionId>> = BTreeMap::new();
        let (mut drafts, mut overdue) = (Vec::with_capacity(deletions.len()), Vec::new());
        for deletion in deletions {
            let reminders = said_by(deletion.deadline, tx.now());
            let is_overdue = next_word(deletion.deadline, reminders).is_none();
            let asked = Asked::from(&deletion);
            drafts.push(WebhookDraft::reminder(&installation, deletion.account_id, &asked, is_overdue));
            by_reminders.entry(reminders).or_default().push(deletion.id);
            if is_overdue {
                overdue.push(deletion);
            }
        }
        tell(tx, drafts).await?;
        // Before they are marked: whoever was told lately was told of others.
        let (events, notices) = late(tx, &overdue, &installation).await?;
        for (reminders, ids) in by_reminders {
            let is_overdue = next_word(self.hour, reminders).is_none();
            data_deletion::Entity::update_many()
                .col_expr(data_deletion::Column::Reminders, Expr::value(reminders))
                .col_expr(data_deletion::Column::OverdueAt, Expr::value(is_overdue.then_some(tx.now())))
                .filter(one_of(tx.db(), data_deletion::Column::Id, ids))
                .exec(tx.db())
                .await?;
        }
        Ok(Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected)).progress(progress))
    }
}

/// In the order of the index.
fn in_order(select: Select<data_deletion::Entity>) -> Select<data_deletion::Entity> {
    select
        .order_by_asc(data_deletion::Column::Reminders)
        .order_by_asc(data_deletion::Column::Deadline)
        .order_by_asc(data_deletion::Column::Id)
}

/// How much has to be said by now. Where nobody worked for days, the vendor is reminded once of all of it.
fn said_by(deadline: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let is_due = |reminders: &i64| next_word(deadline, *reminders).is_some_and(|at| at <= now);
    (0_i64..).take_while(is_due).count().try_into().unwrap_or_default()
}

/// What the log and the administrators are told of what is late by now.
async fn late(
    tx: &Tx<'_>,
    overdue: &[data_deletion::Model],
    installation: &app_installation::Model,
) -> Result<(EventSet, Vec<NoticeDraft>)> {
    if overdue.is_empty() {
        return Ok((EventSet::none(Unlogged::AboutAWebhook), Vec::new()));
    }
    let broken = || Error::internal("a deletion has lost its app, or its organization");
    let app = app::Entity::find_by_id(installation.app_id).one(tx.db()).await?.ok_or_else(broken)?;
    let organization = organization::Entity::find_by_id(installation.organization_id).one(tx.db()).await?;
    let organization = organization.ok_or_else(broken)?;
    let event = |deletion: &data_deletion::Model| {
        EventDraft::within(Some(organization.id))
            .about(deletion.account_id)
            .object(AppInstallationId::PREFIX, installation.id.0)
            .named(ActionName::ExpireDataDeletion)
            .details(json!({ "appId": app.id, "requestedAt": deletion.requested_at, "deadline": deletion.deadline }))
    };
    let whole = overdue.iter().find(|deletion| deletion.account_id.is_none());
    let mut of_people =
        overdue.iter().filter(|deletion| deletion.account_id.is_some()).min_by_key(|it| it.requested_at);
    if of_people.is_some() && were_told(tx, installation.id).await? {
        of_people = None;
    }
    let told: Vec<&data_deletion::Model> = whole.into_iter().chain(of_people).collect();
    let mut notices = Vec::new();
    let administrators = if told.is_empty() { Vec::new() } else { deciders(tx, organization.id, None).await? };
    for deletion in told {
        let content = DataDeletionOverdue {
            organization: organization.name.clone(),
            app: app.name.clone(),
            vendor: app.vendor.clone(),
            support_email: app.support_email.clone(),
            of_people: deletion.account_id.is_some(),
            requested_at: deletion.requested_at,
        };
        let notice = |to| NoticeDraft::new(tx, to, content.clone().into()).on_behalf_of(organization.id);
        notices.extend(administrators.iter().map(notice));
    }
    Ok((EventSet::many(overdue.iter().map(event).collect()), notices))
}

/// Whether the administrators have just been told so of other people.
async fn were_told(tx: &Tx<'_>, installation: AppInstallationId) -> Result<bool> {
    let others = data_deletion::Entity::find()
        .filter(data_deletion::Column::InstallationId.eq(installation))
        .filter(data_deletion::Column::AccountId.is_not_null())
        .filter(data_deletion::Column::OverdueAt.gt(tx.now() - TOLD_ONCE_IN))
        .order_by_asc(data_deletion::Column::OverdueAt)
        .limit(1);
    Ok(others.one(tx.db()).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_said_at_once() {
        let deadline = DateTime::UNIX_EPOCH + TimeDelta::days(30);
        let said: Vec<i64> =
            [0, 23, 28, 29, 30, 90].map(|day| said_by(deadline, DateTime::UNIX_EPOCH + TimeDelta::days(day))).to_vec();
        assert_eq!(said, [0, 1, 1, 2, 3, 3]);
    }
}
