//! What an app sees through its installation, decided here alone: whose accounts, which of their items, and what its scopes
//! leave of them. Every read of an app, and every change that it makes, is narrowed by these conditions.
//!
//! | installed on | sees | and of their items |
//! | --- | --- | --- |
//! | the organization | whom it manages, and who is an active member of one of its workspaces | those in workspaces of which they are active members; personal ones of whom it manages |
//! | a workspace | who is an active member there | those in that workspace; personal ones of whom the organization manages |
//!
//! Whoever is [`hidden`] from the app it doesn't see at all.

use super::{
    hidden::{hidden, shut_out, there_is},
    rules::steady,
    tokens::{LiveToken, still_live},
};
use crate::core::{
    error::{Error, Result},
    row::in_order,
    tx::Tx,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select,
    prelude::Expr,
    sea_query::{IntoColumnRef, SelectStatement},
};
use steward_entities::{
    account, app_installation, app_sighting,
    id::{AccountId, ItemId, OrganizationId, WorkspaceId},
    item,
    kinds::{AppScope, MembershipStatus},
    membership, organization, profile,
};

/// What an app is told when it asks for items.
pub const NEEDS_READ_ITEMS: Error = Error::Forbidden("This takes the scope READ_ITEMS, which this token doesn't have.");

/// What an app is told when it changes items.
pub const NEEDS_WRITE_ITEMS: Error =
    Error::Forbidden("This takes the scope WRITE_ITEMS, which this token doesn't have.");

/// What an app is told of everything else.
pub const NOT_FOR_APPS: Error = Error::Forbidden(
    "An app's token opens this to nobody, whatever its scopes: it is for people, person, items and item, and for changes of \
     items.",
);

/// A person, as an app sees them: without what its scopes don't name, or the organization's ground doesn't allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPerson {
    /// Whose account.
    pub id: AccountId,
    /// `READ_NAME`: what others call them, the first and the last name, the nickname.
    pub name: Option<String>,
    /// The first name.
    pub given_name: Option<String>,
    /// The last name.
    pub family_name: Option<String>,
    /// What friends and colleagues say.
    pub nickname: Option<String>,
    /// `READ_EMAIL`: their address.
    pub email: Option<String>,
    /// `READ_PROFILE`: the language of their notices, and all that follows.
    pub locale: Option<String>,
    /// What they do.
    pub job_title: Option<String>,
    /// Where in the organization.
    pub department: Option<String>,
    /// Where in it, more exactly.
    pub organization_unit: Option<String>,
    /// The time zone that they live in.
    pub time_zone: Option<String>,
    /// Where a picture is.
    pub picture_url: Option<String>,
    /// Where in the world; only of whom the organization manages.
    pub location: Option<String>,
    /// A telephone number; only of whom the organization manages.
    pub phone: Option<String>,
}

/// What is read of an account for an app: what it may see of it at most, and who manages it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Whose account.
    pub id: AccountId,
    /// The address.
    pub email: String,
    /// What others call the person.
    pub display_name: String,
    /// The language of their notices.
    pub locale: String,
    /// Who manages the account.
    pub managed_by: Option<OrganizationId>,
}

in_order!(Seen: id, email, display_name, locale, managed_by);

impl From<account::Model> for Seen {
    fn from(account: account::Model) -> Self {
        let account::Model { id, email, display_name, locale, managed_by, .. } = account;
        Self { id, email, display_name, locale, managed_by }
    }
}

impl SeenPerson {
    /// What a token leaves of somebody; `row` is what is kept beside the account.
    #[must_use]
    pub fn of(token: &LiveToken, account: Seen, row: Option<&profile::Model>) -> Self {
        let may = |scope| token.scopes.has(scope);
        let kept = |scope, field: fn(&profile::Model) -> &Option<String>| {
            row.filter(|_| may(scope)).and_then(|row| field(row).clone())
        };
        let named = |field| kept(AppScope::ReadName, field);
        let told = |field| kept(AppScope::ReadProfile, field);
        let is_managed = account.managed_by == Some(token.organization);
        Self {
            id: account.id,
            name: may(AppScope::ReadName).then_some(account.display_name),
            given_name: named(|row| &row.given_name),
            family_name: named(|row| &row.family_name),
            nickname: named(|row| &row.nickname),
            email: may(AppScope::ReadEmail).then_some(account.email),
            locale: may(AppScope::ReadProfile).then_some(account.locale),
            job_title: told(|row| &row.job_title),
            department: told(|row| &row.department),
            organization_unit: told(|row| &row.organization_unit),
            time_zone: told(|row| &row.time_zone),
            picture_url: told(|row| &row.picture_url),
            location: told(|row| &row.location).filter(|_| is_managed),
            phone: told(|row| &row.phone).filter(|_| is_managed),
        }
    }
}

