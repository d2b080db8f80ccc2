//! What a viewer sees of edit restrictions: people those that hold for them, administrators all of their organization's.

use crate::{
    accounts::view::AccountView,
    core::{Reader, Result, edits::Operations},
    graphql::page::{Page, Rows, by_id, id_in_cursor, whole},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    prelude::Expr,
    sea_query::{Query, SelectStatement},
};
use std::collections::HashMap;
use steward_entities::{
    edit_restriction as restriction, edit_restriction_account as named,
    id::{AccountId, EditRestrictionId, OrganizationId, WorkspaceId},
    kinds::{EditOperation, EditTarget},
    organization, workspace,
};

/// A restriction with what its names are taken from.
#[derive(Clone, Debug)]
pub struct SeenRestriction {
    /// The restriction.
    pub restriction: restriction::Model,
    /// Who set it.
    pub organization: organization::Model,
    /// The workspace, where that is its target.
    pub workspace: Option<workspace::Model>,
    /// What it takes: of somebody, what it takes from them.
    pub operations: Operations,
}

/// Which restrictions are wanted. What is absent doesn't matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestrictionFilter {
    /// Those that hold now, or that are over.
    pub in_force: Option<bool>,
    /// Those that take this.
    pub operation: Option<EditOperation>,
    /// Those with this kind of target.
    pub target: Option<EditTarget>,
    /// Those on this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Those that name this account.
    pub account: Option<AccountId>,
}

/// The restrictions that name an account and didn't let it go before they ended. It begins at the account, however many
/// restrictions its organizations have.
#[must_use]
pub fn naming(account: AccountId) -> SelectStatement {
    let lifted_at = (named::Entity, named::Column::LiftedAt);
    let theirs = (named::Entity, named::Column::RestrictionId);
    let own = |column: restriction::Column| Expr::col(("its", column));
    Query::select()
        .column(theirs)
        .from(named::Entity)
        .join_as(JoinType::InnerJoin, restriction::Entity, "its", own(restriction::Column::Id).equals(theirs))
        .and_where(named::Column::AccountId.eq(account))
        .and_where(Expr::col(lifted_at).is_null().or(Expr::col(lifted_at).gte(own(restriction::Column::EndedAt))))
        .to_owned()
}

/// Somebody who wasn't let go before the restriction, which has ended then, did; its end lets everybody go.
fn named_until(ended_at: Option<DateTime<Utc>>) -> Condition {
    let lifted_at = named::Column::LiftedAt;
    Condition::any().add(lifted_at.is_null()).add_option(ended_at.map(|end| lifted_at.gte(end)))
}

impl Reader<'_> {
    /// The restrictions that take something from an account now, as far as the viewer sees them.
    pub async fn edit_restrictions_shown(&self, view: &AccountView) -> Result<Option<Vec<SeenRestriction>>> {
        let Some(reaching) = self.edits_on(view).await? else { return Ok(None) };
        let (rows, operations): (Vec<_>, Vec<_>) =
            reaching.into_iter().map(|it| (it.restriction, it.bound.operations())).unzip();
        let seen = self.restrictions_named(rows).await?;
        let narrowed = seen.into_iter().zip(operations);
        Ok(Some(narrowed.map(|(seen, operations)| SeenRestriction { operations, ..seen }).collect()))
    }

    /// An organization's restrictions, those that are over included; none when the viewer doesn't read it.
    pub async fn edit_restrictions(
        &self,
        organization: OrganizationId,
        filter: RestrictionFilter,
        page: &Page,
    ) -> Result<Option<Rows<SeenRestriction>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let select = restriction::Entity::find()
            .filter(restriction::Column::OrganizationId.eq(organization))
            .filter(self.wanted(filter));
        let page = by_id(self.db(), select, restriction::Column::Id, page).await?;
        let (has_previous, has_next, all) = (page.has_previous, page.has_next, page.all);
        Ok(Some(Rows { rows: self.restrictions_named(page.rows).await?, has_previous, has_next, all }))
    }

    /// One restriction, for administrators of its organization.
    pub async fn edit_restriction(&self, id: EditRestrictionId) -> Result<Option<SeenRestriction>> {
        let found = restriction::Entity::find_by_id(id).one(self.db()).await?;
        let found = found.filter(|found| self.reads(found.organization_id));
        Ok(self.restrictions_named(found.into_iter().collect()).await?.pop())
    }

    /// The accounts that a restriction names and of which the viewer sees anything, for administrators of its
    /// organization; none where it names nobody.
    pub async fn restricted_accounts(
        &self,
        restriction: &restriction::Model,
        page: &Page,
    ) -> Result<Option<Rows<AccountView>>> {
        if restriction.target != EditTarget::Accounts || !self.reads(restriction.organization_id) {
            return Ok(None);
        }
        let (window, account) = (page.window()?, named::Column::AccountId);
        let mut select = named::Entity::find()
            .filter(named::Column::RestrictionId.eq(restriction.id))
            .filter(named_until(restriction.ended_at));
        let all = whole(&select);
        if let Some(after) = &window.after {
            select = select.filter(account.gt(id_in_cursor(after)?));
        }
        if let Some(before) = &window.before {
            select = select.filter(account.lt(id_in_cursor(before)?));
        }
        select = if window.backwards { select.order_by_desc(account) } else { select.order_by_asc(account) };
        let page = Rows::cut(select.limit(window.limit + 1).all(self.db()).await?, &window, all);
        let ids: Vec<AccountId> = page.rows.iter().map(|row| row.account_id).collect();
        let views = self.accounts(&ids).await?;
        let mut views: HashMap<AccountId, AccountView> =
            views.into_iter().map(|view| (view.account.id, view)).collect();
        Ok(Some(page.filter_map(|row| views.remove(&row.account_id))))
    }

    fn wanted(&self, filter: RestrictionFilter) -> Condition {
        let until = restriction::Column::Until;
        let lasts =
            Condition::all().add(restriction::Column::EndedAt.is_null()).add(until.is_null().or(until.gt(self.now())));
        let bit = |operation| Operations::from_iter([operation]).0;
        Condition::all()
            .add_option(filter.in_force.map(|in_force| if in_force { lasts } else { lasts.not() }))
            .add_option(
                filter
                    .operation
                    .map(|operation| Expr::col(restriction::Column::Operations).bit_and(bit(operation)).ne(0)),
            )
            .add_option(filter.target.map(|target| restriction::Column::Target.eq(target)))
            .add_option(filter.workspace.map(|workspace| restriction::Column::WorkspaceId.eq(workspace)))
            .add_option(filter.account.map(|account| restriction::Column::Id.in_subquery(naming(account))))
    }

    /// In the same order.
    async fn restrictions_named(&self, rows: Vec<restriction::Model>) -> Result<Vec<SeenRestriction>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let organizations = self.organizations_named(rows.iter().map(|row| row.organization_id)).await?;
        let workspaces = self.workspaces_named(rows.iter().filter_map(|row| row.workspace_id)).await?;
        let seen = rows.into_iter().filter_map(|row| {
            Some(SeenRestriction {
                organization: organizations.get(&row.organization_id)?.clone(),
                workspace: row.workspace_id.and_then(|id| workspaces.get(&id)).cloned(),
                operations: Operations(row.operations),
                restriction: row,
            })
        });
        Ok(seen.collect())
    }
}
