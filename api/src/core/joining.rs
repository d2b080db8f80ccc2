//! What people are told of edit restrictions and apps that reach them: those who are there by its job, and those who come
//! later when they come: by accepting a membership, when one is given back to them, when control takes effect, with an
//! account that is made for them, or when they lose the role that left them out.
//!
//! A wide restriction is one row, and its job tells its people in the order of their ids. Whoever joins holds that row: so
//! they are told by the job if it hasn't come to them yet, and by the change that lets them in if it has.

use crate::{
    core::{
        apps::telling::Newcomers,
        database::one_of,
        edits::{InForce, Operations, in_force},
        error::Result,
        notice::{NoticeDraft, contact},
        powers::GROUND,
        tx::Tx,
    },
    notices::content::EditRestrictionSet,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Expr};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account, edit_restriction,
    id::{AccountId, EditRestrictionId, OrganizationId, WorkspaceId},
    kinds::EditTarget,
    membership, organization, workspace,
};

/// What somebody is told of a restriction that reaches them.
pub fn restricted(
    tx: &Tx<'_>,
    restriction: &edit_restriction::Model,
    by: &organization::Model,
    within: Option<&workspace::Model>,
    (account, operations): (&account::Model, Operations),
) -> NoticeDraft {
    let content = EditRestrictionSet {
        organization: by.name.clone(),
        email: account.email.clone(),
        contact: contact(by),
        operations: operations.names(),
        workspace: within.map(|workspace| workspace.name.clone()),
        reason: restriction.reason.clone(),
        message: restriction.message.clone(),
        until: restriction.until,
    };
    NoticeDraft::new(tx, account, content.into()).on_behalf_of(by.id)
}

/// People who come under an organization's wide restrictions, and within reach of its apps, by what is about to be written.
pub struct Joining {
    organization: organization::Model,
    /// What was taken from them before; none where nothing is taken from everybody.
    before: Option<HashMap<(AccountId, EditRestrictionId), Operations>>,
    /// None where no app is installed.
    apps: Option<Newcomers>,
}

