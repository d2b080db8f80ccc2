//! Changes of items in the schema.

use super::{Item, ItemKind, ItemVisibility};
use crate::{
    core::{
        Common, Result as CoreResult,
        text::{ItemTitle, Reason},
    },
    graphql::{
        Settled, Viewer,
        input::{id, text},
        settle,
    },
    items::{
        body::ItemBody, create_item::CreateItem, delete_item::DeleteItem, kind_name::KindName, read::SeenItem,
        read_items::ReadItems, register_item_kind::RegisterItemKind, set_item_visibility::SetItemVisibility,
        update_item::UpdateItem,
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, Object};
use std::collections::HashMap;
use steward_entities::id::{AccountId, ItemId, WorkspaceId};

/// A kind of items to be registered.
#[derive(InputObject)]
pub struct RegisterItemKindInput {
    /// Whose kind it is.
    service_id: ID,
    /// Its name, such as `planner.note`: small letters, digits, underscores and dots; 100 characters at most.
    name: String,
}

/// An item to be made.
#[derive(InputObject)]
pub struct CreateItemInput {
    /// Whose it becomes: for services and apps, which act in a person's name. Left out, it becomes your own.
    account_id: Option<ID>,
    /// In which workspace it lies; left out, it is personal.
    workspace_id: Option<ID>,
    /// The name of its kind: one of the workspace's service.
    kind: String,
    /// Its title; 1 to 200 characters.
    title: String,
    /// What it says: JSON as a text, 64 KiB at most, nested 32 levels deep at most.
    body: String,
    /// Who sees it.
    #[graphql(default_with = "ItemVisibility::Private")]
    visibility: ItemVisibility,
}

/// What an item says from now on.
#[derive(InputObject)]
pub struct UpdateItemInput {
    /// The item.
    item_id: ID,
    /// Its title; 1 to 200 characters. Left out, it stays.
    title: Option<String>,
    /// What it says: JSON as a text, 64 KiB at most, nested 32 levels deep at most. Left out, it stays.
    body: Option<String>,
    /// The version that you have read. If the item has changed since, nothing is done.
    expected_version: Option<i64>,
}

/// Who sees an item from now on.
#[derive(InputObject)]
pub struct SetItemVisibilityInput {
    /// The item.
    item_id: ID,
    /// Who sees it.
    visibility: ItemVisibility,
    /// The version that you have read. If the item has changed since, nothing is done.
    expected_version: Option<i64>,
}

/// An item to be deleted.
#[derive(InputObject)]
pub struct DeleteItemInput {
    /// The item.
    item_id: ID,
    /// The version that you have read. If the item has changed since, nothing is done.
    expected_version: Option<i64>,
    /// Whether everything is checked, and nothing is deleted.
    #[graphql(default)]
    dry_run: bool,
}

/// Items to be read.
#[derive(InputObject)]
pub struct ReadItemsInput {
    /// Your organization.
    organization_id: ID,
    /// The items: 1 to 100 ids.
    item_ids: Vec<ID>,
    /// Why; 1 to 500 characters. The log keeps it, and the people whose items they are read it.
    reason: String,
}

payload! {
    /// What came of `registerItemKind`.
    RegisterItemKindPayload {
        /// The kind.
        item_kind: Option<ItemKind>,
    }
}

payload! {
    /// What came of `createItem`.
    CreateItemPayload {
        /// The item.
        item: Option<Item>,
    }
}

payload! {
    /// What came of `updateItem`.
    UpdateItemPayload {
        /// The item, as it is now.
        item: Option<Item>,
    }
}

payload! {
    /// What came of `setItemVisibility`.
    SetItemVisibilityPayload {
        /// The item, as it is now.
        item: Option<Item>,
    }
}

payload! {
    /// What came of `deleteItem`.
    DeleteItemPayload {
        /// The id of the item that is gone, or with `dryRun` would be.
        item_id: Option<ID>,
    }
}

payload! {
    /// What came of `readItems`.
    ReadItemsPayload {
        /// The items with what they say, in the order in which you named them.
        items: Option<Vec<Item>>,
        /// Whether this request was answered before, and what they say was in that answer.
        content_already_shown: bool,
    }
}

fn body(given: &str) -> CoreResult<ItemBody> {
    ItemBody::parse(given).map_err(|error| Common::Invalid(&["input", "body"], error.to_string()).into())
}

fn title(given: &str) -> CoreResult<ItemTitle> {
    text(&["input", "title"], ItemTitle::parse(given))
}

fn item_id(given: &ID) -> CoreResult<ItemId> {
    id(&["input", "itemId"], given)
}

async fn item(viewer: &Viewer, id: ItemId) -> CoreResult<Option<Item>> {
    Ok(viewer.reader().item(id).await?.map(Item))
}

/// Changes of items, and their reading by administrators.
#[derive(Default)]
pub struct ItemMutation;

#[Object]
impl ItemMutation {
    /// Registers a kind of items that a service keeps. For operators of the platform.
    async fn register_item_kind(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose kind, and its name.")] input: RegisterItemKindInput,
    ) -> Settled<RegisterItemKindPayload> {
        settle(register(Viewer::of(ctx), input).await)
    }

    /// Stores information as part of an account: your own, or for services, that of a member of one of your workspaces; for
    /// apps, that of somebody whom you see.
    async fn create_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, where, and who sees it.")] input: CreateItemInput,
    ) -> Settled<CreateItemPayload> {
        settle(create(Viewer::of(ctx), input).await)
    }

    /// Changes what an item of yours says; for services, one of their kinds; for apps, one of somebody
    /// whom you see.
    async fn update_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item, and what changes.")] input: UpdateItemInput,
    ) -> Settled<UpdateItemPayload> {
        settle(update(Viewer::of(ctx), input).await)
    }

    /// Changes who sees an item of yours; for services, one of their kinds; for apps, one of somebody
    /// whom you see.
    async fn set_item_visibility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item, and who sees it.")] input: SetItemVisibilityInput,
    ) -> Settled<SetItemVisibilityPayload> {
        settle(set_visibility(Viewer::of(ctx), input).await)
    }

    /// Deletes an item of yours for good; for services, one of their kinds; for apps, one of somebody
    /// whom you see.
    async fn delete_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item.")] input: DeleteItemInput,
    ) -> Settled<DeleteItemPayload> {
        settle(delete(Viewer::of(ctx), input).await)
    }

    /// Shows what items say: those in your organization's workspaces, and personal ones of people whom it manages. The log
    /// keeps that you looked, and why; each person is told. For owners and privacy officers.
    async fn read_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which items, and why.")] input: ReadItemsInput,
    ) -> Settled<ReadItemsPayload> {
        settle(read(Viewer::of(ctx), input).await)
    }
}

