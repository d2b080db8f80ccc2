//! `bulkAccounts`: asks for an act on many accounts. The accepted job is the acknowledgement; a dry run tells what it
//! would do.

use crate::{
    bulk::work::{Bulk, Initiator, Selection},
    core::{
        Action, ActionName, Authority, Authorized, Caller, Done, Error, EventDraft, EventSet, JobDraft, Notices,
        Result, Scope, Silence, Tx, Work, invalid, powers::PowerRefusal,
    },
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use steward_entities::{id::JobId, kinds::ActorKind};

/// How many accounts can be named.
pub const MOST_IDS: usize = 10_000;

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
        let (mut after, mut plan) = (None, Plan::default());
        let mut skipped: BTreeMap<String, (PowerRefusal, i64)> = BTreeMap::new();
        loop {
            let ids = self.bulk.next(tx.db(), after, tx.now()).await?;
            let Some(last) = ids.last().copied() else { break };
            after = Some(last);
            let sorted = self.bulk.act.plan(tx, &administrator, &ids).await?;
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
        Caller::Nobody | Caller::System(_) => Err(Error::Unauthenticated),
    }
}

impl Action for BulkAccounts {
    const NAME: ActionName = ActionName::BulkAccounts;
    type Target = ();
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
        if self.dry_run {
            self.plan = Some(self.look(tx).await?);
        } else {
            self.total = self.bulk.count(tx.db(), tx.now()).await?;
        }
        Ok(())
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<()> {
        self.bulk.authorize(tx.caller(), tx.now()).map(|_| ())
    }

    fn check(&self, _: &Authority, (): &(), now: DateTime<Utc>) -> Result<()> {
        self.bulk.act.is_valid(now)
    }

    async fn run(&self, _: Authorized<()>, tx: &Tx<'_>) -> Result<Done<Asked>> {
        let bulk = serde_json::to_value(&self.bulk)?;
        let job = JobDraft::new(tx, Work::BulkAccounts { bulk }).of(self.bulk.organization).total(self.total);
        let event = EventDraft::within(Some(self.bulk.organization))
            .object(JobId::PREFIX, job.id().0)
            .details(json!({ "action": self.bulk.act.name().as_str(), "accounts": self.total }));
        let asked = Asked { job: (!self.dry_run).then_some(job.id()), plan: self.plan.clone() };
        Ok(Done::new(asked, EventSet::one(event), Notices::None(Silence::JobTells)).then(job))
    }
}