/// On what an app is installed, for a condition.
enum Target {
    /// The organization.
    Organization,
    /// A workspace.
    Workspace(WorkspaceId),
    /// As this column says: a workspace, or where it is null the organization.
    Column(Expr),
}

/// Makes a statement one over accounts and installations, too: those that these columns of it name.
pub fn beside<E: EntityTrait>(select: &mut Select<E>, installation: impl ColumnTrait, account: impl ColumnTrait) {
    let same = |one: Expr, other: Expr| ExprTrait::eq(one, other);
    let installation =
        same(Expr::col(installation.as_column_ref()), Expr::col(app_installation::Column::Id.as_column_ref()));
    let account = same(Expr::col(account.as_column_ref()), Expr::col(account::Column::Id.as_column_ref()));
    QueryTrait::query(select).join(JoinType::InnerJoin, app_installation::Entity, installation).join(
        JoinType::InnerJoin,
        account::Entity,
        account,
    );
}

/// Whether an app sees the person of a statement over accounts.
#[must_use]
pub fn person(token: &LiveToken, now: DateTime<Utc>) -> Condition {
    let target = token.workspace.map_or(Target::Organization, Target::Workspace);
    is_seen(Expr::value(token.organization), Expr::value(token.app), target, now)
}

/// The same for a statement over accounts and installations: whether through the one the other is seen, while it is there.
#[must_use]
pub fn person_of_installation(now: DateTime<Utc>) -> Condition {
    let column = |column: app_installation::Column| Expr::col(column.as_column_ref());
    let target = Target::Column(column(app_installation::Column::WorkspaceId));
    let organization = column(app_installation::Column::OrganizationId);
    is_seen(organization, column(app_installation::Column::AppId), target, now)
}

/// The same for a statement over accounts and one installation.
#[must_use]
pub fn person_through(installation: &app_installation::Model, now: DateTime<Utc>) -> Condition {
    let target = installation.workspace_id.map_or(Target::Organization, Target::Workspace);
    is_seen(Expr::value(installation.organization_id), Expr::value(installation.app_id), target, now)
}

/// Whether, in a statement over accounts and installations, the one isn't to be seen through the other any more: there is no
/// ground for it, or the person is shut out. Not of whom the app doesn't see for a while: then it is to wait, and not to
/// forget.
#[must_use]
pub fn person_lost_through_installation(now: DateTime<Utc>) -> Condition {
    let column = |column: app_installation::Column| Expr::col(column.as_column_ref());
    let target = Target::Column(column(app_installation::Column::WorkspaceId));
    let (organization, app) =
        (column(app_installation::Column::OrganizationId), column(app_installation::Column::AppId));
    let ground = ground(&organization, target, lasting_members());
    Condition::any().add(ground.not()).add(shut_out(id_of_account(), organization, app, now))
}

fn is_seen(organization: Expr, app: Expr, target: Target, now: DateTime<Utc>) -> Condition {
    let ground = ground(&organization, target, members(now));
    Condition::all().add(ground).add(hidden(id_of_account(), organization, app, now).not())
}

/// Whether these memberships, or that the organization manages the account, let an app on this target see it.
fn ground(organization: &Expr, target: Target, members: Select<membership::Entity>) -> Condition {
    let members =
        members.filter(Expr::col(membership::Column::OrganizationId.as_column_ref()).eq(organization.clone()));
    let is_managed = Expr::col(account::Column::ManagedBy.as_column_ref()).eq(organization.clone());
    let workspace = || Expr::col(membership::Column::WorkspaceId.as_column_ref());
    let (members, managed) = match target {
        Target::Organization => (members, Some(Condition::all().add(is_managed))),
        Target::Workspace(id) => (members.filter(workspace().eq(id)), None),
        Target::Column(column) => (
            members.filter(column.clone().is_null().or(workspace().eq(column.clone()))),
            // Of an account that nobody manages it is false, and not unknown: what is lost is asked for by its opposite.
            Some(Condition::all().add(column.is_null()).add(account::Column::ManagedBy.is_not_null()).add(is_managed)),
        ),
    };
    Condition::any().add_option(managed).add(there_is(members.into_query()))
}

