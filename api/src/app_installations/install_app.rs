//! `installApp`: administrators install an app on the organization or on one workspace, with the scopes that they agree to.
//! It sees nothing before everybody whom it concerns has been told.

use crate::{
    app_installations::consent::{Consented, Count, InstallationRefusal, may_have},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, Notices, Result, Scope,
        Silence, Tx, Work,
        apps::{
            Scopes,
            rules::{Rules, hold, steady},
        },
        not_found,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict};
use serde_json::json;
use steward_entities::{
    app, app_installation,
    id::{AppId, AppInstallationId, OrganizationId, WorkspaceId},
    kinds::InstallationState,
    workspace,
};

/// Installs an app.
pub struct InstallApp {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// On which workspace; none for the whole organization.
    pub workspace: Option<WorkspaceId>,
    /// Which.
    pub app: AppId,
    /// What it may.
    pub scopes: Scopes,
    /// Only plan.
    pub dry_run: bool,
}

/// Where, and what holds there for the app. Nobody else decides about apps there meanwhile.
pub struct Place {
    app: app::Model,
    rules: Rules,
    /// Whether it is there already, or where it would be part of another.
    is_taken: bool,
}

impl InstallApp {
    async fn is_taken(&self, tx: &Tx<'_>) -> Result<bool> {
        let live = app_installation::Entity::find()
            .filter(app_installation::Column::OrganizationId.eq(self.organization))
            .filter(app_installation::Column::AppId.eq(self.app))
            .filter(app_installation::Column::State.ne(InstallationState::Uninstalled))
            .all(tx.db())
            .await?;
        let overlaps = |other: &app_installation::Model| match (self.workspace, other.workspace_id) {
            (Some(here), Some(there)) => here == there,
            // What is on the organization is on all its workspaces.
            (None, _) | (_, None) => true,
        };
        Ok(live.iter().any(overlaps))
    }
}

impl Action for InstallApp {
    const NAME: ActionName = ActionName::InstallApp;
    type Target = Place;
    type Output = Consented;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Place> {
        hold(tx, self.organization).await?.ok_or_else(|| not_found(&["input", "organizationId"]))?;
        if let Some(id) = self.workspace {
            let own = workspace::Column::OrganizationId.eq(self.organization);
            let found = workspace::Entity::find_by_id(id).filter(own).one(tx.db()).await?;
            found.ok_or_else(|| not_found(&["input", "target", "workspaceId"]))?;
        }
        let app = steady(tx, self.app).await?.ok_or_else(|| not_found(&["input", "appId"]))?;
        let rules = Rules::of(tx.db(), self.organization, app.id).await?;
        Ok(Place { app, rules, is_taken: self.is_taken(tx).await? })
    }

    fn check(&self, _: &Authority, place: &Place, now: DateTime<Utc>) -> Result<()> {
        may_have(self.scopes, &place.app, &place.rules, now, &["input", "appId"])?;
        if place.is_taken { Err(InstallationRefusal::Double.into()) } else { Ok(()) }
    }

    async fn run(&self, place: Authorized<Place>, tx: &Tx<'_>) -> Result<Done<Consented>> {
        let by = place.authority().administrator()?;
        let app = place.into_inner().app;
        let id: AppInstallationId = tx.id();
        let row = app_installation::Model {
            id,
            organization_id: self.organization,
            workspace_id: self.workspace,
            app_id: app.id,
            state: InstallationState::Installing,
            scopes: self.scopes.0,
            pending_scopes: None,
            installed_by: by.account,
            created_at: tx.now(),
            installed_at: None,
            failed_because: None,
            told_to: None,
            told_at: None,
            pending_told_to: None,
            ended_at: None,
            ended_because: None,
            ended_by: None,
            end_reason: None,
            end_told_to: None,
            uninstalled_at: None,
            last_used_at: None,
            version: 1,
        };
        // The database decides too, whoever holds what.
        let written = app_installation::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx.db())
            .await?;
        if written == 0 {
            return Err(InstallationRefusal::Double.into());
        }
        let count = if self.dry_run { Some(Count::of(tx, self.organization, self.workspace).await?) } else { None };
        let details = json!({
            "app": app.name,
            "appId": app.id,
            "workspaceId": self.workspace,
            "scopes": self.scopes.names(),
        });
        let event = EventDraft::within(Some(self.organization)).object(AppInstallationId::PREFIX, id.0);
        let output = Consented { installation: id, count, added: self.scopes };
        let job = JobDraft::new(tx, Work::AdvanceInstallation { installation: id }).of(self.organization);
        Ok(Done::new(output, EventSet::one(event.details(details)), Notices::None(Silence::JobTells)).then(job))
    }
}
