//! `revokeSession`: a person ends one of their own sessions, such as that of a lost telephone, or all but the one that asks.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Silence, Tx,
    Unlogged, account::credentials::end_sessions, not_found,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use steward_entities::{
    account,
    id::{AccountId, SessionId},
    session,
};

/// Ends sessions of one's own.
pub struct RevokeSession {
    /// Which.
    pub which: Which,
}

/// Which sessions of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(SessionId),
    /// All that are open when it is decided, but for the one that asks.
    Others,
}

/// Which sessions ended.
#[derive(Serialize, Deserialize)]
pub struct RevokedSession {
    /// The sessions. An answer that an earlier version recorded names one.
    #[serde(alias = "session", deserialize_with = "one_or_many")]
    pub sessions: Vec<SessionId>,
}

fn one_or_many<'de, D: Deserializer<'de>>(recorded: D) -> std::result::Result<Vec<SessionId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Recorded {
        One(SessionId),
        Many(Vec<SessionId>),
    }
    Ok(match Recorded::deserialize(recorded)? {
        Recorded::One(session) => vec![session],
        Recorded::Many(sessions) => sessions,
    })
}

impl Action for RevokeSession {
    const NAME: ActionName = ActionName::RevokeSession;
    /// The account, and its sessions that end.
    type Target = (AccountId, Vec<SessionId>);
    type Output = RevokedSession;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<(AccountId, Vec<SessionId>)> {
        let own = authority.own()?;
        // Whoever signs in holds the account: a session that is opened just now is among the others, or begins later. And
        // of two sessions that end each other at once one stays.
        tx.lock(account::Entity::find_by_id(own)).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let ending = match self.which {
            Which::One(session) => {
                let found = tx.lock(open(tx, own).filter(session::Column::Id.eq(session))).one(tx.db()).await?;
                found.into_iter().map(|session| session.id).collect()
            }
            Which::Others => {
                let this = tx.caller().person().ok_or(Error::Unauthenticated)?.session.id;
                let others = open(tx, own).filter(session::Column::Id.ne(this)).order_by_asc(session::Column::Id);
                tx.lock(others).all(tx.db()).await?.into_iter().map(|session| session.id).collect()
            }
        };
        Ok((own, ending))
    }

    /// Not before the record of a repeated request was asked, whose session has ended by it.
    fn check(&self, _: &Authority, (_, ending): &(AccountId, Vec<SessionId>), _: DateTime<Utc>) -> Result<()> {
        match self.which {
            Which::One(_) if ending.is_empty() => Err(not_found(&["input", "sessionId"])),
            Which::One(_) | Which::Others => Ok(()),
        }
    }

    async fn run(&self, ending: Authorized<(AccountId, Vec<SessionId>)>, tx: &Tx<'_>) -> Result<Done<RevokedSession>> {
        let (account, sessions) = ending.into_inner();
        if sessions.is_empty() {
            let nothing = EventSet::none(Unlogged::NothingChanged);
            return Ok(Done::new(RevokedSession { sessions }, nothing, Notices::None(Silence::NothingChanged)));
        }
        end_sessions(tx, account, &sessions).await?;
        let managed_by = tx.caller().person().and_then(|person| person.account.managed_by);
        let event = EventDraft::within(managed_by).about(account);
        let event = match self.which {
            Which::One(session) => event.object(SessionId::PREFIX, session.0),
            Which::Others => event.details(json!({ "sessionIds": sessions })),
        };
        Ok(Done::new(RevokedSession { sessions }, EventSet::one(event), Notices::None(Silence::OwnAct)))
    }
}

/// The sessions of an account that could still be used.
fn open(tx: &Tx<'_>, account: AccountId) -> Select<session::Entity> {
    session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(tx.now()))
}
