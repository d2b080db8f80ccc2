//! Leaving and coming back: who puts an account to rest, or has it deleted, avoids what is asserted over it. Who comes back
//! while the claim still goes on is told anew, with the full notice period.

use crate::{
    core::{
        Done, EventDraft, EventSet, NoticeDraft, Notices, Recipient, Refusal, Result, Tx,
        account::{
            assert::{Basis, assert_over},
            block::lift,
            control::{Aftermath, end_pending, reason},
            reach::Reach,
        },
        error::Error,
        powers::{PROVED, covers},
    },
    notices::content::{AssertionCanceledBecause, Content},
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use steward_entities::{
    account, account_block, claim, control_assertion, domain,
    id::AccountId,
    kinds::{AssertionStatus, BlockKind, ClaimStatus},
    organization,
};

/// The blocks by which somebody is away.
const AWAY: [BlockKind; 2] = [BlockKind::Deactivation, BlockKind::Deletion];

/// What is asserted over the account, which is locked, is avoided.
pub async fn avoid(tx: &Tx<'_>, account: &account::Model, because: AssertionCanceledBecause) -> Result<Aftermath> {
    let pending = control_assertion::Entity::find()
        .filter(control_assertion::Column::AccountId.eq(account.id))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .one(tx.db())
        .await?;
    let Some(assertion) = pending else {
        return Ok(Aftermath::default());
    };
    let broken = || Error::internal("an assertion without its domain");
    let domain = domain::Entity::find_by_id(assertion.domain_id).one(tx.db()).await?.ok_or_else(broken)?;
    let organization =
        organization::Entity::find_by_id(assertion.organization_id).one(tx.db()).await?.ok_or_else(broken)?;
    end_pending(tx, &organization, &domain, &[(assertion, account.clone())], AssertionStatus::Avoided, because).await
}

/// Somebody who is away, and what they avoided by it. Locked in this order: domain, claim, account.
pub struct Away {
    /// Their account.
    pub account: account::Model,
    avoided: Option<(claim::Model, domain::Model, organization::Model)>,
}

impl Away {
    /// Locks it.
    ///
    /// # Errors
    /// `Unauthenticated` where the account is gone.
    pub async fn lock(tx: &Tx<'_>, own: AccountId) -> Result<Self> {
        let avoided = avoided(tx, own).await?;
        let account = tx.lock(account::Entity::find_by_id(own)).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        Ok(Self { account, avoided })
    }

    /// Lifts the person's own block of this kind, and tells them. Where there is none, it is refused as `unless` says.
    ///
    /// # Errors
    /// `unless`.
    pub async fn come_back(
        self,
        tx: &Tx<'_>,
        kind: BlockKind,
        unless: impl Refusal,
        told: impl Into<Content>,
    ) -> Result<Done<AccountId>> {
        let account = &self.account;
        if lift(tx, &[account.id], &[kind], None).await? == 0 {
            return Err(unless.into());
        }
        let Aftermath { mut events, mut notices } = self.came_back(tx).await?;
        notices.push(NoticeDraft::new(tx, account, told.into()));
        events.push(EventDraft::within(account.managed_by).about(account.id));
        Ok(Done::new(account.id, EventSet::many(events), Notices::Send(notices)))
    }

    /// What follows when one of the blocks was lifted. While another one keeps the person away, nothing is asserted.
    async fn came_back(&self, tx: &Tx<'_>) -> Result<Aftermath> {
        let Some((claim, domain, organization)) = &self.avoided else { return Ok(Aftermath::default()) };
        let still_away = account_block::Entity::find()
            .filter(account_block::Column::AccountId.eq(self.account.id))
            .filter(account_block::Column::Kind.is_in(AWAY))
            .filter(account_block::Column::LiftedAt.is_null())
            .one(tx.db())
            .await?;
        let within = Reach::load(tx.db(), organization.id).await?;
        if still_away.is_some()
            || !is_still_claimable(&self.account, claim, domain)
            || within.over(&self.account.email_domain_key).is_none()
        {
            return Ok(Aftermath::default());
        }
        let announced_at = tx.latest_time().await? + TimeDelta::days(claim.notice_days);
        assert_over(tx, Basis { claim, domain, organization }, vec![Recipient::from(&self.account)], announced_at).await
    }
}

fn is_still_claimable(account: &account::Model, claim: &claim::Model, domain: &domain::Model) -> bool {
    matches!(claim.status, ClaimStatus::Preparing | ClaimStatus::Notifying)
        && PROVED.contains(&domain.status)
        && domain.removed_at.is_none()
        && account.managed_by.is_none()
        && account.operator_at.is_none()
        && account.verified_at.is_some()
        && covers(domain, &account.email_domain_key)
}

/// The claim that the account avoided last by being away, locked.
async fn avoided(tx: &Tx<'_>, own: AccountId) -> Result<Option<(claim::Model, domain::Model, organization::Model)>> {
    let last = control_assertion::Entity::find()
        .filter(control_assertion::Column::AccountId.eq(own))
        .order_by_desc(control_assertion::Column::CreatedAt)
        .one(tx.db())
        .await?;
    let by_leaving = [AssertionCanceledBecause::Deactivated, AssertionCanceledBecause::BeingDeleted].map(reason);
    let is_so = |last: &control_assertion::Model| {
        last.status == AssertionStatus::Avoided
            && last.ended_because.as_deref().is_some_and(|because| by_leaving.contains(&because))
    };
    let Some(assertion) = last.filter(is_so) else { return Ok(None) };
    let domain = tx.lock(domain::Entity::find_by_id(assertion.domain_id)).one(tx.db()).await?;
    let claim = tx.lock(claim::Entity::find_by_id(assertion.claim_id)).one(tx.db()).await?;
    let organization = organization::Entity::find_by_id(assertion.organization_id).one(tx.db()).await?;
    Ok(claim.zip(domain).zip(organization).map(|((claim, domain), organization)| (claim, domain, organization)))
}
