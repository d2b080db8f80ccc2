//! Whom an app doesn't see, although it is installed where they are. Decided here alone, from today's facts: it is part of
//! each statement in which an app looks for people, or for what is theirs, and is shown to people and administrators.
//!
//! Hidden is who objects to the app, until administrators decide, and for good where they agree; whom administrators keep
//! from it; and whose account is at rest: suspended, deactivated, closed, or about to be deleted. The first two hold for the
//! app in an organization, on whatever installation: who installs it anew brings nobody back.
//!
//! An account that is restricted isn't at rest: its person reads on, and so does who may read it.

use crate::core::{caller::in_force, database::one_of, error::Result};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Select,
    prelude::Expr,
    sea_query::{Func, IntoColumnRef, Query, SelectStatement},
};
use std::collections::HashMap;
use steward_entities::{
    account, account_block, app_exclusion, app_objection,
    id::{AccountId, AppId, OrganizationId},
    kinds::{AppObjectionStatus, BlockKind},
};

/// The blocks that put an account to rest.
pub const RESTING: [BlockKind; 4] =
    [BlockKind::Suspension, BlockKind::Deactivation, BlockKind::Termination, BlockKind::Deletion];

/// The objections that hide.
pub const HIDING: [AppObjectionStatus; 2] = [AppObjectionStatus::Open, AppObjectionStatus::Upheld];

/// Whether the account whose id is in this column is hidden from this app in this organization: a condition for a statement,
/// in which the organization and the app may be values or columns. Each part of it reads one row of an index.
///
/// ```
/// # use sea_orm::{EntityTrait, QueryFilter};
/// # use steward::core::apps::hidden::hidden;
/// # use steward_entities::{account, id::{AppId, OrganizationId}};
/// # let (organization, app, now) = (OrganizationId(uuid::Uuid::nil()), AppId(uuid::Uuid::nil()), chrono::DateTime::UNIX_EPOCH);
/// let seen = account::Entity::find()
///     .filter(hidden((account::Entity, account::Column::Id), organization.0, app.0, now).not());
/// ```
pub fn hidden(
    account: impl IntoColumnRef,
    organization: impl Into<Expr>,
    app: impl Into<Expr>,
    now: DateTime<Utc>,
) -> Condition {
    kept(account, organization, app, now, &HIDING, &RESTING)
}

/// Whether it is hidden from this app for as long as nobody changes their mind: its person is kept from it, or their objection
/// was upheld, or their account is closed. Who is at rest for a time, or waits for a decision, comes back.
pub fn shut_out(
    account: impl IntoColumnRef,
    organization: impl Into<Expr>,
    app: impl Into<Expr>,
    now: DateTime<Utc>,
) -> Condition {
    kept(account, organization, app, now, &[AppObjectionStatus::Upheld], &[BlockKind::Termination])
}

/// Whether objections in these states, administrators, or blocks of these kinds keep this app from the account.
fn kept(
    account: impl IntoColumnRef,
    organization: impl Into<Expr>,
    app: impl Into<Expr>,
    now: DateTime<Utc>,
    objections: &[AppObjectionStatus],
    blocks: &[BlockKind],
) -> Condition {
    let (account, organization, app) = (Expr::col(account), organization.into(), app.into());
    let objecting = || {
        let mut them = anybody(app_objection::Entity);
        them.and_where(column(app_objection::Column::OrganizationId).eq(organization.clone()))
            .and_where(column(app_objection::Column::AppId).eq(app.clone()))
            .and_where(in_state(&HIDING));
        if objections.len() < HIDING.len() {
            them.and_where(in_state(objections));
        }
        them
    };
    let excluded = || {
        anybody(app_exclusion::Entity)
            .and_where(column(app_exclusion::Column::OrganizationId).eq(organization.clone()))
            .and_where(column(app_exclusion::Column::AppId).eq(app.clone()))
            .and_where(column(app_exclusion::Column::EndedAt).is_null())
            .take()
    };
    // Of one app in one organization it is asked once for the whole statement whether there is anybody: mostly there is nobody.
    let is_one = matches!((&organization, &app), (Expr::Value(_), Expr::Value(_)));
    let is_among = |them: &dyn Fn() -> SelectStatement, who: Expr| {
        let this_one = them().and_where(who.eq(account.clone())).take();
        Condition::all().add_option(is_one.then(|| there_rarely_is(them()))).add(there_rarely_is(this_one))
    };
    Condition::any()
        .add(is_among(&objecting, column(app_objection::Column::AccountId)))
        .add(is_among(&excluded, column(app_exclusion::Column::AccountId)))
        .add(there_rarely_is(resting(account.clone(), blocks, now)))
}

