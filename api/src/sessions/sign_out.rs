//! `signOut`: ends the session of this request, or all of the account.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Silence, Tx,
    account::credentials::{Kill, end_sessions, kill},
};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{account, id::SessionId};

/// Signs out.
pub struct SignOut {
    /// Whether all sessions of the account end.
    pub everywhere: bool,
}

/// Which session signed out.
#[derive(Serialize, Deserialize)]
pub struct SignedOut {
    /// The session.
    pub session: SessionId,
}

impl Action for SignOut {
    const NAME: ActionName = ActionName::SignOut;
    type Target = (account::Model, SessionId);
    type Output = SignedOut;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<(account::Model, SessionId)> {
        let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
        if !self.everywhere {
            return Ok((person.account.clone(), person.session.id));
        }
        // Whoever signs in holds the account: a session that is opened just now ends too, or begins later.
        let account = tx.lock(account::Entity::find_by_id(person.account.id)).one(tx.db()).await?;
        Ok((account.ok_or(Error::Unauthenticated)?, person.session.id))
    }

    async fn run(&self, own: Authorized<(account::Model, SessionId)>, tx: &Tx<'_>) -> Result<Done<SignedOut>> {
        let (account, session) = own.into_inner();
        if self.everywhere {
            kill(tx, &[account.id], Kill::SESSIONS).await?;
        } else {
            end_sessions(tx, account.id, &[session]).await?;
        }
        let event = EventDraft::within(account.managed_by)
            .about(account.id)
            .object(SessionId::PREFIX, session.0)
            .details(json!({ "everywhere": self.everywhere }));
        Ok(Done::new(SignedOut { session }, EventSet::one(event), Notices::None(Silence::OwnAct)))
    }
}
