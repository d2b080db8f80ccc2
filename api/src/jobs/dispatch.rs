//! What each kind of work does.

use crate::core::{
    Error, Origin, Result, Steward, Work,
    apps::Scopes,
    caller::{Caller, Lease},
};
use crate::{
    access::end_blocks::EndBlocks,
    app_installations::{
        advance_installation::AdvanceInstallation,
        move_app_on::{Before, MoveAppOn},
    },
    app_policies::remind_of_approval::RemindOfApproval,
    bulk::run_bulk::RunBulk,
    claims::{advance_claim::AdvanceClaim, leave_domain::LeaveDomain},
    data_deletions::advance_data_deletion::AdvanceDataDeletion,
    deletions::{erase_account::EraseAccount, finish_erasure::FinishErasure},
    edit_restrictions::advance_edit_restriction::AdvanceEditRestriction,
    email_changes::advance_email_change::AdvanceEmailChange,
    passwords::send_password_reset::SendPasswordReset,
    sign_ups::answer_sign_up::AnswerSignUp,
    webhooks::tell_of_pause::TellOfPause,
    workspaces::end_membership_limits::EndMembershipLimits,
};
use steward_entities::{id::JobId, job};

/// A job that can't be run.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// No action is known for this kind of work, or for what it says, as when a newer version wrote it.
    #[error("nothing is known of how to do {kind} (job {job})")]
    Unknown {
        /// The kind, as stored.
        kind: String,
        /// The job.
        job: JobId,
    },
    /// The action broke off.
    #[error("the job broke off: {0}")]
    Panicked(String),
}

impl JobError {
    /// Whether work failed because this program doesn't know it.
    #[must_use]
    pub fn is_unknown(error: &Error) -> bool {
        let Error::Internal(cause) = error else { return false };
        matches!(cause.downcast_ref::<Self>(), Some(Self::Unknown { .. }))
    }
}

/// Runs one chunk of a job.
///
/// # Errors
/// What the action says; `LeaseLost` when another worker has taken over.
pub async fn run_chunk(steward: &Steward, job: &job::Model) -> Result<()> {
    let unknown = || Error::internal(JobError::Unknown { kind: job.kind.clone(), job: job.id });
    let work: Work = serde_json::from_value(job.payload.clone()).map_err(|_| unknown())?;
    let origin = origin(job);
    match work {
        Work::AnswerSignUp { token } => steward.perform(&origin, AnswerSignUp { token }).await,
        Work::SendPasswordReset { email_canonical } => {
            steward.perform(&origin, SendPasswordReset { email_canonical }).await
        }
        Work::AdvanceClaim { claim } => steward.perform(&origin, AdvanceClaim { claim }).await,
        Work::BulkAccounts { bulk } => {
            let bulk = serde_json::from_value(bulk).map_err(|_| unknown())?;
            steward.perform(&origin, RunBulk { job: job.id, bulk }).await
        }
        Work::EndBlocks => steward.perform(&origin, EndBlocks).await,
        Work::EndMembershipLimits => steward.perform(&origin, EndMembershipLimits).await,
        Work::AdvanceEditRestriction { restriction } => {
            steward.perform(&origin, AdvanceEditRestriction { restriction }).await
        }
        Work::AdvanceInstallation { installation } => {
            steward.perform(&origin, AdvanceInstallation { installation }).await
        }
        Work::MoveAppOn { app, asked_before, vendor_before, policy_before } => {
            let before = Before { asked: Scopes(asked_before), vendor: vendor_before, policy: policy_before };
            let action = MoveAppOn::from_cursor(app, before, job.cursor.as_deref())?;
            steward.perform(&origin, action).await
        }
        Work::AdvanceDataDeletion { installation, hour } => {
            steward.perform(&origin, AdvanceDataDeletion { installation, hour }).await
        }
        Work::TellOfPausedWebhooks { app, paused_at } => {
            steward.perform(&origin, TellOfPause::from_cursor((app, paused_at), job.cursor.as_deref())?).await
        }
        Work::RemindOfApproval { organization, app, ends_at } => {
            steward.perform(&origin, RemindOfApproval { organization, app, ends_at }).await
        }
        Work::EraseAccount { deletion } => steward.perform(&origin, EraseAccount { deletion }).await,
        Work::FinishErasure { deletion } => {
            steward.perform(&origin, FinishErasure::from_cursor(deletion, job.cursor.as_deref())?).await
        }
        Work::AdvanceEmailChange { email_change } => {
            steward.perform(&origin, AdvanceEmailChange { email_change }).await
        }
        Work::LeaveDomain { domain } => steward.perform(&origin, LeaveDomain { domain }).await,
    }
}

/// Steward itself, under the lease of this job. Its events name the job as their request.
#[must_use]
pub fn origin(job: &job::Model) -> Origin {
    Origin {
        caller: Caller::System(Some(Lease { job: job.id, number: job.lease })),
        request_id: Some(job.id.to_string()),
        ..Origin::system()
    }
}
