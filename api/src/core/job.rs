//! Asynchronous work, asked for in the transaction of the change that needs it.

use crate::core::{
    action_name::ActionName,
    caller::Lease,
    error::{Error, Result},
    insert::insert_all,
    tx::Tx,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set, prelude::Expr};
use serde::{Deserialize, Serialize};
use steward_entities::{
    id::{
        AccountBlockId, AppId, AppInstallationId, ClaimId, DomainId, EditRestrictionId, EmailChangeId, JobId,
        OrganizationId, TokenId,
    },
    job,
    kinds::JobStatus,
};

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Answers a sign-up by mail: a link, or word that there is an account already.
    AnswerSignUp {
        /// The row that holds what was given; its link is mailed only if the address has no account.
        token: TokenId,
    },
    /// Mails a link for a new password, if the address has an account.
    SendPasswordReset {
        /// The canonical form of the address that was given.
        email_canonical: String,
    },
    /// Brings a claim forward: writes its assertions, lets control take effect when it is due, ends it.
    AdvanceClaim {
        /// The claim.
        claim: ClaimId,
    },
    /// Does to many accounts what an administrator has asked for.
    BulkAccounts {
        /// What, by whom, on whom; as the feature writes it.
        bulk: serde_json::Value,
    },
    /// Tells the people whose blocks have ended by themselves.
    EndBlocks,
    /// Tells the people whose limits in workspaces have ended by themselves.
    EndMembershipLimits,
    /// Erases an account whose deletion was scheduled.
    EraseAccount {
        /// The deletion, which may have been canceled.
        deletion: AccountBlockId,
    },
    /// Takes the rest of the words about somebody who was erased out of notices.
    FinishErasure {
        /// The deletion, which is done.
        deletion: AccountBlockId,
    },
    /// Tells the people whom an edit restriction concerns, ends it in time, and tells them again.
    AdvanceEditRestriction {
        /// The restriction.
        restriction: EditRestrictionId,
    },
    /// Reminds of a change of address that nobody answers, hands it to the operators, and ends it.
    AdvanceEmailChange {
        /// The change.
        email_change: EmailChangeId,
    },
    /// Tells the people whom an app's installation concerns, of its beginning, of more, of its end.
    AdvanceInstallation {
        /// The installation.
        installation: AppInstallationId,
    },
    /// Ends an app's installations where it is retired, or tells administrators what more it asks for, and what else it is now.
    MoveAppOn {
        /// The app.
        app: AppId,
        /// What it asked for before: a bit for each scope.
        asked_before: i64,
        /// Who made it before, where that has changed.
        #[serde(default)]
        vendor_before: Option<String>,
        /// Its privacy policy before, where that has changed.
        #[serde(default)]
        policy_before: Option<String>,
    },
    /// Tells administrators that an approval of an app is about to be over.
    RemindOfApproval {
        /// Whose.
        organization: OrganizationId,
        /// Of which app.
        app: AppId,
        /// When it ends, if nothing else was decided since.
        ends_at: DateTime<Utc>,
    },
    /// Reminds a vendor of what it has to delete by some hour, and in the end says that it is late.
    AdvanceDataDeletion {
        /// What came by which installation.
        installation: AppInstallationId,
        /// The hour within which the time is over: its end.
        hour: DateTime<Utc>,
    },
    /// Tells administrators that an app's vendor can't be told anything.
    TellOfPausedWebhooks {
        /// The app.
        app: AppId,
        /// Since when: of each pause they are told once. Jobs of older programs don't say, and tell nobody.
        #[serde(default)]
        paused_at: DateTime<Utc>,
    },
    /// Ends control that rests on a domain which was removed.
    LeaveDomain {
        /// The domain.
        domain: DomainId,
    },
}

impl Work {
    /// Its name in the table.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AnswerSignUp { .. } => "answer_sign_up",
            Self::SendPasswordReset { .. } => "send_password_reset",
            Self::AdvanceClaim { .. } => "advance_claim",
            Self::LeaveDomain { .. } => "leave_domain",
            Self::AdvanceInstallation { .. } => "advance_installation",
            Self::MoveAppOn { .. } => "move_app_on",
            Self::AdvanceDataDeletion { .. } => "advance_data_deletion",
            Self::TellOfPausedWebhooks { .. } => "tell_of_paused_webhooks",
            Self::RemindOfApproval { .. } => "remind_of_approval",
            Self::EndBlocks => "end_blocks",
            Self::EndMembershipLimits => "end_membership_limits",
            Self::EraseAccount { .. } => "erase_account",
            Self::FinishErasure { .. } => "finish_erasure",
            Self::BulkAccounts { .. } => "bulk_accounts",
            Self::AdvanceEditRestriction { .. } => "advance_edit_restriction",
            Self::AdvanceEmailChange { .. } => "advance_email_change",
        }
    }
}

/// A job, before it is written.
pub struct JobDraft {
    id: JobId,
    work: Work,
    organization: Option<OrganizationId>,
    total: Option<i64>,
    at: Option<DateTime<Utc>>,
    action: Option<ActionName>,
}

