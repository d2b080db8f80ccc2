//! Items of who leaves for good. What is personal goes, and so does what nobody else could see; what the person shared with a
//! workspace stays there, as a former user's.

use crate::core::{Result, Tx, database::one_of};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use steward_entities::{
    id::{AccountId, ItemId},
    item, item_content,
    kinds::ItemVisibility,
};

/// How many go in one change.
const CHUNK: u64 = 500;

/// Those that go with the account.
#[must_use]
pub fn going(account: AccountId) -> Condition {
    let unseen = Condition::any()
        .add(item::Column::WorkspaceId.is_null())
        .add(item::Column::Visibility.eq(ItemVisibility::Private));
    Condition::all().add(item::Column::AccountId.eq(account)).add(unseen)
}

/// Those that stay where they are.
#[must_use]
pub fn staying(account: AccountId) -> Condition {
    Condition::all()
        .add(item::Column::AccountId.eq(account))
        .add(item::Column::WorkspaceId.is_not_null())
        .add(item::Column::Visibility.ne(ItemVisibility::Private))
}

/// Takes the next ones away, after this one: what stays is passed once. Gives the last one, if there may be more.
pub async fn erase_some(tx: &Tx<'_>, account: AccountId, after: Option<ItemId>) -> Result<Option<ItemId>> {
    let next = item::Entity::find()
        .select_only()
        .column(item::Column::Id)
        .filter(going(account).add_option(after.map(|after| item::Column::Id.gt(after))))
        .order_by_asc(item::Column::Id)
        .limit(CHUNK);
    let ids: Vec<ItemId> = next.into_tuple().all(tx.db()).await?;
    let Some(last) = ids.last().copied() else { return Ok(None) };
    let contents = one_of(tx.db(), item_content::Column::ItemId, ids.iter().copied());
    item_content::Entity::delete_many().filter(contents).exec(tx.db()).await?;
    let items = one_of(tx.db(), item::Column::Id, ids.iter().copied());
    item::Entity::delete_many().filter(items).exec(tx.db()).await?;
    Ok((ids.len() as u64 == CHUNK).then_some(last))
}
