//! Claims and assertions, as they are shown.

use crate::{
    claims::read::AssertionRow,
    core::Result as CoreResult,
    graphql::{
        Viewer,
        error::read,
        page::{List, Page, Rows},
    },
};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{claim, id::OrganizationId, kinds};

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
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().assertions(&self.0, status.map(Into::into), &page).await)?;
        Ok(assertions(rows))
    }
}

impl Claim {
    async fn count(&self, viewer: &Viewer) -> CoreResult<ClaimCounts> {
        let reader = viewer.reader();
        let mut counts = ClaimCounts { undelivered: reader.undelivered(&self.0).await?, ..ClaimCounts::default() };
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

/// What an organization has to do with claims.
pub struct OrganizationClaims(pub OrganizationId);

#[Object]
impl OrganizationClaims {
    /// Its claims, oldest first; none for who doesn't administer it.
    async fn claims(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<List<Claim>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().claims(self.0, &page).await)?;
        Ok(rows.connection(|claim| vec![claim.id.0.to_string()], Claim))
    }
}

/// What a signed-in person has to do with claims.
pub struct ViewerClaims;

#[Object]
impl ViewerClaims {
    /// What organizations assert, or have asserted, over your account, oldest first.
    async fn control_assertions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<List<ControlAssertion>> {
        let page = Page { first, after, last, before };
        Ok(assertions(read(Viewer::of(ctx).reader().own_assertions(&page).await)?))
    }
}

impl crate::graphql::plain::Plain for ControlAssertion {}

impl crate::graphql::plain::Plain for Claim {}
