//! `resumeWebhooks`: an app's vendor is told again, after nothing had arrived for days, or its receiver had said that it is
//! gone. What was held is sent, oldest first.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
    Unlogged, apps::webhooks::resume, not_found,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    app_installation,
    id::{AppInstallationId, OrganizationId},
};

/// Sends again.
pub struct ResumeWebhooks {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Of which installation. The receiver is the app's: it is resumed everywhere.
    pub installation: AppInstallationId,
}

impl Action for ResumeWebhooks {
    const NAME: ActionName = ActionName::ResumeWebhooks;
    type Target = app_installation::Model;
    type Output = AppInstallationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<app_installation::Model> {
        let own = app_installation::Column::OrganizationId.eq(self.organization);
        let found = app_installation::Entity::find_by_id(self.installation).filter(own).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "installationId"]))
    }

    async fn run(
        &self,
        installation: Authorized<app_installation::Model>,
        tx: &Tx<'_>,
    ) -> Result<Done<AppInstallationId>> {
        let installation = installation.into_inner();
        if !resume(tx, installation.app_id).await? {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(installation.id, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        let event = EventDraft::within(Some(self.organization))
            .object(AppInstallationId::PREFIX, installation.id.0)
            .details(json!({ "appId": installation.app_id }));
        let nobody = Notices::None(Silence::NobodyIsAffected);
        Ok(Done::new(installation.id, EventSet::one(event), nobody).and_wake())
    }
}
