//! `updateItem`: what an item says changes, by its person, or by a service or an app in their name.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventSet, Notices, Result, Silence, Tx, Unlogged,
        text::ItemTitle,
    },
    items::{
        body::ItemBody,
        own_item::{OwnItem, silence},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{id::ItemId, item_content, kinds::EditOperation};

/// Changes an item.
pub struct UpdateItem {
    /// Which.
    pub item: ItemId,
    /// Its new title; none where it stays.
    pub title: Option<ItemTitle>,
    /// What it says now; none where that stays.
    pub body: Option<ItemBody>,
    /// The version that was read.
    pub expected_version: Option<i64>,
}

impl Action for UpdateItem {
    const NAME: ActionName = ActionName::UpdateItem;
    type Target = OwnItem;
    type Output = ItemId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<OwnItem> {
        OwnItem::load(tx, authority, self.item).await
    }

    fn check(&self, _: &Authority, own: &OwnItem, _: DateTime<Utc>) -> Result<()> {
        own.is_version(self.expected_version)
    }

    async fn run(&self, own: Authorized<OwnItem>, tx: &Tx<'_>) -> Result<Done<ItemId>> {
        let notices = silence(own.authority());
        own.allow(tx, EditOperation::EditItems).await?;
        let content = item_content::Entity::find_by_id(self.item).one(tx.db()).await?;
        let content = content.ok_or_else(|| Error::internal("an item has lost what it says"))?;
        let title = self.title.as_ref().map(ItemTitle::as_str).filter(|title| *title != content.title);
        let body = self.body.as_ref().filter(|body| body.as_str() != content.body);
        if title.is_none() && body.is_none() {
            let nothing = EventSet::none(Unlogged::NothingChanged);
            return Ok(Done::new(self.item, nothing, Notices::None(Silence::NothingChanged)));
        }
        let mut changed = Vec::new();
        let mut says = content.into_active_model();
        if let Some(title) = title {
            says.title = Set(title.to_owned());
            changed.push("title");
        }
        let mut row = own.item.clone().into_active_model();
        if let Some(body) = body {
            says.body = Set(body.as_str().to_owned());
            row.size = Set(body.size());
            changed.push("body");
        }
        says.update(tx.db()).await?;
        row.updated_at = Set(tx.now());
        row.version = Set(own.item.version + 1);
        row.update(tx.db()).await?;
        let event = own.event(json!({ "changed": changed, "version": own.item.version + 1 }));
        Ok(Done::new(self.item, EventSet::one(event), notices))
    }
}