/// The beginning of a statement that finds nothing but whether there is a row.
fn anybody(table: impl EntityTrait) -> SelectStatement {
    Query::select().expr(Expr::Constant(1.into())).from(table).take()
}

/// Whether an objection is in one of these states, written out: all that hide are the words of the partial index.
fn in_state(states: &[AppObjectionStatus]) -> Expr {
    column(app_objection::Column::Status).is_in(states.iter().map(|state| state.literal()))
}

/// Those whom administrators keep from an app now.
#[must_use]
pub fn exclusions() -> Select<app_exclusion::Entity> {
    app_exclusion::Entity::find().filter(app_exclusion::Column::EndedAt.is_null())
}

/// Whether a statement finds a row, which is looked for by itself for each row of the statement around it. Not by `EXISTS`:
/// PostgreSQL may answer that by a list of everybody whom it is true of, however few are asked about.
#[must_use]
pub fn there_is(mut select: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(select.limit(1).take().into())).is_not_null()
}

/// The same of what is true of few: PostgreSQL expects nearly everybody to be left by its opposite, and so finds a page of
/// them in the order of an index. Of the opposite of [`there_is`] it expects to leave next to nobody, and sorts them all.
fn there_rarely_is(mut select: SelectStatement) -> Expr {
    let one = Expr::SubQuery(None, Box::new(select.limit(1).take().into()));
    let found = Func::coalesce([one, Expr::Constant(0.into())]);
    ExprTrait::eq(Expr::from(found), Expr::Constant(1.into()))
}

fn column(column: impl ColumnTrait) -> Expr {
    Expr::col(column.as_column_ref())
}

/// What puts this account to rest, of these kinds.
fn resting(account: Expr, kinds: &[BlockKind], now: DateTime<Utc>) -> SelectStatement {
    anybody(account_block::Entity)
        .and_where(column(account_block::Column::AccountId).eq(account))
        .and_where(column(account_block::Column::Kind).is_in(kinds.iter().map(|kind| kind.literal())))
        .cond_where(in_force(now))
        .take()
}

/// Who is kept from which apps of an organization, and since when: whatever apps are told to people, these aren't told that
/// one sees them. Who only rests is: it sees them again when they are back.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    objecting: HashMap<(AccountId, AppId), DateTime<Utc>>,
    excluded: HashMap<(AccountId, AppId), DateTime<Utc>>,
}

impl Kept {
    /// Those of these people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(db: &impl ConnectionTrait, organization: OrganizationId, accounts: &[AccountId]) -> Result<Self> {
        if accounts.is_empty() {
            return Ok(Self::default());
        }
        let objecting = app_objection::Entity::find()
            .filter(one_of(db, app_objection::Column::AccountId, accounts.iter().copied()))
            .filter(app_objection::Column::OrganizationId.eq(organization))
            .filter(in_state(&HIDING));
        let excluded = exclusions()
            .filter(one_of(db, app_exclusion::Column::AccountId, accounts.iter().copied()))
            .filter(app_exclusion::Column::OrganizationId.eq(organization));
        let objecting = objecting.all(db).await?.into_iter().map(|row| ((row.account_id, row.app_id), row.created_at));
        let excluded = excluded.all(db).await?.into_iter().map(|row| ((row.account_id, row.app_id), row.created_at));
        Ok(Self { objecting: objecting.collect(), excluded: excluded.collect() })
    }

    /// Whether somebody objects to an app, and administrators haven't decided otherwise.
    #[must_use]
    pub fn objects(&self, account: AccountId, app: AppId) -> bool {
        self.objecting.contains_key(&(account, app))
    }

    /// Whether administrators keep somebody from an app.
    #[must_use]
    pub fn is_excluded(&self, account: AccountId, app: AppId) -> bool {
        self.excluded.contains_key(&(account, app))
    }

    /// Since when an app hasn't seen somebody, by one of the two; none where it may.
    #[must_use]
    pub fn since(&self, account: AccountId, app: AppId) -> Option<DateTime<Utc>> {
        let [objects, excluded] = [&self.objecting, &self.excluded].map(|all| all.get(&(account, app)).copied());
        objects.into_iter().chain(excluded).min()
    }
}

/// Whether one account is hidden from an app in an organization.
///
/// # Errors
/// When the database fails.
pub async fn is_hidden(
    db: &impl ConnectionTrait,
    account: AccountId,
    organization: OrganizationId,
    app: AppId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let found = account::Entity::find_by_id(account).select_only().column(account::Column::Id).filter(hidden(
        (account::Entity, account::Column::Id),
        organization.0,
        app.0,
        now,
    ));
    Ok(found.into_tuple::<AccountId>().one(db).await?.is_some())
}
