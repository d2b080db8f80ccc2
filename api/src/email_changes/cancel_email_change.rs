//! `cancelEmailChange`: takes back a change of address that waits for an answer or for its confirmation.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx,
        account::credentials::{Kill, OPEN_CHANGES, kill},
    },
    email_changes::request_email_change::{EmailChangeRefusal, own_account},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{account, email_change, id::EmailChangeId};

/// Takes the waiting change back.
pub struct CancelEmailChange {
    /// Which one; left out, the one that waits.
    pub id: Option<EmailChangeId>,
}

impl Action for CancelEmailChange {
    const NAME: ActionName = ActionName::CancelEmailChange;
    type Target = account::Model;
    type Output = EmailChangeId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<account::Model> {
        own_account(authority, tx).await
    }

    async fn run(&self, account: Authorized<account::Model>, tx: &Tx<'_>) -> Result<Done<EmailChangeId>> {
        let waiting = email_change::Entity::find()
            .filter(email_change::Column::AccountId.eq(account.id))
            .filter(email_change::Column::Status.is_in(OPEN_CHANGES))
            .one(tx.db())
            .await?
            .filter(|waiting| self.id.is_none_or(|id| id == waiting.id))
            .ok_or(EmailChangeRefusal::NothingWaits)?;
        kill(tx, &[account.id], Kill { sessions: false, reset_links: false, ..Kill::ALL }).await?;
        let event =
            EventDraft::within(account.managed_by).about(account.id).object(EmailChangeId::PREFIX, waiting.id.0);
        Ok(Done::new(waiting.id, EventSet::one(event), Notices::None(Silence::OwnAct)))
    }
}
