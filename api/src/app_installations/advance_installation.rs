//! Brings an installation forward: tells its people that the app is there, then lets it see; tells them that it sees more,
//! then lets it; tells them that it is gone. How far the telling came stands in the installation, so that its end is told to
//! those who heard of its beginning.

use crate::{
    app_installations::consent::concerned,
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged,
        apps::{
            Scopes,
            rules::Rules,
            telling::Telling,
            webhooks::{WebhookDraft, tell},
        },
    },
    graphql::page::Window,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    account, app, app_installation,
    id::{AccountId, AppInstallationId},
    kinds::InstallationState,
    organization, workspace,
};

/// People in one change.
pub const CHUNK: usize = 500;

/// Takes the next step.
pub struct AdvanceInstallation {
    /// Of which installation.
    pub installation: AppInstallationId,
}

/// An installation, locked, with what its notices name.
pub struct Advancing {
    installation: app_installation::Model,
    organization: organization::Model,
    workspace: Option<workspace::Model>,
    app: app::Model,
    rules: Rules,
}

/// The next people, and the last account that was looked at; none at the end.
struct Chunk {
    people: Vec<account::Model>,
    last: Option<AccountId>,
    is_last: bool,
}

impl Action for AdvanceInstallation {
    const NAME: ActionName = ActionName::CompleteInstallation;
    type Target = Advancing;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Advancing> {
        let broken = || Error::internal("the job of an installation has lost what it is about");
        let select = app_installation::Entity::find_by_id(self.installation);
        let installation = tx.lock(select).one(tx.db()).await?.ok_or_else(broken)?;
        let organization = organization::Entity::find_by_id(installation.organization_id).one(tx.db()).await?;
        let workspace = match installation.workspace_id {
            Some(id) => workspace::Entity::find_by_id(id).one(tx.db()).await?,
            None => None,
        };
        let app = app::Entity::find_by_id(installation.app_id).one(tx.db()).await?.ok_or_else(broken)?;
        let rules = Rules::of(tx.db(), installation.organization_id, app.id).await?;
        Ok(Advancing { installation, organization: organization.ok_or_else(broken)?, workspace, app, rules })
    }

    async fn run(&self, advancing: Authorized<Advancing>, tx: &Tx<'_>) -> Result<Done<()>> {
        let advancing = advancing.into_inner();
        match advancing.installation.state {
            InstallationState::Installing => advancing.install(tx).await,
            InstallationState::Installed => advancing.widen(tx).await,
            InstallationState::Uninstalling => advancing.uninstall(tx).await,
            InstallationState::Failed | InstallationState::Uninstalled => Ok(nothing_left()),
        }
    }
}

fn nothing_left() -> Done<()> {
    let nothing = Notices::None(Silence::NothingChanged);
    Done::new((), EventSet::none(Unlogged::NothingChanged), nothing).progress(Progress::Complete { done: 0 })
}

/// What a chunk comes to: an event where it is the last one.
fn told(event: Option<EventDraft>, notices: Vec<NoticeDraft>) -> Done<()> {
    let done = i64::try_from(notices.len()).unwrap_or_default();
    let progress = if event.is_some() { Progress::Complete { done } } else { Progress::More { cursor: None, done } };
    let events = event.map_or_else(|| EventSet::none(Unlogged::LoggedBefore), EventSet::one);
    Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected)).progress(progress)
}

