//! `cancelClaim`: calls off what is pending; what is in effect stays.

use crate::{
    claims::claim_accounts::ClaimRefusal,
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
        job, not_found, text::Reason,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, prelude::Expr};
use serde_json::json;
use steward_entities::{
    claim, domain,
    id::{ClaimId, OrganizationId},
    kinds::ClaimStatus,
};

/// Cancels a claim.
pub struct CancelClaim {
    /// Whose claim.
    pub organization: OrganizationId,
    /// Which claim.
    pub claim: ClaimId,
    /// Why, for the log.
    pub reason: Option<Reason>,
}

impl Action for CancelClaim {
    const NAME: ActionName = ActionName::CancelClaim;
    type Target = claim::Model;
    type Output = ClaimId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<claim::Model> {
        let gone = || not_found(&["input", "claimId"]);
        let of_ours =
            || claim::Entity::find_by_id(self.claim).filter(claim::Column::OrganizationId.eq(self.organization));
        let unlocked = of_ours().one(tx.db()).await?.ok_or_else(gone)?;
        // The domain first: locks are taken in one order.
        tx.lock(domain::Entity::find_by_id(unlocked.domain_id)).one(tx.db()).await?;
        tx.lock(of_ours()).one(tx.db()).await?.ok_or_else(gone)
    }

    async fn run(&self, claim: Authorized<claim::Model>, tx: &Tx<'_>) -> Result<Done<ClaimId>> {
        if !matches!(claim.status, ClaimStatus::Preparing | ClaimStatus::Notifying) {
            return Err(ClaimRefusal::Ended.into());
        }
        claim::Entity::update_many()
            .col_expr(claim::Column::Status, Expr::value(ClaimStatus::Canceled))
            .col_expr(claim::Column::EndedAt, Expr::value(tx.now()))
            .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
            .filter(claim::Column::Id.eq(claim.id))
            .exec(tx.db())
            .await?;
        if let Some(id) = claim.job_id {
            job::wake(tx, id).await?;
        }
        let event = EventDraft::within(Some(self.organization))
            .object(ClaimId::PREFIX, claim.id.0)
            .details(json!({ "reason": self.reason.as_ref().map(Reason::as_str) }));
        Ok(Done::new(claim.id, EventSet::one(event), Notices::None(Silence::JobTells)).and_wake())
    }
}
