//! `cancelJob`: a job stops after the chunk that is being done. What was done stays.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, Notices, Refusal, Result,
    Scope, Silence, Tx, job::nothing_more, not_found, permission::allows,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use serde_json::json;
use steward_entities::{
    id::{JobId, OrganizationId},
    job,
    kinds::JobStatus,
};

/// The kind of job that callers see and cancel.
pub const KIND: &str = "bulk_accounts";

/// Cancels a job.
pub struct CancelJob {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which.
    pub job: JobId,
}

/// It has ended already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This job has ended already: there is nothing left to cancel.")]
pub struct HasEnded;

impl Refusal for HasEnded {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "jobId"]
    }
}

impl Action for CancelJob {
    const NAME: ActionName = ActionName::CancelJob;
    type Target = job::Model;
    type Output = JobId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<job::Model> {
        let select = job::Entity::find_by_id(self.job)
            .filter(job::Column::OrganizationId.eq(self.organization))
            .filter(job::Column::Kind.eq(KIND));
        tx.lock(select).one(tx.db()).await?.ok_or_else(|| not_found(&["input", "jobId"]))
    }

    fn check(&self, authority: &Authority, job: &job::Model, _: DateTime<Utc>) -> Result<()> {
        // Who couldn't do it to one of them doesn't stop it for all.
        let action = ActionName::ALL.iter().find(|name| Some(name.as_str()) == job.action.as_deref());
        let permission = action.and_then(|name| name.rule().permission());
        let role = authority.administrator()?.role;
        if permission.is_some_and(|permission| !allows(role, permission)) {
            return Err(Error::Forbidden("Your role in this organization doesn't allow this."));
        }
        if job.status == JobStatus::Pending { Ok(()) } else { Err(HasEnded.into()) }
    }

    async fn run(&self, job: Authorized<job::Model>, tx: &Tx<'_>) -> Result<Done<JobId>> {
        job::Entity::update_many()
            .col_expr(job::Column::Status, Expr::value(JobStatus::Canceled))
            .col_expr(job::Column::Payload, Expr::value(nothing_more()))
            .col_expr(job::Column::EndedAt, Expr::value(tx.now()))
            .filter(job::Column::Id.eq(job.id))
            .exec(tx.db())
            .await?;
        let event = EventDraft::within(Some(self.organization))
            .object(JobId::PREFIX, job.id.0)
            .details(json!({ "done": job.done, "total": job.total }));
        Ok(Done::new(job.id, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
