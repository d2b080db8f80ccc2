//! What may stand against a change, whoever's feature it is. A verb asks one line here, behind its locks.
//!
//! The right to edit can be taken from a whole organization by one row, without a lock on its people. So whoever edits
//! holds the rows of the organizations concerned, shared with all others who edit; who sets such a restriction holds the
//! row alone. Either the edit is done before, or it is refused.

use crate::core::{
    account::access::Access,
    caller::Caller,
    edits::{Edit, InForce, in_force},
    entry::{self, Entry},
    error::{Code, Error, Refusal, Result},
    notice::contact,
    tx::Tx,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;
use steward_entities::{
    account, edit_restriction,
    id::{EditRestrictionId, OrganizationId, WorkspaceId},
    kinds::EditOperation,
    organization,
};

/// Administrators have taken this right from the person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} has restricted this for you{}, because: {} Ask {}.", .organization, .until, .reason, .contact)]
pub struct EditRestricted {
    /// By which restriction.
    pub restriction: EditRestrictionId,
    organization: String,
    until: String,
    reason: String,
    contact: String,
}

impl EditRestricted {
    fn new(restriction: edit_restriction::Model, by: &organization::Model) -> Self {
        let moment = |at: DateTime<Utc>| at.format(" until %-d %B %Y, %H:%M UTC").to_string();
        let stop = if restriction.reason.ends_with(['.', '!', '?']) { "" } else { "." };
        Self {
            restriction: restriction.id,
            organization: by.name.clone(),
            until: restriction.until.map(moment).unwrap_or_default(),
            reason: format!("{}{stop}", restriction.reason),
            contact: contact(by),
        }
    }
}

impl Refusal for EditRestricted {
    fn code(&self) -> Code {
        Code::EditRestricted
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// Refuses an edit that somebody, or whoever acts in their name, may not make now. Their account is locked.
///
/// # Errors
/// [`EditRestricted`] by the oldest restriction that covers it.
pub async fn allow_edit(tx: &Tx<'_>, account: &account::Model, edit: Edit) -> Result<()> {
    match forbids_edit(tx, account, edit).await? {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// The same for a verb that decides later: what forbids the edit, if anything does.
///
/// # Errors
/// When the database fails.
pub async fn forbids_edit(tx: &Tx<'_>, account: &account::Model, edit: Edit) -> Result<Option<EditRestricted>> {
    forbids_one(tx, account, &[edit]).await
}

async fn forbids_one(tx: &Tx<'_>, account: &account::Model, edits: &[Edit]) -> Result<Option<EditRestricted>> {
    let places = edits.iter().filter_map(|edit| edit.workspace.map(|(organization, _)| organization));
    let concerned: BTreeSet<OrganizationId> = account.managed_by.into_iter().chain(places).collect();
    if concerned.is_empty() {
        return Ok(None);
    }
    let held = organization::Entity::find()
        .filter(organization::Column::Id.is_in(concerned))
        .order_by_asc(organization::Column::Id)
        .lock_shared()
        .all(tx.db())
        .await?;
    let reaching = in_force(tx.db(), &[account.id], tx.now()).await?.remove(&account.id).unwrap_or_default();
    let covers = |it: &InForce| edits.iter().any(|edit| it.bound.covers(*edit));
    let Some(InForce { restriction, .. }) = reaching.into_iter().find(covers) else { return Ok(None) };
    let by = held.iter().find(|organization| organization.id == restriction.organization_id);
    Ok(by.map(|by| EditRestricted::new(restriction, by)))
}

/// Why nothing can be changed where an item lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// Something limits the account.
    #[error("This account is limited right now: nothing in it can be changed.")]
    Account,
    /// A new password is missing.
    #[error("Administrators require a new password of this account. Nothing can be changed until it is set.")]
    ResetRequired,
    /// The membership is restricted.
    #[error("Administrators have restricted this membership: the workspace can be read, and nothing in it changed.")]
    ReadOnly,
    /// The membership is suspended.
    #[error("Administrators have closed this workspace to this member for now.")]
    Suspended,
}

impl Refusal for Closed {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// All that an app is told of why: what administrators have to do with a person is between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This person's items can't be changed right now.")]
struct NotNow(Code);

impl Refusal for NotNow {
    fn code(&self) -> Code {
        self.0
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// Refuses an edit of an item, which takes these rights, that its person, or whoever acts in their name, may not make now.
/// Their account is locked, and
/// where the item lies in a workspace, they are a member there.
///
/// # Errors
/// [`Closed`], or [`EditRestricted`] by the oldest restriction that covers it.
pub async fn allow_item_edit(
    tx: &Tx<'_>,
    account: &account::Model,
    operations: &[EditOperation],
    workspace: Option<(OrganizationId, WorkspaceId)>,
) -> Result<()> {
    match allow_edit_of_item(tx, account, operations, workspace).await {
        Err(Error::Refused(refusal)) if matches!(tx.origin().caller, Caller::App(_)) => {
            Err(NotNow(refusal.code()).into())
        }
        outcome => outcome,
    }
}

async fn allow_edit_of_item(
    tx: &Tx<'_>,
    account: &account::Model,
    operations: &[EditOperation],
    workspace: Option<(OrganizationId, WorkspaceId)>,
) -> Result<()> {
    if entry::access(tx.db(), account.id, tx.now()).await? != Access::Full {
        return Err(Closed::Account.into());
    }
    if entry::awaits_password(tx.db(), account, tx.now()).await? {
        return Err(Closed::ResetRequired.into());
    }
    if let Some((_, workspace)) = workspace {
        let closed = match entry::entry(tx.db(), account, workspace, tx.now()).await? {
            Some(Entry::Open) => None,
            Some(Entry::ReadOnly) => Some(Closed::ReadOnly),
            Some(Entry::ResetRequired) => Some(Closed::ResetRequired),
            Some(Entry::Suspended) | None => Some(Closed::Suspended),
        };
        if let Some(closed) = closed {
            return Err(closed.into());
        }
    }
    let edits: Vec<Edit> = operations.iter().map(|&operation| Edit { operation, workspace }).collect();
    match forbids_one(tx, account, &edits).await? {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}
