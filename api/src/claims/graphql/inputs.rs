//! What mutations of claims take and give.

use crate::{
    accounts::{graphql::skipped::SkippedReason, list::graphql::AccountSelectionInput},
    claims::{candidates::ClaimScope, graphql::objects::Claim},
    core::Result as CoreResult,
    graphql::input::id,
    payload,
};
use async_graphql::{ID, InputObject, OneofObject, SimpleObject};
use steward_entities::id::AccountId;

/// Everyone in the domain.
#[derive(InputObject)]
pub struct EveryoneInput {
    /// Has no meaning yet; leave it out: `{everyone: {}}`.
    #[graphql(name = "_", default)]
    pub(super) nothing: Option<String>,
}

/// Over whom control is asserted.
#[derive(OneofObject)]
pub enum ClaimScopeInput {
    /// Every account in the domain at the moment when the claim begins.
    Everyone(EveryoneInput),
    /// These accounts alone: 1 to 10,000 ids.
    AccountIds(Vec<ID>),
}

impl ClaimScopeInput {
    pub(in crate::claims) fn read(self, field: &'static [&'static str]) -> CoreResult<ClaimScope> {
        match self {
            Self::Everyone(_) => Ok(ClaimScope::Everyone),
            Self::AccountIds(ids) => {
                let mut ids = ids.iter().map(|text| id::<AccountId>(field, text)).collect::<CoreResult<Vec<_>>>()?;
                ids.sort_unstable();
                ids.dedup();
                Ok(ClaimScope::AccountIds(ids))
            }
        }
    }
}

/// What to claim.
#[derive(InputObject)]
pub struct ClaimAccountsInput {
    /// Your organization.
    pub(super) organization_id: ID,
    /// A domain that it has proved.
    pub(super) domain_id: ID,
    /// Over whom.
    pub(super) scope: ClaimScopeInput,
    /// How many days people have, counted from the delivery of their notice: 14 when left out, at least what the
    /// platform asks (never below 7), at most 90.
    pub(super) notice_period_days: Option<i64>,
    /// Your own words to the people, beside the text of the notice; up to 2,000 characters.
    pub(super) message: Option<String>,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    pub(super) dry_run: bool,
}

payload! {
    /// What came of `claimAccounts`.
    ClaimAccountsPayload {
        /// The claim; null for a dry run.
        claim: Option<Claim>,
        /// How many accounts it claims, or would claim.
        claimable: Option<i64>,
    }
}

/// Which claim to cancel.
#[derive(InputObject)]
pub struct CancelClaimInput {
    /// Your organization.
    pub(super) organization_id: ID,
    /// The claim.
    pub(super) claim_id: ID,
    /// Why, for the log; up to 500 characters.
    pub(super) reason: Option<String>,
}

payload! {
    /// What came of `cancelClaim`.
    CancelClaimPayload {
        /// The claim.
        claim: Option<Claim>,
    }
}

/// Whom to release.
#[derive(InputObject)]
pub struct ReleaseAccountsInput {
    /// Your organization.
    pub(super) organization_id: ID,
    /// Which accounts: 1 to 1,000 ids. For more, or for a filter, use `bulkAccounts`.
    pub(super) selection: AccountSelectionInput,
    /// Why, for the log and the people; up to 500 characters.
    pub(super) reason: Option<String>,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    pub(super) dry_run: bool,
}

/// An account that was skipped.
#[derive(SimpleObject)]
pub struct SkippedAccount {
    /// The account.
    pub account_id: ID,
    /// Why.
    pub reason: SkippedReason,
}

payload! {
    /// What came of `releaseAccounts`.
    ReleaseAccountsPayload {
        /// The accounts that were released, or would be.
        released_account_ids: Vec<ID>,
        /// The accounts that were skipped, with the reason.
        skipped: Vec<SkippedAccount>,
    }
}

/// What to accept.
#[derive(InputObject)]
pub struct AcceptControlInput {
    /// The assertion over your account.
    pub(super) control_assertion_id: ID,
}

payload! {
    /// What came of `acceptControl`.
    AcceptControlPayload {
        /// The assertion. All your sessions have ended: sign in again.
        control_assertion_id: Option<ID>,
    }
}
