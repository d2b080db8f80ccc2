//! Which installations concern somebody: those on an organization that manages their account, or in one of whose workspaces
//! they are a member; and those on such a workspace. And how far an app reaches them by all of these.

use super::Scopes;
use crate::core::error::Result;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    prelude::Expr,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use steward_entities::{
    account, app_installation,
    id::{AccountId, AppId, OrganizationId, WorkspaceId},
    kinds::InstallationState,
    membership,
};

/// The memberships that are a ground, in the words of the partial indexes.
const GROUND: &str = "membership.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')";

/// The states of an installation that isn't over.
pub const LIVE: [InstallationState; 3] =
    [InstallationState::Installing, InstallationState::Installed, InstallationState::Failed];

/// An installation concerns this person: a condition for statements over installations.
#[must_use]
pub fn concerns(person: &account::Model) -> Condition {
    let whole = app_installation::Column::WorkspaceId.is_null();
    let workspace = Expr::col(app_installation::Column::WorkspaceId.as_column_ref());
    let member = membership::Entity::find()
        .select_only()
        .column(membership::Column::Id)
        .filter(membership::Column::AccountId.eq(person.id))
        .filter(
            Expr::col(membership::Column::OrganizationId.as_column_ref())
                .equals(app_installation::Column::OrganizationId.as_column_ref()),
        )
        .filter(Expr::cust(GROUND))
        .filter(whole.clone().or(Expr::col(membership::Column::WorkspaceId.as_column_ref()).eq(workspace)));
    let managed = person.managed_by.map(|by| whole.and(app_installation::Column::OrganizationId.eq(by)));
    Condition::any().add_option(managed).add(Expr::exists(member.into_query()))
}

