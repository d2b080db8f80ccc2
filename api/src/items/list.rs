//! Which items a list holds, and how the database finds them: each list walks an index from the cursor on, whatever there
//! is beside it. What partial indexes are for is written out, as a parameter in its place would hide the index from a plan
//! that is kept.

use crate::{
    core::Result,
    graphql::page::{Page, Rows, Window, by_id},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    prelude::Expr,
    sea_query::{Alias, Query, SelectStatement, UnionType},
};
use steward_entities::{
    id::{AccountId, ItemKindId, OrganizationId, WorkspaceId},
    item,
};
use uuid::Uuid;

/// Whose items, or where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemsOf {
    /// Those in a workspace.
    Workspace(WorkspaceId),
    /// Somebody's.
    Account(AccountId),
    /// Those in the workspaces of an organization.
    Organization(OrganizationId),
}

/// Which of them are wanted. What is absent doesn't matter.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Of this kind.
    pub kind: Option<ItemKindId>,
    /// In this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Made at this time or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Made before this time.
    pub created_before: Option<DateTime<Utc>>,
}

/// Of all items those in a list, before anybody looks at it.
#[must_use]
pub fn list(all: Select<item::Entity>, of: ItemsOf, filter: &ItemFilter) -> Select<item::Entity> {
    let whose = match of {
        ItemsOf::Workspace(id) => Condition::all().add(item::Column::WorkspaceId.eq(id)),
        ItemsOf::Account(id) => Condition::all().add(item::Column::AccountId.eq(id)),
        ItemsOf::Organization(id) => Condition::all().add(item::Column::OrganizationId.eq(id)),
    };
    let created_at = item::Column::CreatedAt;
    let wanted = whose
        .add_option(filter.kind.map(|kind| item::Column::KindId.eq(kind)))
        .add_option(filter.workspace.map(|workspace| item::Column::WorkspaceId.eq(workspace)))
        .add_option(filter.created_after.map(|after| created_at.gte(after)))
        .add_option(filter.created_before.map(|before| created_at.lt(before)))
        // Ids of version 7 tell when the item was made: so a time is a place along the index.
        .add_option(filter.created_after.map(|after| item::Column::Id.gte(first_id(after))))
        .add_option(filter.created_before.map(|before| item::Column::Id.lte(last_id(before))));
    all.filter(wanted)
}

/// What members of a workspace share there.
#[must_use]
pub fn shared(all: Select<item::Entity>, workspace: WorkspaceId, filter: &ItemFilter) -> Select<item::Entity> {
    list(all, ItemsOf::Workspace(workspace), filter).filter(Expr::cust("\"item\".\"visibility\" <> 'PRIVATE'"))
}

/// The person is a member where it lies. The column, which holds for personal ones too, tells the index where to look; the
/// membership decides: a subselect, asked for each row of the page, as for `EXISTS` databases list a workspace's members
/// first, however many there are.
const MARKED: &str = "\"item\".\"by_member\"";
const BY_A_MEMBER: &str = "(SELECT 1 FROM membership m WHERE m.workspace_id = \"item\".\"workspace_id\" \
    AND m.account_id = \"item\".\"account_id\" AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) IS NOT NULL";

/// Of those in a workspace, as its service lists them, the ones of its members.
#[must_use]
pub fn by_members(select: Select<item::Entity>) -> Select<item::Entity> {
    select.filter(Expr::cust(MARKED)).filter(Expr::cust(BY_A_MEMBER))
}

/// How many stretches a list is put together from; SQLite takes 500.
const MOST_STRETCHES: usize = 100;

/// Those of these kinds that somebody has, as a service lists them: personal ones, and those in these workspaces, of which
/// they are a member. A stretch of an index for each kind.
#[must_use]
pub fn of_kinds(
    all: &Select<item::Entity>,
    account: AccountId,
    kinds: &[ItemKindId],
    member_of: &[WorkspaceId],
    filter: &ItemFilter,
) -> Vec<Select<item::Entity>> {
    let place = item::Column::WorkspaceId;
    let there = Condition::any().add(place.is_null()).add(place.is_in(member_of.iter().copied()));
    let list = list(all.clone(), ItemsOf::Account(account), filter).filter(Expr::cust(MARKED)).filter(there);
    if kinds.len() > MOST_STRETCHES {
        return vec![list.filter(item::Column::KindId.is_in(kinds.iter().copied()))];
    }
    let wanted = kinds.iter().filter(|kind| filter.kind.is_none_or(|only| only == **kind));
    wanted.map(|kind| list.clone().filter(item::Column::KindId.eq(*kind))).collect()
}

