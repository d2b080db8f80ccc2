//! `deleteItem`: an item is gone for good, by its person, or by a service or an app in their name. The log keeps that it was there.

use crate::{
    core::{Action, ActionName, Authority, Authorized, Done, EventSet, Result, Tx},
    items::own_item::{OwnItem, silence, unknown},
};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use serde_json::json;
use steward_entities::{id::ItemId, item, item_content, kinds::EditOperation};

/// Deletes an item.
pub struct DeleteItem {
    /// Which.
    pub item: ItemId,
    /// The version that was read.
    pub expected_version: Option<i64>,
    /// Only check.
    pub dry_run: bool,
}

impl Action for DeleteItem {
    const NAME: ActionName = ActionName::DeleteItem;
    /// None where it isn't there: a repeated request is answered, although it has gone.
    type Target = Option<OwnItem>;
    type Output = ItemId;

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Option<OwnItem>> {
        OwnItem::find(tx, authority, self.item).await
    }

    fn check(&self, _: &Authority, own: &Option<OwnItem>, _: DateTime<Utc>) -> Result<()> {
        own.as_ref().ok_or_else(unknown)?.is_version(self.expected_version)
    }

    async fn run(&self, own: Authorized<Option<OwnItem>>, tx: &Tx<'_>) -> Result<Done<ItemId>> {
        let notices = silence(own.authority());
        let own = own.into_inner().ok_or_else(unknown)?;
        own.allow(tx, EditOperation::DeleteItems).await?;
        item_content::Entity::delete_by_id(self.item).exec(tx.db()).await?;
        item::Entity::delete_by_id(self.item).exec(tx.db()).await?;
        let event = own.event(json!({ "version": own.item.version }));
        Ok(Done::new(self.item, EventSet::one(event), notices))
    }
}
