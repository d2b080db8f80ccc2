//! `uninstallApp`: administrators remove an app. It sees nothing from this moment on, on every replica; the people are told by
//! a job.

use crate::{
    app_installations::consent::{InstallationRefusal, lock},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, Notices, Result, Scope,
        Silence, Tx, Work,
        apps::{
            data_deletion::ask,
            webhooks::{WebhookDraft, tell},
        },
        text::Reason,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    app_installation,
    id::{AccountId, AppInstallationId, OrganizationId},
    kinds::{DataDeletionCause, InstallationEnd, InstallationState},
};

/// Removes an app.
pub struct UninstallApp {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which installation.
    pub installation: AppInstallationId,
    /// Why, for the log.
    pub reason: Reason,
}

/// Ends an installation: it sees nothing any more, and jobs tell the people, and keep the deletion in mind. Its vendor is told,
/// and has to delete what came by it, unless it never was there.
pub async fn end(
    tx: &Tx<'_>,
    installation: app_installation::Model,
    because: InstallationEnd,
    by: Option<AccountId>,
    reason: Option<String>,
) -> Result<Vec<JobDraft>> {
    let (id, organization, version) = (installation.id, installation.organization_id, installation.version);
    let mut row = installation.into_active_model();
    row.state = Set(InstallationState::Uninstalling);
    row.pending_scopes = Set(None);
    row.ended_at = Set(Some(tx.now()));
    row.ended_because = Set(Some(because));
    row.ended_by = Set(by);
    row.end_reason = Set(reason);
    row.version = Set(version + 1);
    let installation = row.update(tx.db()).await?;
    let mut jobs = vec![JobDraft::new(tx, Work::AdvanceInstallation { installation: id }).of(organization)];
    if installation.installed_at.is_some() {
        let (asked, reminders) = ask(tx, &[(&installation, None)], DataDeletionCause::InstallationEnded).await?;
        jobs.extend(reminders);
        let told = asked.iter().map(|asked| WebhookDraft::uninstalled(&installation, because, asked));
        tell(tx, told.collect()).await?;
    }
    Ok(jobs)
}

impl Action for UninstallApp {
    const NAME: ActionName = ActionName::UninstallApp;
    type Target = app_installation::Model;
    type Output = AppInstallationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<app_installation::Model> {
        lock(tx, self.organization, self.installation).await
    }

    fn check(&self, _: &Authority, installation: &app_installation::Model, _: DateTime<Utc>) -> Result<()> {
        match installation.state {
            InstallationState::Installing | InstallationState::Installed | InstallationState::Failed => Ok(()),
            InstallationState::Uninstalling | InstallationState::Uninstalled => Err(InstallationRefusal::IsOver.into()),
        }
    }

    async fn run(
        &self,
        installation: Authorized<app_installation::Model>,
        tx: &Tx<'_>,
    ) -> Result<Done<AppInstallationId>> {
        let by = installation.authority().administrator()?;
        let installation = installation.into_inner();
        let id = installation.id;
        let event =
            EventDraft::within(Some(self.organization)).object(AppInstallationId::PREFIX, id.0).details(json!({
                "appId": installation.app_id,
                "workspaceId": installation.workspace_id,
                "state": installation.state,
                "reason": self.reason.as_str(),
            }));
        let reason = Some(self.reason.as_str().to_owned());
        let jobs = end(tx, installation, InstallationEnd::Uninstalled, Some(by.account), reason).await?;
        let done = Done::new(id, EventSet::one(event), Notices::None(Silence::JobTells));
        Ok(jobs.into_iter().fold(done, Done::then))
    }
}
