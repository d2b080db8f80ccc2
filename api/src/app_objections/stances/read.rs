//! How the signed-in person stands to apps: what they have said of each last, and whether administrators keep it from them.

use crate::core::{Reader, Result, apps::hidden::exclusions};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    app_exclusion, app_objection,
    id::{AppId, OrganizationId},
};

/// How a person stands to an app in an organization.
#[derive(Clone, Debug, Default)]
pub struct Stance {
    /// Their last objection to it, whatever came of it.
    pub last: Option<app_objection::Model>,
    /// Whether administrators keep it from them.
    pub is_excluded: bool,
}

impl Reader<'_> {
    /// How the signed-in person stands to each of these apps, by the organization in which it is; nobody else's.
    pub async fn stances(
        &self,
        apps: HashSet<(OrganizationId, AppId)>,
    ) -> Result<HashMap<(OrganizationId, AppId), Stance>> {
        let Some(own) = self.own_account() else { return Ok(HashMap::new()) };
        let these: Vec<AppId> = apps.iter().map(|(_, app)| *app).collect();
        let mut stances: HashMap<_, Stance> = apps.into_iter().map(|app| (app, Stance::default())).collect();
        let objections = app_objection::Entity::find()
            .filter(app_objection::Column::AccountId.eq(own))
            .filter(app_objection::Column::AppId.is_in(these.iter().copied()))
            .order_by_asc(app_objection::Column::Id)
            .all(self.db())
            .await?;
        for objection in objections {
            if let Some(stance) = stances.get_mut(&(objection.organization_id, objection.app_id)) {
                stance.last = Some(objection);
            }
        }
        let excluded: Vec<(OrganizationId, AppId)> = exclusions()
            .select_only()
            .columns([app_exclusion::Column::OrganizationId, app_exclusion::Column::AppId])
            .filter(app_exclusion::Column::AccountId.eq(own))
            .filter(app_exclusion::Column::AppId.is_in(these))
            .into_tuple()
            .all(self.db())
            .await?;
        for app in excluded {
            if let Some(stance) = stances.get_mut(&app) {
                stance.is_excluded = true;
            }
        }
        Ok(stances)
    }
}
