//! Claims in the schema: what an organization sees and does, and a person's consent.

mod inputs;
mod objects;
mod plan;

pub use inputs::*;
pub use objects::*;
pub use plan::*;

use crate::{
    accounts::list::graphql::AccountSelectionInput,
    claims::{
        accept_control::AcceptControl,
        cancel_claim::CancelClaim,
        claim_accounts::ClaimAccounts,
        release_accounts::{Release, ReleaseAccounts},
    },
    core::{
        Result as CoreResult, invalid,
        powers::PowerRefusal,
        text::{Message, Reason},
    },
    graphql::{
        Settled, Viewer,
        error::read,
        input::{id, optional},
        settle,
    },
};
use async_graphql::{Context, ID, Object, Result};
use steward_entities::id::{AccountId, ClaimId, ControlAssertionId};

/// Reads of claims.
#[derive(Default)]
pub struct ClaimQuery;

#[Object]
impl ClaimQuery {
    /// One claim of an organization that you administer; null when there is none that you can see.
    async fn claim(&self, ctx: &Context<'_>, #[graphql(desc = "The claim's id.")] id: ID) -> Result<Option<Claim>> {
        let Ok(id) = id.parse::<ClaimId>() else { return Ok(None) };
        Ok(read(Viewer::of(ctx).reader().claim(id).await)?.map(Claim))
    }
}

/// Changes of claims.
#[derive(Default)]
pub struct ClaimMutation;

#[Object]
impl ClaimMutation {
    /// Asserts control over the accounts in a domain that your organization has proved. Each person is told, and has
    /// the notice period to accept, to move to another address, or to deactivate the account.
    async fn claim_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Over which accounts, and with how much notice.")] input: ClaimAccountsInput,
    ) -> Settled<ClaimAccountsPayload> {
        settle(claim_accounts(Viewer::of(ctx), input).await)
    }

    /// Calls off what is pending of a claim. What is in effect stays; people are told.
    async fn cancel_claim(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which claim.")] input: CancelClaimInput,
    ) -> Settled<CancelClaimPayload> {
        settle(cancel_claim(Viewer::of(ctx), input).await)
    }

    /// Gives accounts back to their people: all rights are theirs again, and they are told.
    async fn release_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which accounts, and why.")] input: ReleaseAccountsInput,
    ) -> Settled<ReleaseAccountsPayload> {
        settle(release_accounts(Viewer::of(ctx), input).await)
    }

    /// Accepts an organization's control over your own account before its date. It takes effect at once, and all your
    /// sessions end, this one too.
    async fn accept_control(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assertion.")] input: AcceptControlInput,
    ) -> Settled<AcceptControlPayload> {
        settle(accept_control(Viewer::of(ctx), input).await)
    }
}

async fn claim_accounts(viewer: &Viewer, input: ClaimAccountsInput) -> CoreResult<ClaimAccountsPayload> {
    let action = ClaimAccounts {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        domain: id(&["input", "domainId"], &input.domain_id)?,
        scope: input.scope.read(&["input", "scope", "accountIds"])?,
        notice_days: input.notice_period_days,
        message: optional(&["input", "message"], input.message.as_deref(), Message::parse)?,
        dry_run: input.dry_run,
    };
    let done = viewer.perform(action).await?;
    let claim = if input.dry_run { None } else { viewer.reader().claim(done.claim).await?.map(Claim) };
    Ok(ClaimAccountsPayload { claim, claimable: Some(done.claimable), ..Default::default() })
}

async fn cancel_claim(viewer: &Viewer, input: CancelClaimInput) -> CoreResult<CancelClaimPayload> {
    let action = CancelClaim {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        claim: id(&["input", "claimId"], &input.claim_id)?,
        reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
    };
    let done = viewer.perform(action).await?;
    Ok(CancelClaimPayload { claim: viewer.reader().claim(done).await?.map(Claim), ..Default::default() })
}

async fn release_accounts(viewer: &Viewer, input: ReleaseAccountsInput) -> CoreResult<ReleaseAccountsPayload> {
    let field = &["input", "selection", "accountIds"];
    let AccountSelectionInput::AccountIds(ids) = input.selection else {
        return Err(invalid(
            &["input", "selection", "filter"],
            "can't be used here: name up to 1,000 accounts, or use bulkAccounts",
        ));
    };
    let action = ReleaseAccounts {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        accounts: ids.iter().map(|text| id(field, text)).collect::<CoreResult<Vec<_>>>()?,
        act: Release { reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)? },
        dry_run: input.dry_run,
    };
    let done = viewer.perform(action).await?;
    let skipped = |(account, reason): (AccountId, PowerRefusal)| SkippedAccount {
        account_id: account.to_string().into(),
        reason: reason.into(),
    };
    Ok(ReleaseAccountsPayload {
        released_account_ids: done.released.iter().map(|account| account.to_string().into()).collect(),
        skipped: done.skipped.into_iter().map(skipped).collect(),
        ..Default::default()
    })
}

async fn accept_control(viewer: &Viewer, input: AcceptControlInput) -> CoreResult<AcceptControlPayload> {
    let assertion: ControlAssertionId = id(&["input", "controlAssertionId"], &input.control_assertion_id)?;
    let done = viewer.perform(AcceptControl { assertion }).await?;
    Ok(AcceptControlPayload { control_assertion_id: Some(done.to_string().into()), ..Default::default() })
}
