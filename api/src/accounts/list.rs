//! Which accounts an organization lists: those that it manages, and the members of its workspaces.
//!
//! The two are branches of one statement. Each walks an index from the cursor on and stops after a page; what both found
//! is merged, and only that page is joined with the rows. A filter that isn't given isn't in the statement, so that a plan
//! kept for one statement never has to serve another; and what partial indexes are for (`status IN …`) is written out, as
//! a parameter in its place would hide the index from a plan that is kept.

pub mod graphql;
mod parts;
mod written;

use crate::{
    core::{
        Error, Result,
        account::access::Access,
        apps::{
            sight::{self, Seen},
            tokens::LiveToken,
        },
        caller::in_force,
        database::unindexed,
        row::in_query,
    },
    graphql::page::{Window, count, id_in_cursor},
};
use chrono::{DateTime, Utc};
use parts::{Branch, begins_with, containing, email_column, looked_up, managed_by};
use sea_orm::{
    ConnectionTrait, DeriveIden, ExprTrait,
    sea_query::{ColumnRef, Condition, Expr, Func, IntoColumnRef, JoinType, Order, Query, SelectStatement, UnionType},
};
use serde::{Deserialize, Serialize};
use steward_entities::{
    account, account_block, domain,
    id::{AccountId, DomainId, OrganizationId, WorkspaceId},
    kinds::BlockKind,
    membership,
};

/// The memberships that are a ground, in the words of the partial indexes.
const GROUND: &str = "status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')";

/// In which order accounts are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AccountOrder {
    /// By id: the order in which the accounts were made.
    #[default]
    Id,
    /// By address.
    Email,
}

/// Which accounts are wanted. What is absent doesn't matter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AccountFilter {
    /// Managed by the organization, or not.
    pub managed: Option<bool>,
    /// What the account can do right now.
    pub access: Option<Access>,
    /// In one of the organization's domains.
    pub domain: Option<InDomain>,
    /// Members of one of its workspaces.
    pub workspace: Option<WorkspaceId>,
    /// The address begins with this.
    pub email_prefix: Option<String>,
    /// Name or address contain this.
    pub text: Option<String>,
    /// Last active before this time, or never. Only of managed accounts is this known to an organization.
    pub last_active_before: Option<DateTime<Utc>>,
    /// Last active at this time or later; the same.
    pub last_active_after: Option<DateTime<Utc>>,
}

/// One of the organization's domains, as far as the list needs it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InDomain {
    /// Which.
    pub id: DomainId,
    /// Its labels from the last to the first.
    pub name_key: String,
    /// Whether names below it are meant, too.
    pub include_subdomains: bool,
}

impl From<domain::Model> for InDomain {
    fn from(domain: domain::Model) -> Self {
        Self { id: domain.id, name_key: domain.name_key, include_subdomains: domain.include_subdomains.is_some() }
    }
}

/// A list of an organization's accounts.
#[derive(Clone)]
pub struct AccountList {
    /// The organization.
    pub organization: OrganizationId,
    /// Which of them.
    pub filter: AccountFilter,
    /// In which order.
    pub order: AccountOrder,
    /// The time at which blocks are in force.
    pub now: DateTime<Utc>,
    /// For an app: only whom it sees through its installation, as [`Seen`], each with when it has last read them, in a last
    /// column.
    pub app: Option<LiveToken>,
}

#[derive(DeriveIden)]
enum Part {
    AccountEmail,
    Id,
    Email,
    Page,
    Managed,
    Members,
}

/// A place in the list.
enum Place {
    Id(AccountId),
    Email(String),
}

impl AccountList {
    /// The place of an account, for its cursor.
    #[must_use]
    pub fn place(&self, account: &account::Model) -> Vec<String> {
        match self.order {
            AccountOrder::Id => vec![account.id.0.to_string()],
            AccountOrder::Email => vec!["email".to_owned(), account.email_canonical.clone()],
        }
    }

    fn read_place(&self, values: &[String]) -> Result<Place> {
        match (self.order, values) {
            (AccountOrder::Id, values) => Ok(Place::Id(AccountId(id_in_cursor(values)?))),
            (AccountOrder::Email, [kind, email]) if kind == "email" => Ok(Place::Email(email.clone())),
            (AccountOrder::Email, _) => Err(Error::BadRequest("This cursor belongs to another list.".to_owned())),
        }
    }

