//! The job that brings a claim forward. Each chunk is one change, and looks first at how the claim stands now.

use crate::{
    claims::{
        prepare_chunk::prepare_chunk,
        take_effect_chunk::{next_due, take_effect_chunk},
    },
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Progress, Result,
        Silence, Tx, Unlogged,
        account::{
            control::{Aftermath, end_pending},
            still_there::still_there,
        },
        database::one_of,
        error::Error,
        permission::{Permission, allows},
    },
    notices::content::{AssertionCanceledBecause, ClaimFinished},
};
use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Expr,
    sea_query::LockType,
};
use steward_entities::{
    account, claim, control_assertion, domain,
    id::ClaimId,
    job,
    kinds::{AssertionStatus, ClaimStatus},
    organization, role,
};

/// How many accounts one change touches at most.
pub const CHUNK: u64 = 1_000;

/// How long a claim waits before it looks again when nothing is due. Far less than the shortest notice period, so that
/// what is delivered meanwhile is found in time.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// Brings a claim forward by one chunk.
pub struct AdvanceClaim {
    /// The claim.
    pub claim: ClaimId,
}

/// A claim with what it rests on, locked in this order: domain, claim.
pub struct ClaimInHand {
    /// The claim.
    pub claim: claim::Model,
    /// Its domain.
    pub domain: domain::Model,
    /// Who asserts.
    pub organization: organization::Model,
    /// Where its job stands.
    pub cursor: Option<String>,
}

/// What a chunk did.
pub struct Chunk {
    /// For the log and the people.
    pub aftermath: Aftermath,
    /// How far it came.
    pub progress: Progress,
}

impl Action for AdvanceClaim {
    const NAME: ActionName = ActionName::AssertControl;
    type Target = ClaimInHand;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<ClaimInHand> {
        let gone = || Error::internal("a claim's job outlived its claim");
        let unlocked = claim::Entity::find_by_id(self.claim).one(tx.db()).await?.ok_or_else(gone)?;
        let domain = tx.lock(domain::Entity::find_by_id(unlocked.domain_id)).one(tx.db()).await?.ok_or_else(gone)?;
        // No stronger than needed: what refers to the claim doesn't wait for a chunk.
        let claim = claim::Entity::find_by_id(self.claim).lock(LockType::NoKeyUpdate);
        let claim = claim.one(tx.db()).await?.ok_or_else(gone)?;
        let organization =
            organization::Entity::find_by_id(claim.organization_id).one(tx.db()).await?.ok_or_else(gone)?;
        let cursor = match claim.job_id {
            Some(id) => job::Entity::find_by_id(id).one(tx.db()).await?.and_then(|job| job.cursor),
            None => None,
        };
        Ok(ClaimInHand { claim, domain, organization, cursor })
    }

    async fn run(&self, target: Authorized<ClaimInHand>, tx: &Tx<'_>) -> Result<Done<()>> {
        let hand = target.into_inner();
        let chunk = match hand.claim.status {
            ClaimStatus::Preparing => prepare_chunk(tx, &hand).await?,
            ClaimStatus::Notifying => notifying(tx, &hand).await?,
            ClaimStatus::Canceled => cancel_chunk(tx, &hand).await?,
            ClaimStatus::Complete => {
                Chunk { aftermath: Aftermath::default(), progress: Progress::Complete { done: 0 } }
            }
        };
        let Aftermath { events, notices } = chunk.aftermath;
        let events = if events.is_empty() { EventSet::none(Unlogged::NothingChanged) } else { EventSet::many(events) };
        Ok(Done::new((), events, Notices::many(notices, Silence::NothingChanged)).progress(chunk.progress))
    }
}

async fn notifying(tx: &Tx<'_>, hand: &ClaimInHand) -> Result<Chunk> {
    if let Some(chunk) = take_effect_chunk(tx, hand).await? {
        return Ok(chunk);
    }
    if !is_any_pending(tx, hand.claim.id).await? {
        return complete(tx, hand).await;
    }
    let again = tx.now() + LOOK_AGAIN;
    // What is due and waits for the domain isn't looked at without a pause: other work would never have its turn.
    let due = next_due(tx, hand.claim.id).await?.filter(|due| *due > tx.now());
    let at = due.map_or(again, |due| Ord::min(due, again));
    Ok(Chunk { aftermath: Aftermath::default(), progress: Progress::Later { at, done: 0 } })
}

