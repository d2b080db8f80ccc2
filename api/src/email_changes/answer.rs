//! What approving and rejecting a change of address have in common: whose change it is, and who may answer.

use crate::core::{
    Administrator, Authority, Code, Permission, Refusal, Result, Tx,
    action_name::{ActionName, Grounds},
    not_found,
    permission::allows,
    powers::{self, Facts, PowerRefusal},
    text::Reason,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, UpdateMany, prelude::Expr};
use serde::{Deserialize, Serialize};
use steward_entities::{
    email_change,
    id::{EmailChangeId, OrganizationId},
    kinds::EmailChangeStatus,
    organization,
};

/// A change of address that was answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Answered {
    /// Which one.
    pub id: EmailChangeId,
    /// Whether the new address lies outside the organization's domains: then control ends when it is confirmed.
    pub releases: bool,
}

/// Why an answer isn't taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// What holds for acts on accounts.
    #[error(transparent)]
    Power(#[from] PowerRefusal),
    /// It isn't the operators' turn.
    #[error("The organization's administrators can still answer this request. Operators decide when they haven't.")]
    AdministratorsTurn,
}

impl Refusal for AnswerRefusal {
    fn code(&self) -> Code {
        match self {
            Self::Power(refusal) => refusal.code(),
            Self::AdministratorsTurn => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "emailChangeId"]
    }
}

/// A change of address with the account that it is about, locked, and who answers.
pub struct Request {
    /// The change.
    pub change: email_change::Model,
    /// What decides about powers over the account.
    pub facts: Facts,
    /// The organization that was asked.
    pub organization: organization::Model,
    /// The administrator who answers; none for an operator.
    pub administrator: Option<Administrator>,
}

impl Request {
    /// Loads and locks it.
    pub async fn load(tx: &Tx<'_>, authority: &Authority, asked: OrganizationId, id: EmailChangeId) -> Result<Self> {
        let unseen = || not_found(&["input", "emailChangeId"]);
        let find = || email_change::Entity::find_by_id(id);
        let known = find().one(tx.db()).await?.filter(|change| change.organization_id == Some(asked));
        let account = known.ok_or_else(unseen)?.account_id;
        let facts = powers::load(tx.db(), asked, &[account], true).await?.pop().ok_or_else(unseen)?;
        // Again behind the lock: it may have been answered meanwhile.
        let change = find().one(tx.db()).await?.ok_or_else(unseen)?;
        let organization = organization::Entity::find_by_id(asked).one(tx.db()).await?.ok_or_else(unseen)?;
        let administrator =
            match authority {
                Authority::Administrator(administrator) => Some(*administrator),
                // An operator who administers the organization, too, needs not wait for its administrators.
                _ => tx.caller().role_in(asked).filter(|role| allows(*role, Permission::Accounts)).and_then(|role| {
                    Some(Administrator { organization: asked, role, account: tx.caller().account_id()? })
                }),
            };
        Ok(Self { change, facts, organization, administrator })
    }

    /// Writes the answer. What follows from it can be added.
    pub fn answered(
        &self,
        tx: &Tx<'_>,
        status: EmailChangeStatus,
        why: Option<&Reason>,
    ) -> UpdateMany<email_change::Entity> {
        email_change::Entity::update_many()
            .col_expr(email_change::Column::Status, Expr::value(status))
            .col_expr(email_change::Column::AnsweredAt, Expr::value(tx.now()))
            .col_expr(email_change::Column::AnsweredBy, Expr::value(tx.caller().account_id()))
            .col_expr(email_change::Column::Answer, Expr::value(why.map(Reason::as_str)))
            .filter(email_change::Column::Id.eq(self.change.id))
    }

    /// Whether it may be answered now, by who does.
    pub fn check(&self, action: ActionName, now: DateTime<Utc>) -> Result<(), AnswerRefusal> {
        match &self.administrator {
            Some(administrator) => {
                let ground = powers::check(Grounds::Managed, administrator, &self.facts)?;
                powers::state(action, ground, &self.facts, now)?;
            }
            None if self.change.status == EmailChangeStatus::WaitingForApproval
                && self.change.escalated_at.is_none() =>
            {
                return Err(AnswerRefusal::AdministratorsTurn);
            }
            None => {}
        }
        // Another change of the same person may wait.
        match self.change.status {
            EmailChangeStatus::WaitingForApproval => Ok(()),
            _ => Err(PowerRefusal::NoChangeWaits.into()),
        }
    }
}