    /// One page and one row, with the columns of the accounts; none when the filter can't find anything.
    pub fn page(&self, window: &Window) -> Result<Option<SelectStatement>> {
        let after = window.after.as_deref().map(|values| self.read_place(values)).transpose()?;
        let before = window.before.as_deref().map(|values| self.read_place(values)).transpose()?;
        let direction = if window.backwards { Order::Desc } else { Order::Asc };
        let cut = |Branch { mut select, id, email }: Branch| {
            for (place, later) in [(&after, true), (&before, false)] {
                let (column, value) = match place {
                    None => continue,
                    Some(Place::Id(there)) => (Expr::col(id.clone()), Expr::val(*there)),
                    Some(Place::Email(there)) => (Expr::col(email.clone()), Expr::val(there.as_str())),
                };
                select.and_where(if later { column.gt(value) } else { column.lt(value) });
            }
            select.order_by(
                match self.order {
                    AccountOrder::Id => id,
                    AccountOrder::Email => email,
                },
                direction.clone(),
            );
            select.limit(window.limit + 1);
            select
        };
        if let (Some(managed), None) = (self.managed(), self.members()) {
            // Nothing is merged: the branch itself is the page.
            let mut page = cut(managed);
            self.columns(page.clear_selects());
            return Ok(Some(page));
        }
        let Some(found) = self.merged(cut) else { return Ok(None) };
        let mut page = Query::select();
        let same = Expr::col((account::Entity, account::Column::Id)).equals((Part::Page, Part::Id));
        page.from(account::Entity)
            .join_subquery(JoinType::InnerJoin, found, Part::Page, same)
            .order_by(
                match self.order {
                    AccountOrder::Id => (Part::Page, Part::Id).into_column_ref(),
                    AccountOrder::Email => email_column(),
                },
                direction,
            )
            .limit(window.limit + 1);
        self.columns(&mut page);
        Ok(Some(page))
    }

    /// The whole list, to be counted.
    #[must_use]
    pub fn all(&self) -> Option<SelectStatement> {
        self.merged(|branch| branch.select)
    }

