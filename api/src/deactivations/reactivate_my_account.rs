//! `reactivateMyAccount`: the account is in use again. Where the claim that the person had avoided by resting still goes
//! on, control is asserted anew, with the full notice period.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Recipient,
        Refusal, Result, Tx,
        account::{
            assert::{Basis, assert_over},
            control::{Aftermath, reason},
            reach::Reach,
        },
        error::Error,
        powers::{PROVED, covers},
    },
    notices::content::{AccountReactivated, AssertionCanceledBecause},
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, prelude::Expr};
use steward_entities::{
    account, account_block, claim, control_assertion, domain,
    id::AccountId,
    kinds::{AssertionStatus, BlockKind, ClaimStatus},
    organization,
};

/// Takes the caller's own account into use again.
pub struct ReactivateMyAccount;

/// The account isn't at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Your account isn't deactivated.")]
pub struct NotDeactivated;

impl Refusal for NotDeactivated {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// The account, and what it had avoided by resting. Locked in this order: domain, claim, account.
pub struct Resting {
    account: account::Model,
    avoided: Option<(claim::Model, domain::Model, organization::Model)>,
}

impl Action for ReactivateMyAccount {
    const NAME: ActionName = ActionName::ReactivateMyAccount;
    type Target = Resting;
    type Output = AccountId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Resting> {
        let own = authority.own()?;
        let avoided = avoided(tx, own).await?;
        let account = tx.lock(account::Entity::find_by_id(own)).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        Ok(Resting { account, avoided })
    }

    async fn run(&self, resting: Authorized<Resting>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let Resting { account, avoided } = resting.into_inner();
        let lifted = account_block::Entity::update_many()
            .col_expr(account_block::Column::LiftedAt, Expr::value(tx.now()))
            .filter(account_block::Column::AccountId.eq(account.id))
            .filter(account_block::Column::Kind.eq(BlockKind::Deactivation))
            .filter(account_block::Column::LiftedAt.is_null())
            .exec(tx.db())
            .await?;
        if lifted.rows_affected == 0 {
            return Err(NotDeactivated.into());
        }
        let mut aftermath = match avoided {
            Some((claim, domain, organization))
                if is_still_claimable(&account, &claim, &domain)
                    && Reach::load(tx.db(), organization.id).await?.over(&account.email_domain_key).is_some() =>
            {
                let basis = Basis { claim: &claim, domain: &domain, organization: &organization };
                let announced_at = tx.now() + TimeDelta::days(claim.notice_days);
                assert_over(tx, basis, vec![Recipient::from(&account)], announced_at).await?
            }
            _ => Aftermath::default(),
        };
        let content = AccountReactivated { email: account.email.clone(), reactivated_at: tx.now() };
        aftermath.notices.push(NoticeDraft::new(tx, &account, content.into()));
        aftermath.events.push(EventDraft::within(account.managed_by).about(account.id));
        let Aftermath { events, notices } = aftermath;
        Ok(Done::new(account.id, EventSet::many(events), Notices::Send(notices)))
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

/// The claim that the account avoided last by resting, locked.
async fn avoided(tx: &Tx<'_>, own: AccountId) -> Result<Option<(claim::Model, domain::Model, organization::Model)>> {
    let last = control_assertion::Entity::find()
        .filter(control_assertion::Column::AccountId.eq(own))
        .order_by_desc(control_assertion::Column::CreatedAt)
        .one(tx.db())
        .await?;
    let deactivated = reason(AssertionCanceledBecause::Deactivated);
    let Some(assertion) = last
        .filter(|last| last.status == AssertionStatus::Avoided && last.ended_because.as_deref() == Some(deactivated))
    else {
        return Ok(None);
    };
    let domain = tx.lock(domain::Entity::find_by_id(assertion.domain_id)).one(tx.db()).await?;
    let claim = tx.lock(claim::Entity::find_by_id(assertion.claim_id)).one(tx.db()).await?;
    let organization = organization::Entity::find_by_id(assertion.organization_id).one(tx.db()).await?;
    Ok(claim.zip(domain).zip(organization).map(|((claim, domain), organization)| (claim, domain, organization)))
}
