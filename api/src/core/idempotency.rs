//! Answers to repeated requests. The record is written by the change's own transaction, under credential and key.

use crate::core::{
    action_name::{ActionName, Who},
    error::{Error, Result},
    tx::Tx,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use serde::{Serialize, de::DeserializeOwned};
use steward_entities::idempotency;

/// For how long a repeated request is answered from the record; the longest that a [`Key`] may count.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// What tells a repeated request from a new one: what the caller sent as `Idempotency-Key`, with a hash of the request
/// it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The caller's key, 1 to 255 visible ASCII characters.
    pub key: String,
    /// SHA-256 of operation, variables and operation name.
    pub request_hash: Vec<u8>,
    /// For how long the recorded answer counts; what comes later is a new request. At most [`KEPT_FOR`].
    pub counts_for: TimeDelta,
}

/// The key of this request, and under whose credential it counts. Sign-in and links ignore keys: what they give is secret,
/// or works once anyway.
fn asked<'a>(tx: &'a Tx<'_>, action: ActionName) -> Option<(&'a Key, String)> {
    if action.rule().who == Who::Anyone {
        return None;
    }
    Some((tx.origin().idempotency.as_ref()?, tx.caller().credential()?))
}

/// Whether this very request, under this credential, has been answered: what it asked for is done.
pub(in crate::core) async fn is_recorded(
    db: &impl ConnectionTrait,
    credential: String,
    key: &Key,
    now: DateTime<Utc>,
) -> Result<bool> {
    let found = find(db, credential, key, now).await?;
    Ok(found.is_some_and(|record| record.request_hash == key.request_hash))
}

async fn find(
    db: &impl ConnectionTrait,
    credential: String,
    key: &Key,
    now: DateTime<Utc>,
) -> Result<Option<idempotency::Model>> {
    let kept = idempotency::Column::CreatedAt.gt(now - key.counts_for);
    Ok(idempotency::Entity::find_by_id((credential, key.key.clone())).filter(kept).one(db).await?)
}

/// The recorded answer of the same request, if it was made before.
pub(in crate::core) async fn replay<T: DeserializeOwned>(tx: &Tx<'_>, action: ActionName) -> Result<Option<T>> {
    let Some((key, credential)) = asked(tx, action) else { return Ok(None) };
    let Some(record) = find(tx.db(), credential, key, tx.now()).await? else { return Ok(None) };
    if record.request_hash != key.request_hash || record.action != action.as_str() {
        return Err(Error::IdempotencyKeyReused);
    }
    Ok(Some(serde_json::from_value(record.output)?))
}

pub(in crate::core) async fn record<T: Serialize>(tx: &Tx<'_>, action: ActionName, output: &T) -> Result<()> {
    let Some((key, credential)) = asked(tx, action) else { return Ok(()) };
    // An old record under the same key has had its day.
    idempotency::Entity::delete_many()
        .filter(idempotency::Column::Credential.eq(&credential))
        .filter(idempotency::Column::Key.eq(&key.key))
        .filter(idempotency::Column::CreatedAt.lte(tx.now() - key.counts_for))
        .exec(tx.db())
        .await?;
    let row = idempotency::ActiveModel {
        credential: Set(credential),
        key: Set(key.key.clone()),
        action: Set(action.as_str().to_owned()),
        request_hash: Set(key.request_hash.clone()),
        output: Set(serde_json::to_value(output)?),
        created_at: Set(tx.now()),
    };
    row.insert(tx.db()).await?;
    Ok(())
}
