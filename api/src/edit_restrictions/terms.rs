//! What a restriction takes, why, and until when.

use crate::{
    core::{
        Administrator, NoticeDraft, Result, Tx,
        clock::FURTHEST,
        edits::Operations,
        invalid,
        notice::contact,
        text::{Message, Reason},
    },
    notices::content::{EditRestrictionLifted, LiftedBecause},
};
use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steward_entities::{
    account, edit_restriction,
    id::{EditRestrictionId, WorkspaceId},
    kinds::EditTarget,
    organization, workspace,
};

/// What a restriction takes, why, and until when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// What it takes.
    pub operations: Operations,
    /// Why, for the log and the people.
    pub reason: Reason,
    /// More words to the people.
    pub message: Option<Message>,
    /// When it ends by itself; none until it is lifted.
    pub until: Option<DateTime<Utc>>,
}

impl Terms {
    /// Refuses what can't be meant.
    ///
    /// # Errors
    /// `INVALID` at its field.
    pub fn is_valid(&self, now: DateTime<Utc>) -> Result<()> {
        let field = &["input", "until"];
        match self.until {
            _ if self.operations.is_empty() => Err(invalid(&["input", "operations"], "must name one at least")),
            Some(until) if until <= now => Err(invalid(field, "must lie in the future")),
            Some(until) if until > now + FURTHEST => {
                Err(invalid(field, "lies more than ten years ahead: leave it out instead"))
            }
            _ => Ok(()),
        }
    }

    /// The restriction, as it is written.
    #[must_use]
    pub fn row(
        &self,
        id: EditRestrictionId,
        by: &Administrator,
        workspace: Option<WorkspaceId>,
        target: EditTarget,
        now: DateTime<Utc>,
    ) -> edit_restriction::Model {
        edit_restriction::Model {
            id,
            organization_id: by.organization,
            target,
            workspace_id: workspace,
            operations: self.operations.0,
            reason: self.reason.as_str().to_owned(),
            message: self.message.as_ref().map(|message| message.as_str().to_owned()),
            created_at: now,
            until: self.until.map(|until| until.trunc_subsecs(6)),
            set_by: by.account,
            set_by_role: by.role,
            told_to: None,
            // Who is named is told at once; all others by a job.
            told_at: (target == EditTarget::Accounts).then_some(now),
            ended_at: None,
            end_message: None,
            end_told_to: None,
            end_told_at: None,
        }
    }

    /// For the log.
    #[must_use]
    pub fn details(&self) -> Value {
        json!({
            "operations": self.operations.names(),
            "reason": self.reason.as_str(),
            "message": self.message.as_ref().map(Message::as_str),
            "until": self.until,
        })
    }
}

/// What people are told of the end of a restriction.
pub fn lifted(
    tx: &Tx<'_>,
    restriction: &edit_restriction::Model,
    by: &organization::Model,
    within: Option<&workspace::Model>,
    (account, operations): (&account::Model, Operations),
) -> NoticeDraft {
    let is_over = restriction.until.is_some() && restriction.ended_at == restriction.until;
    let content = EditRestrictionLifted {
        organization: by.name.clone(),
        email: account.email.clone(),
        contact: contact(by),
        operations: operations.names(),
        workspace: within.map(|workspace| workspace.name.clone()),
        reason: restriction.reason.clone(),
        set_at: restriction.created_at,
        message: restriction.end_message.clone(),
        because: if is_over { LiftedBecause::PeriodOver } else { LiftedBecause::Administrators },
    };
    NoticeDraft::new(tx, account, content.into()).on_behalf_of(by.id)
}