async fn cancel_chunk(tx: &Tx<'_>, hand: &ClaimInHand) -> Result<Chunk> {
    let pending = pending(tx, hand, CHUNK).await?;
    let because = if hand.domain.removed_at.is_some() {
        AssertionCanceledBecause::DomainRemoved
    } else {
        AssertionCanceledBecause::ClaimCanceled
    };
    let aftermath =
        end_pending(tx, &hand.organization, &hand.domain, &pending, AssertionStatus::Canceled, because).await?;
    let done = i64::try_from(pending.len()).unwrap_or_default();
    let is_over = done == 0 && !is_any_pending(tx, hand.claim.id).await?;
    let progress = if is_over { Progress::Complete { done } } else { Progress::More { cursor: None, done } };
    Ok(Chunk { aftermath, progress })
}

/// Whether anybody's assertion is pending. Asked without waiting for locks: one that ends while we wait says nothing about
/// the others.
async fn is_any_pending(tx: &Tx<'_>, claim: ClaimId) -> Result<bool> {
    let first = control_assertion::Entity::find()
        .filter(control_assertion::Column::ClaimId.eq(claim))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .one(tx.db())
        .await?;
    Ok(first.is_some())
}

/// The next pending assertions of a claim with their accounts, locked in the order of the accounts.
pub(super) async fn pending(
    tx: &Tx<'_>,
    hand: &ClaimInHand,
    limit: u64,
) -> Result<Vec<(control_assertion::Model, account::Model)>> {
    let assertions = control_assertion::Entity::find()
        .filter(control_assertion::Column::ClaimId.eq(hand.claim.id))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .order_by_asc(control_assertion::Column::Id)
        .limit(limit)
        .all(tx.db())
        .await?;
    with_accounts(tx, assertions).await
}

/// The accounts of these assertions, locked in the order of their ids. An assertion that ended before its account was
/// locked is left out.
pub(super) async fn with_accounts(
    tx: &Tx<'_>,
    assertions: Vec<control_assertion::Model>,
) -> Result<Vec<(control_assertion::Model, account::Model)>> {
    let accounts = account::Entity::find()
        .filter(one_of(tx.db(), account::Column::Id, assertions.iter().map(|assertion| assertion.account_id)))
        .order_by_asc(account::Column::Id);
    let accounts = tx.lock(accounts).all(tx.db()).await?;
    let still = control_assertion::Entity::find()
        .filter(one_of(tx.db(), control_assertion::Column::Id, assertions.iter().map(|assertion| assertion.id)))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .all(tx.db())
        .await?;
    let mut by_account: std::collections::HashMap<_, _> =
        still.into_iter().map(|assertion| (assertion.account_id, assertion)).collect();
    Ok(accounts
        .into_iter()
        .filter_map(|account| by_account.remove(&account.id).map(|assertion| (assertion, account)))
        .collect())
}

async fn complete(tx: &Tx<'_>, hand: &ClaimInHand) -> Result<Chunk> {
    claim::Entity::update_many()
        .col_expr(claim::Column::Status, Expr::value(ClaimStatus::Complete))
        .col_expr(claim::Column::EndedAt, Expr::value(tx.now()))
        .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
        .filter(claim::Column::Id.eq(hand.claim.id))
        .exec(tx.db())
        .await?;
    let content = ClaimFinished {
        organization: hand.organization.name.clone(),
        domain: hand.domain.name.clone(),
        in_effect: counted(tx, hand, AssertionStatus::InEffect).await?,
        avoided: counted(tx, hand, AssertionStatus::Avoided).await?,
        canceled: counted(tx, hand, AssertionStatus::Canceled).await?,
    };
    let administrators = role::Entity::find()
        .filter(role::Column::OrganizationId.eq(hand.organization.id))
        .filter(role::Column::AsleepAt.is_null())
        .all(tx.db())
        .await?;
    let concerned =
        administrators.iter().filter(|role| allows(role.role, Permission::Claims)).map(|role| role.account_id);
    let people = account::Entity::find().filter(one_of(tx.db(), account::Column::Id, concerned));
    let people = still_there(tx, people).await?;
    let notices = people
        .iter()
        .map(|person| NoticeDraft::new(tx, person, content.clone().into()).on_behalf_of(hand.organization.id))
        .collect();
    let event = EventDraft::within(Some(hand.organization.id))
        .object(ClaimId::PREFIX, hand.claim.id.0)
        .named(ActionName::CompleteClaim);
    Ok(Chunk { aftermath: Aftermath { events: vec![event], notices }, progress: Progress::Complete { done: 0 } })
}

async fn counted(tx: &Tx<'_>, hand: &ClaimInHand, status: AssertionStatus) -> Result<u64> {
    let query = control_assertion::Entity::find()
        .filter(control_assertion::Column::ClaimId.eq(hand.claim.id))
        .filter(control_assertion::Column::Status.eq(status));
    Ok(query.count(tx.db()).await?)
}
