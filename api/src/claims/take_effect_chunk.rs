//! A chunk of control taking effect, for the accounts whose time has come.

use crate::{
    claims::advance_claim::{Chunk, ClaimInHand, with_accounts},
    core::{
        ActionName, EventDraft, NoticeDraft, Progress, Result, Tx,
        account::control::{self, Aftermath, end_pending},
        database::one_of,
        joining::{Joining, workspaces_of},
        notice::contact,
        powers::covers,
    },
    notices::content::{AssertionCanceledBecause, ControlCause, ControlInEffect},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Expr};
use std::collections::HashMap;
use steward_entities::{
    account, control_assertion, domain, email_change,
    id::{AccountId, ClaimId, ControlAssertionId},
    kinds::{AssertionStatus, EmailChangeStatus},
    organization,
};

/// Half of the other chunks: each account writes more rows.
const CHUNK: u64 = 500;

/// Written out as in the partial indexes: a parameter in its place would hide them from a plan that is kept.
const PENDING: &str = "control_assertion.status = 'PENDING'";

fn due(claim: ClaimId, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(control_assertion::Column::ClaimId.eq(claim))
        .add(Expr::cust(PENDING))
        .add(control_assertion::Column::TakesEffectAt.lte(now))
        .add(control_assertion::Column::HeldUntil.is_null().or(control_assertion::Column::HeldUntil.lte(now)))
}

/// When the next assertion of a claim is due; none when no notice was delivered yet.
pub async fn next_due(tx: &Tx<'_>, claim: ClaimId) -> Result<Option<DateTime<Utc>>> {
    let of_claim = || {
        control_assertion::Entity::find()
            .filter(control_assertion::Column::ClaimId.eq(claim))
            .filter(Expr::cust(PENDING))
    };
    // Each walks its index to the first row: those that are held are few, and an index of their own finds them.
    let free = of_claim()
        .filter(control_assertion::Column::TakesEffectAt.is_not_null())
        .filter(control_assertion::Column::HeldUntil.is_null())
        .order_by_asc(control_assertion::Column::TakesEffectAt)
        .one(tx.db())
        .await?;
    let held = of_claim()
        .filter(control_assertion::Column::HeldUntil.is_not_null())
        .order_by_asc(control_assertion::Column::HeldUntil)
        .one(tx.db())
        .await?;
    let both = [free, held].into_iter().flatten();
    Ok(both.filter_map(|next| Ord::max(next.takes_effect_at, next.held_until)).min())
}

/// Lets control take effect for the next chunk; none when nobody's time has come.
pub async fn take_effect_chunk(tx: &Tx<'_>, hand: &ClaimInHand) -> Result<Option<Chunk>> {
    if !super::claim_accounts::is_proved(hand.domain.status) || hand.domain.removed_at.is_some() {
        return Ok(None);
    }
    let assertions = control_assertion::Entity::find()
        .filter(due(hand.claim.id, tx.now()))
        .order_by_asc(control_assertion::Column::TakesEffectAt)
        .limit(CHUNK)
        .all(tx.db())
        .await?;
    if assertions.is_empty() {
        return Ok(None);
    }
    tx.agree_on_time().await?;
    let done = i64::try_from(assertions.len()).unwrap_or_default();
    let rows = with_accounts(tx, assertions).await?;
    let waiting = waiting_changes(tx, &rows).await?;
    let (mut ready, mut moved) = (Vec::new(), Vec::new());
    for (assertion, account) in rows {
        let asked = waiting.get(&account.id).filter(|change| Some(change.created_at) <= assertion.takes_effect_at);
        match asked {
            // A change that was asked for in time holds the assertion until its link has expired, once.
            Some(change) if assertion.held_until.is_none() => hold(tx, assertion.id, change.expires_at).await?,
            _ if !is_covered(&hand.domain, &account) => moved.push((assertion, account)),
            _ => ready.push((assertion, account)),
        }
    }
    let mut aftermath = begin(tx, &hand.organization, &hand.domain, &ready, ControlCause::PeriodOver).await?;
    let because = AssertionCanceledBecause::MovedAway;
    let ended = end_pending(tx, &hand.organization, &hand.domain, &moved, AssertionStatus::Avoided, because).await?;
    aftermath.events.extend(ended.events);
    aftermath.notices.extend(ended.notices);
    Ok(Some(Chunk { aftermath, progress: Progress::More { cursor: None, done } }))
}

fn is_covered(domain: &domain::Model, account: &account::Model) -> bool {
    account.verified_at.is_some()
        && account.operator_at.is_none()
        && account.managed_by.is_none()
        && covers(domain, &account.email_domain_key)
}

async fn waiting_changes(
    tx: &Tx<'_>,
    rows: &[(control_assertion::Model, account::Model)],
) -> Result<HashMap<AccountId, email_change::Model>> {
    let changes = email_change::Entity::find()
        .filter(one_of(tx.db(), email_change::Column::AccountId, rows.iter().map(|(_, account)| account.id)))
        .filter(email_change::Column::Status.eq(EmailChangeStatus::Pending))
        .filter(email_change::Column::ExpiresAt.gt(tx.now()))
        .all(tx.db())
        .await?;
    Ok(changes.into_iter().map(|change| (change.account_id, change)).collect())
}

async fn hold(tx: &Tx<'_>, assertion: ControlAssertionId, until: DateTime<Utc>) -> Result<()> {
    control_assertion::Entity::update_many()
        .col_expr(control_assertion::Column::HeldUntil, Expr::value(until))
        .filter(control_assertion::Column::Id.eq(assertion))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Control begins for these accounts, which are locked: all that could let somebody in from before dies, and the person
/// is told.
pub async fn begin(
    tx: &Tx<'_>,
    organization: &organization::Model,
    domain: &domain::Model,
    ready: &[(control_assertion::Model, account::Model)],
    cause: ControlCause,
) -> Result<Aftermath> {
    let mut aftermath = Aftermath::default();
    if ready.is_empty() {
        return Ok(aftermath);
    }
    control_assertion::Entity::update_many()
        .col_expr(control_assertion::Column::Status, Expr::value(AssertionStatus::InEffect))
        .col_expr(control_assertion::Column::TakesEffectAt, Expr::value(tx.now()))
        .col_expr(control_assertion::Column::Version, Expr::col(control_assertion::Column::Version).add(1))
        .filter(one_of(tx.db(), control_assertion::Column::Id, ready.iter().map(|(assertion, _)| assertion.id)))
        .exec(tx.db())
        .await?;
    let accounts: Vec<AccountId> = ready.iter().map(|(_, account)| account.id).collect();
    let within = workspaces_of(tx, organization.id, &accounts).await?;
    let joining = Joining::begin(tx, organization.id, &within, &accounts).await?;
    control::take(tx, organization.id, domain.id, &accounts).await?;
    for (assertion, account) in ready {
        let content = ControlInEffect {
            organization: organization.name.clone(),
            domain: domain.name.clone(),
            email: account.email.clone(),
            contact: contact(organization),
            policy_url: organization.policy_url.as_deref().and_then(|url| url.parse().ok()),
            cause,
            in_effect_at: tx.now(),
        };
        aftermath.notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        let event = EventDraft::within(Some(organization.id))
            .about(account.id)
            .object(ControlAssertionId::PREFIX, assertion.id.0)
            .named(ActionName::TakeControl);
        aftermath.events.push(event);
    }
    if let Some(joining) = joining {
        aftermath.notices.extend(joining.tell(tx, ready.iter().map(|(_, account)| account)).await?);
    }
    Ok(aftermath)
}
