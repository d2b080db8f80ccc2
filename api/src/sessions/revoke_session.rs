//! `revokeSession`: a person ends one of their own sessions, such as that of a lost telephone.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx,
    account::credentials::end_sessions, not_found,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use steward_entities::{id::SessionId, session};

/// Ends a session of one's own.
pub struct RevokeSession {
    /// Which.
    pub session: SessionId,
}

/// Which session ended.
#[derive(Serialize, Deserialize)]
pub struct RevokedSession {
    /// The session.
    pub session: SessionId,
}

impl Action for RevokeSession {
    const NAME: ActionName = ActionName::RevokeSession;
    type Target = session::Model;
    type Output = RevokedSession;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<session::Model> {
        let select = session::Entity::find_by_id(self.session)
            .filter(session::Column::AccountId.eq(authority.own()?))
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(tx.now()));
        let found = tx.lock(select).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "sessionId"]))
    }

    async fn run(&self, session: Authorized<session::Model>, tx: &Tx<'_>) -> Result<Done<RevokedSession>> {
        end_sessions(tx, session.account_id, &[session.id]).await?;
        let managed_by = tx.caller().person().and_then(|person| person.account.managed_by);
        let event = EventDraft::within(managed_by).about(session.account_id).object(SessionId::PREFIX, session.id.0);
        Ok(Done::new(RevokedSession { session: session.id }, EventSet::one(event), Notices::None(Silence::OwnAct)))
    }
}
