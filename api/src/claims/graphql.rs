//! Claims in the schema: what an organization sees.

use crate::{
    claims::{
        accept_control::AcceptControl,
        cancel_claim::CancelClaim,
        candidates::{Candidate, ClaimScope, Counts, Exclusion, Place},
        claim_accounts::ClaimAccounts,
        read::AssertionRow,
        release_accounts::{ReleaseAccounts, Skipped},
    },
    core::{
        Result as CoreResult,
        text::{Message, Reason},
    },
    graphql::{
        Viewer,
        error::read,
        input::{id, optional},
        page::{List, Page, Rows},
        settle,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{
    claim, domain,
    id::{AccountId, ClaimId, ControlAssertionId},
    kinds,
};

/// The state of a claim. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::ClaimStatus")]
pub enum ClaimStatus {
    /// Its assertions and notices are being written.
    Preparing,
    /// People are being told, and have their time.
    Notifying,
    /// Nothing is pending any more.
    Complete,
    /// It was canceled; what was in effect stays.
    Canceled,
}

/// The state of one account in a claim. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::AssertionStatus")]
pub enum ControlAssertionStatus {
    /// The person is being told, and has time to decide.
    Pending,
    /// The organization manages the account.
    InEffect,
    /// The person moved or deactivated the account in time.
    Avoided,
    /// It was called off.
    Canceled,
    /// Control ended.
    Released,
}

/// Why an account is left out of a claim. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Exclusion")]
pub enum ClaimExclusionReason {
    /// Operators of the platform are never claimed.
    Operator,
    /// Your organization manages it already.
    AlreadyManaged,
    /// Another organization manages it.
    ManagedElsewhere,
    /// The address was never proved.
    Unverified,
    /// Another claim is pending.
    InAnotherClaim,
    /// The person has deactivated the account.
    Deactivated,
    /// There is no such account in this domain.
    NotInDomain,
}

/// Why an account was skipped. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Skipped")]
pub enum SkippedReason {
    /// There is no such account that your organization can see.
    NotFound,
    /// Your organization doesn't manage it.
    NotManaged,
    /// The person holds powers in your organization that you lack.
    HigherRole,
    /// Nobody does this to themselves.
    #[graphql(name = "SELF")]
    OnSelf,
}

/// Accounts that are left out of a claim, for one reason.
#[derive(SimpleObject)]
pub struct ClaimExclusion {
    /// Why.
    pub reason: ClaimExclusionReason,
    /// How many.
    pub accounts: i64,
}

/// An account that could be claimed. Before it is, an organization sees its id and address alone.
#[derive(SimpleObject)]
pub struct ClaimCandidate {
    /// The account's id.
    pub account_id: ID,
    /// Its address.
    pub email: String,
}

/// What a claim would do now.
pub struct ClaimPlan {
    domain: domain::Model,
    scope: ClaimScope,
    counts: Counts,
}

/// What a claim would do now. It changes nothing; a claim is a snapshot of the moment in which it begins.
#[Object]
impl ClaimPlan {
    /// How many accounts would be claimed.
    async fn claimable(&self) -> i64 {
        self.counts.claimable
    }

    /// How many would be left out, by reason.
    async fn excluded(&self) -> Vec<ClaimExclusion> {
        let each = |&(reason, accounts): &(Exclusion, i64)| ClaimExclusion {
            reason: reason.into(),
            accounts,
        };
        self.counts.excluded.iter().map(each).collect()
    }

    /// Who would be claimed, by address.
    async fn candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
    ) -> Result<List<ClaimCandidate>> {
        read(
            self.page(
                Viewer::of(ctx),
                Page {
                    first,
                    after,
                    ..Page::default()
                },
            )
            .await,
        )
    }
}

impl ClaimPlan {
    /// The plan of a claim over `domain`; none for who may not claim.
    pub async fn of(
        viewer: &Viewer,
        domain: &domain::Model,
        scope: Option<ClaimScopeInput>,
    ) -> CoreResult<Option<Self>> {
        let scope = scope.map_or(Ok(ClaimScope::Everyone), |scope| scope.read(&["scope", "accountIds"]))?;
        let counts = viewer.reader().claim_plan(domain, &scope).await?;
        Ok(counts.map(|counts| Self {
            domain: domain.clone(),
            scope,
            counts,
        }))
    }

    async fn page(&self, viewer: &Viewer, page: Page) -> CoreResult<List<ClaimCandidate>> {
        let window = page.window()?;
        let after = match window.after.as_deref() {
            None => None,
            Some([key, account]) => Some(Place {
                key: key.clone(),
                id: id(&["after"], account)?,
            }),
            Some(_) => {
                return Err(crate::core::Error::BadRequest(
                    "This cursor belongs to another list.".to_owned(),
                ));
            }
        };
        let reader = viewer.reader();
        let found = match &self.scope {
            ClaimScope::Everyone => {
                reader
                    .candidates(&self.domain, after.as_ref(), window.limit + 1)
                    .await?
            }
            ClaimScope::AccountIds(ids) => {
                let all = reader
                    .candidates_among(&self.domain, &ids[..ids.len().min(1_000)])
                    .await?;
                let later = all
                    .into_iter()
                    .filter(|candidate| after.as_ref().is_none_or(|place| candidate.id > place.id));
                later.take(usize::try_from(window.limit + 1).unwrap_or(101)).collect()
            }
        };
        let mut rows = Rows {
            rows: found,
            has_previous: window.after.is_some(),
            has_next: false,
            all: None,
        };
        let limit = usize::try_from(window.limit).unwrap_or(100);
        rows.has_next = rows.rows.len() > limit;
        rows.rows.truncate(limit);
        let place = |candidate: &Candidate| vec![candidate.email_domain_key.clone(), candidate.id.to_string()];
        Ok(rows.connection(place, |candidate| ClaimCandidate {
            account_id: candidate.id.to_string().into(),
            email: candidate.email,
        }))
    }
}

/// How many accounts of a claim are in each state.
#[derive(SimpleObject, Default)]
pub struct ClaimCounts {
    /// Being told, or waiting for their date.
    pub pending: i64,
    /// Managed now.
    pub in_effect: i64,
    /// Moved or deactivated in time.
    pub avoided: i64,
    /// Called off.
    pub canceled: i64,
    /// Managed once, and released.
    pub released: i64,
    /// Pending, and their notice couldn't be delivered: see their assertions, and send the notice again.
    pub undelivered: i64,
}

/// One assertion of control over accounts of a domain.
pub struct Claim(pub claim::Model);

/// One assertion of control over accounts of a domain, from its plan to its end.
#[Object]
impl Claim {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its state.
    async fn status(&self) -> ClaimStatus {
        self.0.status.into()
    }

    /// The domain that it is about.
    async fn domain_id(&self) -> ID {
        self.0.domain_id.to_string().into()
    }

    /// How many days people have, counted from the delivery of their notice.
    async fn notice_period_days(&self) -> i64 {
        self.0.notice_days
    }

    /// Your own words to the people, beside the text of the notice.
    async fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// When it began.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The date that its notices state. Control begins then, or later where the notice was delivered later.
    async fn announced_at(&self) -> Option<DateTime<Utc>> {
        self.0.announced_at
    }

    /// When nothing was pending any more, or it was canceled.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// How many accounts are in each state.
    async fn counts(&self, ctx: &Context<'_>) -> Result<ClaimCounts> {
        read(self.count(Viewer::of(ctx)).await)
    }

    /// The accounts of the claim, each with its state.
    async fn assertions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state.")] status: Option<ControlAssertionStatus>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<List<ControlAssertion>> {
        let page = Page {
            first,
            after,
            last,
            before,
        };
        let rows = read(
            Viewer::of(ctx)
                .reader()
                .assertions(&self.0, status.map(Into::into), &page)
                .await,
        )?;
        Ok(assertions(rows))
    }
}

