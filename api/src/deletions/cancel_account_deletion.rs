//! `cancelAccountDeletion`: administrators cancel a deletion that their organization has scheduled. Whatever else limits the
//! account stays in force.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, NoticeDraft, Result, Tx, account::block::lift,
        notice::contact, powers::Facts, text::Reason,
    },
    notices::content::AccountDeletionCanceled,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::kinds::BlockKind;

/// Cancels scheduled deletions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelAccountDeletion {
    /// Why, for the log.
    pub reason: Reason,
}

impl AccountAct for CancelAccountDeletion {
    const NAME: ActionName = ActionName::CancelAccountDeletion;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let organization = &on.organization;
        lift(tx, &on.ids(), &[BlockKind::Deletion], Some(organization.id)).await?;
        let mut effects = Effects::default();
        for (Facts { account, .. }, _) in &on.accounts {
            let details = json!({ "reason": self.reason.as_str() });
            effects.events.push(EventDraft::within(Some(organization.id)).about(account.id).details(details));
            let content = AccountDeletionCanceled {
                organization: Some(organization.name.clone()),
                email: account.email.clone(),
                contact: Some(contact(organization)),
                canceled_at: tx.now(),
            };
            effects.notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        }
        Ok(effects)
    }
}
