//! What becomes of an app's installations when operators change it: where it is retired, each ends; where it asks for more,
//! or is another vendor's, the administrators are told. Each organization's are told once, of all its installations: in the
//! chunk in which the first of these comes.

use crate::{
    app_installations::uninstall_app::end,
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged,
        apps::{Scopes, administrators::deciders},
    },
    notices::content::{AppAsksForMore, AppChanged, AppPlaces, AppRetired, Content},
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select, prelude::Expr,
    sea_query::LockType,
};
use serde_json::json;
use steward_entities::{
    app, app_installation,
    id::{AppId, AppInstallationId, OrganizationId, WorkspaceId},
    kinds::{InstallationEnd, InstallationState},
    organization, workspace,
};

/// Installations in one change.
const CHUNK: u64 = 50;

/// Workspaces that a mail names.
const NAMED: usize = 10;

/// What an app was.
pub struct Before {
    /// What it asked for.
    pub asked: Scopes,
    /// Who made it, if somebody else.
    pub vendor: Option<String>,
    /// Its privacy policy, if another.
    pub policy: Option<String>,
}

/// Goes on with the next installations.
pub struct MoveAppOn {
    /// Of which app.
    pub app: AppId,
    /// What it was.
    pub before: Before,
    /// After this installation.
    pub after: Option<AppInstallationId>,
}

impl MoveAppOn {
    /// From where the job's last chunk ended.
    ///
    /// # Errors
    /// `Internal` for what no chunk has written.
    pub fn from_cursor(app: AppId, before: Before, cursor: Option<&str>) -> Result<Self> {
        let after = cursor.map(|cursor| cursor.parse().map_err(Error::internal)).transpose()?;
        Ok(Self { app, before, after })
    }
}

/// An app, which stays as it is, and its next installations, locked.
pub struct Next {
    app: app::Model,
    installations: Vec<app_installation::Model>,
    /// The organization of the chunk before, whose administrators know.
    told: Option<OrganizationId>,
}

/// An app's installations that aren't over, those of an organization together.
fn live(app: AppId) -> Select<app_installation::Entity> {
    let live = [InstallationState::Installing, InstallationState::Installed, InstallationState::Failed];
    app_installation::Entity::find()
        .filter(app_installation::Column::AppId.eq(app))
        .filter(app_installation::Column::State.is_in(live))
        .order_by_asc(app_installation::Column::OrganizationId)
        .order_by_asc(app_installation::Column::Id)
}

impl Action for MoveAppOn {
    const NAME: ActionName = ActionName::EndInstallation;
    type Target = Next;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Next> {
        let broken = || Error::internal("the job of an app has lost what it is about");
        let app = app::Entity::find_by_id(self.app).lock(LockType::Share).one(tx.db()).await?.ok_or_else(broken)?;
        let mut select = live(app.id);
        let mut told = None;
        if let Some(after) = self.after {
            let last = app_installation::Entity::find_by_id(after).one(tx.db()).await?.ok_or_else(broken)?;
            told = Some(last.organization_id);
            let place = [app_installation::Column::OrganizationId, app_installation::Column::Id].map(Expr::col);
            let passed = [Expr::value(last.organization_id.0), Expr::value(last.id.0)];
            select = select.filter(Expr::tuple(place).gt(Expr::tuple(passed)));
        }
        let installations = tx.lock(select.limit(CHUNK)).all(tx.db()).await?;
        Ok(Next { app, installations, told })
    }

