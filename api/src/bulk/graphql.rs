//! Acts on many accounts in the schema.

mod inputs;

pub use inputs::*;

use crate::{
    accounts::graphql::skipped::SkippedReason,
    bulk::{
        bulk_accounts::{BulkAccounts, initiator},
        cancel_job::CancelJob,
        graphql::inputs::{act, selection},
        read::{JobView, Outcome, refusal},
        run_bulk::TOLD,
        work::Bulk,
    },
    core::{Result as CoreResult, powers::PowerRefusal},
    graphql::{
        Viewer,
        error::{Settled, read, settle},
        input::id,
        page::{List, Page},
        plain::Plain,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{
    id::{JobId, OrganizationId},
    job_row, kinds,
};

/// The state of a job. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::JobStatus")]
pub enum JobStatus {
    /// Waiting or running.
    Pending,
    /// Every account has its result.
    Complete,
    /// It ended early: who asked for it may no longer do it, or it failed too often.
    Failed,
    /// An administrator canceled it. What was done stays.
    Canceled,
}

/// What came of one account. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Outcome")]
pub enum JobOutcome {
    /// It was done.
    Done,
    /// The account was left as it is; the reason says why.
    Skipped,
}

/// How many accounts were, or would be, left as they are, for one reason.
#[derive(SimpleObject)]
pub struct SkippedCount {
    /// Why.
    reason: SkippedReason,
    /// How many accounts.
    accounts: i64,
}

/// The reason in a line of a download, spelled as in the API.
#[must_use]
pub fn spelled(refusal: PowerRefusal) -> String {
    match async_graphql::resolver_utils::enum_value(SkippedReason::from(refusal)) {
        async_graphql::Value::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}

fn counts(skipped: Vec<(PowerRefusal, i64)>) -> Vec<SkippedCount> {
    skipped.into_iter().map(|(refusal, accounts)| SkippedCount { reason: refusal.into(), accounts }).collect()
}

/// What came of one account in a job.
pub struct JobResult(job_row::Model);

/// What came of one account in a job.
#[Object]
impl JobResult {
    /// The account.
    async fn account_id(&self) -> ID {
        self.0.account_id.to_string().into()
    }

    /// What came of it.
    async fn outcome(&self) -> JobOutcome {
        if self.0.refusal.is_some() { JobOutcome::Skipped } else { JobOutcome::Done }
    }

    /// Why it was left as it is; null where it was done.
    async fn reason(&self) -> Option<SkippedReason> {
        self.0.refusal.as_deref().and_then(refusal).map(Into::into)
    }

    /// The same in a sentence.
    async fn message(&self) -> Option<String> {
        self.0.refusal.as_deref().and_then(refusal).map(|refusal| refusal.to_string())
    }
}

impl Plain for JobResult {}

/// An act on many accounts, done chunk by chunk.
pub struct Job(JobView);

/// An act on many accounts, done chunk by chunk. Each account gets a result, an event and a notice of its own. A job and its
/// results are kept for 90 days after its end; what it did stays in the log.
#[Object]
impl Job {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its state.
    async fn status(&self) -> JobStatus {
        self.0.status.into()
    }

    /// What is done to each account: the name of the mutation that does it to one.
    async fn action(&self) -> Option<&str> {
        self.0.action.as_deref()
    }

    /// How many accounts have their result.
    async fn done(&self) -> i64 {
        self.0.done
    }

    /// How many accounts there were when it was asked for.
    async fn total(&self) -> Option<i64> {
        self.0.total
    }

    /// How many accounts were left as they are, by reason.
    async fn skipped(&self, ctx: &Context<'_>) -> Result<Vec<SkippedCount>> {
        Ok(counts(read(Viewer::of(ctx).reader().job_skips(self.0.id).await)?))
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it ended; null while it goes on.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// Why it ended early; null for one that didn't.
    async fn failure(&self) -> Option<&str> {
        let failed = self.0.status == kinds::JobStatus::Failed;
        // What else went wrong is in the operator's log.
        let told = self.0.last_error.as_deref().filter(|why| TOLD.contains(why));
        failed.then(|| {
            told.unwrap_or("Something went wrong on our side, again and again. Tell your operator this job's id.")
        })
    }

    /// Where all results can be downloaded, one JSON object a line, with the same credential as here, until 90 days after
    /// the job's end.
    async fn results_path(&self) -> String {
        format!("/jobs/{}/results.jsonl", self.0.id)
    }

    /// What came of each account, in the order of the accounts' ids.
    async fn results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with this outcome.")] outcome: Option<JobOutcome>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<List<JobResult>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().job_rows(self.0.id, outcome.map(Into::into), &page).await)?;
        Ok(rows.connection(|row| vec![row.account_id.0.to_string()], JobResult))
    }
}

impl Plain for Job {}

/// What a job would do.
#[derive(SimpleObject)]
pub struct BulkPlan {
    /// To how many accounts it would be done.
    affected: i64,
    /// How many would be left as they are, by reason.
    skipped: Vec<SkippedCount>,
}

payload! {
    /// What came of `bulkAccounts`.
    BulkAccountsPayload {
        /// The job, which goes on by itself; null for a dry run.
        job: Option<Job>,
        /// What it would do; for a dry run alone.
        plan: Option<BulkPlan>,
    }
}

payload! {
    /// What came of `cancelJob`.
    CancelJobPayload {
        /// The job.
        job: Option<Job>,
    }
}

/// Acts on many accounts.
#[derive(Default)]
pub struct BulkMutation;

#[Object]
impl BulkMutation {
    /// Does to many accounts what a mutation does to one: as a job, each account with a result, an event and a notice of
    /// its own. Your role must allow the action; accounts on which it isn't allowed are skipped, each with the reason.
    async fn bulk_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which accounts, and what is done.")] input: BulkAccountsInput,
    ) -> Settled<BulkAccountsPayload> {
        settle(bulk_accounts(Viewer::of(ctx), input).await)
    }

    /// Stops a job. The chunk that is being done is finished or undone whole; what was done before stays.
    async fn cancel_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which job.")] input: CancelJobInput,
    ) -> Settled<CancelJobPayload> {
        settle(cancel_job(Viewer::of(ctx), input).await)
    }
}

async fn bulk_accounts(viewer: &Viewer, input: BulkAccountsInput) -> CoreResult<BulkAccountsPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let bulk = Bulk {
        organization,
        by: initiator(&viewer.origin().caller)?,
        selection: selection(viewer, organization, input.selection).await?,
        act: act(input.action)?,
    };
    let asked = viewer.perform(BulkAccounts::new(bulk, input.dry_run)).await?;
    let job = match asked.job {
        Some(id) => viewer.reader().job(id).await?.map(Job),
        None => None,
    };
    let plan = asked.plan.map(|plan| BulkPlan { affected: plan.affected, skipped: counts(plan.skipped) });
    Ok(BulkAccountsPayload { job, plan, ..Default::default() })
}

async fn cancel_job(viewer: &Viewer, input: CancelJobInput) -> CoreResult<CancelJobPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let job: JobId = id(&["input", "jobId"], &input.job_id)?;
    let done = viewer.perform(CancelJob { organization, job }).await?;
    Ok(CancelJobPayload { job: viewer.reader().job(done).await?.map(Job), ..Default::default() })
}

/// Reads of jobs.
#[derive(Default)]
pub struct BulkQuery;

#[Object]
impl BulkQuery {
    /// One job; null when there is none under this id that you can see, or when it ended more than 90 days ago.
    async fn job(&self, ctx: &Context<'_>, #[graphql(desc = "The job's id.")] id: ID) -> Result<Option<Job>> {
        let Ok(id) = id.parse::<JobId>() else { return Ok(None) };
        Ok(read(Viewer::of(ctx).reader().job(id).await)?.map(Job))
    }
}

/// The jobs of an organization.
pub struct OrganizationJobs(pub OrganizationId);

#[Object]
impl OrganizationJobs {
    /// What was asked for over many accounts, newest last; what ended more than 90 days ago is gone. Null when you aren't its administrator.
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Job>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().jobs(self.0, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|row| vec![row.id.0.to_string()], Job)))
    }
}
