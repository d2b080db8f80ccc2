//! Items in the schema.

mod changes;

pub use changes::*;

use crate::{
    accounts::list::graphql::time,
    core::Result as CoreResult,
    graphql::{
        Viewer,
        error::read,
        page::{List, Page, Rows},
    },
    items::{
        list::{ItemFilter, ItemsOf},
        read::{SeenItem, Wanted},
    },
};
use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, Result};
use chrono::{DateTime, Utc};
use steward_entities::{
    id::{AccountId, ItemId, OrganizationId, ServiceId, WorkspaceId},
    item_kind, kinds,
};
use uuid::Uuid;

/// Who sees an item. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::ItemVisibility")]
pub enum ItemVisibility {
    /// The person, and the service in which it is kept.
    Private,
    /// Also the members of its workspace.
    Workspace,
    /// Whoever is signed in to the platform and knows its id.
    Public,
}

/// Information stored as part of an account.
pub struct Item(pub SeenItem);

/// Information stored as part of an account: in a workspace, or personal. Administrators see that it is there; what it says
/// they learn by `readItems` alone.
#[Object]
impl Item {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.item.id.to_string().into()
    }

    /// Whose it is.
    async fn account_id(&self) -> ID {
        self.0.item.account_id.to_string().into()
    }

    /// The name of whose it is; null for whoever doesn't read it.
    async fn author(&self) -> Option<&str> {
        self.0.content.as_ref().and_then(|(_, author)| author.as_deref())
    }

    /// In which workspace it lies; null for a personal one.
    async fn workspace_id(&self) -> Option<ID> {
        self.0.item.workspace_id.map(|id| id.to_string().into())
    }

    /// Whose workspace that is.
    async fn organization_id(&self) -> Option<ID> {
        self.0.item.organization_id.map(|id| id.to_string().into())
    }

    /// The name of its kind, as its service has registered it.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Its title; null for whoever doesn't read it.
    async fn title(&self) -> Option<&str> {
        self.0.content.as_ref().map(|(content, _)| content.title.as_str())
    }

    /// What it says: JSON, as it was given. Null for whoever doesn't read it.
    async fn body(&self) -> Option<&str> {
        self.0.content.as_ref().map(|(content, _)| content.body.as_str())
    }

    /// How many bytes its body has.
    async fn size(&self) -> i64 {
        self.0.item.size
    }

    /// Who sees it.
    async fn visibility(&self) -> ItemVisibility {
        self.0.item.visibility.into()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.item.created_at
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.item.updated_at
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.0.item.version
    }
}

impl crate::graphql::plain::Plain for Item {}

/// A kind of items.
pub struct ItemKind(pub item_kind::Model);

/// A kind of items that a service keeps.
#[Object]
impl ItemKind {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name; no other on the platform has it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose it is.
    async fn service_id(&self) -> ID {
        self.0.service_id.to_string().into()
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

impl crate::graphql::plain::Plain for ItemKind {}

/// Whose items, or where: exactly one of these.
#[derive(OneofObject)]
pub enum ItemsOfInput {
    /// Those in this workspace.
    WorkspaceId(ID),
    /// Those of this account.
    AccountId(ID),
    /// Those in the workspaces of this organization.
    OrganizationId(ID),
}

impl ItemsOfInput {
    fn read(&self) -> ItemsOf {
        // An id that can't be one is that of nothing.
        match self {
            Self::WorkspaceId(id) => ItemsOf::Workspace(id.parse().unwrap_or(WorkspaceId(Uuid::nil()))),
            Self::AccountId(id) => ItemsOf::Account(id.parse().unwrap_or(AccountId(Uuid::nil()))),
            Self::OrganizationId(id) => ItemsOf::Organization(id.parse().unwrap_or(OrganizationId(Uuid::nil()))),
        }
    }
}

/// Which items are wanted: those to which all of it applies. What is absent or null doesn't matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ItemFilterInput {
    /// Those of the kind with this name.
    kind: Option<String>,
    /// Those in this workspace.
    workspace_id: Option<ID>,
    /// Those made at this time or later.
    created_after: Option<DateTime<Utc>>,
    /// Those made before this time.
    created_before: Option<DateTime<Utc>>,
}

impl ItemFilterInput {
    async fn read(self, viewer: &Viewer) -> CoreResult<ItemFilter> {
        let kind = match &self.kind {
            Some(name) => Some(viewer.reader().item_kind_named(name).await?),
            None => None,
        };
        Ok(ItemFilter {
            kind,
            workspace: self.workspace_id.map(|id| id.parse().unwrap_or(WorkspaceId(Uuid::nil()))),
            created_after: time(self.created_after)?,
            created_before: time(self.created_before)?,
        })
    }
}

/// What is asked for of the content of each item in the list around it.
fn wanted(ctx: &Context<'_>) -> Wanted {
    let list = ctx.look_ahead();
    let nodes = [list.field("nodes"), list.field("edges").field("node")];
    let asks = |name: &str| nodes.iter().any(|node| node.field(name).exists());
    Wanted { author: asks("author"), title: asks("title"), body: asks("body") }
}

fn listed(rows: Rows<SeenItem>) -> List<Item> {
    rows.connection(|seen| vec![seen.item.id.0.to_string()], Item)
}

/// Reads of items.
#[derive(Default)]
pub struct ItemQuery;

#[Object]
impl ItemQuery {
    /// Items, oldest first. Members of a workspace see what is shared there; a service those of its kinds, of members of its
    /// workspaces; an app those of the people whom it sees; administrators what lies in their organization's workspaces, and the personal ones of people whom it
    /// manages, without what these say. Null when there is nothing that you could look for.
    #[expect(clippy::too_many_arguments, reason = "a connection's arguments")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, or where.")] of: ItemsOfInput,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<ItemFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Item>>> {
        let (viewer, page) = (Viewer::of(ctx), Page { first, after, last, before });
        let found = async {
            let filter = filter.unwrap_or_default().read(viewer).await?;
            viewer.reader().items(of.read(), &filter, &page, wanted(ctx)).await
        };
        Ok(read(found.await)?.map(listed))
    }

    /// One item; null when there is none under this id that you can see.
    async fn item(&self, ctx: &Context<'_>, #[graphql(desc = "The item's id.")] id: ID) -> Result<Option<Item>> {
        let Ok(id) = id.parse::<ItemId>() else {
            return Ok(None);
        };
        Ok(read(Viewer::of(ctx).reader().item(id).await)?.map(Item))
    }
}

/// What a signed-in person has stored.
pub struct ViewerItems;

#[Object]
impl ViewerItems {
    /// Your own items, oldest first: personal ones, and those in workspaces that are open to you. Null when you aren't
    /// signed in as a person.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<ItemFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Item>>> {
        let (viewer, page) = (Viewer::of(ctx), Page { first, after, last, before });
        let found = async {
            let filter = filter.unwrap_or_default().read(viewer).await?;
            viewer.reader().own_items(&filter, &page, wanted(ctx)).await
        };
        Ok(read(found.await)?.map(listed))
    }
}

/// A service's part.
pub struct ServiceItemKinds(pub ServiceId);

#[Object]
impl ServiceItemKinds {
    /// The kinds of items that it keeps.
    async fn item_kinds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<List<ItemKind>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().item_kinds(self.0, &page).await)?;
        Ok(rows.connection(|kind| vec![kind.id.0.to_string()], ItemKind))
    }
}
