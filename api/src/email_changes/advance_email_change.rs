//! The job of a change of address that administrators decide about: it reminds them, hands the question to the
//! operators, and ends what nobody answered or confirmed.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Progress, Result,
        Silence, Tx, Unlogged, error::Error, notice::contact,
    },
    email_changes::{
        rules::{ADMINISTRATORS_HAVE, OPERATORS_HAVE, REMINDED_AFTER, new_address, releases},
        told::{Asked, approval, deciders, operators},
    },
    notices::content::{ApprovalCause, EmailChangeExpired, ExpiredBecause},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use serde_json::json;
use steward_entities::{account, email_change, id::EmailChangeId, kinds::EmailChangeStatus, organization};

/// Brings one change a step forward, when its time has come.
pub struct AdvanceEmailChange {
    /// The change.
    pub email_change: EmailChangeId,
}

/// A change with its account, locked, and the organization that was asked.
pub struct InHand {
    change: email_change::Model,
    account: account::Model,
    organization: organization::Model,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing any more.
    Over,
    /// Nothing until then.
    Wait(DateTime<Utc>),
    Remind,
    Escalate,
    Expire(ExpiredBecause),
}

fn step(change: &email_change::Model, now: DateTime<Utc>) -> Step {
    let or_wait = |step, at| if at <= now { step } else { Step::Wait(at) };
    match change.status {
        EmailChangeStatus::WaitingForApproval if change.escalated_at.is_some() => {
            or_wait(Step::Expire(ExpiredBecause::Unanswered), change.expires_at)
        }
        EmailChangeStatus::WaitingForApproval if change.created_at + ADMINISTRATORS_HAVE <= now => Step::Escalate,
        EmailChangeStatus::WaitingForApproval if change.reminded_at.is_none() => {
            or_wait(Step::Remind, change.created_at + REMINDED_AFTER)
        }
        EmailChangeStatus::WaitingForApproval => Step::Wait(change.created_at + ADMINISTRATORS_HAVE),
        EmailChangeStatus::Approved => {
            // The last link may outlive the approval.
            let until = change.approved_until.map_or(change.expires_at, |until| until.max(change.expires_at));
            or_wait(Step::Expire(ExpiredBecause::Unconfirmed), until)
        }
        _ => Step::Over,
    }
}

impl Action for AdvanceEmailChange {
    const NAME: ActionName = ActionName::ExpireEmailChange;
    type Target = InHand;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<InHand> {
        let broken = || Error::internal("the job of a change of address has lost what it is about");
        let find = || email_change::Entity::find_by_id(self.email_change);
        let known = find().one(tx.db()).await?.ok_or_else(broken)?;
        let account = tx.lock(account::Entity::find_by_id(known.account_id)).one(tx.db()).await?.ok_or_else(broken)?;
        // Again behind the lock: it may have been answered meanwhile.
        let change = find().one(tx.db()).await?.ok_or_else(broken)?;
        let organization = change.organization_id.ok_or_else(broken)?;
        let organization = organization::Entity::find_by_id(organization).one(tx.db()).await?.ok_or_else(broken)?;
        Ok(InHand { change, account, organization })
    }

    async fn run(&self, hand: Authorized<InHand>, tx: &Tx<'_>) -> Result<Done<()>> {
        let hand = hand.into_inner();
        match step(&hand.change, tx.now()) {
            Step::Over => Ok(nothing(Progress::Complete { done: 0 })),
            Step::Wait(at) => Ok(nothing(Progress::Later { at, done: 0 })),
            Step::Remind => hand.remind(tx).await,
            Step::Escalate => hand.escalate(tx).await,
            Step::Expire(because) => hand.expire(tx, because).await,
        }
    }
}

fn nothing(progress: Progress) -> Done<()> {
    let nothing = Notices::None(Silence::NothingChanged);
    Done::new((), EventSet::none(Unlogged::NothingChanged), nothing).progress(progress)
}

impl InHand {
    fn event(&self, action: ActionName) -> EventDraft {
        EventDraft::within(Some(self.organization.id))
            .about(self.account.id)
            .object(EmailChangeId::PREFIX, self.change.id.0)
            .named(action)
            .details(json!({ "newEmail": self.change.new_email }))
    }

