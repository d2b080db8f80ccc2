//! What a viewer sees of jobs: administrators, those of their organization.

use crate::{
    bulk::cancel_job::KIND,
    core::{Error, Reader, Result, powers::PowerRefusal},
    graphql::page::{Page, Rows, id_in_cursor, whole},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select, prelude::Expr};
use steward_entities::{
    id::{AccountId, JobId, OrganizationId},
    job, job_row,
    kinds::JobStatus,
};

/// Which results are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Accounts to which it was done.
    Done,
    /// Accounts that were left as they are.
    Skipped,
}

/// How many accounts were left as they are, for one reason.
#[derive(Clone, Debug, FromQueryResult)]
struct Count {
    refusal: String,
    accounts: i64,
}

/// Why an account was left as it is, as the row has it.
#[must_use]
pub fn refusal(row: &str) -> Option<PowerRefusal> {
    serde_json::from_value(row.into()).ok()
}

/// A job, as callers see it: without what it is to do, which may name ten thousand accounts.
#[derive(Clone, Debug, FromQueryResult)]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// For whom.
    pub organization_id: Option<OrganizationId>,
    /// What it does to each account.
    pub action: Option<String>,
    /// Its state.
    pub status: JobStatus,
    /// What the last failure met.
    pub last_error: Option<String>,
    /// Accounts done.
    pub done: i64,
    /// Accounts in all.
    pub total: Option<i64>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

fn jobs() -> Select<job::Entity> {
    job::Entity::find()
        .select_only()
        .columns([
            job::Column::Id,
            job::Column::OrganizationId,
            job::Column::Action,
            job::Column::Status,
            job::Column::LastError,
            job::Column::Done,
            job::Column::Total,
            job::Column::CreatedAt,
            job::Column::EndedAt,
        ])
        .filter(job::Column::Kind.eq(KIND))
}

impl Reader<'_> {
    /// A job over many accounts; none when the viewer doesn't read its organization.
    pub async fn job(&self, id: JobId) -> Result<Option<JobView>> {
        let found = jobs().filter(job::Column::Id.eq(id)).into_model::<JobView>().one(self.db()).await?;
        Ok(found.filter(|job| job.organization_id.is_some_and(|organization| self.reads(organization))))
    }

    /// The jobs over many accounts of an organization; none when the viewer doesn't read it.
    pub async fn jobs(&self, organization: OrganizationId, page: &Page) -> Result<Option<Rows<JobView>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let window = page.window()?;
        let mut select = jobs().filter(job::Column::OrganizationId.eq(organization));
        let all = whole(&select);
        if let Some(after) = &window.after {
            select = select.filter(job::Column::Id.gt(id_in_cursor(after)?));
        }
        if let Some(before) = &window.before {
            select = select.filter(job::Column::Id.lt(id_in_cursor(before)?));
        }
        let id = job::Column::Id;
        select = if window.backwards { select.order_by_desc(id) } else { select.order_by_asc(id) };
        let rows = select.limit(window.limit + 1).into_model::<JobView>().all(self.db()).await?;
        Ok(Some(Rows::cut(rows, &window, all)))
    }

    /// A page of what a job did, by account. The job must be one that the viewer sees.
    pub async fn job_rows(&self, job: JobId, outcome: Option<Outcome>, page: &Page) -> Result<Rows<job_row::Model>> {
        let window = page.window()?;
        let account = job_row::Column::AccountId;
        let mut select = job_row::Entity::find().filter(job_row::Column::JobId.eq(job));
        select = match outcome {
            None => select,
            Some(Outcome::Done) => select.filter(job_row::Column::Refusal.is_null()),
            Some(Outcome::Skipped) => select.filter(job_row::Column::Refusal.is_not_null()),
        };
        let all = whole(&select);
        if let Some(after) = &window.after {
            select = select.filter(account.gt(id_in_cursor(after)?));
        }
        if let Some(before) = &window.before {
            select = select.filter(account.lt(id_in_cursor(before)?));
        }
        select = if window.backwards { select.order_by_desc(account) } else { select.order_by_asc(account) };
        Ok(Rows::cut(select.limit(window.limit + 1).all(self.db()).await?, &window, all))
    }

    /// The next results of a job after an account, for a download.
    pub async fn job_rows_after(
        &self,
        job: JobId,
        after: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<job_row::Model>> {
        let mut select = job_row::Entity::find()
            .filter(job_row::Column::JobId.eq(job))
            .order_by_asc(job_row::Column::AccountId)
            .limit(limit);
        if let Some(after) = after {
            select = select.filter(job_row::Column::AccountId.gt(after));
        }
        select.all(self.db()).await.map_err(Error::from)
    }

    /// How many accounts a job left as they are, by reason.
    pub async fn job_skips(&self, job: JobId) -> Result<Vec<(PowerRefusal, i64)>> {
        let counts = job_row::Entity::find()
            .select_only()
            .column(job_row::Column::Refusal)
            .expr_as(Expr::cust("COUNT(*)"), "accounts")
            .filter(job_row::Column::JobId.eq(job))
            .filter(job_row::Column::Refusal.is_not_null())
            .group_by(job_row::Column::Refusal)
            .order_by_asc(job_row::Column::Refusal)
            .into_model::<Count>()
            .all(self.db())
            .await?;
        Ok(counts.into_iter().filter_map(|count| Some((refusal(&count.refusal)?, count.accounts))).collect())
    }
}