impl Joining {
    /// Looks at what holds for these people, who are locked, before they join; none where there is nothing to tell. It
    /// holds what could reach them: what is over the organization, and within these workspaces, where they are members
    /// or are about to be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        tx: &Tx<'_>,
        organization: OrganizationId,
        within: &[WorkspaceId],
        accounts: &[AccountId],
    ) -> Result<Option<Self>> {
        let found = organization::Entity::find_by_id(organization).lock_shared().one(tx.db()).await?;
        // In the words of the partial indexes.
        let over_all = Condition::all()
            .add(edit_restriction::Column::OrganizationId.eq(organization))
            .add(Expr::cust("ended_at IS NULL AND target = 'ORGANIZATION'"));
        let mut any = held(tx, over_all).await?;
        if !within.is_empty() {
            let there = Condition::all()
                .add(one_of(tx.db(), edit_restriction::Column::WorkspaceId, within.iter().copied()))
                .add(Expr::cust("ended_at IS NULL AND workspace_id IS NOT NULL"));
            any |= held(tx, there).await?;
        }
        let Some(organization) = found else { return Ok(None) };
        let apps = Newcomers::begin(tx, organization.id, accounts).await?;
        let before = if any { Some(taken(tx, accounts).await?) } else { None };
        Ok((apps.is_some() || before.is_some()).then_some(Self { organization, before, apps }))
    }

    /// Somebody whose role in an organization is about to change, or to end: what has left them out may bind them then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_role(tx: &Tx<'_>, organization: OrganizationId, account: AccountId) -> Result<Option<Self>> {
        let within = workspaces_of(tx, organization, &[account]).await?;
        Self::begin(tx, organization, &within, &[account]).await
    }

    /// What they are told now that they have joined.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell<'p>(
        mut self,
        tx: &Tx<'_>,
        people: impl IntoIterator<Item = &'p account::Model>,
    ) -> Result<Vec<NoticeDraft>> {
        let people: Vec<&account::Model> = people.into_iter().collect();
        let mut notices = match self.apps.take() {
            Some(apps) => apps.tell(tx, &self.organization, &people).await?,
            None => Vec::new(),
        };
        if self.before.is_some() {
            notices.extend(self.of_restrictions(tx, people).await?);
        }
        Ok(notices)
    }

    async fn of_restrictions(&self, tx: &Tx<'_>, people: Vec<&account::Model>) -> Result<Vec<NoticeDraft>> {
        let ids: Vec<AccountId> = people.iter().map(|account| account.id).collect();
        let mut reaching = in_force(tx.db(), &ids, tx.now()).await?;
        let reached: Vec<(&account::Model, InForce)> = people
            .into_iter()
            .flat_map(|account| {
                reaching.remove(&account.id).unwrap_or_default().into_iter().map(move |it| (account, it))
            })
            .filter(|(_, it)| self.is_news(it))
            .collect();
        let within = workspaces(tx, reached.iter().filter_map(|(_, it)| it.restriction.workspace_id)).await?;
        let told = |(account, InForce { bound, restriction }): (&account::Model, InForce)| {
            let place = restriction.workspace_id.and_then(|id| within.get(&id));
            restricted(tx, &restriction, &self.organization, place, (account, bound.operations()))
        };
        Ok(reached.into_iter().map(told).collect())
    }

    /// Whether it takes more from somebody than before, and nobody else tells them.
    fn is_news(&self, InForce { bound, restriction }: &InForce) -> bool {
        if restriction.organization_id != self.organization.id || restriction.target == EditTarget::Accounts {
            return false;
        }
        let before = self.before.as_ref().and_then(|before| before.get(&(bound.account, restriction.id)));
        let before = before.copied().unwrap_or_default();
        // Of the people after the last one that it has told, its job tells.
        let comes_to_them =
            restriction.told_at.is_none() && restriction.told_to.is_none_or(|reached| reached < bound.account);
        bound.operations().iter().any(|operation| !before.has(operation)) && !comes_to_them
    }
}

async fn taken(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<HashMap<(AccountId, EditRestrictionId), Operations>> {
    let reaching = in_force(tx.db(), accounts, tx.now()).await?;
    let taken = |InForce { bound, .. }: &InForce| ((bound.account, bound.restriction), bound.operations());
    Ok(reaching.values().flatten().map(taken).collect())
}

/// Holds those of these restrictions that haven't run out; whether there are any.
async fn held(tx: &Tx<'_>, these: Condition) -> Result<bool> {
    let until = edit_restriction::Column::Until;
    let ids: Vec<EditRestrictionId> = edit_restriction::Entity::find()
        .select_only()
        .column(edit_restriction::Column::Id)
        .filter(these)
        .filter(until.is_null().or(until.gt(tx.now())))
        .order_by_asc(edit_restriction::Column::Id)
        .lock_shared()
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(!ids.is_empty())
}

/// The workspaces of an organization in which any of these people are members.
///
/// # Errors
/// When the database fails.
pub async fn workspaces_of(
    tx: &Tx<'_>,
    organization: OrganizationId,
    accounts: &[AccountId],
) -> Result<Vec<WorkspaceId>> {
    let found = membership::Entity::find()
        .select_only()
        .column(membership::Column::WorkspaceId)
        .distinct()
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(one_of(tx.db(), membership::Column::AccountId, accounts.iter().copied()))
        .filter(membership::Column::Status.is_in(GROUND));
    Ok(found.into_tuple().all(tx.db()).await?)
}

async fn workspaces(
    tx: &Tx<'_>,
    ids: impl IntoIterator<Item = WorkspaceId>,
) -> Result<HashMap<WorkspaceId, workspace::Model>> {
    let ids: HashSet<WorkspaceId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = workspace::Entity::find().filter(one_of(tx.db(), workspace::Column::Id, ids)).all(tx.db()).await?;
    Ok(found.into_iter().map(|workspace| (workspace.id, workspace)).collect())
}
