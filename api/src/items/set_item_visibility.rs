//! `setItemVisibility`: who sees an item changes, by its person or by a service in their name.

use crate::{
    core::{Action, ActionName, Authority, Authorized, Done, EventSet, Notices, Result, Silence, Tx, Unlogged},
    items::own_item::{OwnItem, silence, suits},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    id::ItemId,
    kinds::{EditOperation, ItemVisibility},
};

/// Changes who sees an item.
pub struct SetItemVisibility {
    /// Which.
    pub item: ItemId,
    /// Who sees it now.
    pub visibility: ItemVisibility,
    /// The version that was read.
    pub expected_version: Option<i64>,
}

impl Action for SetItemVisibility {
    const NAME: ActionName = ActionName::SetItemVisibility;
    type Target = OwnItem;
    type Output = ItemId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<OwnItem> {
        OwnItem::load(tx, authority, self.item).await
    }

    fn check(&self, _: &Authority, own: &OwnItem, _: DateTime<Utc>) -> Result<()> {
        own.is_version(self.expected_version)?;
        Ok(suits(self.visibility, own.item.workspace_id)?)
    }

    async fn run(&self, own: Authorized<OwnItem>, tx: &Tx<'_>) -> Result<Done<ItemId>> {
        let notices = silence(own.authority());
        own.allow(tx, EditOperation::ChangeVisibility).await?;
        let before = own.item.visibility;
        if before == self.visibility {
            let nothing = EventSet::none(Unlogged::NothingChanged);
            return Ok(Done::new(self.item, nothing, Notices::None(Silence::NothingChanged)));
        }
        let mut row = own.item.clone().into_active_model();
        row.visibility = Set(self.visibility);
        row.updated_at = Set(tx.now());
        row.version = Set(own.item.version + 1);
        row.update(tx.db()).await?;
        let change = json!({ "visibility": { "before": before.as_str(), "after": self.visibility.as_str() } });
        Ok(Done::new(self.item, EventSet::one(own.event(change)), notices))
    }
}
