//! How people stand to apps, from the database: of whoever objects, and of the signed-in person with what they are shown.

use super::Stance;
use crate::{
    app_objections::object_to_app::STANDS,
    core::{
        Reader, Result,
        apps::{
            hidden::{HIDING, exclusions},
            reach::{Reach, concerning, memberships},
        },
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account, app_exclusion, app_objection,
    id::{AppId, OrganizationId, WorkspaceId},
};

/// An app of an organization.
pub type AppThere = (OrganizationId, AppId);

/// How a person stands to each of these apps, in a few statements however many they are.
///
/// # Errors
/// When the database fails.
pub async fn stances(
    db: &impl ConnectionTrait,
    person: &account::Model,
    of: &HashSet<AppThere>,
    now: DateTime<Utc>,
) -> Result<HashMap<AppThere, Stance>> {
    let organizations: HashSet<OrganizationId> = of.iter().map(|(organization, _)| *organization).collect();
    let apps: HashSet<AppId> = of.iter().map(|(_, app)| *app).collect();
    let mut stances: HashMap<AppThere, Stance> = of.iter().map(|app| (*app, Stance::default())).collect();
    for installation in concerning(db, person, &organizations, &apps).await? {
        if let Some(stance) = stances.get_mut(&(installation.organization_id, installation.app_id)) {
            stance.reaching.push(installation);
        }
    }
    let counts = Condition::any()
        .add(app_objection::Column::Status.is_in(HIDING))
        .add(app_objection::Column::DecidedAt.gt(now - STANDS));
    let before = app_objection::Entity::find()
        .filter(app_objection::Column::AccountId.eq(person.id))
        .filter(app_objection::Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(app_objection::Column::AppId.is_in(apps))
        .filter(counts)
        .order_by_asc(app_objection::Column::Id);
    for objection in before.all(db).await? {
        if let Some(stance) = stances.get_mut(&(objection.organization_id, objection.app_id)) {
            stance.before.push(objection);
        }
    }
    let mut member_of: HashMap<OrganizationId, Vec<WorkspaceId>> = HashMap::new();
    for (organization, workspace) in memberships(db, person.id, &organizations).await? {
        member_of.entry(organization).or_default().push(workspace);
    }
    for ((organization, _), stance) in &mut stances {
        let workspaces = member_of.get(organization).map(Vec::as_slice).unwrap_or_default();
        stance.reach = Reach::by(&stance.reaching, workspaces, person.managed_by == Some(*organization));
    }
    Ok(stances)
}

/// How the signed-in person stands to an app, as they are shown it.
#[derive(Clone, Debug, Default)]
pub struct OwnStance {
    /// By what it is decided whether they can object.
    pub stance: Stance,
    /// Their last objection to it, whatever came of it.
    pub last: Option<app_objection::Model>,
    /// Whether administrators keep it from them.
    pub is_excluded: bool,
}

impl Reader<'_> {
    /// How the signed-in person stands to each of these apps, by the organization in which it is; nobody else's.
    pub async fn own_stances(&self, apps: &HashSet<AppThere>) -> Result<HashMap<AppThere, OwnStance>> {
        let Some(person) = self.caller().person() else { return Ok(HashMap::new()) };
        let own = &person.account;
        let found = stances(self.db(), own, apps, self.now()).await?;
        let shown = |stance| OwnStance { stance, ..OwnStance::default() };
        let mut shown: HashMap<AppThere, OwnStance> = found.into_iter().map(|(app, it)| (app, shown(it))).collect();
        let these: Vec<AppId> = apps.iter().map(|(_, app)| *app).collect();
        let objections = app_objection::Entity::find()
            .filter(app_objection::Column::AccountId.eq(own.id))
            .filter(app_objection::Column::AppId.is_in(these.iter().copied()))
            .order_by_asc(app_objection::Column::Id)
            .all(self.db())
            .await?;
        for objection in objections {
            if let Some(own) = shown.get_mut(&(objection.organization_id, objection.app_id)) {
                own.last = Some(objection);
            }
        }
        let excluded: Vec<AppThere> = exclusions()
            .select_only()
            .columns([app_exclusion::Column::OrganizationId, app_exclusion::Column::AppId])
            .filter(app_exclusion::Column::AccountId.eq(own.id))
            .filter(app_exclusion::Column::AppId.is_in(these))
            .into_tuple()
            .all(self.db())
            .await?;
        for app in excluded {
            if let Some(own) = shown.get_mut(&app) {
                own.is_excluded = true;
            }
        }
        Ok(shown)
    }
}
