//! `verifyDomain`: the challenge is looked up, and if it is there, the domain is the organization's.
//!
//! The lookup runs before the transaction; inside it the domain is locked, and a lookup of a challenge that was renewed
//! meanwhile doesn't count. What was seen is kept also when it proves nothing. For a domain that is proved this is a
//! re-check.

use super::{challenge, lookup::Lookup, read, refusal::DomainRefusal};
use crate::core::{
    Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
    limit::Limit, not_found, powers::PROVED,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set, SqlErr};
use serde_json::json;
use steward_entities::{
    domain,
    id::{DomainId, OrganizationId},
    kinds::{CheckOutcome, DomainStatus},
};

/// How often one organization may ask for lookups.
const LOOKUPS: Limit = Limit { name: "verify_domain", most: 60, window: TimeDelta::hours(1) };

/// How long a proof counts as fresh.
const CHECKED_AGAIN_AFTER: TimeDelta = TimeDelta::days(1);

/// How a domain is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By a TXT record.
    DnsTxt,
}

impl Method {
    /// The name, as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DnsTxt => "DNS_TXT",
        }
    }
}

/// Looks for a domain's challenge.
pub struct VerifyDomain {
    organization: OrganizationId,
    domain: DomainId,
    method: Method,
    lookup: Option<Lookup>,
}

impl VerifyDomain {
    /// For a domain of an organization.
    #[must_use]
    pub const fn new(organization: OrganizationId, domain: DomainId, method: Method) -> Self {
        Self { organization, domain, method, lookup: None }
    }
}

/// A domain, and whether somebody else has proved its name.
pub struct Contest {
    domain: domain::Model,
    is_taken: bool,
}

impl Action for VerifyDomain {
    const NAME: ActionName = ActionName::VerifyDomain;
    type Target = Contest;
    type Output = DomainId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        let steward = tx.steward();
        steward.count(LOOKUPS, &self.organization.to_string()).await?;
        let domain = read::present(tx, self.organization, self.domain).await?;
        self.lookup = Lookup::make(&*steward.dns, &domain, tx.now()).await;
        Ok(())
    }

    /// Locks all domains of the name, in the order of their ids: of two organizations that prove it at once, the second
    /// waits and then sees the first.
    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Contest> {
        let organization = authority.administrator()?.organization;
        let missing = || not_found(&["input", "domainId"]);
        // Not locked yet: only its name is taken, which never changes.
        let named = domain::Entity::find_by_id(self.domain)
            .filter(domain::Column::OrganizationId.eq(organization))
            .one(tx.db())
            .await?
            .ok_or_else(missing)?;
        let rivals = domain::Entity::find()
            .filter(domain::Column::Name.eq(named.name))
            .filter(domain::Column::RemovedAt.is_null())
            .order_by_asc(domain::Column::Id);
        let (own, others): (Vec<_>, Vec<_>) =
            tx.lock(rivals).all(tx.db()).await?.into_iter().partition(|domain| domain.id == self.domain);
        Ok(Contest {
            domain: own.into_iter().next().ok_or_else(missing)?,
            is_taken: others.iter().any(|other| PROVED.contains(&other.status)),
        })
    }

    fn check(&self, _: &Authority, target: &Contest, now: DateTime<Utc>) -> Result<()> {
        if challenge::valid(&target.domain, now).is_empty() {
            return Err(DomainRefusal::ChallengeExpired.into());
        }
        self.counting(&target.domain, now).map(|_| ())
    }

    async fn run(&self, target: Authorized<Contest>, tx: &Tx<'_>) -> Result<Done<DomainId>> {
        let before = &target.domain;
        let lookup = self.counting(before, tx.now())?;
        let outcome = CheckOutcome::from(lookup.diagnosis.outcome);
        let mut row = before.clone().into_active_model();
        row.checked_at = Set(Some(tx.now()));
        row.check_method = Set(Some(self.method.as_str().to_owned()));
        row.check_outcome = Set(Some(outcome));
        row.check_found = Set(Some(json!(lookup.diagnosis.found_values)));
        row.check_resolver = Set(Some(lookup.diagnosis.resolver.clone()));
        row.check_advice = Set(Some(lookup.diagnosis.explanation.clone()));
        row.version = Set(before.version + 1);
        let refusal = match &lookup.found {
            None => Some(DomainRefusal::NotProven(lookup.diagnosis.explanation.clone())),
            Some(_) if target.is_taken => Some(DomainRefusal::Taken),
            Some(token) => {
                prove(&mut row, before, token, tx.now());
                None
            }
        };
        let after = row.update(tx.db()).await.map_err(|error| match error.sql_err() {
            // Added and proved by another organization since the names were locked.
            Some(SqlErr::UniqueConstraintViolation(_)) => DomainRefusal::Taken.into(),
            _ => Error::from(error),
        })?;
        let details = json!({
            "name": before.name,
            "method": self.method.as_str(),
            "outcome": outcome,
            "status": { "before": before.status, "after": after.status },
        });
        let event =
            EventDraft::within(Some(before.organization_id)).object(DomainId::PREFIX, before.id.0).details(details);
        let (events, notices) = (EventSet::one(event), Notices::None(Silence::NobodyIsAffected));
        Ok(match refusal {
            Some(refusal) => Done::refused(refusal, events, notices),
            None => Done::new(before.id, events, notices),
        })
    }
}

impl VerifyDomain {
    /// The lookup, if it says something about the domain as it is now.
    fn counting(&self, domain: &domain::Model, now: DateTime<Utc>) -> Result<&Lookup> {
        let lookup = self.lookup.as_ref().filter(|lookup| lookup.counts_for(domain, now));
        Ok(lookup.ok_or(DomainRefusal::ChallengeRenewed)?)
    }
}

/// Writes down that `token` has proved the domain.
fn prove(row: &mut domain::ActiveModel, before: &domain::Model, token: &str, now: DateTime<Utc>) {
    row.status = Set(DomainStatus::Verified);
    row.proved_challenge = Set(Some(token.to_owned()));
    row.next_check_at = Set(Some(now + CHECKED_AGAIN_AFTER));
    if before.verified_at.is_none() {
        row.verified_at = Set(Some(now));
        row.include_subdomains = Set(before.include_subdomains.map(|_| now));
    }
}
