//! What a claim would do, before it is made.

use crate::{
    claims::{
        candidates::{Candidate, ClaimScope, Counts, Exclusion, Place},
        graphql::inputs::ClaimScopeInput,
    },
    core::Result as CoreResult,
    graphql::{
        Viewer,
        error::read,
        input::id,
        page::{List, Page, Rows},
    },
};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use steward_entities::domain;

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
    /// Its deletion is scheduled.
    BeingDeleted,
    /// The person has deactivated the account.
    Deactivated,
    /// There is no such account in this domain.
    NotInDomain,
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
        let each = |&(reason, accounts): &(Exclusion, i64)| ClaimExclusion { reason: reason.into(), accounts };
        self.counts.excluded.iter().map(each).collect()
    }

    /// Who would be claimed: id and address, nothing else.
    async fn candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
    ) -> Result<List<ClaimCandidate>> {
        read(self.page(Viewer::of(ctx), Page { first, after, ..Page::default() }).await)
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
        Ok(counts.map(|counts| Self { domain: domain.clone(), scope, counts }))
    }

    async fn page(&self, viewer: &Viewer, page: Page) -> CoreResult<List<ClaimCandidate>> {
        let window = page.window()?;
        let after = match window.after.as_deref() {
            None => None,
            Some([key, account]) => Some(Place { key: key.clone(), id: id(&["after"], account)? }),
            Some(_) => {
                return Err(crate::core::Error::BadRequest("This cursor belongs to another list.".to_owned()));
            }
        };
        let reader = viewer.reader();
        let found = match &self.scope {
            ClaimScope::Everyone => reader.candidates(&self.domain, after.as_ref(), window.limit + 1).await?,
            ClaimScope::AccountIds(ids) => {
                let all = reader.candidates_among(&self.domain, &ids[..ids.len().min(1_000)]).await?;
                let later =
                    all.into_iter().filter(|candidate| after.as_ref().is_none_or(|place| candidate.id > place.id));
                later.take(usize::try_from(window.limit + 1).unwrap_or(101)).collect()
            }
        };
        let mut rows = Rows { rows: found, has_previous: window.after.is_some(), has_next: false, all: None };
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

impl crate::graphql::plain::Plain for ClaimCandidate {}
