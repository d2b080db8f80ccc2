//! `acceptControl`: the person's own consent. Control takes effect at once, and with it all sessions end, this one too:
//! whoever may have been in the account before is out.

use crate::{
    claims::{claim_accounts::is_proved, take_effect_chunk::begin},
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventSet, Notices, Refusal, Result, Silence, Tx,
        account::control::Aftermath, error::Error, not_found, powers::covers,
    },
    notices::content::ControlCause,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{
    account, claim, control_assertion, domain,
    id::ControlAssertionId,
    kinds::{AssertionStatus, ClaimStatus},
    organization,
};

/// Accepts control before its date.
pub struct AcceptControl {
    /// The assertion.
    pub assertion: ControlAssertionId,
}

/// The assertion can't be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no longer pending: there is nothing to accept.")]
pub struct NotPending;

impl Refusal for NotPending {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "controlAssertionId"]
    }
}

/// What is accepted, locked in this order: domain, claim, account.
pub struct Offer {
    assertion: control_assertion::Model,
    claim: claim::Model,
    domain: domain::Model,
    organization: organization::Model,
    account: account::Model,
}

impl Action for AcceptControl {
    const NAME: ActionName = ActionName::AcceptControl;
    type Target = Offer;
    type Output = ControlAssertionId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Offer> {
        let gone = || not_found(&["input", "controlAssertionId"]);
        let broken = || Error::internal("an assertion without its claim");
        let own = authority.own()?;
        let of_mine = || {
            control_assertion::Entity::find_by_id(self.assertion).filter(control_assertion::Column::AccountId.eq(own))
        };
        let unlocked = of_mine().one(tx.db()).await?.ok_or_else(gone)?;
        let domain = tx.lock(domain::Entity::find_by_id(unlocked.domain_id)).one(tx.db()).await?.ok_or_else(broken)?;
        let claim = tx.lock(claim::Entity::find_by_id(unlocked.claim_id)).one(tx.db()).await?.ok_or_else(broken)?;
        let account = tx.lock(account::Entity::find_by_id(own)).one(tx.db()).await?.ok_or_else(gone)?;
        let assertion = of_mine().one(tx.db()).await?.ok_or_else(gone)?;
        let organization = organization::Entity::find_by_id(assertion.organization_id).one(tx.db()).await?;
        Ok(Offer { assertion, claim, domain, organization: organization.ok_or_else(broken)?, account })
    }

    async fn run(&self, offer: Authorized<Offer>, tx: &Tx<'_>) -> Result<Done<ControlAssertionId>> {
        let Offer { assertion, claim, domain, organization, account } = offer.into_inner();
        let can_begin = assertion.status == AssertionStatus::Pending
            && matches!(claim.status, ClaimStatus::Preparing | ClaimStatus::Notifying)
            && is_proved(domain.status)
            && domain.removed_at.is_none()
            && account.verified_at.is_some()
            && covers(&domain, &account.email_domain_key);
        if !can_begin {
            return Err(NotPending.into());
        }
        let id = assertion.id;
        let Aftermath { events, notices } =
            begin(tx, &organization, &domain, &[(assertion, account)], ControlCause::Accepted).await?;
        let events = events.into_iter().map(|event| event.named(ActionName::AcceptControl)).collect();
        Ok(Done::new(id, EventSet::many(events), Notices::many(notices, Silence::NothingChanged)))
    }
}
