//! Tells administrators some days before an approval of an app is over, unless they have decided otherwise since.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventSet, JobDraft, NoticeDraft, Notices, Progress, Result,
        Silence, Tx, Unlogged, Work,
        apps::{administrators::deciders, reach::LIVE},
    },
    notices::content::AppApprovalEnding,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{
    app, app_decision, app_installation,
    id::{AppId, OrganizationId},
    kinds::AppVerdict,
    organization,
};

/// How long before. Whoever approves for a shorter time knows it still.
const BEFORE: TimeDelta = TimeDelta::days(7);

/// The job that reminds of an approval; none where it is over soon.
#[must_use]
pub fn reminder(tx: &Tx<'_>, organization: OrganizationId, app: AppId, ends_at: DateTime<Utc>) -> Option<JobDraft> {
    let at = ends_at - BEFORE;
    let job = || JobDraft::new(tx, Work::RemindOfApproval { organization, app, ends_at }).of(organization).at(at);
    (at > tx.now()).then(job)
}

/// Reminds of an approval.
pub struct RemindOfApproval {
    /// Whose.
    pub organization: OrganizationId,
    /// Of which app.
    pub app: AppId,
    /// When it was to end.
    pub ends_at: DateTime<Utc>,
}

/// An approval that is about to end: its organization and its app.
type Ending = Option<(organization::Model, app::Model)>;

impl Action for RemindOfApproval {
    const NAME: ActionName = ActionName::RemindOfApproval;
    type Target = Ending;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Ending> {
        let stands = app_decision::Entity::find_by_id((self.organization, self.app))
            .filter(app_decision::Column::Verdict.eq(AppVerdict::Approved))
            .filter(app_decision::Column::ExpiresAt.eq(self.ends_at));
        if stands.one(tx.db()).await?.is_none() {
            return Ok(None);
        }
        let app = app::Entity::find_by_id(self.app).filter(app::Column::RetiredAt.is_null()).one(tx.db()).await?;
        Ok(organization::Entity::find_by_id(self.organization).one(tx.db()).await?.zip(app))
    }

    async fn run(&self, ending: Authorized<Ending>, tx: &Tx<'_>) -> Result<Done<()>> {
        let logged = EventSet::none(Unlogged::LoggedBefore);
        let Some((organization, app)) = ending.into_inner() else {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new((), logged, nothing).progress(Progress::Complete { done: 0 }));
        };
        let installed = app_installation::Entity::find()
            .filter(app_installation::Column::OrganizationId.eq(organization.id))
            .filter(app_installation::Column::AppId.eq(app.id))
            .filter(app_installation::Column::State.is_in(LIVE))
            .one(tx.db())
            .await?
            .is_some();
        let content = AppApprovalEnding {
            organization: organization.name,
            app: app.name,
            vendor: app.vendor,
            ends_at: self.ends_at,
            installed,
        };
        let administrators = deciders(tx, organization.id, None).await?;
        let notice = |to| NoticeDraft::new(tx, to, content.clone().into()).on_behalf_of(organization.id);
        let notices = Notices::many(administrators.iter().map(notice).collect(), Silence::NobodyIsAffected);
        Ok(Done::new((), logged, notices).progress(Progress::Complete { done: 1 }))
    }
}
