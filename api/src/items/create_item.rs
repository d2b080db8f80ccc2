//! `createItem`: a person makes an item, or a service or an app in their name.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventSet, Result, Tx,
        apps::sight::{reaches_person, sees_person},
        database::sql,
        entry::{self, is_known_to},
        guards::allow_item_edit,
        invalid, not_found,
        text::ItemTitle,
    },
    items::{
        body::ItemBody,
        own_item::{ItemRefusal, MOST_OF_A_KIND, event, locked, silence, suits},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    account,
    id::{AccountId, ItemId, ItemKindId, WorkspaceId},
    item, item_content, item_kind,
    kinds::{EditOperation, ItemVisibility},
    workspace,
};

/// Makes an item.
pub struct CreateItem {
    /// Whose it is; a person's own, where none is named.
    pub account: Option<AccountId>,
    /// In which workspace; none for a personal one.
    pub workspace: Option<WorkspaceId>,
    /// The name of its kind.
    pub kind: String,
    /// Its title.
    pub title: ItemTitle,
    /// What it says.
    pub body: ItemBody,
    /// Who sees it.
    pub visibility: ItemVisibility,
}

/// Where it comes to lie.
pub struct Place {
    account: account::Model,
    workspace: Option<workspace::Model>,
    kind: item_kind::Model,
}

impl CreateItem {
    /// Whose it becomes, locked.
    async fn account(&self, authority: &Authority, tx: &Tx<'_>) -> Result<account::Model> {
        let field = &["input", "accountId"];
        match authority {
            Authority::Own(own) if self.account.is_none_or(|named| named == *own) => {
                locked(tx, *own).await?.ok_or(Error::Unauthenticated)
            }
            Authority::Service(service) => {
                let named =
                    self.account.ok_or_else(|| invalid(field, "is missing: a service says whose item it is"))?;
                let account = locked(tx, named).await?.ok_or_else(|| not_found(field))?;
                if is_known_to(tx.db(), *service, named).await? { Ok(account) } else { Err(not_found(field)) }
            }
            Authority::App(token) => {
                let named = self.account.ok_or_else(|| invalid(field, "is missing: an app says whose item it is"))?;
                // Whom it doesn't see it doesn't hold either: nobody waits for a stranger's request.
                if !sees_person(tx, token, named).await? {
                    return Err(not_found(field));
                }
                let account = locked(tx, named).await?.ok_or_else(|| not_found(field))?;
                if !reaches_person(tx, token, named).await? {
                    return Err(not_found(field));
                }
                match self.workspace {
                    None if account.managed_by != Some(token.organization) => Err(ItemRefusal::NotManaged.into()),
                    _ => Ok(account),
                }
            }
            _ => Err(not_found(field)),
        }
    }

    /// The workspace, where the person is a member of it and it is the service's, or within the app's installation.
    async fn workspace(
        &self,
        authority: &Authority,
        account: &account::Model,
        tx: &Tx<'_>,
    ) -> Result<Option<workspace::Model>> {
        let Some(id) = self.workspace else { return Ok(None) };
        let unknown = || not_found(&["input", "workspaceId"]);
        let found = workspace::Entity::find_by_id(id).one(tx.db()).await?.ok_or_else(unknown)?;
        let is_reached = match authority {
            Authority::Service(service) => found.service_id == *service,
            Authority::App(token) => {
                found.organization_id == token.organization && token.workspace.is_none_or(|only| only == id)
            }
            _ => true,
        };
        if !is_reached {
            return Err(unknown());
        }
        entry::entry(tx.db(), account, id, tx.now()).await?.ok_or_else(unknown)?;
        Ok(Some(found))
    }
}

impl Action for CreateItem {
    const NAME: ActionName = ActionName::CreateItem;
    type Target = Place;
    type Output = ItemId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Place> {
        let account = self.account(authority, tx).await?;
        let workspace = self.workspace(authority, &account, tx).await?;
        let named = item_kind::Entity::find().filter(item_kind::Column::Name.eq(self.kind.as_str()));
        let kind = named.one(tx.db()).await?.ok_or(ItemRefusal::UnknownKind)?;
        let is_of_caller = !matches!(authority, Authority::Service(service) if kind.service_id != *service);
        if !is_of_caller || workspace.as_ref().is_some_and(|place| place.service_id != kind.service_id) {
            return Err(ItemRefusal::UnknownKind.into());
        }
        Ok(Place { account, workspace, kind })
    }

    fn check(&self, _: &Authority, _: &Place, _: DateTime<Utc>) -> Result<()> {
        Ok(suits(self.visibility, self.workspace)?)
    }

    async fn run(&self, place: Authorized<Place>, tx: &Tx<'_>) -> Result<Done<ItemId>> {
        let notices = silence(place.authority());
        let Place { account, workspace, kind } = place.into_inner();
        let lies = workspace.map(|workspace| (workspace.organization_id, workspace.id));
        // What is shared from the start needs the right to share: or a new item would do what an old one can't.
        let takes: &[EditOperation] = match self.visibility {
            ItemVisibility::Private => &[EditOperation::EditItems],
            ItemVisibility::Workspace | ItemVisibility::Public => {
                &[EditOperation::EditItems, EditOperation::ChangeVisibility]
            }
        };
        allow_item_edit(tx, &account, takes, lies).await?;
        if is_full(tx, account.id, kind.id).await? {
            return Err(ItemRefusal::TooMany.into());
        }
        let id: ItemId = tx.id();
        let row = item::ActiveModel {
            id: Set(id),
            account_id: Set(account.id),
            organization_id: Set(lies.map(|(organization, _)| organization)),
            workspace_id: Set(lies.map(|(_, workspace)| workspace)),
            kind_id: Set(kind.id),
            visibility: Set(self.visibility),
            size: Set(self.body.size()),
            created_at: Set(tx.now()),
            updated_at: Set(tx.now()),
            version: Set(1),
        };
        row.insert(tx.db()).await?;
        let content = item_content::ActiveModel {
            item_id: Set(id),
            title: Set(self.title.as_str().to_owned()),
            body: Set(self.body.as_str().to_owned()),
        };
        content.insert(tx.db()).await?;
        let more = json!({ "visibility": self.visibility.as_str(), "size": self.body.size() });
        Ok(Done::new(id, EventSet::one(event(&account, lies, id, &kind, more)), notices))
    }
}

/// Whether somebody, who is locked, has as many items of a kind as there can be: the database itself keeps the number.
async fn is_full(tx: &Tx<'_>, account: AccountId, kind: ItemKindId) -> Result<bool> {
    let text = "SELECT 1 FROM item_tally WHERE account_id = $1 AND kind_id = $2 AND items >= $3";
    let values = vec![account.into(), kind.into(), i64::from(MOST_OF_A_KIND).into()];
    Ok(tx.db().query_one_raw(sql(tx.db(), text, values)).await?.is_some())
}