    /// How many there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, db: &impl ConnectionTrait) -> Result<i64> {
        match self.all() {
            Some(all) => count(db, &all).await,
            None => Ok(0),
        }
    }

    /// The ids that both branches find. Each is cut before they are merged.
    fn merged(&self, cut: impl Fn(Branch) -> SelectStatement) -> Option<SelectStatement> {
        let branches = [(self.managed(), Part::Managed), (self.members(), Part::Members)];
        let mut merged: Option<SelectStatement> = None;
        for (branch, name) in branches {
            let Some(branch) = branch else { continue };
            let branch = Query::select().column(Part::Id).from_subquery(cut(branch), name).take();
            merged = Some(match merged {
                None => branch,
                Some(mut first) => first.union(UnionType::Distinct, branch).take(),
            });
        }
        merged
    }

    /// Whether only managed accounts are wanted, or only others. Activity is known of managed ones alone.
    fn wants_managed(&self) -> Option<bool> {
        let by_activity = self.filter.last_active_before.is_some() || self.filter.last_active_after.is_some();
        self.filter.managed.or(by_activity.then_some(true))
    }

    fn wants_nothing(&self) -> bool {
        let by_activity = self.filter.last_active_before.is_some() || self.filter.last_active_after.is_some();
        by_activity && self.filter.managed == Some(false)
    }

    fn managed(&self) -> Option<Branch> {
        // Members of a workspace are all in the other branch.
        if self.wants_managed() == Some(false) || self.filter.workspace.is_some() {
            return None;
        }
        let id = (account::Entity, account::Column::Id).into_column_ref();
        let mut select = Query::select()
            .expr_as(Expr::col(id.clone()), Part::Id)
            .from(account::Entity)
            .and_where(self.compared(managed_by(), self.filter.domain.is_some()).eq(self.organization))
            .cond_where(self.of_the_address(&email_column()))
            .cond_where(self.of_the_account())
            .cond_where(self.of_its_blocks(&id))
            .cond_where(self.of_the_app(&id))
            .take();
        if let Some(domain) = &self.filter.domain {
            select.and_where(Expr::col((account::Entity, account::Column::ManagedDomainId)).eq(domain.id));
        }
        Some(Branch { select, id, email: email_column() })
    }

    fn members(&self) -> Option<Branch> {
        let wants_managed = self.wants_managed();
        if self.wants_nothing() || (wants_managed == Some(true) && self.filter.workspace.is_none()) {
            return None;
        }
        let id = (membership::Entity, membership::Column::AccountId).into_column_ref();
        let email = (membership::Entity, Part::AccountEmail).into_column_ref();
        let of = Expr::col((membership::Entity, membership::Column::OrganizationId));
        let mut select = Query::select()
            .distinct()
            .expr_as(Expr::col(id.clone()), Part::Id)
            .from(membership::Entity)
            .and_where(self.compared(of, self.filter.workspace.is_some()).eq(self.organization))
            .and_where(Expr::cust(GROUND))
            .cond_where(self.of_the_address(&email))
            .cond_where(self.of_its_blocks(&id))
            .cond_where(self.of_the_app(&id))
            .take();
        if self.app.is_some() {
            select.cond_where(sight::is_open(self.now));
        }
        if let Some(workspace) = self.filter.workspace {
            select.and_where(Expr::col((membership::Entity, membership::Column::WorkspaceId)).eq(workspace));
        }
        let mut conditions = self.of_the_account();
        match wants_managed {
            None => {}
            Some(true) => conditions = conditions.add(managed_by().eq(self.organization)),
            Some(false) => {
                conditions = conditions.add(managed_by().is_null().or(managed_by().ne(self.organization)));
            }
        }
        if let Some(domain) = &self.filter.domain {
            let key = Expr::col((account::Entity, account::Column::EmailDomainKey));
            conditions = conditions.add(if domain.include_subdomains {
                begins_with(&key, &domain.name_key)
            } else {
                key.eq(domain.name_key.as_str())
            });
        }
        let own_row = Expr::col((account::Entity, account::Column::Id)).equals(id.clone());
        if self.order == AccountOrder::Email {
            // What DISTINCT is ordered by must be among its columns.
            select.expr_as(Expr::col(email.clone()), Part::Email);
        }
        if !conditions.is_empty() {
            select.and_where(looked_up(conditions.into(), own_row));
        }
        Some(Branch { select, id, email })
    }

    /// The organization's column, of which something narrower may be asked for in the order of ids.
    fn compared(&self, organization: Expr, is_narrower: bool) -> Expr {
        if is_narrower && self.order == AccountOrder::Id { unindexed(organization) } else { organization }
    }

    /// What the filter asks of the address, which stands in this column.
    fn of_the_address(&self, column: &ColumnRef) -> Condition {
        let prefix = self.filter.email_prefix.as_ref();
        Condition::all()
            .add_option(prefix.map(|prefix| begins_with(&Expr::col(column.clone()), &prefix.to_lowercase())))
    }

    /// What the filter asks of the account itself.
    fn of_the_account(&self) -> Condition {
        let mut all = Condition::all();
        let email = || Expr::col(email_column());
        if let Some(text) = &self.filter.text {
            let name = Func::lower(Expr::col((account::Entity, account::Column::DisplayName)));
            // Both databases lower only ASCII here.
            all = all.add(
                Condition::any()
                    .add(Expr::expr(name).like(containing(&text.to_ascii_lowercase())))
                    .add(email().like(containing(&text.to_lowercase()))),
            );
        }
        let active = || Expr::col((account::Entity, account::Column::LastActiveAt));
        if let Some(before) = self.filter.last_active_before {
            all = all.add(active().is_null().or(active().lt(before)));
        }
        if let Some(after) = self.filter.last_active_after {
            all = all.add(active().gte(after));
        }
        all
    }

    /// What it asks of the blocks in force on the account with this id.
    fn of_its_blocks(&self, id: &ColumnRef) -> Condition {
        let mut all = Condition::all();
        let Some(access) = self.filter.access else { return all };
        let kinds = |which: fn(&Access, &Access) -> bool| {
            let chosen = move |kind: &&BlockKind| which(&Access::from(**kind), &access);
            BlockKind::ALL.iter().filter(chosen).copied().collect::<Vec<_>>()
        };
        let stricter = kinds(|kind, wanted| kind > wanted);
        if !stricter.is_empty() {
            all = all.add(Expr::exists(self.blocks(id, stricter)).not());
        }
        if access != Access::Full {
            all = all.add(Expr::exists(self.blocks(id, kinds(|kind, wanted| kind == wanted))));
        }
        all
    }

    /// What an app is allowed to see of the account with this id.
    fn of_the_app(&self, id: &ColumnRef) -> Condition {
        Condition::all().add_option(self.app.map(|token| sight::unhidden(&token, id.clone(), self.now)))
    }

    /// The whole account; of an app's list what it may see of one at most.
    fn columns(&self, page: &mut SelectStatement) {
        match &self.app {
            None => {
                page.columns(in_query::<account::Entity, account::Model>());
            }
            Some(token) => sight::with_last_reading(page.columns(in_query::<account::Entity, Seen>()), token),
        }
    }

    fn blocks(&self, id: &ColumnRef, kinds: Vec<BlockKind>) -> SelectStatement {
        let column = |column| Expr::col((account_block::Entity, column));
        Query::select()
            .expr(Expr::Constant(1.into()))
            .from(account_block::Entity)
            .and_where(column(account_block::Column::AccountId).equals(id.clone()))
            .and_where(column(account_block::Column::Kind).is_in(kinds.into_iter().map(BlockKind::literal)))
            .cond_where(in_force(self.now))
            .cond_where(self.known_blocks())
            .take()
    }
}

impl AccountList {
    /// Of a member's account the organization knows what it has set itself; of one that it manages, everything.
    fn known_blocks(&self) -> Condition {
        let own = Expr::col((account_block::Entity, account_block::Column::OrganizationId)).eq(self.organization);
        let manages = looked_up(
            managed_by().eq(self.organization),
            Expr::col((account::Entity, account::Column::Id))
                .equals((account_block::Entity, account_block::Column::AccountId)),
        );
        Condition::any().add(own).add(manages)
    }
}
