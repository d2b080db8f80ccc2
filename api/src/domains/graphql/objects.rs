//! Domains as callers see them.

use crate::{
    claims::graphql::{ClaimPlan, ClaimScopeInput},
    core::text::DomainName,
    domains::{challenge, diagnosis::challenge_name, verify_domain::Method},
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{domain, id::OrganizationId, kinds};

/// The state of a domain. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::DomainStatus")]
pub enum DomainStatus {
    /// Not proved yet.
    Pending,
    /// Proved: this organization owns it.
    Verified,
    /// Proved once; the proof is missing now. Publish it again.
    Lapsing,
    /// The proof has been missing for thirty days: no new claims, and nothing that takes something from people.
    Lapsed,
}

/// What came of a check of a domain. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::CheckOutcome")]
pub enum DomainCheckOutcome {
    /// The challenge is there.
    Found,
    /// The name that should hold the challenge doesn't exist.
    HostNotFound,
    /// The name exists; the challenge isn't there.
    TokenNotFound,
    /// Nobody answered in time. Nothing is known, and nothing is concluded.
    Timeout,
    /// The name servers failed, or contradict each other. Nothing is known, and nothing is concluded.
    ServerFailure,
    /// The name leads to an address that Steward doesn't connect to.
    RefusedAddress,
}

/// How a domain is proved. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Method")]
pub enum DomainVerificationMethod {
    /// By a TXT record in the domain's DNS.
    DnsTxt,
}

/// What to publish to prove a domain.
#[derive(SimpleObject)]
pub struct DomainChallenge {
    /// The full name of the record. Many DNS providers append the domain by themselves: then enter only its first label.
    record_name: String,
    /// The type of the record.
    record_type: &'static str,
    /// The value of the record, copied whole. Null when your role doesn't prove domains.
    record_value: Option<String>,
    /// Until when it can be proved; afterwards ask for a new one by `regenerateDomainChallenge`.
    expires_at: DateTime<Utc>,
}

/// One look at whether the proof of a domain is there.
#[derive(SimpleObject)]
pub struct DomainCheck {
    /// When.
    at: DateTime<Utc>,
    /// How.
    method: DomainVerificationMethod,
    /// What came of it.
    outcome: DomainCheckOutcome,
    /// The values that were found under the name; 20 at most. They come from the DNS: anybody may have written them.
    found_values: Vec<String>,
    /// Which DNS servers were asked.
    resolver: String,
    /// What was looked up, what was found, and what to do, in sentences for people.
    advice: String,
}

/// A domain of an organization.
pub struct Domain(pub domain::Model);

/// A domain of an organization, with the proof that it is its own.
#[Object]
impl Domain {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name in ASCII, as the DNS has it: `xn--bcher-kva.example`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its name as people read it: `bücher.example`.
    async fn unicode_name(&self) -> String {
        DomainName::parse(&self.0.name).map_or_else(|_| self.0.name.clone(), |name| name.unicode())
    }

    /// Whether its proof covers all domains below it.
    async fn include_subdomains(&self) -> bool {
        self.0.include_subdomains.is_some()
    }

    /// Its state.
    async fn status(&self) -> DomainStatus {
        self.0.status.into()
    }

    /// What to publish to prove it. Null once it is proved, unless a newer challenge waits.
    async fn challenge(&self, ctx: &Context<'_>) -> Option<DomainChallenge> {
        let waits = self.0.removed_at.is_none() && challenge::waits(&self.0);
        waits.then(|| DomainChallenge {
            record_name: challenge_name(&self.0.name),
            record_type: "TXT",
            record_value: Viewer::of(ctx).reader().proves(&self.0).then(|| challenge::value(&self.0.challenge)),
            expires_at: self.0.challenge_expires_at,
        })
    }

    /// When it was first proved.
    async fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.0.verified_at
    }

    /// The last check of its proof. Tokens are left out when your role doesn't prove domains.
    async fn last_check(&self, ctx: &Context<'_>) -> Option<DomainCheck> {
        let row = &self.0;
        let proves = Viewer::of(ctx).reader().proves(row);
        let shown = |text: &str| match proves {
            true => text.to_owned(),
            false => challenge::without_tokens(row, text),
        };
        let values = row.check_found.iter().filter_map(|found| found.as_array()).flatten();
        let values = values.filter_map(|value| value.as_str());
        Some(DomainCheck {
            at: row.checked_at?,
            method: Method::DnsTxt.into(),
            outcome: row.check_outcome?.into(),
            found_values: values.map(shown).collect(),
            resolver: row.check_resolver.clone().unwrap_or_default(),
            advice: shown(row.check_advice.as_deref().unwrap_or_default()),
        })
    }

    /// When its proof is looked for again; null while it isn't proved.
    async fn next_check_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_check_at
    }

    /// What a claim over it would do now. Null unless it is `VERIFIED` or `LAPSING`, and when your role doesn't claim.
    async fn claim_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Over which accounts; over everyone when left out.")] scope: Option<ClaimScopeInput>,
    ) -> Result<Option<ClaimPlan>> {
        read(ClaimPlan::of(Viewer::of(ctx), &self.0, scope).await)
    }

    /// When it was added.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was removed; only the payload of `removeDomain` shows removed domains.
    async fn removed_at(&self) -> Option<DateTime<Utc>> {
        self.0.removed_at
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// What an organization has to do with domains.
pub struct OrganizationDomains(pub OrganizationId);

#[Object]
impl OrganizationDomains {
    /// The domains that it has added, in the order in which they were added; for its administrators.
    async fn domains(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<List<Domain>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().domains(self.0, &page).await)?;
        Ok(rows.connection(|row| vec![row.id.0.to_string()], Domain))
    }
}

impl crate::graphql::plain::Plain for Domain {}
