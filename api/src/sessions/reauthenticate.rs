//! `reauthenticate`: the password once more, before what would hurt most in a stranger's hands.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, Notices, Refusal, Result,
        Silence, Tx, caller::REAUTHENTICATED_FOR, limit::Limit, text::GivenPassword,
    },
    sessions::sign_in::{PER_ADDRESS, PER_PAIR},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{account, id::SessionId, session};

/// Tries with one session: who has stolen it can't go on guessing from other addresses.
const PER_SESSION: Limit = Limit { name: "reauthenticate_session", most: 10, window: TimeDelta::minutes(15) };

/// Gives the password again.
pub struct Reauthenticate {
    password: GivenPassword,
    /// The stored hash that it matched, set by `prepare`.
    matched: Option<String>,
}

impl Reauthenticate {
    /// With the password as given.
    #[must_use]
    pub const fn new(password: GivenPassword) -> Self {
        Self { password, matched: None }
    }
}

/// What giving the password again opens.
#[derive(Serialize, Deserialize)]
pub struct Reauthenticated {
    /// Until when.
    pub until: DateTime<Utc>,
}

/// The password isn't the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This isn't the password of your account.")]
pub struct WrongPassword;

impl Refusal for WrongPassword {
    fn code(&self) -> Code {
        Code::WrongCredentials
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "password"]
    }
}

impl Action for Reauthenticate {
    const NAME: ActionName = ActionName::Reauthenticate;
    type Target = (account::Model, SessionId);
    type Output = Reauthenticated;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        let (steward, ip) = (tx.steward(), &tx.origin().network());
        let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
        steward.count(PER_ADDRESS, ip).await?;
        steward.count(PER_PAIR, &format!("{ip} {}", person.account.email_canonical)).await?;
        steward.count(PER_SESSION, &person.session.id.to_string()).await?;
        let known = person.account.password_hash.clone();
        if steward.hasher.verify(self.password.expose(), known.as_deref()).await? {
            self.matched = known;
        }
        Ok(())
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<(account::Model, SessionId)> {
        let select = account::Entity::find_by_id(authority.own()?);
        let account = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
        Ok((account, person.session.id))
    }

    async fn run(&self, own: Authorized<(account::Model, SessionId)>, tx: &Tx<'_>) -> Result<Done<Reauthenticated>> {
        let (account, session) = own.into_inner();
        let event = EventDraft::within(account.managed_by).about(account.id).object(SessionId::PREFIX, session.0);
        // The hash is compared again: a password that was changed or killed meanwhile opens nothing.
        if self.matched.is_none() || account.password_hash != self.matched {
            return Ok(Done::refused(
                WrongPassword,
                EventSet::one(event.details(json!({ "outcome": "refused" }))),
                Notices::None(Silence::OwnAct),
            ));
        }
        let row =
            session::ActiveModel { id: Set(session), reauthenticated_at: Set(Some(tx.now())), ..Default::default() };
        row.update(tx.db()).await?;
        Ok(Done::new(
            Reauthenticated { until: tx.now() + REAUTHENTICATED_FOR },
            EventSet::one(event),
            Notices::None(Silence::OwnAct),
        ))
    }
}
