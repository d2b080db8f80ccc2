//! `deleteAccount`: administrators have an account deleted. Access ends at once; until the grace period is over, they can
//! cancel it.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, JobDraft, NoticeDraft, Result, Tx, Work,
        account::{
            block::{Block, lay},
            credentials::{Kill, kill},
        },
        notice::contact,
        powers::Facts,
        text::{Message, Reason},
    },
    deletions::grace::Grace,
    notices::content::AccountDeletionScheduled,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::kinds::BlockKind;

/// Schedules the deletion of accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteAccount {
    /// Why, for the log.
    pub reason: Reason,
    /// Words for the person.
    pub message: Option<Message>,
    /// How long it waits.
    pub grace: Grace,
}

impl AccountAct for DeleteAccount {
    const NAME: ActionName = ActionName::DeleteAccount;
    const CLOSES: bool = true;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        // The date that is set here ends everything: a wrong clock must not set it.
        tx.agree_on_time().await?;
        let (ids, organization) = (on.ids(), &on.organization);
        let (message, until) = (self.message.as_ref().map(Message::as_str), self.grace.ends(tx.now()));
        let block = Block {
            kind: BlockKind::Deletion,
            by: Some(organization.id),
            reason: Some(self.reason.as_str()),
            message,
            until: Some(until),
        };
        let deletions = lay(tx, &ids, block).await?;
        kill(tx, &ids, Kill::ALL).await?;
        let mut effects = Effects::default();
        for (Facts { account, .. }, _) in &on.accounts {
            let details = json!({
                "reason": self.reason.as_str(),
                "message": message,
                "graceDays": self.grace.in_days(),
                "until": until,
            });
            effects.events.push(EventDraft::within(Some(organization.id)).about(account.id).details(details));
            let content = AccountDeletionScheduled {
                organization: Some(organization.name.clone()),
                email: account.email.clone(),
                contact: Some(contact(organization)),
                message: message.map(ToOwned::to_owned),
                deleted_at: until,
            };
            effects.notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        }
        // One for each: what one account meets holds up no other.
        let erase = |deletion| JobDraft::new(tx, Work::EraseAccount { deletion }).of(organization.id).at(until);
        effects.jobs.extend(deletions.into_iter().map(erase));
        Ok(effects)
    }
}
