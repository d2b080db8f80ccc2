//! `restoreAccount`: administrators lift what their organization has laid on an account.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, NoticeDraft, Result, Tx,
        account::block::{lift, still_limited},
        apps::closing::settle,
        notice::contact,
        powers::{Facts, RESTORED},
        text::{Message, Reason},
    },
    notices::content::{AccountRestored, RestoredBecause},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Restores access.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RestoreAccount {
    /// Why, for the log.
    pub reason: Reason,
    /// Words for the person.
    pub message: Option<Message>,
}

impl AccountAct for RestoreAccount {
    const NAME: ActionName = ActionName::RestoreAccount;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let organization = &on.organization;
        lift(tx, &on.ids(), &RESTORED, Some(organization.id)).await?;
        Box::pin(settle(tx, &on.ids())).await?;
        let limited = still_limited(tx, &on.ids()).await?;
        let message = self.message.as_ref().map(Message::as_str);
        let mut effects = Effects::default();
        for (facts, _) in &on.accounts {
            let Facts { account, .. } = facts;
            let lifted: Vec<_> =
                facts.blocks_of(organization.id, &RESTORED, tx.now()).map(|block| block.kind.as_str()).collect();
            let details = json!({ "reason": self.reason.as_str(), "message": message, "lifted": lifted });
            effects.events.push(EventDraft::within(Some(organization.id)).about(account.id).details(details));
            let content = AccountRestored {
                organization: organization.name.clone(),
                email: account.email.clone(),
                contact: contact(organization),
                message: message.map(ToOwned::to_owned),
                because: RestoredBecause::Administrators,
                still_limited: limited.contains(&account.id),
            };
            effects.notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        }
        Ok(effects)
    }
}
