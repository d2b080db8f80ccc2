//! The job that follows the removal of a domain: what is pending over it is called off, and control that rested on it
//! ends, unless another proved domain of the organization covers the address.

use crate::{
    claims::advance_claim::{CHUNK, with_accounts},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventSet, Notices, Progress, Result, Silence, Tx, Unlogged,
        account::control::{Aftermath, decide, end_pending},
        error::Error,
    },
    notices::content::AssertionCanceledBecause,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Expr};
use steward_entities::{
    account, claim, control_assertion, domain,
    id::DomainId,
    kinds::{AssertionStatus, ClaimStatus},
    organization,
};

/// Ends what rested on a removed domain, one chunk at a time.
pub struct LeaveDomain {
    /// The domain.
    pub domain: DomainId,
}

impl Action for LeaveDomain {
    const NAME: ActionName = ActionName::EndControl;
    type Target = (domain::Model, organization::Model);
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let gone = || Error::internal("a domain's job outlived its domain");
        let unlocked = domain::Entity::find_by_id(self.domain).one(tx.db()).await?.ok_or_else(gone)?;
        // The organization's other domains are locked too: none of them can be removed while accounts pass to it.
        let all = domain::Entity::find()
            .filter(domain::Column::OrganizationId.eq(unlocked.organization_id))
            .filter(domain::Column::Id.eq(self.domain).or(domain::Column::RemovedAt.is_null()))
            .order_by_asc(domain::Column::Id);
        let all = tx.lock(all).all(tx.db()).await?;
        let domain = all.into_iter().find(|domain| domain.id == self.domain).ok_or_else(gone)?;
        let organization = organization::Entity::find_by_id(domain.organization_id).one(tx.db()).await?;
        Ok((domain, organization.ok_or_else(gone)?))
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<()>> {
        let (domain, organization) = target.into_inner();
        cancel_claims(tx, &domain).await?;
        let assertions = control_assertion::Entity::find()
            .filter(control_assertion::Column::DomainId.eq(domain.id))
            .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
            .order_by_asc(control_assertion::Column::Id)
            .limit(CHUNK)
            .all(tx.db())
            .await?;
        let (aftermath, done) = if assertions.is_empty() {
            let managed = account::Entity::find()
                .filter(account::Column::ManagedDomainId.eq(domain.id))
                .order_by_asc(account::Column::Id)
                .limit(CHUNK);
            let managed = tx.lock(managed).all(tx.db()).await?;
            (decide(tx, &organization, &managed, "DOMAIN_REMOVED").await?, managed.len())
        } else {
            let pending = with_accounts(tx, assertions).await?;
            let because = AssertionCanceledBecause::DomainRemoved;
            let ended = end_pending(tx, &organization, &domain, &pending, AssertionStatus::Canceled, because).await?;
            (ended, pending.len().max(1))
        };
        let Aftermath { events, notices } = aftermath;
        let rows = i64::try_from(done).unwrap_or_default();
        let progress =
            if done == 0 { Progress::Complete { done: 0 } } else { Progress::More { cursor: None, done: rows } };
        let events = if events.is_empty() { EventSet::none(Unlogged::NothingChanged) } else { EventSet::many(events) };
        Ok(Done::new((), events, Notices::many(notices, Silence::NothingChanged)).progress(progress))
    }
}

async fn cancel_claims(tx: &Tx<'_>, domain: &domain::Model) -> Result<()> {
    claim::Entity::update_many()
        .col_expr(claim::Column::Status, Expr::value(ClaimStatus::Canceled))
        .col_expr(claim::Column::EndedAt, Expr::value(tx.now()))
        .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
        .filter(claim::Column::DomainId.eq(domain.id))
        .filter(claim::Column::Status.is_in([ClaimStatus::Preparing, ClaimStatus::Notifying]))
        .exec(tx.db())
        .await?;
    Ok(())
}
