//! Which items a list holds, and how the database finds them: each list walks an index from the cursor on, whatever there
//! is beside it. What partial indexes are for is written out, as a parameter in its place would hide the index from a plan
//! that is kept.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select, prelude::Expr};
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