/// Those that somebody has in the workspaces of these organizations, and personal ones, as administrators list them: a
/// stretch for each.
#[must_use]
pub fn of_places(
    all: &Select<item::Entity>,
    account: AccountId,
    organizations: &[OrganizationId],
    personal: bool,
    filter: &ItemFilter,
) -> Vec<Select<item::Entity>> {
    let list = list(all.clone(), ItemsOf::Account(account), filter);
    let whose = item::Column::OrganizationId;
    if organizations.len() > MOST_STRETCHES {
        let theirs = Condition::any().add(whose.is_in(organizations.iter().copied()));
        return vec![list.filter(theirs.add_option(personal.then(|| whose.is_null())))];
    }
    let places = organizations.iter().map(|organization| whose.eq(*organization));
    places.chain(personal.then(|| whose.is_null())).map(|place| list.clone().filter(place)).collect()
}

/// A page of a list that lies in several stretches of an index, which have nothing in common.
///
/// # Errors
/// `BAD_REQUEST` for a page that can't be; when the database fails.
pub async fn page_of(
    db: &impl ConnectionTrait,
    all: Select<item::Entity>,
    stretches: Vec<Select<item::Entity>>,
    page: &Page,
) -> Result<Rows<item::Model>> {
    let Some(near) = nearest(all, &stretches, &page.window()?)? else { return Ok(Rows::none()) };
    let found = by_id(db, near, item::Column::Id, page).await?;
    let all = move || united(stretches.iter().map(|stretch| ids(stretch.clone()).into_query()));
    Ok(Rows { all: Some(Box::new(all)), ..found })
}

/// Of each stretch as many rows as the page could need, so that what lies between them isn't passed; none of no stretches.
///
/// # Errors
/// `BAD_REQUEST` for a cursor of another list.
pub fn nearest(
    all: Select<item::Entity>,
    stretches: &[Select<item::Entity>],
    window: &Window,
) -> Result<Option<Select<item::Entity>>> {
    if let [only] = stretches {
        return Ok(Some(only.clone()));
    }
    let mut parts = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        parts.push(window.of_ids(ids(stretch.clone()), item::Column::Id)?.into_query());
    }
    Ok(united(parts).map(|near| all.filter(item::Column::Id.in_subquery(near))))
}

fn ids(select: Select<item::Entity>) -> Select<item::Entity> {
    select.select_only().column(item::Column::Id)
}

/// All of them in one. Each stands in a subquery, as SQLite lets none of them end by itself.
fn united(parts: impl IntoIterator<Item = SelectStatement>) -> Option<SelectStatement> {
    let stretch = Alias::new("stretch");
    let mut parts = parts
        .into_iter()
        .map(|part| Query::select().column(Alias::new("id")).from_subquery(part, stretch.clone()).to_owned());
    let mut first = parts.next()?;
    for part in parts {
        first.union(UnionType::All, part);
    }
    Some(first)
}

fn milliseconds(at: DateTime<Utc>) -> u128 {
    u128::try_from(at.timestamp_millis()).unwrap_or_default().min((1 << 48) - 1)
}

/// The first id that can have been made in the millisecond of this time.
fn first_id(at: DateTime<Utc>) -> Uuid {
    Uuid::from_u128(milliseconds(at) << 80)
}

/// The last one.
fn last_id(at: DateTime<Utc>) -> Uuid {
    Uuid::from_u128(milliseconds(at) << 80 | ((1 << 80) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::entropy::Entropy;

    #[test]
    fn an_id_lies_between_the_first_and_the_last_of_its_time() {
        let entropy = Entropy::seeded(1);
        for at in ["1970-01-01T00:00:00Z", "2026-11-22T10:00:00.1234567Z", "9999-12-31T23:59:59Z"] {
            let at: DateTime<Utc> = at.parse().unwrap();
            let id = entropy.uuid(at);
            assert!(first_id(at) < id && id < last_id(at), "{at}");
        }
        assert_eq!(
            first_id("0001-01-01T00:00:00Z".parse().unwrap()),
            Uuid::nil(),
            "what lies before counts from there"
        );
    }
}
