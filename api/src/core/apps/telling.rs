//! Whom an app concerns that is installed, and what they are told.
//!
//! An installation on an organization concerns everybody whom the organization manages, and the members of its workspaces;
//! one on a workspace concerns its members. Its job tells them in the order of their ids, before the app sees anything; who
//! comes later is told when they come: see [`super::super::joining`]. Whom it doesn't see, because they object to it or
//! administrators keep it from them, isn't told that it does.

use super::{Scopes, closing::settle, hidden::Kept};
use crate::{
    core::{
        database::one_of,
        error::Result,
        notice::{NoticeDraft, contact},
        powers::GROUND,
        tx::Tx,
    },
    notices::content::{AppAccessWidened, AppAtWork, AppInstalled, AppUninstalled, Content},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Expr};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account, app, app_installation,
    id::{AccountId, AppId, AppInstallationId, OrganizationId, WorkspaceId},
    kinds::InstallationEnd,
    membership, organization, workspace,
};

/// An installation with all that its notices name.
pub struct Telling<'a> {
    /// The installation.
    pub installation: &'a app_installation::Model,
    /// Where.
    pub organization: &'a organization::Model,
    /// The workspace, where it is on one alone.
    pub workspace: Option<&'a workspace::Model>,
    /// Which app.
    pub app: &'a app::Model,
}

impl Telling<'_> {
    /// Word that the app is there.
    #[must_use]
    pub fn installed(&self, tx: &Tx<'_>, to: &account::Model) -> NoticeDraft {
        let (scopes, managed) = (Scopes(self.installation.scopes).names(), self.manages(to));
        self.notice(tx, to, AppInstalled { app: self.at_work(to), scopes, managed }.into())
    }

    /// Word that it sees more.
    #[must_use]
    pub fn widened(&self, tx: &Tx<'_>, to: &account::Model, scopes: Scopes) -> NoticeDraft {
        let added = scopes.without(Scopes(self.installation.scopes)).names();
        let managed = self.manages(to);
        self.notice(tx, to, AppAccessWidened { app: self.at_work(to), added, managed }.into())
    }

    /// Word that it is gone.
    #[must_use]
    pub fn uninstalled(&self, tx: &Tx<'_>, to: &account::Model) -> NoticeDraft {
        let because = self.installation.ended_because.unwrap_or(InstallationEnd::Uninstalled);
        self.notice(tx, to, AppUninstalled { app: self.at_work(to), because }.into())
    }

    fn manages(&self, account: &account::Model) -> bool {
        account.managed_by == Some(self.organization.id)
    }

    fn at_work(&self, to: &account::Model) -> AppAtWork {
        AppAtWork {
            organization: self.organization.name.clone(),
            email: to.email.clone(),
            contact: contact(self.organization),
            workspace: self.workspace.map(|workspace| workspace.name.clone()),
            app: self.app.name.clone(),
            vendor: self.app.vendor.clone(),
            privacy_policy_url: self.app.privacy_policy_url.clone(),
            support_email: self.app.support_email.clone(),
        }
    }

    fn notice(&self, tx: &Tx<'_>, to: &account::Model, content: Content) -> NoticeDraft {
        NoticeDraft::new(tx, to, content).on_behalf_of(self.organization.id)
    }
}

/// Which installations reach somebody, and whether each does so for an account that the organization manages.
type Reached = HashSet<(AccountId, AppInstallationId, bool)>;

/// People who come within reach of an organization's apps by what is about to be written.
pub struct Newcomers {
    live: Vec<app_installation::Model>,
    before: Reached,
}