impl Claim {
    async fn count(&self, viewer: &Viewer) -> CoreResult<ClaimCounts> {
        let reader = viewer.reader();
        let mut counts = ClaimCounts {
            undelivered: reader.undelivered(&self.0).await?,
            ..ClaimCounts::default()
        };
        for count in reader.claim_counts(&self.0).await? {
            let place = match count.status {
                kinds::AssertionStatus::Pending => &mut counts.pending,
                kinds::AssertionStatus::InEffect => &mut counts.in_effect,
                kinds::AssertionStatus::Avoided => &mut counts.avoided,
                kinds::AssertionStatus::Canceled => &mut counts.canceled,
                kinds::AssertionStatus::Released => &mut counts.released,
            };
            *place = count.accounts;
        }
        Ok(counts)
    }
}

/// A page of assertions.
pub fn assertions(rows: Rows<AssertionRow>) -> List<ControlAssertion> {
    rows.connection(|row| vec![row.assertion.id.0.to_string()], ControlAssertion)
}

/// The state of one account in a claim.
pub struct ControlAssertion(pub AssertionRow);

/// The state of one account in a claim: what the organization asserts, and what the person can still decide.
#[Object]
impl ControlAssertion {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.assertion.id.to_string().into()
    }

    /// Its state.
    async fn status(&self) -> ControlAssertionStatus {
        self.0.assertion.status.into()
    }

    /// The account.
    async fn account_id(&self) -> ID {
        self.0.assertion.account_id.to_string().into()
    }

    /// The account's address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// The claim that it belongs to.
    async fn claim_id(&self) -> ID {
        self.0.assertion.claim_id.to_string().into()
    }

    /// The name of the organization that asserts control.
    async fn organization_name(&self) -> &str {
        &self.0.organization.name
    }

    /// Whom to ask at that organization.
    async fn organization_contact(&self) -> Option<&str> {
        self.0.organization.administrative_email.as_deref()
    }

    /// That organization's own policy for its people.
    async fn organization_policy_url(&self) -> Option<&str> {
        self.0.organization.policy_url.as_deref()
    }

    /// The domain that the organization has proved.
    async fn domain_name(&self) -> &str {
        &self.0.domain
    }

    /// The date that the notice states.
    async fn announced_at(&self) -> DateTime<Utc> {
        self.0.assertion.announced_at
    }

    /// When the notice reached the person; null while it hasn't.
    async fn notice_delivered_at(&self) -> Option<DateTime<Utc>> {
        self.0.assertion.notice_delivered_at
    }

    /// When control begins, or began: the announced date, or later where the notice was delivered later. Null while the
    /// notice isn't delivered.
    async fn takes_effect_at(&self) -> Option<DateTime<Utc>> {
        self.0.assertion.takes_effect_at
    }

    /// When it left its pending state without taking effect, or when control ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.assertion.ended_at
    }

    /// Why it ended: `MOVED_AWAY`, `DEACTIVATED`, `CLAIM_CANCELED`, `DOMAIN_REMOVED`, `RELEASED`. New values may come.
    async fn ended_because(&self) -> Option<&str> {
        self.0.assertion.ended_because.as_deref()
    }
}

