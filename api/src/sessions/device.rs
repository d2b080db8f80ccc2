//! The devices from which an account has signed in: a kind of device on a network. The person is told of a new one, but
//! for the first of all.

use crate::{
    core::{NoticeDraft, Notices, Result, Silence, Tx, text::UserAgent},
    notices::content::NewDeviceSignIn,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, TryInsertResult};
use steward_entities::{account, id::AccountId, seen_device, session};

/// Notes the device of this request; whether it is new on this account.
pub async fn note_device(tx: &Tx<'_>, account: AccountId) -> Result<bool> {
    let row = seen_device::ActiveModel {
        account_id: Set(account),
        device: Set(device(tx)),
        network: Set(tx.origin().network()),
        seen_at: Set(tx.now()),
    };
    let noted = seen_device::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(tx.db()).await?;
    Ok(matches!(noted, TryInsertResult::Inserted(1..)))
}

/// Notes the device of this request, after the right password; what the person is told of it.
pub async fn new_device(tx: &Tx<'_>, account: &account::Model) -> Result<Notices> {
    let earlier =
        seen_device::Entity::find().filter(seen_device::Column::AccountId.eq(account.id)).one(tx.db()).await?;
    // Devices weren't always noted: only who has never signed in before has none to compare with.
    let first = earlier.is_none() && account.last_active_at.is_none() && !has_signed_in(tx, account.id).await?;
    if !note_device(tx, account.id).await? || first {
        return Ok(Notices::None(Silence::OwnAct));
    }
    let content = NewDeviceSignIn {
        email: account.email.clone(),
        device: device(tx),
        ip_address: Some(tx.origin().ip_address.clone()).filter(|address| !address.is_empty()),
        signed_in_at: tx.now(),
    };
    Ok(Notices::one(NoticeDraft::new(tx, account, content.into())))
}

async fn has_signed_in(tx: &Tx<'_>, account: AccountId) -> Result<bool> {
    let sessions = session::Entity::find().filter(session::Column::AccountId.eq(account));
    Ok(sessions.one(tx.db()).await?.is_some())
}

fn device(tx: &Tx<'_>) -> String {
    UserAgent::lenient(&tx.origin().user_agent).device()
}