impl Advancing {
    fn telling(&self) -> Telling<'_> {
        Telling {
            installation: &self.installation,
            organization: &self.organization,
            workspace: self.workspace.as_ref(),
            app: &self.app,
        }
    }

    fn event(&self) -> EventDraft {
        EventDraft::within(Some(self.organization.id)).object(AppInstallationId::PREFIX, self.installation.id.0)
    }

    async fn next(&self, tx: &Tx<'_>, after: Option<AccountId>) -> Result<Chunk> {
        let list = concerned(self.organization.id, self.installation.workspace_id, tx.now());
        let after = after.map(|after| vec![after.0.to_string()]);
        let window = Window { limit: CHUNK as u64 - 1, backwards: false, after, before: None };
        let people: Vec<account::Model> = match list.page(&window)? {
            Some(statement) => {
                let rows = tx.db().query_all(&statement).await?;
                rows.iter().map(|row| account::Model::from_query_result(row, "")).collect::<Result<_, _>>()?
            }
            None => Vec::new(),
        };
        let last = people.last().map(|account| account.id);
        Ok(Chunk { is_last: people.len() < CHUNK, people, last })
    }

    async fn install(self, tx: &Tx<'_>) -> Result<Done<()>> {
        let version = self.installation.version;
        let mut row = self.installation.clone().into_active_model();
        if let Err(closed) = self.rules.most(&self.app, tx.now()) {
            row.state = Set(InstallationState::Failed);
            row.failed_because = Set(Some(closed.into()));
            row.version = Set(version + 1);
            row.update(tx.db()).await?;
            let details = json!({ "state": InstallationState::Failed, "because": closed.to_string() });
            return Ok(told(Some(self.event().details(details)), Vec::new()));
        }
        let chunk = self.next(tx, self.installation.told_to).await?;
        let notices = chunk.people.iter().map(|account| self.telling().installed(tx, account)).collect();
        row.told_to = Set(chunk.last.or(self.installation.told_to));
        let mut event = None;
        if chunk.is_last {
            row.told_at = Set(Some(tx.now()));
            row.state = Set(InstallationState::Installed);
            row.installed_at = Set(Some(tx.now()));
            row.version = Set(version + 1);
            let scopes = Scopes(self.installation.scopes).names();
            event = Some(self.event().details(json!({ "state": InstallationState::Installed, "scopes": scopes })));
        }
        let is_done = event.is_some();
        let installation = row.update(tx.db()).await?;
        if is_done {
            let scopes = Scopes(installation.scopes);
            tell(tx, vec![WebhookDraft::installed(&installation, scopes)]).await?;
        }
        Ok(told(event, notices))
    }

    async fn widen(self, tx: &Tx<'_>) -> Result<Done<()>> {
        let Some(pending) = self.installation.pending_scopes.map(Scopes) else { return Ok(nothing_left()) };
        let version = self.installation.version;
        let mut row = self.installation.clone().into_active_model();
        // What the app doesn't ask for any more isn't told.
        let is_more = !pending.without(Scopes(self.installation.scopes)).is_empty();
        let chunk = if is_more {
            self.next(tx, self.installation.pending_told_to).await?
        } else {
            Chunk { people: Vec::new(), last: None, is_last: true }
        };
        let notices = chunk.people.iter().map(|account| self.telling().widened(tx, account, pending)).collect();
        row.pending_told_to = Set(chunk.last.or(self.installation.pending_told_to));
        let mut event = None;
        if chunk.is_last {
            row.scopes = Set(pending.0);
            row.pending_scopes = Set(None);
            row.pending_told_to = Set(None);
            row.version = Set(version + 1);
            let state = InstallationState::Installed;
            event = Some(self.event().details(json!({ "state": state, "scopes": pending.names() })));
        }
        let is_done = event.is_some();
        let installation = row.update(tx.db()).await?;
        if is_done {
            let before = Scopes(self.installation.scopes);
            tell(tx, vec![WebhookDraft::scopes_changed(&installation, before, pending)]).await?;
        }
        Ok(told(event, notices))
    }

    async fn uninstall(self, tx: &Tx<'_>) -> Result<Done<()>> {
        let chunk = self.heard_of_it(self.next(tx, self.installation.end_told_to).await?);
        let notices = chunk.people.iter().map(|account| self.telling().uninstalled(tx, account)).collect();
        let version = self.installation.version;
        let mut row = self.installation.clone().into_active_model();
        row.end_told_to = Set(chunk.last.or(self.installation.end_told_to));
        let mut event = None;
        if chunk.is_last {
            row.state = Set(InstallationState::Uninstalled);
            row.uninstalled_at = Set(Some(tx.now()));
            row.version = Set(version + 1);
            let details = json!({ "state": InstallationState::Uninstalled });
            event = Some(self.event().named(ActionName::EndInstallation).details(details));
        }
        row.update(tx.db()).await?;
        Ok(told(event, notices))
    }

    /// Where the beginning wasn't told to everybody, its end is told to those who were reached.
    fn heard_of_it(&self, chunk: Chunk) -> Chunk {
        if self.installation.told_at.is_some() {
            return chunk;
        }
        let Some(reached) = self.installation.told_to else {
            return Chunk { people: Vec::new(), is_last: true, ..chunk };
        };
        let people = chunk.people.into_iter().filter(|account| account.id <= reached).collect();
        let is_last = chunk.is_last || chunk.last.is_some_and(|last| last >= reached);
        Chunk { people, is_last, ..chunk }
    }
}
