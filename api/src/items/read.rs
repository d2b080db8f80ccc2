//! What a viewer sees of items, and whether they see what these say.
//!
//! | who | sees | reads |
//! | --- | --- | --- |
//! | the person | their own: personal ones, and those in workspaces that are open to them | all of these |
//! | a member | what others share in a workspace that is open to them | all of these |
//! | whoever is signed in | one that is public, by its id | it |
//! | a service | those of its kinds, of people who are members of its workspaces | all of these |
//! | an app | those of people whom it sees, in reach of its installation: see `core::apps::sight` | all of these, with `READ_ITEMS` |
//! | an administrator | those in the organization's workspaces, and personal ones of whom it manages | nothing: see `readItems` |

use crate::{
    core::{
        Caller, Reader, Result,
        account::access::Access,
        apps::{
            sight::{self, NEEDS_READ_ITEMS},
            tokens::LiveToken,
        },
        database::one_of,
        entry,
    },
    graphql::page::{Page, Rows, by_id},
    items::list::{self, ItemFilter, ItemsOf},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, Select, prelude::Expr};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account,
    id::{AccountId, ItemId, ItemKindId, OrganizationId, ServiceId, WorkspaceId},
    item, item_content, item_kind,
    kinds::{AppScope, ItemVisibility},
    workspace,
};

/// An item, as the viewer sees it.
#[derive(Clone, Debug)]
pub struct SeenItem {
    /// The item.
    pub item: item::Model,
    /// The name of its kind.
    pub kind: String,
    /// What it says, and the name of whose it is, for whoever reads it; of what wasn't asked for nothing. An app isn't told
    /// the name without the scope for it.
    pub content: Option<(item_content::Model, Option<String>)>,
}

/// What of the content is asked for: bodies may be large, and a list of titles needn't read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The name of whose it is.
    pub author: bool,
    /// The title.
    pub title: bool,
    /// What it says.
    pub body: bool,
}

impl Wanted {
    /// All of it.
    pub const ALL: Self = Self { author: true, title: true, body: true };

    const fn is_content(self) -> bool {
        self.title || self.body
    }
}

/// What a person, or a service, reads.
#[derive(Default)]
struct Sight {
    /// Whose account it is; none of whoever isn't a person, or whose account is closed.
    own: Option<AccountId>,
    /// The workspaces that are open to them.
    open: HashSet<WorkspaceId>,
    /// The kinds of the service.
    kinds: HashSet<ItemKindId>,
    /// Whether it reads all that it is shown: an app.
    reads_all: bool,
}

impl Sight {
    fn reads(&self, item: &item::Model) -> bool {
        let is_open = || item.workspace_id.is_some_and(|workspace| self.open.contains(&workspace));
        if self.reads_all || self.kinds.contains(&item.kind_id) {
            return true;
        }
        if self.own == Some(item.account_id) && (item.workspace_id.is_none() || is_open()) {
            return true;
        }
        // Where the workspace is closed to its person, a public item stays as public for them as for everybody.
        match item.visibility {
            ItemVisibility::Private => false,
            ItemVisibility::Workspace => is_open(),
            ItemVisibility::Public => self.own.is_some(),
        }
    }
}