impl Newcomers {
    /// Looks at what reaches these people before they join; none where nothing is installed. The organization's row is
    /// held, at least shared.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(tx: &Tx<'_>, organization: OrganizationId, accounts: &[AccountId]) -> Result<Option<Self>> {
        let live = app_installation::Entity::find()
            .filter(app_installation::Column::OrganizationId.eq(organization))
            // In the words of the partial index.
            .filter(Expr::cust("state IN ('INSTALLING', 'INSTALLED', 'FAILED')"))
            .order_by_asc(app_installation::Column::Id)
            .lock_shared()
            .all(tx.db())
            .await?;
        if live.is_empty() {
            return Ok(None);
        }
        let before = reached(tx, organization, &live, accounts).await?;
        Ok(Some(Self { live, before }))
    }

    /// What they are told now that they have joined, of apps that they weren't told of before and whose job doesn't come
    /// to them any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell(
        self,
        tx: &Tx<'_>,
        organization: &organization::Model,
        people: &[&account::Model],
    ) -> Result<Vec<NoticeDraft>> {
        let ids: Vec<AccountId> = people.iter().map(|account| account.id).collect();
        // What apps had to delete of them, they may know again.
        Box::pin(settle(tx, &ids)).await?;
        let after = reached(tx, organization.id, &self.live, &ids).await?;
        let (apps, workspaces) = (self.apps(tx).await?, self.workspaces(tx).await?);
        let kept = Kept::of(tx.db(), organization.id, &ids).await?;
        let mut notices = Vec::new();
        for account in people {
            for installation in &self.live {
                let Some(app) = apps.get(&installation.app_id) else { continue };
                let workspace = installation.workspace_id.and_then(|id| workspaces.get(&id));
                let is_seen = kept.since(account.id, app.id).is_none();
                if is_seen && self.is_news(account.id, installation, &after) {
                    let installation = &with_what_comes(installation, account.id);
                    let telling = Telling { installation, organization, workspace, app };
                    // Whose account is managed by now, which the row from before doesn't say.
                    let managed = after.contains(&(account.id, installation.id, true));
                    let to = account::Model { managed_by: managed.then_some(organization.id), ..(*account).clone() };
                    notices.push(telling.installed(tx, &to));
                }
            }
        }
        Ok(notices)
    }

    /// Whether it reaches further than before, and nobody else tells them.
    fn is_news(&self, account: AccountId, installation: &app_installation::Model, after: &Reached) -> bool {
        let reaches = |all: &Reached, managed| all.contains(&(account, installation.id, managed));
        let further = if reaches(after, true) {
            !reaches(&self.before, true)
        } else {
            reaches(after, false) && !reaches(&self.before, false)
        };
        let comes_to_them =
            installation.told_at.is_none() && installation.told_to.is_none_or(|reached| reached < account);
        further && !comes_to_them
    }

    async fn apps(&self, tx: &Tx<'_>) -> Result<HashMap<AppId, app::Model>> {
        let ids: HashSet<AppId> = self.live.iter().map(|installation| installation.app_id).collect();
        let rows = app::Entity::find().filter(one_of(tx.db(), app::Column::Id, ids)).all(tx.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    async fn workspaces(&self, tx: &Tx<'_>) -> Result<HashMap<WorkspaceId, workspace::Model>> {
        let ids: HashSet<WorkspaceId> = self.live.iter().filter_map(|installation| installation.workspace_id).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = workspace::Entity::find().filter(one_of(tx.db(), workspace::Column::Id, ids)).all(tx.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Of more scopes that are on their way, its job tells those to whom it hasn't come yet; who joins behind it is told of them
/// with the rest.
fn with_what_comes(installation: &app_installation::Model, account: AccountId) -> app_installation::Model {
    let is_behind = installation.pending_told_to.is_some_and(|reached| reached >= account);
    let pending = installation.pending_scopes.filter(|_| is_behind).unwrap_or_default();
    app_installation::Model { scopes: installation.scopes | pending, ..installation.clone() }
}

async fn reached(
    tx: &Tx<'_>,
    organization: OrganizationId,
    live: &[app_installation::Model],
    accounts: &[AccountId],
) -> Result<Reached> {
    let managed: Vec<AccountId> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(one_of(tx.db(), account::Column::Id, accounts.iter().copied()))
        .filter(account::Column::ManagedBy.eq(organization))
        .into_tuple()
        .all(tx.db())
        .await?;
    let members: Vec<(Option<AccountId>, WorkspaceId)> = membership::Entity::find()
        .select_only()
        .columns([membership::Column::AccountId, membership::Column::WorkspaceId])
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(one_of(tx.db(), membership::Column::AccountId, accounts.iter().copied()))
        .filter(membership::Column::Status.is_in(GROUND))
        .into_tuple()
        .all(tx.db())
        .await?;
    let managed: HashSet<AccountId> = managed.into_iter().collect();
    let mut reached = Reached::new();
    for installation in live {
        for (account, workspace) in members.iter().filter_map(|(account, workspace)| Some(((*account)?, *workspace))) {
            if installation.workspace_id.is_none_or(|only| only == workspace) {
                reached.insert((account, installation.id, managed.contains(&account)));
            }
        }
        if installation.workspace_id.is_none() {
            reached.extend(managed.iter().map(|account| (*account, installation.id, true)));
        }
    }
    Ok(reached)
}
