//! `cancelInstallation`: administrators take back what is on its way: an app that is being installed, or couldn't be; or more
//! scopes, of which people are being told.

use crate::{
    app_installations::{
        consent::{InstallationRefusal, lock},
        uninstall_app::end,
    },
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
        apps::Scopes,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    app_installation,
    id::{AppInstallationId, OrganizationId},
    kinds::{InstallationEnd, InstallationState},
};

/// Takes back what is on its way.
pub struct CancelInstallation {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Of which installation.
    pub installation: AppInstallationId,
}

impl Action for CancelInstallation {
    const NAME: ActionName = ActionName::CancelInstallation;
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
            InstallationState::Installing | InstallationState::Failed => Ok(()),
            InstallationState::Installed if installation.pending_scopes.is_some() => Ok(()),
            InstallationState::Installed => Err(InstallationRefusal::NothingToCancel.into()),
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
        let (id, state) = (installation.id, installation.state);
        let scopes = Scopes(installation.pending_scopes.unwrap_or(installation.scopes));
        let event =
            EventDraft::within(Some(self.organization)).object(AppInstallationId::PREFIX, id.0).details(json!({
                "appId": installation.app_id,
                "state": state,
                "scopes": scopes.names(),
            }));
        if state != InstallationState::Installed {
            let jobs = end(tx, installation, InstallationEnd::Canceled, Some(by.account), None).await?;
            let done = Done::new(id, EventSet::one(event), Notices::None(Silence::JobTells));
            return Ok(jobs.into_iter().fold(done, Done::then));
        }
        let version = installation.version;
        let mut row = installation.into_active_model();
        row.pending_scopes = Set(None);
        row.pending_told_to = Set(None);
        row.version = Set(version + 1);
        row.update(tx.db()).await?;
        // The app keeps what it had; who has heard of more sees less than they know of.
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
