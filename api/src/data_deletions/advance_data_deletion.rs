//! Keeps a deletion in mind that a vendor was asked for: reminds the vendor, and in the end marks it as overdue and tells the
//! administrators.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged,
        apps::{
            administrators::deciders,
            data_deletion::{Asked, REMINDED_BEFORE, next_word},
            webhooks::{WebhookDraft, tell},
        },
    },
    notices::content::DataDeletionOverdue,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    app, app_installation, data_deletion,
    id::{AppInstallationId, DataDeletionId},
    organization,
};

/// Administrators are told that people's data is overdue once in this time, however many people it is.
const TOLD_ONCE_IN: TimeDelta = TimeDelta::days(1);

/// Takes the next step.
pub struct AdvanceDataDeletion {
    /// Of which deletion.
    pub data_deletion: DataDeletionId,
}

/// A deletion, locked, and what it is about.
pub struct Advancing {
    deletion: data_deletion::Model,
    installation: app_installation::Model,
}

impl Action for AdvanceDataDeletion {
    const NAME: ActionName = ActionName::RemindOfDataDeletion;
    type Target = Advancing;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Advancing> {
        let broken = || Error::internal("the job of a deletion has lost what it is about");
        let select = data_deletion::Entity::find_by_id(self.data_deletion);
        let deletion = tx.lock(select).one(tx.db()).await?.ok_or_else(broken)?;
        let installation = app_installation::Entity::find_by_id(deletion.installation_id).one(tx.db()).await?;
        Ok(Advancing { deletion, installation: installation.ok_or_else(broken)? })
    }

    async fn run(&self, advancing: Authorized<Advancing>, tx: &Tx<'_>) -> Result<Done<()>> {
        let Advancing { deletion, installation } = advancing.into_inner();
        let nothing = |progress| {
            let events = EventSet::none(Unlogged::NothingChanged);
            Ok(Done::new((), events, Notices::None(Silence::NothingChanged)).progress(progress))
        };
        if deletion.confirmed_at.is_some() || deletion.withdrawn_at.is_some() || deletion.overdue_at.is_some() {
            return nothing(Progress::Complete { done: 0 });
        }
        let due = |reminders| next_word(deletion.deadline, reminders).is_some_and(|at| at <= tx.now());
        if !due(deletion.reminders) {
            return nothing(match next_word(deletion.deadline, deletion.reminders) {
                Some(at) => Progress::Later { at, done: 0 },
                None => Progress::Complete { done: 0 },
            });
        }
        // Where nobody worked for days, the vendor is reminded once of all of them.
        let mut reminders = deletion.reminders + 1;
        while due(reminders) {
            reminders += 1;
        }
        let is_overdue = usize::try_from(reminders).is_ok_and(|reminders| reminders >= REMINDED_BEFORE.len());
        let asked = Asked::from(&deletion);
        tell(tx, vec![WebhookDraft::reminder(&installation, deletion.account_id, &asked, is_overdue)]).await?;
        let change = data_deletion::ActiveModel {
            id: Set(deletion.id),
            reminders: Set(reminders),
            overdue_at: Set(is_overdue.then_some(tx.now())),
            ..Default::default()
        };
        if is_overdue {
            let done = overdue(tx, &deletion, &installation).await?;
            change.update(tx.db()).await?;
            return Ok(done);
        }
        change.update(tx.db()).await?;
        let at = next_word(deletion.deadline, reminders).unwrap_or(deletion.deadline);
        let done = Done::new((), EventSet::none(Unlogged::AboutAWebhook), Notices::None(Silence::NobodyIsAffected));
        Ok(done.progress(Progress::Later { at, done: 0 }))
    }
}

async fn overdue(
    tx: &Tx<'_>,
    deletion: &data_deletion::Model,
    installation: &app_installation::Model,
) -> Result<Done<()>> {
    let broken = || Error::internal("a deletion has lost its app, or its organization");
    let app = app::Entity::find_by_id(installation.app_id).one(tx.db()).await?.ok_or_else(broken)?;
    let organization = organization::Entity::find_by_id(deletion.organization_id).one(tx.db()).await?;
    let organization = organization.ok_or_else(broken)?;
    let content = DataDeletionOverdue {
        organization: organization.name.clone(),
        app: app.name.clone(),
        vendor: app.vendor.clone(),
        support_email: app.support_email.clone(),
        of_people: deletion.account_id.is_some(),
        requested_at: deletion.requested_at,
    };
    let mut notices = Vec::new();
    if !were_told(tx, deletion).await? {
        for to in deciders(tx, organization.id, None).await? {
            notices.push(NoticeDraft::new(tx, &to, content.clone().into()).on_behalf_of(organization.id));
        }
    }
    let event = EventDraft::within(Some(organization.id))
        .about(deletion.account_id)
        .object(AppInstallationId::PREFIX, installation.id.0)
        .named(ActionName::ExpireDataDeletion)
        .details(json!({ "appId": app.id, "requestedAt": deletion.requested_at, "deadline": deletion.deadline }));
    let notices = Notices::many(notices, Silence::NobodyIsAffected);
    Ok(Done::new((), EventSet::one(event), notices).progress(Progress::Complete { done: 0 }))
}

/// Whether the administrators have just been told so of other people.
async fn were_told(tx: &Tx<'_>, deletion: &data_deletion::Model) -> Result<bool> {
    if deletion.account_id.is_none() {
        return Ok(false);
    }
    let others = data_deletion::Entity::find()
        .filter(data_deletion::Column::InstallationId.eq(deletion.installation_id))
        .filter(data_deletion::Column::AccountId.is_not_null())
        .filter(data_deletion::Column::OverdueAt.gt(tx.now() - TOLD_ONCE_IN));
    Ok(others.one(tx.db()).await?.is_some())
}