impl JobDraft {
    /// Work to begin at once.
    #[must_use]
    pub fn new(tx: &Tx<'_>, work: Work) -> Self {
        Self { id: tx.id(), work, organization: None, total: None, at: None, action: None }
    }

    /// The organization whose administrators may see it.
    #[must_use]
    pub fn of(self, organization: OrganizationId) -> Self {
        Self { organization: Some(organization), ..self }
    }

    /// How many rows it will do, where that is known.
    #[must_use]
    pub fn total(self, total: i64) -> Self {
        Self { total: Some(total), ..self }
    }

    /// What it does to each account, by the name of the mutation on one.
    #[must_use]
    pub fn doing(self, action: ActionName) -> Self {
        Self { action: Some(action), ..self }
    }

    /// Not before this time.
    #[must_use]
    pub fn at(self, at: DateTime<Utc>) -> Self {
        Self { at: Some(at), ..self }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> JobId {
        self.id
    }
}

/// How far a chunk of a job brought it. Written with the chunk's own changes, so that nothing is done twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do at once.
    More {
        /// Where the next chunk begins.
        cursor: Option<String>,
        /// Rows that this chunk did.
        done: i64,
    },
    /// There is more to do later.
    Later {
        /// When.
        at: DateTime<Utc>,
        /// Rows that this chunk did.
        done: i64,
    },
    /// All is done.
    Complete {
        /// Rows that this chunk did.
        done: i64,
    },
    /// The rest can't be done, and trying again wouldn't help.
    GivenUp {
        /// Why.
        why: String,
    },
}

pub(in crate::core) async fn write(tx: &Tx<'_>, jobs: Vec<JobDraft>) -> Result<()> {
    let mut rows = Vec::with_capacity(jobs.len());
    for draft in jobs {
        rows.push(job::ActiveModel {
            id: Set(draft.id),
            kind: Set(draft.work.kind().to_owned()),
            organization_id: Set(draft.organization),
            action: Set(draft.action.map(|action| action.as_str().to_owned())),
            payload: Set(serde_json::to_value(&draft.work)?),
            cursor: Set(None),
            status: Set(JobStatus::Pending),
            run_at: Set(draft.at.unwrap_or(tx.now())),
            attempts: Set(0),
            last_error: Set(None),
            leased_until: Set(None),
            lease: Set(0),
            done: Set(0),
            total: Set(draft.total),
            created_at: Set(tx.now()),
            ended_at: Set(None),
        });
    }
    insert_all::<job::Entity>(tx, rows).await
}

/// What a job was to do isn't needed after its end, and may name people.
#[must_use]
pub fn nothing_more() -> serde_json::Value {
    serde_json::json!({})
}

/// Writes how far a chunk came; refused when the lease has gone to another worker, or the job
/// was canceled meanwhile.
pub(in crate::core) async fn record(tx: &Tx<'_>, lease: Lease, progress: Progress) -> Result<()> {
    let update = job::Entity::update_many()
        .filter(job::Column::Id.eq(lease.job))
        .filter(job::Column::Lease.eq(lease.number))
        .filter(job::Column::Status.eq(JobStatus::Pending))
        .col_expr(job::Column::Attempts, Expr::value(0));
    let update = match progress {
        // Handed back with the chunk itself, behind what has waited longer: a long job holds nobody up.
        Progress::More { cursor, done } => update
            .col_expr(job::Column::Cursor, Expr::value(cursor))
            .col_expr(job::Column::RunAt, Expr::value(tx.now()))
            .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(job::Column::Done, Expr::col(job::Column::Done).add(done)),
        Progress::Later { at, done } => update
            .col_expr(job::Column::RunAt, Expr::value(at))
            .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(job::Column::Done, Expr::col(job::Column::Done).add(done)),
        Progress::Complete { done } => update
            .col_expr(job::Column::Status, Expr::value(JobStatus::Complete))
            .col_expr(job::Column::Payload, Expr::value(nothing_more()))
            .col_expr(job::Column::EndedAt, Expr::value(tx.now()))
            .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(job::Column::Done, Expr::col(job::Column::Done).add(done)),
        Progress::GivenUp { why } => update
            .col_expr(job::Column::Status, Expr::value(JobStatus::Failed))
            .col_expr(job::Column::Payload, Expr::value(nothing_more()))
            .col_expr(job::Column::LastError, Expr::value(why))
            .col_expr(job::Column::EndedAt, Expr::value(tx.now()))
            .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>)),
    };
    if update.exec(tx.db()).await?.rows_affected == 0 {
        return Err(Error::LeaseLost);
    }
    Ok(())
}

/// Lets a job that waits begin at once. One that was given up has forgotten what it was to do.
pub async fn wake(tx: &Tx<'_>, id: JobId) -> Result<()> {
    job::Entity::update_many()
        .col_expr(job::Column::RunAt, Expr::value(tx.now()))
        .col_expr(job::Column::Attempts, Expr::value(0))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Status.eq(JobStatus::Pending))
        .exec(tx.db())
        .await?;
    Ok(())
}