async fn register(viewer: &Viewer, input: RegisterItemKindInput) -> CoreResult<RegisterItemKindPayload> {
    let name = KindName::parse(&input.name);
    let action = RegisterItemKind {
        service: id(&["input", "serviceId"], &input.service_id)?,
        name: name.map_err(|error| Common::Invalid(&["input", "name"], error.to_string()))?,
    };
    let done = viewer.perform(action).await?;
    let item_kind = viewer.reader().item_kind(done).await?.map(ItemKind);
    Ok(RegisterItemKindPayload { item_kind, ..Default::default() })
}

async fn create(viewer: &Viewer, input: CreateItemInput) -> CoreResult<CreateItemPayload> {
    let account = input.account_id.as_ref().map(|given| id::<AccountId>(&["input", "accountId"], given));
    let workspace = input.workspace_id.as_ref().map(|given| id::<WorkspaceId>(&["input", "workspaceId"], given));
    let action = CreateItem {
        account: account.transpose()?,
        workspace: workspace.transpose()?,
        kind: input.kind,
        title: title(&input.title)?,
        body: body(&input.body)?,
        visibility: input.visibility.into(),
    };
    let done = viewer.perform(action).await?;
    Ok(CreateItemPayload { item: item(viewer, done).await?, ..Default::default() })
}

async fn update(viewer: &Viewer, input: UpdateItemInput) -> CoreResult<UpdateItemPayload> {
    let action = UpdateItem {
        item: item_id(&input.item_id)?,
        title: input.title.as_deref().map(title).transpose()?,
        body: input.body.as_deref().map(body).transpose()?,
        expected_version: input.expected_version,
    };
    let done = viewer.perform(action).await?;
    Ok(UpdateItemPayload { item: item(viewer, done).await?, ..Default::default() })
}

async fn set_visibility(viewer: &Viewer, input: SetItemVisibilityInput) -> CoreResult<SetItemVisibilityPayload> {
    let action = SetItemVisibility {
        item: item_id(&input.item_id)?,
        visibility: input.visibility.into(),
        expected_version: input.expected_version,
    };
    let done = viewer.perform(action).await?;
    Ok(SetItemVisibilityPayload { item: item(viewer, done).await?, ..Default::default() })
}

async fn delete(viewer: &Viewer, input: DeleteItemInput) -> CoreResult<DeleteItemPayload> {
    let action =
        DeleteItem { item: item_id(&input.item_id)?, expected_version: input.expected_version, dry_run: input.dry_run };
    let done = viewer.perform(action).await?;
    Ok(DeleteItemPayload { item_id: Some(done.to_string().into()), ..Default::default() })
}

async fn read(viewer: &Viewer, input: ReadItemsInput) -> CoreResult<ReadItemsPayload> {
    let ids: CoreResult<Vec<ItemId>> = input.item_ids.iter().map(|given| id(&["input", "itemIds"], given)).collect();
    let action = ReadItems {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        items: ids?,
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
    };
    let done = viewer.perform(action).await?;
    let content_already_shown = done.contents.is_none();
    let mut contents = done.contents.unwrap_or_default();
    let seen = viewer.reader().items_by_id(&done.items).await?;
    let mut seen: HashMap<ItemId, SeenItem> = seen.into_iter().map(|seen| (seen.item.id, seen)).collect();
    let shown = |id: &ItemId| {
        let mut seen = seen.remove(id)?;
        seen.content = contents.remove(id).map(|(content, author)| (content, Some(author)));
        Some(Item(seen))
    };
    let items = done.items.iter().filter_map(shown).collect();
    Ok(ReadItemsPayload { items: Some(items), content_already_shown, ..Default::default() })
}