/// Whether an app sees the item of a statement over items.
#[must_use]
pub fn item(token: &LiveToken, now: DateTime<Utc>) -> Condition {
    let there =
        Expr::col(membership::Column::WorkspaceId.as_column_ref()).equals(item::Column::WorkspaceId.as_column_ref());
    let in_workspace = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(is_author())
        .filter(there_is(members(now).filter(there).into_query()))
        .filter(unhidden(token, id_of_account(), now));
    let personal = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(is_author())
        .filter(account::Column::ManagedBy.eq(token.organization))
        .filter(person(token, now));
    let lies = match token.workspace {
        Some(workspace) => item::Column::WorkspaceId.eq(workspace),
        None => item::Column::OrganizationId.eq(token.organization),
    };
    Condition::any()
        .add(Condition::all().add(lies).add(there_is(in_workspace.into_query())))
        .add(Condition::all().add(item::Column::WorkspaceId.is_null()).add(there_is(personal.into_query())))
}

/// Whether the account in this column isn't hidden from the app.
#[must_use]
pub fn unhidden(token: &LiveToken, account: impl IntoColumnRef, now: DateTime<Utc>) -> Condition {
    hidden(account, token.organization.0, token.app.0, now).not()
}

/// Whether the membership of a statement isn't suspended now.
#[must_use]
pub fn is_open(now: DateTime<Utc>) -> Condition {
    let ended = membership::Column::Until.lte(now);
    Condition::any()
        .add(Expr::col(membership::Column::Status.as_column_ref()).ne(MembershipStatus::Suspended.literal()))
        .add(ended)
}

/// Adds to a statement over accounts when the app has last read each of them, as its last column.
pub fn with_last_reading(select: &mut SelectStatement, token: &LiveToken) {
    let its = Expr::col(app_sighting::Column::InstallationId.as_column_ref()).eq(token.installation);
    let theirs = Expr::col(app_sighting::Column::AccountId.as_column_ref()).equals(id_of_account());
    select
        .join(JoinType::LeftJoin, app_sighting::Entity, its.and(theirs))
        .column(app_sighting::Column::LastReadAt.as_column_ref());
}

const fn id_of_account() -> (account::Entity, account::Column) {
    (account::Entity, account::Column::Id)
}

fn is_author() -> Expr {
    Expr::col(id_of_account()).equals(item::Column::AccountId.as_column_ref())
}

/// The memberships of the account around it that are open.
fn members(now: DateTime<Utc>) -> Select<membership::Entity> {
    lasting_members().filter(is_open(now))
}

/// Those, and what is only suspended.
fn lasting_members() -> Select<membership::Entity> {
    let theirs = Expr::col(membership::Column::AccountId.as_column_ref()).equals(id_of_account());
    membership::Entity::find()
        .select_only()
        .column(membership::Column::Id)
        .filter(theirs)
        // In the words of the partial indexes.
        .filter(Expr::cust("\"membership\".\"status\" IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')"))
}

/// Whether an app sees this item. Nothing is locked.
///
/// # Errors
/// When the database fails.
pub async fn sees_item(tx: &Tx<'_>, token: &LiveToken, id: ItemId) -> Result<bool> {
    Ok(item::Entity::find_by_id(id).filter(item(token, tx.now())).one(tx.db()).await?.is_some())
}

/// Whether an app sees this person. Nothing is locked.
///
/// # Errors
/// When the database fails.
pub async fn sees_person(tx: &Tx<'_>, token: &LiveToken, id: AccountId) -> Result<bool> {
    Ok(account::Entity::find_by_id(id).filter(person(token, tx.now())).one(tx.db()).await?.is_some())
}

/// Whether an app may change this item. It was seen before, and its person is locked.
///
/// # Errors
/// When the database fails.
pub async fn reaches_item(tx: &Tx<'_>, token: &LiveToken, id: ItemId) -> Result<bool> {
    Ok(stays(tx, token).await? && sees_item(tx, token, id).await?)
}

/// Whether an app may make an item of this person, who was seen before, and is locked.
///
/// # Errors
/// When the database fails.
pub async fn reaches_person(tx: &Tx<'_>, token: &LiveToken, id: AccountId) -> Result<bool> {
    Ok(stays(tx, token).await? && sees_person(tx, token, id).await?)
}

/// Whether the token still works and may write, and that stays so until the change is committed: what an app has begun is
/// done before its organization or its operators decide otherwise, or refused. Taken after people, and in the order of whoever
/// decides about apps: the organization, the app, the installation. Items come last.
async fn stays(tx: &Tx<'_>, token: &LiveToken) -> Result<bool> {
    organization::Entity::find_by_id(token.organization).lock_shared().one(tx.db()).await?;
    steady(tx, token.app).await?;
    app_installation::Entity::find_by_id(token.installation).lock_shared().one(tx.db()).await?;
    let now = still_live(tx.db(), token.id, tx.now()).await?;
    Ok(now.is_some_and(|now| now.scopes.has(AppScope::WriteItems)))
}
