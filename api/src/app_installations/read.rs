//! What a viewer sees of installations: administrators those of their organization.

use crate::{
    core::{
        Caller, Reader, Result,
        apps::{
            Scopes,
            contacts::Contacts,
            rules::{Closed, Rules, mode},
        },
    },
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;
use steward_entities::{
    account, app, app_decision, app_installation,
    id::{AppId, AppInstallationId, OrganizationId},
    kinds::InstallationState,
    workspace,
};

/// An installation with what its names are taken from.
#[derive(Clone, Debug)]
pub struct SeenInstallation {
    /// The installation.
    pub installation: app_installation::Model,
    /// Which app.
    pub app: app::Model,
    /// The workspace, where it is on one alone.
    pub workspace: Option<workspace::Model>,
    /// The most that the app may get there now, or why it gets nothing.
    pub most: Result<Scopes, Closed>,
}

impl SeenInstallation {
    /// What the app gets right now.
    #[must_use]
    pub fn effective(&self) -> Scopes {
        match self.most {
            Ok(most) if self.installation.state == InstallationState::Installed => {
                Scopes(self.installation.scopes).and(most)
            }
            _ => Scopes::default(),
        }
    }
}

impl Reader<'_> {
    /// An organization's installations, those that are over included, for its administrators; only these, if a state is
    /// named.
    pub async fn app_installations(
        &self,
        organization: OrganizationId,
        state: Option<InstallationState>,
        page: &Page,
    ) -> Result<Option<Rows<SeenInstallation>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let mut select =
            app_installation::Entity::find().filter(app_installation::Column::OrganizationId.eq(organization));
        if let Some(state) = state {
            select = select.filter(app_installation::Column::State.eq(state));
        }
        let page = by_id(self.db(), select, app_installation::Column::Id, page).await?;
        let (has_previous, has_next, all) = (page.has_previous, page.has_next, page.all);
        let rows = self.installations_named(organization, page.rows).await?;
        Ok(Some(Rows { rows, has_previous, has_next, all }))
    }

    /// One installation, for administrators of its organization.
    pub async fn app_installation(&self, id: AppInstallationId) -> Result<Option<SeenInstallation>> {
        let found = app_installation::Entity::find_by_id(id).one(self.db()).await?;
        let Some(found) = found.filter(|found| self.reads(found.organization_id)) else { return Ok(None) };
        Ok(self.installations_named(found.organization_id, vec![found]).await?.pop())
    }

    /// Whom a vendor learns of when the viewer installs its app, for administrators.
    pub async fn contacts_shared(&self, organization: OrganizationId) -> Result<Contacts> {
        if !self.reads(organization) {
            return Ok(Contacts::default());
        }
        let installer = match self.caller() {
            Caller::Person(person) => Some(person.account.clone()),
            // Who answers for the key.
            Caller::Key(key) => account::Entity::find_by_id(key.made_by).one(self.db()).await?,
            Caller::Nobody | Caller::Service(_) | Caller::App(_) | Caller::System(_) => None,
        };
        Contacts::of(self.db(), organization, installer).await
    }

    /// These installations of one organization, in the same order. Who asks has seen to it that they are the viewer's to see.
    pub async fn installations_named(
        &self,
        organization: OrganizationId,
        rows: Vec<app_installation::Model>,
    ) -> Result<Vec<SeenInstallation>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let apps = self.apps_by_id(rows.iter().map(|row| row.app_id)).await?;
        let workspaces = self.workspaces_named(rows.iter().filter_map(|row| row.workspace_id)).await?;
        let mode = mode(self.db(), organization).await?;
        let decisions: HashMap<AppId, app_decision::Model> = app_decision::Entity::find()
            .filter(app_decision::Column::OrganizationId.eq(organization))
            .filter(app_decision::Column::AppId.is_in(apps.keys().copied()))
            .all(self.db())
            .await?
            .into_iter()
            .map(|row| (row.app_id, row))
            .collect();
        let seen = rows.into_iter().filter_map(|installation| {
            let app = apps.get(&installation.app_id)?.clone();
            let rules = Rules { mode, decision: decisions.get(&app.id).cloned() };
            Some(SeenInstallation {
                most: rules.most(&app, self.now()),
                workspace: installation.workspace_id.and_then(|id| workspaces.get(&id)).cloned(),
                installation,
                app,
            })
        });
        Ok(seen.collect())
    }
}
