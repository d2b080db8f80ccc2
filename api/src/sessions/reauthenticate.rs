//! `reauthenticate`: the password once more, before what would hurt most in a stranger's hands.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, Notices, Refusal, Result,
    Silence, Tx, account::password::given_again, caller::REAUTHENTICATED_FOR, text::GivenPassword,
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{account, id::SessionId, session};

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
        self.matched = given_again(tx, &self.password).await?;
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
