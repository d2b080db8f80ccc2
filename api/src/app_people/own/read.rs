//! The apps that see the signed-in person, or have seen them.

use crate::{
    app_installations::read::SeenInstallation,
    core::{
        Reader, Result,
        apps::{Scopes, reach::concerns, sight},
        powers::GROUND,
    },
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait};
use std::collections::{BTreeMap, HashMap, HashSet};
use steward_entities::{
    account, app_installation, app_sighting,
    id::{AppInstallationId, OrganizationId},
    kinds::InstallationState,
    membership, organization,
};

/// An app, as somebody sees it whom it concerns.
#[derive(Clone, Debug)]
pub struct AppOfViewer {
    /// Its installation.
    pub seen: SeenInstallation,
    /// Whose administrators have installed it.
    pub organization: organization::Model,
    /// What it may see of the person right now: nothing where they are hidden from it.
    pub scopes: Scopes,
    /// Whether the person is where it is installed; elsewhere it has only seen them.
    pub is_concerned: bool,
    /// Whether the organization manages the account, so that what is personal is included.
    pub is_managed: bool,
    /// When it has read of them for the first and the last time.
    pub sighting: Option<app_sighting::Model>,
}

impl Reader<'_> {
    /// The apps that are installed where the person is, and those that have seen them, in the order of their installations;
    /// none for whoever is no person.
    pub async fn own_apps(&self, page: &Page) -> Result<Option<Rows<AppOfViewer>>> {
        let Some(person) = self.caller().person() else { return Ok(None) };
        let own = &person.account;
        let here: Vec<OrganizationId> = membership::Entity::find()
            .select_only()
            .column(membership::Column::OrganizationId)
            .distinct()
            .filter(membership::Column::AccountId.eq(own.id))
            .filter(membership::Column::Status.is_in(GROUND))
            .into_tuple()
            .all(self.db())
            .await?;
        let saw = app_sighting::Entity::find()
            .select_only()
            .column(app_sighting::Column::InstallationId)
            .filter(app_sighting::Column::AccountId.eq(own.id));
        // Whoever has left learns nothing of what administrators allow now.
        let reaches = Condition::all()
            .add(app_installation::Column::OrganizationId.is_in(here.into_iter().chain(own.managed_by)))
            .add(app_installation::Column::State.is_in([InstallationState::Installing, InstallationState::Installed]))
            .add(concerns(own));
        let has_seen = app_installation::Column::Id.in_subquery(saw.into_query());
        let select = app_installation::Entity::find().filter(Condition::any().add(reaches.clone()).add(has_seen));
        let page = by_id(self.db(), select, app_installation::Column::Id, page).await?;
        let (has_previous, has_next, all) = (page.has_previous, page.has_next, page.all);
        let concerned: HashSet<AppInstallationId> = app_installation::Entity::find()
            .select_only()
            .column(app_installation::Column::Id)
            .filter(app_installation::Column::Id.is_in(page.rows.iter().map(|row| row.id)))
            .filter(reaches)
            .into_tuple()
            .all(self.db())
            .await?
            .into_iter()
            .collect();
        let rows = self.apps_of(own, page.rows, &concerned).await?;
        Ok(Some(Rows { rows, has_previous, has_next, all }))
    }

    /// In the same order.
    async fn apps_of(
        &self,
        own: &account::Model,
        rows: Vec<app_installation::Model>,
        concerned: &HashSet<AppInstallationId>,
    ) -> Result<Vec<AppOfViewer>> {
        let ids: Vec<AppInstallationId> = rows.iter().map(|row| row.id).collect();
        let mut by_organization: BTreeMap<OrganizationId, Vec<app_installation::Model>> = BTreeMap::new();
        for row in rows {
            by_organization.entry(row.organization_id).or_default().push(row);
        }
        let organizations = organization::Entity::find()
            .filter(organization::Column::Id.is_in(by_organization.keys().copied()))
            .all(self.db())
            .await?;
        let seeing = self.seeing(own, &ids).await?;
        let mut sightings: HashMap<AppInstallationId, app_sighting::Model> = app_sighting::Entity::find()
            .filter(app_sighting::Column::AccountId.eq(own.id))
            .filter(app_sighting::Column::InstallationId.is_in(ids.iter().copied()))
            .all(self.db())
            .await?
            .into_iter()
            .map(|row| (row.installation_id, row))
            .collect();
        let mut shown = Vec::with_capacity(ids.len());
        for organization in organizations {
            let rows = by_organization.remove(&organization.id).unwrap_or_default();
            for seen in self.installations_named(organization.id, rows).await? {
                let id = seen.installation.id;
                shown.push(AppOfViewer {
                    scopes: if seeing.contains(&id) { seen.effective() } else { Scopes::default() },
                    is_concerned: concerned.contains(&id),
                    is_managed: own.managed_by == Some(organization.id),
                    sighting: sightings.remove(&id),
                    organization: organization.clone(),
                    seen,
                });
            }
        }
        shown.sort_by_key(|app| app.seen.installation.id);
        Ok(shown)
    }

    /// Through which of these the person is seen right now, as far as scopes allow.
    async fn seeing(&self, own: &account::Model, ids: &[AppInstallationId]) -> Result<HashSet<AppInstallationId>> {
        let mut select = app_installation::Entity::find().select_only().column(app_installation::Column::Id);
        let themselves = account::Column::Id.eq(own.id);
        QueryTrait::query(&mut select).join(JoinType::InnerJoin, account::Entity, themselves);
        let found = select
            .filter(app_installation::Column::Id.is_in(ids.iter().copied()))
            .filter(sight::person_of_installation(self.now()));
        Ok(found.into_tuple().all(self.db()).await?.into_iter().collect())
    }
}