    async fn asked(&self, tx: &Tx<'_>) -> Result<Asked<'_>> {
        let releases = releases(tx.db(), self.organization.id, &new_address(&self.change)?).await?;
        Ok(Asked { organization: &self.organization, account: &self.account, change: &self.change, releases })
    }

    async fn remind(&self, tx: &Tx<'_>) -> Result<Done<()>> {
        email_change::Entity::update_many()
            .col_expr(email_change::Column::RemindedAt, Expr::value(tx.now()))
            .filter(email_change::Column::Id.eq(self.change.id))
            .exec(tx.db())
            .await?;
        let people = deciders(tx, self.organization.id, self.account.id).await?;
        let until = self.change.created_at + ADMINISTRATORS_HAVE;
        let notices = approval(tx, &self.asked(tx).await?, &people, ApprovalCause::Reminder, until);
        let events = EventSet::one(self.event(ActionName::RemindOfEmailChange));
        let done = Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected));
        Ok(done.progress(Progress::Later { at: until, done: 1 }))
    }

    async fn escalate(&self, tx: &Tx<'_>) -> Result<Done<()>> {
        let until = tx.now() + OPERATORS_HAVE;
        email_change::Entity::update_many()
            .col_expr(email_change::Column::EscalatedAt, Expr::value(tx.now()))
            .col_expr(email_change::Column::ExpiresAt, Expr::value(until))
            .filter(email_change::Column::Id.eq(self.change.id))
            .exec(tx.db())
            .await?;
        let people = operators(tx).await?;
        let notices = approval(tx, &self.asked(tx).await?, &people, ApprovalCause::ForOperators, until);
        let events = EventSet::one(self.event(ActionName::EscalateEmailChange));
        let done = Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected));
        Ok(done.progress(Progress::Later { at: until, done: 1 }))
    }

    async fn expire(&self, tx: &Tx<'_>, because: ExpiredBecause) -> Result<Done<()>> {
        email_change::Entity::update_many()
            .col_expr(email_change::Column::Status, Expr::value(EmailChangeStatus::Expired))
            .col_expr(email_change::Column::EndedAt, Expr::value(tx.now()))
            .filter(email_change::Column::Id.eq(self.change.id))
            .exec(tx.db())
            .await?;
        let content = EmailChangeExpired {
            organization: self.organization.name.clone(),
            old_email: self.account.email.clone(),
            new_email: self.change.new_email.clone(),
            contact: contact(&self.organization),
            because,
        };
        let mut notices = Vec::new();
        // Who was released meanwhile needs no approval any more, and changes the address freely.
        if self.account.managed_by == Some(self.organization.id) {
            let notice = NoticeDraft::new(tx, &self.account, content.into()).on_behalf_of(self.organization.id);
            notices.push(notice);
        }
        let events = EventSet::one(self.event(ActionName::ExpireEmailChange));
        let done = Done::new((), events, Notices::many(notices, Silence::NobodyIsAffected));
        Ok(done.progress(Progress::Complete { done: 1 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use steward_entities::id::AccountId;
    use uuid::Uuid;

    fn asked(status: EmailChangeStatus) -> email_change::Model {
        let created_at = DateTime::UNIX_EPOCH;
        email_change::Model {
            id: EmailChangeId(Uuid::from_u128(1)),
            account_id: AccountId(Uuid::from_u128(2)),
            new_email: "ana@home.test".to_owned(),
            new_email_canonical: "ana@home.test".to_owned(),
            status,
            reason: None,
            created_at,
            expires_at: created_at + ADMINISTRATORS_HAVE + OPERATORS_HAVE,
            ended_at: None,
            organization_id: None,
            reminded_at: None,
            escalated_at: None,
            answered_at: None,
            answered_by: None,
            answer: None,
            approved_until: None,
        }
    }

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    #[test]
    fn each_step_has_its_day() {
        let waits = asked(EmailChangeStatus::WaitingForApproval);
        assert_eq!(step(&waits, day(6)), Step::Wait(day(7)));
        assert_eq!(step(&waits, day(7)), Step::Remind);
        let reminded = email_change::Model { reminded_at: Some(day(7)), ..waits.clone() };
        assert_eq!(step(&reminded, day(8)), Step::Wait(day(14)));
        // Whoever was away for weeks still leaves the operators their time.
        assert_eq!(step(&waits, day(60)), Step::Escalate);
        let escalated = email_change::Model { escalated_at: Some(day(14)), ..reminded };
        assert_eq!(step(&escalated, day(27)), Step::Wait(day(28)));
        assert_eq!(step(&escalated, day(28)), Step::Expire(ExpiredBecause::Unanswered));
    }

    #[test]
    fn a_link_outlives_the_approval_under_which_it_was_mailed() {
        let (until, link) = (day(14), day(14) + TimeDelta::minutes(50));
        let approved =
            email_change::Model { approved_until: Some(until), expires_at: link, ..asked(EmailChangeStatus::Approved) };
        assert_eq!(step(&approved, until), Step::Wait(link));
        assert_eq!(step(&approved, link), Step::Expire(ExpiredBecause::Unconfirmed));
    }

    #[test]
    fn what_is_answered_or_over_is_left_alone() {
        for &status in EmailChangeStatus::ALL {
            let open = [EmailChangeStatus::WaitingForApproval, EmailChangeStatus::Approved].contains(&status);
            assert_eq!(step(&asked(status), day(100)) == Step::Over, !open, "{status:?}");
        }
    }
}
