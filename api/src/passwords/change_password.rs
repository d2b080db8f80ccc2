//! `changePassword`: a new password for who is signed in and knows the one until now. Everything else that could let
//! somebody in dies: other sessions, mailed links, waiting changes of address.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Refusal,
        Result, Silence, Tx,
        account::{
            block::lift_all,
            credentials::{Kill, kill},
            password::{given_again, hash_new},
        },
        error::Error,
        text::{EmailAddress, GivenPassword},
    },
    notices::content::PasswordChanged,
};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account,
    id::{AccountId, SessionId},
    kinds::BlockKind,
};

/// Changes one's own password.
pub struct ChangePassword {
    current: GivenPassword,
    new: SecretString,
    /// The stored hash that the current one matched, set by `prepare`.
    matched: Option<String>,
    /// The new one's hash, set by `prepare`.
    hash: Option<String>,
}

impl ChangePassword {
    /// With both as given.
    #[must_use]
    pub const fn new(current: GivenPassword, new: SecretString) -> Self {
        Self { current, new, matched: None, hash: None }
    }
}

/// Whose password was changed.
#[derive(Serialize, Deserialize)]
pub struct ChangedPassword {
    /// The account.
    pub account: AccountId,
}

/// Why a password isn't changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// The current one is wrong.
    #[error("This isn't the password of your account.")]
    WrongPassword,
    /// The new one is the current one.
    #[error("This is your password already. Choose another one.")]
    SamePassword,
}

impl Refusal for NotChanged {
    fn code(&self) -> Code {
        match self {
            Self::WrongPassword => Code::WrongCredentials,
            Self::SamePassword => Code::Invalid,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::WrongPassword => &["input", "currentPassword"],
            Self::SamePassword => &["input", "newPassword"],
        }
    }
}

impl Action for ChangePassword {
    const NAME: ActionName = ActionName::ChangePassword;
    type Target = (account::Model, SessionId);
    type Output = ChangedPassword;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        self.matched = given_again(tx, &self.current).await?;
        if self.matched.is_none() {
            return Ok(());
        }
        // Only who knows the current one learns anything about the new one.
        let account = &tx.caller().person().ok_or(Error::Unauthenticated)?.account;
        let address = EmailAddress::parse(&account.email).map_err(Error::internal)?;
        if GivenPassword::parse(self.new.expose_secret()).is_ok_and(|new| new.expose() == self.current.expose()) {
            return Err(NotChanged::SamePassword.into());
        }
        let hash = hash_new(tx, &["input", "newPassword"], &self.new, &address, &account.display_name);
        self.hash = Some(hash.await?);
        Ok(())
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<(account::Model, SessionId)> {
        let select = account::Entity::find_by_id(authority.own()?);
        let account = tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
        Ok((account, person.session.id))
    }

    async fn run(&self, own: Authorized<(account::Model, SessionId)>, tx: &Tx<'_>) -> Result<Done<ChangedPassword>> {
        let (account, session) = own.into_inner();
        let event = EventDraft::within(account.managed_by).about(account.id).object(SessionId::PREFIX, session.0);
        // The hash is compared again: a password that was changed or killed meanwhile changes nothing.
        if self.matched.is_none() || account.password_hash != self.matched {
            return Ok(Done::refused(
                NotChanged::WrongPassword,
                EventSet::one(event.details(json!({ "outcome": "refused" }))),
                Notices::None(Silence::OwnAct),
            ));
        }
        let row = account::ActiveModel {
            id: Set(account.id),
            password_hash: Set(self.hash.clone()),
            retired_password_hash: Set(None),
            password_changed_at: Set(Some(tx.now())),
            version: Set(account.version + 1),
            ..Default::default()
        };
        row.update(tx.db()).await?;
        kill(tx, &[account.id], Kill::ALL.but(session)).await?;
        lift_all(tx, &[account.id], &[BlockKind::PasswordReset]).await?;
        let content = PasswordChanged { email: account.email.clone(), changed_at: tx.now() };
        let notice = NoticeDraft::new(tx, &account, content.into());
        Ok(Done::new(ChangedPassword { account: account.id }, EventSet::one(event), Notices::one(notice)))
    }
}
