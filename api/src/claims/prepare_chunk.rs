//! A chunk of preparing a claim: the next candidates get their assertion and their notice.

use crate::{
    claims::{
        advance_claim::{CHUNK, Chunk, ClaimInHand},
        candidates::{Candidate, ClaimScope, Place, among, next},
    },
    core::{
        Progress, Recipient, Result, Tx,
        account::{
            assert::{Basis, assert_over},
            control::Aftermath,
        },
    },
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, prelude::Expr};
use steward_entities::{claim, id::AccountId, kinds::ClaimStatus};

/// Writes the next chunk; after the last one people are being notified.
pub async fn prepare_chunk(tx: &Tx<'_>, hand: &ClaimInHand) -> Result<Chunk> {
    if !super::claim_accounts::is_proved(hand.domain.status) || hand.domain.removed_at.is_some() {
        // Nothing is asserted over a domain that isn't proved now; what was asserted before waits or was canceled.
        return finish(tx, hand, Aftermath::default()).await;
    }
    let scope: ClaimScope = serde_json::from_value(hand.claim.scope.clone())?;
    let (candidates, cursor) = match &scope {
        ClaimScope::Everyone => everyone(tx, hand).await?,
        ClaimScope::AccountIds(ids) => named(tx, hand, ids).await?,
    };
    // Where workers were away for long, the date that was planned would leave people less than their period.
    let earliest = tx.now() + TimeDelta::days(hand.claim.notice_days);
    let is_late = tx.now() - hand.claim.created_at > TimeDelta::hours(1);
    let announced_at = hand.claim.announced_at.filter(|_| !is_late).unwrap_or(earliest);
    let done = i64::try_from(candidates.len()).unwrap_or_default();
    let people = candidates.into_iter().map(recipient).collect();
    let basis = Basis { claim: &hand.claim, domain: &hand.domain, organization: &hand.organization };
    let aftermath = assert_over(tx, basis, people, announced_at).await?;
    match cursor {
        Some(cursor) => Ok(Chunk { aftermath, progress: Progress::More { cursor: Some(cursor), done } }),
        None => finish(tx, hand, aftermath).await,
    }
}

/// The next candidates in the domain, and where to go on; no cursor after the last ones.
async fn everyone(tx: &Tx<'_>, hand: &ClaimInHand) -> Result<(Vec<Candidate>, Option<String>)> {
    let after: Option<Place> = hand.cursor.as_deref().map(serde_json::from_str).transpose()?;
    let found = next(tx.db(), &hand.domain, after.as_ref(), hand.claim.created_at, CHUNK).await?;
    let is_full = u64::try_from(found.len()).is_ok_and(|count| count == CHUNK);
    let last = found.last().filter(|_| is_full);
    let ids: Vec<AccountId> = found.iter().map(|candidate| candidate.id).collect();
    let place = last.map(|last| Place { key: last.email_domain_key.clone(), id: last.id });
    Ok((locked(tx, hand, &ids).await?, place.map(|place| serde_json::to_string(&place)).transpose()?))
}

/// The next of the accounts that were named, and where to go on.
async fn named(tx: &Tx<'_>, hand: &ClaimInHand, ids: &[AccountId]) -> Result<(Vec<Candidate>, Option<String>)> {
    let from = hand.cursor.as_deref().and_then(|cursor| cursor.parse::<usize>().ok()).unwrap_or_default();
    let chunk = usize::try_from(CHUNK).unwrap_or(1_000);
    let part = &ids[from.min(ids.len())..(from + chunk).min(ids.len())];
    let found = locked(tx, hand, part).await?;
    let next = from + chunk;
    Ok((found, (next < ids.len()).then(|| next.to_string())))
}

/// Those of these accounts that can be claimed, locked. Decided again behind the locks: whoever rested or was claimed
/// while we waited is left out.
async fn locked(tx: &Tx<'_>, hand: &ClaimInHand, ids: &[AccountId]) -> Result<Vec<Candidate>> {
    let mut ids = ids.to_vec();
    let mut found = Vec::new();
    for lock in [true, false] {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        found = among(tx.db(), &hand.domain, &ids, lock).await?;
        ids = found.iter().map(|candidate| candidate.id).collect();
    }
    Ok(found)
}

fn recipient(candidate: Candidate) -> Recipient {
    Recipient {
        account: Some(candidate.id),
        address: candidate.email,
        name: candidate.display_name,
        locale: candidate.locale,
    }
}

async fn finish(tx: &Tx<'_>, hand: &ClaimInHand, aftermath: Aftermath) -> Result<Chunk> {
    claim::Entity::update_many()
        .col_expr(claim::Column::Status, Expr::value(ClaimStatus::Notifying))
        .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
        .filter(claim::Column::Id.eq(hand.claim.id))
        .exec(tx.db())
        .await?;
    let done = i64::try_from(aftermath.notices.len()).unwrap_or_default();
    Ok(Chunk { aftermath, progress: Progress::More { cursor: None, done } })
}
