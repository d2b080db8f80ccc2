//! The job behind `requestPasswordReset`: mails the link, if there is an account.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventSet, Notices, Progress, Result, Silence, Tx, Unlogged,
    },
    passwords::reset_link,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::account;

/// Mails one link.
pub struct SendPasswordReset {
    /// The canonical form of the address that was given. It only finds the account; mail goes to what is stored there.
    pub email_canonical: String,
}

impl Action for SendPasswordReset {
    const NAME: ActionName = ActionName::SendPasswordReset;
    type Target = Option<account::Model>;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Option<account::Model>> {
        let select = account::Entity::find().filter(account::Column::EmailCanonical.eq(&self.email_canonical));
        Ok(tx.lock(select).one(tx.db()).await?)
    }

    async fn run(&self, account: Authorized<Option<account::Model>>, tx: &Tx<'_>) -> Result<Done<()>> {
        let (events, notices) = match account.into_inner() {
            Some(account) => {
                let notice = reset_link::mail(tx, &account, None).await?;
                (EventSet::own(account.id, account.managed_by), Notices::one(notice))
            }
            None => (EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged)),
        };
        Ok(Done::new((), events, notices).progress(Progress::Complete { done: 1 }))
    }
}