/// Everyone in the domain.
#[derive(InputObject)]
pub struct EveryoneInput {
    /// Has no meaning yet; leave it out: `{everyone: {}}`.
    #[graphql(name = "_", default)]
    nothing: Option<String>,
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
    fn read(self, field: &'static [&'static str]) -> CoreResult<ClaimScope> {
        match self {
            Self::Everyone(_) => Ok(ClaimScope::Everyone),
            Self::AccountIds(ids) => {
                let mut ids = ids
                    .iter()
                    .map(|text| id::<AccountId>(field, text))
                    .collect::<CoreResult<Vec<_>>>()?;
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
    organization_id: ID,
    /// A domain that it has proved.
    domain_id: ID,
    /// Over whom.
    scope: ClaimScopeInput,
    /// How many days people have, counted from the delivery of their notice: 14 when left out, at least what the
    /// platform asks (never below 7), at most 90.
    notice_period_days: Option<i64>,
    /// Your own words to the people, beside the text of the notice; up to 2,000 characters.
    message: Option<String>,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    dry_run: bool,
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
    organization_id: ID,
    /// The claim.
    claim_id: ID,
    /// Why, for the log; up to 500 characters.
    reason: Option<String>,
}

payload! {
    /// What came of `cancelClaim`.
    CancelClaimPayload {
        /// The claim.
        claim: Option<Claim>,
    }
}

/// Which accounts.
#[derive(OneofObject)]
pub enum AccountSelectionInput {
    /// These accounts.
    AccountIds(Vec<ID>),
}

/// Whom to release.
#[derive(InputObject)]
pub struct ReleaseAccountsInput {
    /// Your organization.
    organization_id: ID,
    /// Which accounts: 1 to 1,000 ids.
    selection: AccountSelectionInput,
    /// Why, for the log and the people; up to 500 characters.
    reason: Option<String>,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    dry_run: bool,
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
    control_assertion_id: ID,
}

payload! {
    /// What came of `acceptControl`.
    AcceptControlPayload {
        /// The assertion. All your sessions have ended: sign in again.
        control_assertion_id: Option<ID>,
    }
}

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
        input: ClaimAccountsInput,
    ) -> Result<Option<ClaimAccountsPayload>> {
        settle(claim_accounts(Viewer::of(ctx), input).await)
    }

    /// Calls off what is pending of a claim. What is in effect stays; people are told.
    async fn cancel_claim(&self, ctx: &Context<'_>, input: CancelClaimInput) -> Result<Option<CancelClaimPayload>> {
        settle(cancel_claim(Viewer::of(ctx), input).await)
    }

    /// Gives accounts back to their people: all rights are theirs again, and they are told.
    async fn release_accounts(
        &self,
        ctx: &Context<'_>,
        input: ReleaseAccountsInput,
    ) -> Result<Option<ReleaseAccountsPayload>> {
        settle(release_accounts(Viewer::of(ctx), input).await)
    }

    /// Accepts an organization's control over your own account before its date. It takes effect at once, and all your
    /// sessions end, this one too.
    async fn accept_control(
        &self,
        ctx: &Context<'_>,
        input: AcceptControlInput,
    ) -> Result<Option<AcceptControlPayload>> {
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
    let claim = if input.dry_run {
        None
    } else {
        viewer.reader().claim(done.claim).await?.map(Claim)
    };
    Ok(ClaimAccountsPayload {
        claim,
        claimable: Some(done.claimable),
        ..Default::default()
    })
}

async fn cancel_claim(viewer: &Viewer, input: CancelClaimInput) -> CoreResult<CancelClaimPayload> {
    let action = CancelClaim {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        claim: id(&["input", "claimId"], &input.claim_id)?,
        reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
    };
    let done = viewer.perform(action).await?;
    Ok(CancelClaimPayload {
        claim: viewer.reader().claim(done).await?.map(Claim),
        ..Default::default()
    })
}

async fn release_accounts(viewer: &Viewer, input: ReleaseAccountsInput) -> CoreResult<ReleaseAccountsPayload> {
    let AccountSelectionInput::AccountIds(ids) = input.selection;
    let field = &["input", "selection", "accountIds"];
    let action = ReleaseAccounts {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        accounts: ids.iter().map(|text| id(field, text)).collect::<CoreResult<Vec<_>>>()?,
        reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
        dry_run: input.dry_run,
    };
    let done = viewer.perform(action).await?;
    let skipped = |(account, reason): (AccountId, Skipped)| SkippedAccount {
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
    Ok(AcceptControlPayload {
        control_assertion_id: Some(done.to_string().into()),
        ..Default::default()
    })
}
