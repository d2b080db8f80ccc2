//! An item that its person changes, or a service or an app in their name: found, locked, and what all such changes share.

use crate::core::{
    Authority, Code, Common, Error, EventDraft, Notices, Refusal, Result, Silence, Tx,
    apps::sight::{reaches_item, sees_item},
    entry::{self, is_known_to},
    guards::allow_item_edit,
    not_found,
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward_entities::{
    account,
    id::{AccountId, ItemId, OrganizationId, WorkspaceId},
    item, item_kind,
    kinds::{EditOperation, ItemVisibility},
};

/// Why an item can't be as it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemRefusal {
    /// Nobody has registered the kind, or another service has.
    #[error("There is no such kind of items here. Kinds are registered per service: see its itemKinds.")]
    UnknownKind,
    /// What is personal lies in no workspace.
    #[error("A personal item lies in no workspace: PRIVATE or PUBLIC is what it can be.")]
    NoWorkspace,
    /// An app makes personal items of whom its organization manages, and of nobody else.
    #[error("Your organization doesn't manage this account: an app keeps its items in workspaces. Name one.")]
    NotManaged,
    /// There are as many as there can be.
    #[error(
        "This account has {MOST_OF_A_KIND} items of this kind, and can't have more. Delete some that aren't needed any more."
    )]
    TooMany,
}

/// How many items of one kind somebody can have.
pub const MOST_OF_A_KIND: u32 = 100_000;

impl Refusal for ItemRefusal {
    fn code(&self) -> Code {
        match self {
            Self::UnknownKind | Self::NoWorkspace => Code::Invalid,
            Self::NotManaged => Code::NotManaged,
            Self::TooMany => Code::LimitReached,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::UnknownKind | Self::TooMany => &["input", "kind"],
            Self::NoWorkspace => &["input", "visibility"],
            Self::NotManaged => &["input", "workspaceId"],
        }
    }
}

/// What is personal isn't shared with a workspace.
///
/// # Errors
/// [`ItemRefusal::NoWorkspace`].
pub fn suits(visibility: ItemVisibility, workspace: Option<WorkspaceId>) -> Result<(), ItemRefusal> {
    if visibility == ItemVisibility::Workspace && workspace.is_none() {
        return Err(ItemRefusal::NoWorkspace);
    }
    Ok(())
}

/// An item with its person, locked.
pub struct OwnItem {
    /// Whose it is.
    pub account: account::Model,
    /// The item.
    pub item: item::Model,
    /// Its kind.
    pub kind: item_kind::Model,
}

impl OwnItem {
    /// Locks the person's account, then the item.
    ///
    /// # Errors
    /// `NOT_FOUND` for what isn't the person's, or of no kind of the service's, or isn't seen by the app; and for what lies
    /// in a workspace of which the person is no member.
    pub async fn load(tx: &Tx<'_>, authority: &Authority, id: ItemId) -> Result<Self> {
        Self::find(tx, authority, id).await?.ok_or_else(unknown)
    }

    /// The same; none where that says `NOT_FOUND`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(tx: &Tx<'_>, authority: &Authority, id: ItemId) -> Result<Option<Self>> {
        let Some(seen) = item::Entity::find_by_id(id).one(tx.db()).await? else { return Ok(None) };
        let Some(kind) = item_kind::Entity::find_by_id(seen.kind_id).one(tx.db()).await? else { return Ok(None) };
        let is_theirs = match authority {
            Authority::Own(own) => seen.account_id == *own,
            Authority::Service(service) => kind.service_id == *service,
            // What it doesn't see it doesn't hold either: nobody waits for a stranger's request.
            Authority::App(token) => sees_item(tx, token, id).await?,
            _ => false,
        };
        if !is_theirs {
            return Ok(None);
        }
        let Some(account) = locked(tx, seen.account_id).await? else { return Ok(None) };
        if let Authority::Service(service) = authority
            && !is_known_to(tx.db(), *service, account.id).await?
        {
            return Ok(None);
        }
        if let Authority::App(token) = authority
            && !reaches_item(tx, token, id).await?
        {
            return Ok(None);
        }
        if let Some(workspace) = seen.workspace_id
            && entry::entry(tx.db(), &account, workspace, tx.now()).await?.is_none()
        {
            return Ok(None);
        }
        // Again behind the lock: it may have been changed or deleted meanwhile.
        let item = tx.lock(item::Entity::find_by_id(id)).one(tx.db()).await?;
        Ok(item.map(|item| Self { account, item, kind }))
    }

    /// Refuses who has read an older version.
    ///
    /// # Errors
    /// `STALE`.
    pub fn is_version(&self, expected: Option<i64>) -> Result<()> {
        match expected {
            Some(version) if version != self.item.version => Err(Common::Stale.into()),
            _ => Ok(()),
        }
    }

    /// In which workspace it lies, and whose that is.
    #[must_use]
    pub fn place(&self) -> Option<(OrganizationId, WorkspaceId)> {
        self.item.organization_id.zip(self.item.workspace_id)
    }

    /// Asks the guard.
    ///
    /// # Errors
    /// By whatever stands against it now.
    pub async fn allow(&self, tx: &Tx<'_>, operation: EditOperation) -> Result<()> {
        allow_item_edit(tx, &self.account, &[operation], self.place()).await
    }

    /// The event of a change, in the log of whose workspace it is, or of who manages the account.
    #[must_use]
    pub fn event(&self, more: Value) -> EventDraft {
        event(&self.account, self.place(), self.item.id, &self.kind, more)
    }
}

/// The event of a change. It never tells what an item says.
#[must_use]
pub fn event(
    account: &account::Model,
    place: Option<(OrganizationId, WorkspaceId)>,
    item: ItemId,
    kind: &item_kind::Model,
    more: Value,
) -> EventDraft {
    let mut details = json!({ "kind": kind.name, "workspaceId": place.map(|(_, workspace)| workspace) });
    if let (Some(details), Value::Object(more)) = (details.as_object_mut(), more) {
        details.extend(more);
    }
    let log = place.map_or(account.managed_by, |(organization, _)| Some(organization));
    EventDraft::within(log).about(account.id).object(ItemId::PREFIX, item.0).details(details)
}

/// Why nobody is told: the person did it, or a service where they work, or an app of which they were told.
#[must_use]
pub const fn silence(authority: &Authority) -> Notices {
    Notices::None(match authority {
        Authority::Service(_) | Authority::App(_) => Silence::InTheirName,
        _ => Silence::OwnAct,
    })
}

/// Nothing under the id of the item.
#[must_use]
pub fn unknown() -> Error {
    not_found(&["input", "itemId"])
}

/// An account, locked.
///
/// # Errors
/// When the database fails.
pub async fn locked(tx: &Tx<'_>, account: AccountId) -> Result<Option<account::Model>, Error> {
    Ok(tx.lock(account::Entity::find_by_id(account)).one(tx.db()).await?)
}
