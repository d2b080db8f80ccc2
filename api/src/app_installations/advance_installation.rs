//! Brings an installation forward: tells its people that the app is there, then lets it see; tells them that it sees more,
//! then lets it; tells them that it is gone. How far the telling came stands in the installation, so that its end is told to
//! those who heard of its beginning.

use crate::{
    accounts::in_turn::InTurn,
    app_installations::consent::concerned,
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Result, Silence, Tx, Unlogged,
        apps::{
            Scopes,
            hidden::Kept,
            rules::{Rules, closed_because},
            telling::Telling,
            webhooks::{WebhookDraft, tell},
        },
        database::one_of,
    },
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use serde_json::json;
use std::collections::HashSet;
use steward_entities::{
    account, app, app_installation,
    id::{AccountId, AppInstallationId},
    kinds::InstallationState,
    membership, organization, workspace,
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

    async fn next(&self, tx: &Tx<'_>, after: Option<AccountId>) -> Result<InTurn> {
        let list = concerned(self.organization.id, self.installation.workspace_id, tx.now());
        InTurn::after(tx, &list, after, CHUNK).await
    }

    /// Those whom the app sees, or will when they are back.
    async fn seen<'p>(&self, tx: &Tx<'_>, people: &'p [account::Model]) -> Result<Vec<&'p account::Model>> {
        let kept = self.kept(tx, people).await?;
        Ok(people.iter().filter(|account| kept.since(account.id, self.app.id).is_none()).collect())
    }

    async fn kept(&self, tx: &Tx<'_>, people: &[account::Model]) -> Result<Kept> {
        let ids: Vec<AccountId> = people.iter().map(|account| account.id).collect();
        Kept::of(tx.db(), self.organization.id, &ids).await
    }

    async fn install(self, tx: &Tx<'_>) -> Result<Done<()>> {
        let version = self.installation.version;
        let mut row = self.installation.clone().into_active_model();
        // Of what would come to nothing nobody is told.
        let agreed = Scopes(self.installation.scopes);
        if let Some(because) = closed_because(self.rules.most(&self.app, tx.now()), agreed) {
            row.state = Set(InstallationState::Failed);
            row.failed_because = Set(Some(because));
            row.version = Set(version + 1);
            row.update(tx.db()).await?;
            let event = self.event().named(ActionName::FailInstallation);
            let details = json!({ "state": InstallationState::Failed, "because": because });
            return Ok(told(Some(event.details(details)), Vec::new()));
        }
        let chunk = self.next(tx, self.installation.told_to).await?;
        let seen = self.seen(tx, &chunk.people).await?;
        let notices = seen.into_iter().map(|account| self.telling().installed(tx, account)).collect();
        row.told_to = Set(chunk.last().or(self.installation.told_to));
        let mut event = None;
        if chunk.is_last {
            row.told_at = Set(Some(tx.now()));
            row.state = Set(InstallationState::Installed);
            row.installed_at = Set(Some(tx.now()));
            row.version = Set(version + 1);
            let scopes = agreed.names();
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
        // What the organization refuses by now isn't on its way any more: people aren't told of it, and it won't hold.
        let held = Scopes(self.installation.scopes);
        let most = self.rules.most(&self.app, tx.now()).unwrap_or_default();
        let pending = pending.without(pending.without(held).without(most));
        let version = self.installation.version;
        let mut row = self.installation.clone().into_active_model();
        // What the app doesn't ask for any more isn't told.
        let is_more = !pending.without(held).is_empty();
        let chunk = if is_more { self.next(tx, self.installation.pending_told_to).await? } else { InTurn::nobody() };
        let seen = self.seen(tx, &chunk.people).await?;
        let notices = seen.into_iter().map(|account| self.telling().widened(tx, account, pending)).collect();
        row.pending_scopes = Set(Some(pending.0));
        row.pending_told_to = Set(chunk.last().or(self.installation.pending_told_to));
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
        let chunk = self.heard_of_it(tx, self.next(tx, self.installation.end_told_to).await?).await?;
        let notices = chunk.people.iter().map(|account| self.telling().uninstalled(tx, account)).collect();
        let version = self.installation.version;
        let mut row = self.installation.clone().into_active_model();
        row.end_told_to = Set(chunk.last().or(self.installation.end_told_to));
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

    /// Its end is told to those who heard of its beginning: not to whom the job hadn't reached, nor to who has joined since
    /// it ended, nor to whom it has never seen, because they have been kept from it all the time.
    async fn heard_of_it(&self, tx: &Tx<'_>, chunk: InTurn) -> Result<InTurn> {
        let reached = match (self.installation.told_at, self.installation.told_to) {
            (Some(_), _) => None,
            (None, Some(reached)) => Some(reached),
            (None, None) => return Ok(InTurn { people: Vec::new(), is_last: true, ..chunk }),
        };
        let is_last = chunk.is_last || reached.is_some_and(|reached| chunk.last() >= Some(reached));
        let mut people = were_there(tx, &self.installation, chunk.people).await?;
        people.retain(|account| reached.is_none_or(|reached| account.id <= reached));
        let (kept, began) = (self.kept(tx, &people).await?, self.installation.created_at);
        people.retain(|account| kept.since(account.id, self.app.id).is_none_or(|since| since >= began));
        Ok(InTurn { people, is_last, looked_at: chunk.looked_at })
    }
}

/// Those whom an installation concerned before it ended.
async fn were_there(
    tx: &Tx<'_>,
    installation: &app_installation::Model,
    mut people: Vec<account::Model>,
) -> Result<Vec<account::Model>> {
    let Some(ended) = installation.ended_at else { return Ok(people) };
    let mut members = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .filter(membership::Column::OrganizationId.eq(installation.organization_id))
        .filter(one_of(tx.db(), membership::Column::AccountId, people.iter().map(|account| account.id)))
        .filter(membership::Column::AcceptedAt.lte(ended));
    if let Some(workspace) = installation.workspace_id {
        members = members.filter(membership::Column::WorkspaceId.eq(workspace));
    }
    let members: Vec<Option<AccountId>> = members.into_tuple().all(tx.db()).await?;
    let members: HashSet<AccountId> = members.into_iter().flatten().collect();
    let managed = |account: &account::Model| {
        installation.workspace_id.is_none()
            && account.managed_by == Some(installation.organization_id)
            && account.managed_at.is_some_and(|at| at <= ended)
    };
    people.retain(|account| managed(account) || members.contains(&account.id));
    Ok(people)
}
