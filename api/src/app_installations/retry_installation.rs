//! `retryInstallation`: administrators have what isn't finished go on: an app that couldn't be installed, or whatever seems to
//! have stopped. How far it came stands in the installation, so that nobody is told twice.

use crate::{
    app_installations::consent::{InstallationRefusal, Standing},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, Notices, Result, Scope,
        Silence, Tx, Work,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    id::{AppInstallationId, OrganizationId},
    kinds::InstallationState,
};

/// Has an installation go on.
pub struct RetryInstallation {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which installation.
    pub installation: AppInstallationId,
}

impl Action for RetryInstallation {
    const NAME: ActionName = ActionName::RetryInstallation;
    type Target = Standing;
    type Output = AppInstallationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Standing> {
        Standing::begin(tx, self.organization, self.installation).await
    }

    fn check(&self, _: &Authority, standing: &Standing, now: DateTime<Utc>) -> Result<()> {
        let Standing { installation, app, rules } = standing;
        match installation.state {
            InstallationState::Failed => {
                rules.most(app, now).map_err(|closed| closed.at(&["input", "installationId"]))?;
                Ok(())
            }
            InstallationState::Installing | InstallationState::Uninstalling => Ok(()),
            InstallationState::Installed if installation.pending_scopes.is_some() => Ok(()),
            InstallationState::Installed | InstallationState::Uninstalled => {
                Err(InstallationRefusal::NothingToRetry.into())
            }
        }
    }

    async fn run(&self, standing: Authorized<Standing>, tx: &Tx<'_>) -> Result<Done<AppInstallationId>> {
        let installation = standing.into_inner().installation;
        let id = installation.id;
        let event =
            EventDraft::within(Some(self.organization)).object(AppInstallationId::PREFIX, id.0).details(json!({
                "appId": installation.app_id,
                "state": installation.state,
            }));
        if installation.state == InstallationState::Failed {
            let version = installation.version;
            let mut row = installation.into_active_model();
            row.state = Set(InstallationState::Installing);
            row.failed_because = Set(None);
            row.version = Set(version + 1);
            row.update(tx.db()).await?;
        }
        let job = JobDraft::new(tx, Work::AdvanceInstallation { installation: id }).of(self.organization);
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::JobTells)).then(job))
    }
}
