//! `claimAccounts`: asserts control over the accounts in a proved domain, with notice.
//!
//! The answer comes at once: a job writes the assertions and the notices in chunks.

use crate::{
    claims::candidates::{ClaimScope, Counts, count},
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, JobDraft, Notices, Refusal,
        Result, Scope, Silence, Tx, Work, not_found, powers::PROVED, text::Message,
    },
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    claim, domain,
    id::{ClaimId, DomainId, OrganizationId},
    kinds::{ClaimStatus, DomainStatus},
};

/// The notice period when nobody says, in days.
pub const USUAL_NOTICE_DAYS: i64 = 14;
/// The longest notice period, in days.
pub const LONGEST_NOTICE_DAYS: i64 = 90;
/// How many accounts can be named in one claim.
pub const MOST_IDS: usize = 10_000;

/// Asserts control.
pub struct ClaimAccounts {
    /// Who asserts.
    pub organization: OrganizationId,
    /// Over which domain.
    pub domain: DomainId,
    /// Over whom.
    pub scope: ClaimScope,
    /// The notice period in days.
    pub notice_days: Option<i64>,
    /// The administrators' own words to the people.
    pub message: Option<Message>,
    /// Only plan.
    pub dry_run: bool,
}

/// What it began.
#[derive(Serialize, Deserialize)]
pub struct Claimed {
    /// The claim.
    pub claim: ClaimId,
    /// What it will do.
    pub claimable: i64,
}

/// Why accounts can't be claimed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefusal {
    /// The domain isn't proved now.
    #[error("This domain isn't proved now. Prove it with verifyDomain, then claim its accounts.")]
    NotProved,
    /// The notice period is out of bounds.
    #[error("The notice period is between {0} and {LONGEST_NOTICE_DAYS} days.")]
    NoticePeriod(i64),
    /// Nobody, or too many, were named.
    #[error("Name between 1 and {MOST_IDS} accounts, or claim everyone.")]
    Ids,
    /// Nobody can be claimed.
    #[error("There is nobody to claim: the claim plan says who is left out, and why.")]
    Nobody,
    /// The claim has ended.
    #[error("This claim has ended; nothing of it is pending.")]
    Ended,
}

impl Refusal for ClaimRefusal {
    fn code(&self) -> Code {
        match self {
            Self::NotProved => Code::DomainNotProven,
            Self::NoticePeriod(_) | Self::Ids => Code::Invalid,
            Self::Nobody | Self::Ended => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::NotProved => &["input", "domainId"],
            Self::NoticePeriod(_) => &["input", "noticePeriodDays"],
            Self::Ids | Self::Nobody => &["input", "scope"],
            Self::Ended => &["input", "claimId"],
        }
    }
}

/// A domain of this organization, locked.
pub(super) async fn domain(tx: &Tx<'_>, organization: OrganizationId, id: DomainId) -> Result<domain::Model> {
    let select = domain::Entity::find_by_id(id)
        .filter(domain::Column::OrganizationId.eq(organization))
        .filter(domain::Column::RemovedAt.is_null());
    tx.lock(select).one(tx.db()).await?.ok_or_else(|| not_found(&["input", "domainId"]))
}

/// Whether control may rest on the domain now.
pub(super) fn is_proved(status: DomainStatus) -> bool {
    PROVED.contains(&status)
}

impl Action for ClaimAccounts {
    const NAME: ActionName = ActionName::ClaimAccounts;
    type Target = domain::Model;
    type Output = Claimed;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<domain::Model> {
        domain(tx, self.organization, self.domain).await
    }

    async fn run(&self, domain: Authorized<domain::Model>, tx: &Tx<'_>) -> Result<Done<Claimed>> {
        if !is_proved(domain.status) {
            return Err(ClaimRefusal::NotProved.into());
        }
        let floor = tx.steward().policy.minimum_notice_days;
        let notice_days = self.notice_days.unwrap_or(USUAL_NOTICE_DAYS.max(floor));
        if !(floor..=LONGEST_NOTICE_DAYS).contains(&notice_days) {
            return Err(ClaimRefusal::NoticePeriod(floor).into());
        }
        if let ClaimScope::AccountIds(ids) = &self.scope
            && !(1..=MOST_IDS).contains(&ids.len())
        {
            return Err(ClaimRefusal::Ids.into());
        }
        let Counts { claimable, .. } = count(tx.db(), &domain, &self.scope).await?;
        if claimable == 0 {
            return Err(ClaimRefusal::Nobody.into());
        }
        let id: ClaimId = tx.id();
        let job = JobDraft::new(tx, Work::AdvanceClaim { claim: id }).of(self.organization).total(claimable);
        let row = claim::ActiveModel {
            id: Set(id),
            organization_id: Set(self.organization),
            domain_id: Set(domain.id),
            status: Set(ClaimStatus::Preparing),
            scope: Set(serde_json::to_value(&self.scope)?),
            notice_days: Set(notice_days),
            message: Set(self.message.as_ref().map(|message| message.as_str().to_owned())),
            job_id: Set(Some(job.id())),
            created_by: Set(tx.caller().person().map(|person| person.account.id)),
            created_at: Set(tx.now()),
            announced_at: Set(Some(tx.now() + TimeDelta::days(notice_days))),
            ended_at: Set(None),
            version: Set(1),
        };
        row.insert(tx.db()).await?;
        let event = EventDraft::within(Some(self.organization)).object(ClaimId::PREFIX, id.0).details(json!({
            "domain": domain.name,
            "claimable": claimable,
            "noticePeriodDays": notice_days,
            "message": self.message.as_ref().map(Message::as_str),
        }));
        Ok(Done::new(Claimed { claim: id, claimable }, EventSet::one(event), Notices::None(Silence::JobTells))
            .then(job))
    }
}