    async fn run(&self, next: Authorized<Next>, tx: &Tx<'_>) -> Result<Done<()>> {
        let Next { app, installations, mut told } = next.into_inner();
        let (mut events, mut notices, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
        let last = installations.last().map(|row| row.id).filter(|_| installations.len() as u64 == CHUNK);
        let done = i64::try_from(installations.len()).unwrap_or_default();
        for installation in installations {
            let organization = installation.organization_id;
            if told.replace(organization) != Some(organization) {
                notices.extend(self.tell(tx, &app, organization).await?);
            }
            if app.retired_at.is_some() {
                let details = json!({ "appId": app.id, "because": InstallationEnd::Retired });
                let event = EventDraft::within(Some(organization)).object(AppInstallationId::PREFIX, installation.id.0);
                events.push(event.named(ActionName::UninstallApp).details(details));
                jobs.extend(end(tx, installation, InstallationEnd::Retired, None, None).await?);
            }
        }
        let events = if events.is_empty() { EventSet::none(Unlogged::LoggedBefore) } else { EventSet::many(events) };
        let ended = Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected));
        let progress = match last {
            Some(last) => Progress::More { cursor: Some(last.to_string()), done },
            None => Progress::Complete { done },
        };
        Ok(jobs.into_iter().fold(ended, Done::then).progress(progress))
    }
}

impl MoveAppOn {
    /// What an organization's administrators of apps are told, of all that it has of the app.
    async fn tell(&self, tx: &Tx<'_>, app: &app::Model, id: OrganizationId) -> Result<Vec<NoticeDraft>> {
        let Some(organization) = organization::Entity::find_by_id(id).one(tx.db()).await? else {
            return Ok(Vec::new());
        };
        let here = live(app.id).filter(app_installation::Column::OrganizationId.eq(id)).all(tx.db()).await?;
        let contents = self.contents(tx, app, organization.name, &here).await?;
        let administrators = if contents.is_empty() { Vec::new() } else { deciders(tx, id, None).await? };
        let to_each = |content: &Content| {
            let told = administrators.iter().map(|to| NoticeDraft::new(tx, to, content.clone()).on_behalf_of(id));
            told.collect::<Vec<_>>()
        };
        Ok(contents.iter().flat_map(to_each).collect())
    }

    async fn contents(
        &self,
        tx: &Tx<'_>,
        app: &app::Model,
        organization: String,
        here: &[app_installation::Model],
    ) -> Result<Vec<Content>> {
        let (name, vendor) = (app.name.clone(), app.vendor.clone());
        let support_email = app.support_email.clone();
        if app.retired_at.is_some() {
            let places = places(tx, here.iter()).await?;
            return Ok(vec![AppRetired { organization, app: name, vendor, support_email, places }.into()]);
        }
        let mut contents = Vec::new();
        let asks_for_more = |installation: &app_installation::Model| {
            let agreed = Scopes(installation.pending_scopes.unwrap_or(installation.scopes));
            Scopes(app.scopes).without(self.before.asked).without(agreed)
        };
        let with_less = || here.iter().filter(|installation| !asks_for_more(installation).is_empty());
        if with_less().next().is_some() {
            let scopes = Scopes(with_less().fold(0, |all, installation| all | asks_for_more(installation).0)).names();
            let (organization, app, vendor) = (organization.clone(), name.clone(), vendor.clone());
            let places = places(tx, with_less()).await?;
            contents.push(AppAsksForMore { organization, app, vendor, scopes, places }.into());
        }
        if self.before.vendor.is_some() || self.before.policy.is_some() {
            let content = AppChanged {
                organization,
                app: name,
                vendor,
                vendor_before: self.before.vendor.clone(),
                privacy_policy_url: app.privacy_policy_url.clone(),
                privacy_policy_before: self.before.policy.clone(),
                support_email,
                places: places(tx, here.iter()).await?,
            };
            contents.push(content.into());
        }
        Ok(contents)
    }
}

/// The workspaces of these installations, by name; none where it is on the organization.
async fn places(tx: &Tx<'_>, installations: impl Iterator<Item = &app_installation::Model>) -> Result<AppPlaces> {
    let all: Vec<WorkspaceId> = installations.filter_map(|installation| installation.workspace_id).collect();
    let named = all.iter().copied().take(NAMED);
    let named = workspace::Entity::find()
        .select_only()
        .column(workspace::Column::Name)
        .filter(workspace::Column::Id.is_in(named))
        .order_by_asc(workspace::Column::Id);
    let workspaces: Vec<String> = named.into_tuple().all(tx.db()).await?;
    Ok(AppPlaces { more: all.len() - workspaces.len(), workspaces })
}