/// The installations of these apps in these organizations that concern this person and aren't over, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn concerning(
    db: &impl ConnectionTrait,
    person: &account::Model,
    organizations: &HashSet<OrganizationId>,
    apps: &HashSet<AppId>,
) -> Result<Vec<app_installation::Model>> {
    let live = app_installation::Entity::find()
        .filter(app_installation::Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(app_installation::Column::AppId.is_in(apps.iter().copied()))
        .filter(app_installation::Column::State.is_in(LIVE))
        .filter(concerns(person))
        .order_by_asc(app_installation::Column::Id);
    Ok(live.all(db).await?)
}

/// The workspaces of these organizations in which this person is a member.
///
/// # Errors
/// When the database fails.
pub async fn memberships(
    db: &impl ConnectionTrait,
    person: AccountId,
    organizations: &HashSet<OrganizationId>,
) -> Result<Vec<(OrganizationId, WorkspaceId)>> {
    let found = membership::Entity::find()
        .select_only()
        .columns([membership::Column::OrganizationId, membership::Column::WorkspaceId])
        .distinct()
        .filter(membership::Column::AccountId.eq(person))
        .filter(membership::Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(Expr::cust(GROUND));
    Ok(found.into_tuple().all(db).await?)
}

/// How far an app reaches somebody in an organization: where, with which scopes there, and on which ground. More of any of
/// these is more that it may see of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reach {
    /// Whether the organization manages their account: then it also sees what is personal.
    managed: bool,
    /// What it may wherever they are in the organization; nothing where it is only on workspaces.
    organization: Scopes,
    /// What it may in each workspace of which they are a member, by whatever installation.
    workspaces: BTreeMap<WorkspaceId, Scopes>,
}

impl Reach {
    /// By these installations of one app in an organization, which concern the person, with what is on its way: in the
    /// workspaces of which they are a member, and whether the organization manages their account.
    #[must_use]
    pub fn by(reaching: &[app_installation::Model], member_of: &[WorkspaceId], managed: bool) -> Self {
        let mut reach = Self { managed: managed && !reaching.is_empty(), ..Self::default() };
        for installation in reaching {
            let scopes = Scopes(installation.scopes | installation.pending_scopes.unwrap_or_default());
            if installation.workspace_id.is_none() {
                reach.organization = reach.organization.or(scopes);
            }
            let within = |workspace: &&WorkspaceId| installation.workspace_id.is_none_or(|only| only == **workspace);
            for workspace in member_of.iter().filter(within) {
                reach.add(*workspace, scopes);
            }
        }
        reach
    }

    fn add(&mut self, workspace: WorkspaceId, scopes: Scopes) {
        let held = self.workspaces.entry(workspace).or_default();
        *held = held.or(scopes);
    }

    /// What it may see of the person, wherever.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.workspaces.values().fold(self.organization, |all, scopes| all.or(*scopes))
    }

    /// As far as either.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.managed |= other.managed;
        self.organization = self.organization.or(other.organization);
        for (workspace, scopes) in other.workspaces {
            self.add(workspace, scopes);
        }
        self
    }

    /// Whether it goes further than this one anywhere.
    #[must_use]
    pub fn exceeds(&self, known: &Self) -> bool {
        let more = |now: Scopes, before: Scopes| !now.without(before).is_empty();
        let before = |workspace| known.workspaces.get(workspace).copied().unwrap_or_default();
        (self.managed && !known.managed)
            || more(self.organization, known.organization)
            || self.workspaces.iter().any(|(workspace, scopes)| more(*scopes, before(workspace)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steward_entities::{id::AppInstallationId, kinds::AppScope};
    use uuid::Uuid;

    const HERE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
    const THERE: WorkspaceId = WorkspaceId(Uuid::from_u128(2));

    fn on(workspace_id: Option<WorkspaceId>, scopes: &[AppScope]) -> app_installation::Model {
        app_installation::Model {
            id: AppInstallationId(Uuid::nil()),
            organization_id: OrganizationId(Uuid::nil()),
            workspace_id,
            app_id: AppId(Uuid::nil()),
            state: InstallationState::Installed,
            scopes: scopes.iter().copied().collect::<Scopes>().0,
            pending_scopes: None,
            installed_by: AccountId(Uuid::nil()),
            created_at: chrono::DateTime::UNIX_EPOCH,
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
        }
    }

    #[test]
    fn an_app_reaches_further_by_more_scopes_another_place_or_another_ground() {
        let name = [AppScope::ReadName];
        let both = [AppScope::ReadName, AppScope::ReadItems];
        let before = Reach::by(&[on(Some(HERE), &name), on(Some(THERE), &both)], &[HERE, THERE], false);
        assert_eq!(before.scopes(), Scopes::from_iter(both));
        for (what, now, exceeds) in [
            ("the same", Reach::by(&[on(Some(HERE), &name), on(Some(THERE), &both)], &[HERE, THERE], false), false),
            ("less", Reach::by(&[on(Some(HERE), &name)], &[HERE], false), false),
            ("nothing", Reach::by(&[], &[HERE], true), false),
            ("a scope that it had elsewhere", Reach::by(&[on(Some(HERE), &both)], &[HERE], false), true),
            ("the whole organization", Reach::by(&[on(None, &name)], &[HERE], false), true),
            (
                "another workspace",
                Reach::by(&[on(Some(WorkspaceId(Uuid::max())), &name)], &[WorkspaceId(Uuid::max())], false),
                true,
            ),
            ("a managed account", Reach::by(&[on(Some(HERE), &name)], &[HERE], true), true),
        ] {
            assert_eq!(now.exceeds(&before), exceeds, "{what}");
        }
        let whole = Reach::by(&[on(None, &name)], &[HERE], false);
        let joined = Reach::by(&[on(None, &name)], &[HERE, THERE], false);
        assert!(joined.exceeds(&whole) && !whole.exceeds(&joined));
        assert!(!joined.exceeds(&whole.or(before)), "each part was known from one of the two");
    }

    #[test]
    fn what_is_kept_of_a_reach_is_read_again() {
        let reach = Reach::by(&[on(None, &[AppScope::ReadName])], &[HERE, THERE], true);
        let kept = serde_json::to_value(&reach).unwrap();
        assert_eq!(serde_json::from_value::<Reach>(kept).unwrap(), reach);
        assert_eq!(serde_json::from_value::<Reach>(serde_json::json!({})).unwrap(), Reach::default());
    }
}
