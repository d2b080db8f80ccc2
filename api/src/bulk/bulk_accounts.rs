//! `bulkAccounts`: asks for an act on many accounts. The accepted job is the acknowledgement; a dry run tells what it
//! would do.

use crate::{
    bulk::{
        cancel_job::KIND,
        work::{Bulk, Initiator, Selection},
    },
    core::{
        Action, ActionName, Authority, Authorized, Caller, Code, Done, Error, EventDraft, EventSet, JobDraft, Notices,
        Refusal, Result, Scope, Silence, Tx, Work, invalid, limit::Limit, powers::PowerRefusal,
    },
    email_changes::change_account_email::TAKEN_ADDRESSES,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, sea_query::LockType};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use steward_entities::{
    id::JobId,
    job,
    kinds::{ActorKind, JobStatus},
    organization,
};

/// How many accounts can be named.
pub const MOST_IDS: usize = 10_000;

/// How many jobs of one organization may wait or run at once.
pub const MOST_OPEN: u64 = 5;

/// How many plans an organization may ask for: each looks at everybody who is selected.
pub const PLANS: Limit = Limit { name: "bulk_plans", most: 20, window: TimeDelta::minutes(1) };

/// Enough is going on already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Five jobs of your organization are still going on. Wait for one of them, or cancel one.")]
pub struct TooManyJobs;

impl Refusal for TooManyJobs {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// Asks for an act on many accounts.
pub struct BulkAccounts {
    /// What, by whom, on whom.
    pub bulk: Bulk,
    /// Only plan.
    pub dry_run: bool,
    /// How many accounts there are, counted by `prepare`.
    total: i64,
    /// What `prepare` found for a dry run.
    plan: Option<Plan>,
}

/// What a job would do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Accounts to which it would be done.
    pub affected: i64,
    /// How many would be left as they are, by reason.
    pub skipped: Vec<(PowerRefusal, i64)>,
}

/// What came of asking.
#[derive(Serialize, Deserialize)]
pub struct Asked {
    /// The job; none for a dry run.
    pub job: Option<JobId>,
    /// What it would do; for a dry run alone.
    pub plan: Option<Plan>,
}

impl BulkAccounts {
    /// For what was asked.
    #[must_use]
    pub const fn new(bulk: Bulk, dry_run: bool) -> Self {
        Self { bulk, dry_run, total: 0, plan: None }
    }

    async fn look(&self, tx: &Tx<'_>) -> Result<Plan> {
        let administrator = self.bulk.authorize(tx.caller(), tx.now())?;
        let (mut after, mut plan, mut taken) = (None, Plan::default(), HashSet::new());
        let mut skipped: BTreeMap<String, (PowerRefusal, i64)> = BTreeMap::new();
        loop {
            let ids = self.bulk.next(tx.db(), after, tx.now()).await?;
            let Some(last) = ids.last().copied() else { break };
            after = Some(last);
            let sorted = self.bulk.act.plan(tx, &administrator, &ids, &mut taken).await?;
            plan.affected += i64::try_from(sorted.allowed.len()).unwrap_or_default();
            for (_, refusal) in sorted.refused {
                skipped.entry(format!("{refusal:?}")).or_insert((refusal, 0)).1 += 1;
            }
        }
        plan.skipped = skipped.into_values().collect();
        Ok(plan)
    }
}

/// Who asks, as the job keeps it.
///
/// # Errors
/// `Unauthenticated` for who has no credential.
pub fn initiator(caller: &Caller) -> Result<Initiator> {
    match caller {
        Caller::Person(person) => Ok(Initiator { kind: ActorKind::Account, id: person.account.id.0 }),
        Caller::Key(key) => Ok(Initiator { kind: ActorKind::ApiKey, id: key.id.0 }),
        Caller::Nobody | Caller::Service(_) | Caller::App(_) | Caller::System(_) => Err(Error::Unauthenticated),
    }
}

impl Action for BulkAccounts {
    const NAME: ActionName = ActionName::BulkAccounts;
    /// How many jobs of the organization wait or run.
    type Target = u64;
    type Output = Asked;

    fn scope(&self) -> Scope {
        Scope::Organization(self.bulk.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    /// Whatever is counted is counted here, outside the transaction: it takes its time for a large organization.
    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        self.bulk.authorize(tx.caller(), tx.now())?;
        if let Selection::Accounts(ids) = &self.bulk.selection
            && !(1..=MOST_IDS).contains(&ids.len())
        {
            return Err(invalid(&["input", "selection", "accountIds"], "must have between 1 and 10,000 ids"));
        }
        self.bulk.act.is_valid(tx.now())?;
        self.bulk.act.begin(tx);
        let organization = self.bulk.organization;
        self.bulk.act.may_be_tried(organization, tx).await?;
        if self.dry_run {
            tx.steward().count(PLANS, &organization.to_string()).await?;
            let plan = self.look(tx).await?;
            if plan.skipped.iter().any(|(refusal, _)| *refusal == PowerRefusal::AddressTaken) {
                // As for one account: nobody finds out addresses by asking for one after another.
                tx.steward().count(TAKEN_ADDRESSES, &organization.to_string()).await?;
            }
            self.plan = Some(plan);
        } else {
            self.total = self.bulk.count(tx.db(), tx.now()).await?;
        }
        Ok(())
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<u64> {
        // Locked, so that of two that ask at once the second counts the first.
        let organization = organization::Entity::find_by_id(self.bulk.organization).lock(LockType::NoKeyUpdate);
        organization.one(tx.db()).await?;
        let open = job::Entity::find()
            .filter(job::Column::OrganizationId.eq(self.bulk.organization))
            .filter(job::Column::Kind.eq(KIND))
            .filter(job::Column::Status.eq(JobStatus::Pending));
        Ok(open.count(tx.db()).await?)
    }

    fn check(&self, _: &Authority, open: &u64, now: DateTime<Utc>) -> Result<()> {
        if *open >= MOST_OPEN && !self.dry_run {
            return Err(TooManyJobs.into());
        }
        self.bulk.act.is_valid(now)
    }

    async fn run(&self, _: Authorized<u64>, tx: &Tx<'_>) -> Result<Done<Asked>> {
        self.bulk.authorize(tx.caller(), tx.now())?;
        let bulk = serde_json::to_value(&self.bulk)?;
        let job = JobDraft::new(tx, Work::BulkAccounts { bulk })
            .of(self.bulk.organization)
            .doing(self.bulk.act.name())
            .total(self.total);
        let event = EventDraft::within(Some(self.bulk.organization))
            .object(JobId::PREFIX, job.id().0)
            .details(json!({ "action": self.bulk.act.name().as_str(), "accounts": self.total }));
        let asked = Asked { job: (!self.dry_run).then_some(job.id()), plan: self.plan.clone() };
        Ok(Done::new(asked, EventSet::one(event), Notices::None(Silence::JobTells)).then(job))
    }
}