impl Reader<'_> {
    /// A page of items; none where the viewer has nothing to look for.
    pub async fn items(
        &self,
        of: ItemsOf,
        filter: &ItemFilter,
        page: &Page,
        wanted: Wanted,
    ) -> Result<Option<Rows<SeenItem>>> {
        if let Caller::App(token) = self.caller() {
            return self.items_of_app(token, of, filter, page, wanted).await.map(Some);
        }
        let sight = self.item_sight().await?;
        let one = |select: Option<Select<item::Entity>>| select.map(|select| vec![select]);
        let stretches = match (of, self.caller()) {
            (ItemsOf::Workspace(id), Caller::Service(key)) => one(self.of_service(id, key.service, filter).await?),
            (ItemsOf::Account(id), Caller::Service(key)) => {
                let kinds: Vec<ItemKindId> = sight.kinds.iter().copied().collect();
                let places = entry::known_to(self.db(), key.service, [id]).await?;
                let places: Vec<WorkspaceId> = places.into_iter().map(|(_, workspace)| workspace).collect();
                (!places.is_empty()).then(|| list::of_kinds(&item::Entity::find(), id, &kinds, &places, filter))
            }
            (ItemsOf::Workspace(id), _) => one(self.in_workspace(id, filter, &sight).await?),
            (ItemsOf::Account(id), _) if sight.own == Some(id) => one(Some(own(list(of, filter), &sight))),
            (ItemsOf::Account(id), _) => self.of_account(id, filter).await?,
            (ItemsOf::Organization(id), _) => one(self.reads(id).then(|| list(of, filter))),
        };
        let Some(stretches) = stretches else { return Ok(None) };
        let rows = list::page_of(self.db(), item::Entity::find(), stretches, page).await?;
        Ok(Some(self.seen_items(rows, &sight, wanted).await?))
    }

    /// The signed-in person's own, as far as they are open to them.
    pub async fn own_items(&self, filter: &ItemFilter, page: &Page, wanted: Wanted) -> Result<Option<Rows<SeenItem>>> {
        match self.own_account() {
            Some(account) => self.items(ItemsOf::Account(account), filter, page, wanted).await,
            None => Ok(None),
        }
    }

    /// Some items by their ids.
    pub async fn items_by_id(&self, ids: &[ItemId]) -> Result<Vec<SeenItem>> {
        if let Caller::App(token) = self.caller() {
            return self.items_of_app_by_id(token, ids).await;
        }
        let sight = self.item_sight().await?;
        let found = item::Entity::find().filter(one_of(self.db(), item::Column::Id, ids.iter().copied()));
        let mut found = found.all(self.db()).await?;
        if let Caller::Service(key) = self.caller() {
            let whose: HashSet<AccountId> = found.iter().map(|item| item.account_id).collect();
            let members = entry::known_to(self.db(), key.service, whose).await?;
            let known: HashSet<AccountId> = members.iter().map(|(account, _)| *account).collect();
            found.retain(|item| match item.workspace_id {
                Some(workspace) => members.contains(&(item.account_id, workspace)),
                None => known.contains(&item.account_id),
            });
        }
        let managers = self.managers(&found, &sight).await?;
        let manager = |item: &item::Model| managers.get(&item.account_id).copied().flatten();
        let lists =
            |item: &item::Model| item.organization_id.or_else(|| manager(item)).is_some_and(|it| self.reads(it));
        let rows = found.into_iter().filter(|item| sight.reads(item) || lists(item)).collect();
        Ok(self.seen_items(Rows { rows, ..Rows::none() }, &sight, Wanted::ALL).await?.rows)
    }

    /// One item.
    pub async fn item(&self, id: ItemId) -> Result<Option<SeenItem>> {
        Ok(self.items_by_id(&[id]).await?.pop())
    }

    /// The kinds of items that a service keeps, for whoever sees the service.
    pub async fn item_kinds(&self, service: ServiceId, page: &Page) -> Result<Rows<item_kind::Model>> {
        let select = item_kind::Entity::find().filter(item_kind::Column::ServiceId.eq(service));
        by_id(self.db(), select, item_kind::Column::Id, page).await
    }

    /// One of them, for operators.
    pub async fn item_kind(&self, id: ItemKindId) -> Result<Option<item_kind::Model>> {
        if !self.caller().is_operator() {
            return Ok(None);
        }
        Ok(item_kind::Entity::find_by_id(id).one(self.db()).await?)
    }

    /// The id of a kind; one of nothing, where there is none of this name.
    pub async fn item_kind_named(&self, name: &str) -> Result<ItemKindId> {
        let found = item_kind::Entity::find().filter(item_kind::Column::Name.eq(name)).one(self.db()).await?;
        Ok(found.map_or(ItemKindId(uuid::Uuid::nil()), |kind| kind.id))
    }

    /// A page of what an app reads. Whose it is has been noted before.
    async fn items_of_app(
        &self,
        token: &LiveToken,
        of: ItemsOf,
        filter: &ItemFilter,
        page: &Page,
        wanted: Wanted,
    ) -> Result<Rows<SeenItem>> {
        if !token.scopes.has(AppScope::ReadItems) {
            return Err(NEEDS_READ_ITEMS);
        }
        // Of what isn't its own no row is looked at: how long that takes would tell of it.
        if !self.is_within_sight(token, of).await? {
            return Ok(Rows::none());
        }
        let select = list(of, filter).filter(sight::item(token, self.now()));
        let mut rows = by_id(self.db(), select.clone(), item::Column::Id, page).await?;
        if let Some(noted) = self.notes(token, rows.rows.iter().map(|item| item.account_id)).await? {
            rows = by_id(self.db(), select, item::Column::Id, page).await?;
            rows.rows.retain(|item| noted.contains(&item.account_id));
        }
        self.seen_by_app(token, rows, wanted).await
    }

    async fn is_within_sight(&self, token: &LiveToken, of: ItemsOf) -> Result<bool> {
        Ok(match (of, token.workspace) {
            (ItemsOf::Organization(id), _) => id == token.organization,
            (ItemsOf::Workspace(id), Some(own)) => id == own,
            (ItemsOf::Workspace(id), None) => {
                let own = workspace::Column::OrganizationId.eq(token.organization);
                workspace::Entity::find_by_id(id).filter(own).one(self.db()).await?.is_some()
            }
            (ItemsOf::Account(id), _) => {
                let person = account::Entity::find_by_id(id).filter(sight::person(token, self.now()));
                person.one(self.db()).await?.is_some()
            }
        })
    }

    /// Some of them, by their ids. Who only writes is told what there is, and not what it says.
    async fn items_of_app_by_id(&self, token: &LiveToken, ids: &[ItemId]) -> Result<Vec<SeenItem>> {
        if !token.scopes.has(AppScope::ReadItems) && !token.scopes.has(AppScope::WriteItems) {
            return Err(NEEDS_READ_ITEMS);
        }
        let these = one_of(self.db(), item::Column::Id, ids.iter().copied());
        let select = item::Entity::find().filter(these).filter(sight::item(token, self.now()));
        let mut rows = select.clone().all(self.db()).await?;
        if let Some(noted) = self.notes(token, rows.iter().map(|item| item.account_id)).await? {
            rows = select.all(self.db()).await?;
            rows.retain(|item| noted.contains(&item.account_id));
        }
        Ok(self.seen_by_app(token, Rows { rows, ..Rows::none() }, Wanted::ALL).await?.rows)
    }

    async fn seen_by_app(&self, token: &LiveToken, rows: Rows<item::Model>, wanted: Wanted) -> Result<Rows<SeenItem>> {
        let sight = Sight { reads_all: token.scopes.has(AppScope::ReadItems), ..Sight::default() };
        let wanted = Wanted { author: wanted.author && token.scopes.has(AppScope::ReadName), ..wanted };
        self.seen_items(rows, &sight, wanted).await
    }

    async fn item_sight(&self) -> Result<Sight> {
        if let Caller::Service(key) = self.caller() {
            let kinds = item_kind::Entity::find()
                .select_only()
                .column(item_kind::Column::Id)
                .filter(item_kind::Column::ServiceId.eq(key.service));
            let kinds: Vec<ItemKindId> = kinds.into_tuple().all(self.db()).await?;
            return Ok(Sight { kinds: kinds.into_iter().collect(), ..Sight::default() });
        }
        let Some(person) = self.caller().person() else { return Ok(Sight::default()) };
        // Whose account is restricted reads on; whose is closed has their rights alone.
        if person.limited && entry::access(self.db(), person.account.id, self.now()).await? > Access::Restricted {
            return Ok(Sight::default());
        }
        let memberships = entry::memberships(self.db(), &person.account, None, self.now()).await?;
        let open = memberships.into_iter().filter(|membership| membership.entry.reads());
        Ok(Sight {
            own: Some(person.account.id),
            open: open.map(|membership| membership.workspace).collect(),
            ..Sight::default()
        })
    }

    /// For its organization's administrators all that lies there; for members what they share.
    async fn in_workspace(
        &self,
        id: WorkspaceId,
        filter: &ItemFilter,
        sight: &Sight,
    ) -> Result<Option<Select<item::Entity>>> {
        let Some(workspace) = workspace::Entity::find_by_id(id).one(self.db()).await? else { return Ok(None) };
        if self.reads(workspace.organization_id) {
            return Ok(Some(list(ItemsOf::Workspace(id), filter)));
        }
        Ok(sight.open.contains(&id).then(|| list::shared(item::Entity::find(), id, filter)))
    }

    async fn of_service(
        &self,
        id: WorkspaceId,
        service: ServiceId,
        filter: &ItemFilter,
    ) -> Result<Option<Select<item::Entity>>> {
        let workspace = workspace::Entity::find_by_id(id).one(self.db()).await?;
        let is_its = workspace.is_some_and(|workspace| workspace.service_id == service);
        Ok(is_its.then(|| list::by_members(list(ItemsOf::Workspace(id), filter))))
    }

    /// What administrators list of somebody: what lies in their workspaces, and what is personal of whom they manage.
    async fn of_account(&self, id: AccountId, filter: &ItemFilter) -> Result<Option<Vec<Select<item::Entity>>>> {
        let account = account::Entity::find_by_id(id).one(self.db()).await?;
        let organizations: Vec<OrganizationId> =
            self.caller().organizations().into_iter().filter(|organization| self.reads(*organization)).collect();
        if organizations.is_empty() {
            return Ok(None);
        }
        // Nobody's id is answered as a stranger's: by an empty list.
        let manager = account.and_then(|account| account.managed_by);
        let manages = manager.is_some_and(|manager| organizations.contains(&manager));
        Ok(Some(list::of_places(&item::Entity::find(), id, &organizations, manages, filter)))
    }

    /// Who manages the people of those personal items that the viewer doesn't read; asked only for administrators.
    async fn managers(
        &self,
        items: &[item::Model],
        sight: &Sight,
    ) -> Result<HashMap<AccountId, Option<OrganizationId>>> {
        let unread = items.iter().filter(|item| item.organization_id.is_none() && !sight.reads(item));
        let whose: HashSet<AccountId> = unread.map(|item| item.account_id).collect();
        if whose.is_empty() || self.caller().organizations().is_empty() {
            return Ok(HashMap::new());
        }
        let found = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::ManagedBy])
            .filter(one_of(self.db(), account::Column::Id, whose));
        Ok(found.into_tuple::<(AccountId, Option<OrganizationId>)>().all(self.db()).await?.into_iter().collect())
    }

    async fn seen_items(&self, rows: Rows<item::Model>, sight: &Sight, wanted: Wanted) -> Result<Rows<SeenItem>> {
        let kinds: HashSet<ItemKindId> = rows.rows.iter().map(|item| item.kind_id).collect();
        let kinds = item_kind::Entity::find().filter(one_of(self.db(), item_kind::Column::Id, kinds));
        let kinds: HashMap<ItemKindId, String> =
            kinds.all(self.db()).await?.into_iter().map(|kind| (kind.id, kind.name)).collect();
        let read: Vec<&item::Model> = rows.rows.iter().filter(|item| sight.reads(item)).collect();
        let nothing = |item: &&item::Model| {
            (item.id, item_content::Model { item_id: item.id, title: String::new(), body: String::new() })
        };
        let mut contents: HashMap<ItemId, item_content::Model> =
            read.iter().filter(|_| wanted.author && !wanted.is_content()).map(nothing).collect();
        let mut people = HashMap::new();
        if !read.is_empty() && wanted.is_content() {
            let of_these = one_of(self.db(), item_content::Column::ItemId, read.iter().map(|item| item.id));
            let mut found = item_content::Entity::find().filter(of_these);
            if !wanted.body {
                let (id, title) = (item_content::Column::ItemId, item_content::Column::Title);
                found = found.select_only().columns([id, title]).expr_as(Expr::value(""), "body");
            }
            contents.extend(found.all(self.db()).await?.into_iter().map(|content| (content.item_id, content)));
        }
        if !read.is_empty() && wanted.author {
            let whose: HashSet<AccountId> = read.iter().map(|item| item.account_id).collect();
            let found = account::Entity::find().filter(one_of(self.db(), account::Column::Id, whose));
            people.extend(found.all(self.db()).await?.into_iter().map(|account| (account.id, account.display_name)));
        }
        Ok(rows.map(|item| SeenItem {
            kind: kinds.get(&item.kind_id).cloned().unwrap_or_default(),
            content: contents.remove(&item.id).map(|content| (content, people.get(&item.account_id).cloned())),
            item,
        }))
    }
}

fn list(of: ItemsOf, filter: &ItemFilter) -> Select<item::Entity> {
    list::list(item::Entity::find(), of, filter)
}

/// Of a person's own those that are open to them.
fn own(select: Select<item::Entity>, sight: &Sight) -> Select<item::Entity> {
    let open = Condition::any()
        .add(item::Column::WorkspaceId.is_null())
        .add(item::Column::WorkspaceId.is_in(sight.open.iter().copied()));
    select.filter(open)
}
