//! `requestEmailChange`: mails a link to the new address. The address in force is told, too.
//!
//! Whether the new address has an account already is told to nobody: then no link is mailed, and the answer is the same.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Recipient,
        Refusal, Result, Tx,
        account::{
            credentials::{Kill, kill},
            link::{self, NewLink},
        },
        error::Error,
        limit::Limit,
        text::{EmailAddress, Reason},
    },
    notices::content::{EmailChangeConfirm, EmailChangeRequested},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    account, email_change,
    id::EmailChangeId,
    kinds::{EmailChangeStatus, TokenPurpose},
};

/// Changes of address that one session may ask for.
const PER_PERSON: Limit = Limit { name: "request_email_change", most: 20, window: TimeDelta::hours(1) };

/// Asks for another address.
pub struct RequestEmailChange {
    /// The new address.
    pub new_email: EmailAddress,
    /// Why, in the person's words.
    pub reason: Option<Reason>,
}

/// Why an address can't be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailChangeRefusal {
    /// It is the address already.
    #[error("This is your address already.")]
    Same,
    /// An organization manages the account.
    #[error("An organization manages your account: ask its administrators for another address.")]
    Managed,
    /// There is nothing to cancel.
    #[error("No change of address is waiting.")]
    NothingWaits,
}

impl Refusal for EmailChangeRefusal {
    fn code(&self) -> Code {
        match self {
            Self::Same => Code::Invalid,
            Self::Managed | Self::NothingWaits => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::Same | Self::Managed => &["input", "newEmail"],
            Self::NothingWaits => &["input"],
        }
    }
}

/// The caller's own account, locked.
pub async fn own_account(authority: &Authority, tx: &Tx<'_>) -> Result<account::Model> {
    let select = account::Entity::find_by_id(authority.own()?);
    tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)
}

impl Action for RequestEmailChange {
    const NAME: ActionName = ActionName::RequestEmailChange;
    type Target = account::Model;
    type Output = EmailChangeId;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        let caller = tx.caller().credential().unwrap_or_default();
        tx.steward().count(PER_PERSON, &caller).await?;
        tx.steward().count(Limit::MAIL_TO_ONE_ADDRESS, &self.new_email.canonical()).await
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<account::Model> {
        own_account(authority, tx).await
    }

    fn check(&self, _: &Authority, account: &account::Model, _: DateTime<Utc>) -> Result<()> {
        if account.managed_by.is_some() {
            return Err(EmailChangeRefusal::Managed.into());
        }
        if account.email == self.new_email.as_str() {
            return Err(EmailChangeRefusal::Same.into());
        }
        Ok(())
    }

    async fn run(&self, account: Authorized<account::Model>, tx: &Tx<'_>) -> Result<Done<EmailChangeId>> {
        let older = Kill { sessions: false, reset_links: false, ..Kill::ALL };
        kill(tx, &[account.id], older).await?;
        let id: EmailChangeId = tx.id();
        let expires_at = tx.now() + link::lifetime(TokenPurpose::EmailChange);
        let row = email_change::ActiveModel {
            id: Set(id),
            account_id: Set(account.id),
            new_email: Set(self.new_email.as_str().to_owned()),
            new_email_canonical: Set(self.new_email.canonical()),
            status: Set(EmailChangeStatus::Pending),
            reason: Set(self.reason.as_ref().map(|reason| reason.as_str().to_owned())),
            created_at: Set(tx.now()),
            expires_at: Set(expires_at),
            ended_at: Set(None),
        };
        row.insert(tx.db()).await?;
        let new = NewLink {
            purpose: TokenPurpose::EmailChange,
            account: Some(account.id),
            address: &self.new_email,
            subject: Some(id.0),
            context: json!({}),
        };
        let token = link::make(tx, new).await?;
        let told = EmailChangeRequested {
            old_email: account.email.clone(),
            new_email: self.new_email.as_str().to_owned(),
            requested_at: tx.now(),
        };
        let mut notices = vec![NoticeDraft::new(tx, &*account, told.into())];
        if !is_taken(tx, &account, &self.new_email).await? {
            let confirm = EmailChangeConfirm {
                old_email: account.email.clone(),
                new_email: self.new_email.as_str().to_owned(),
                expires_at,
            };
            // Not listed among the person's notices: whether it exists would tell whether the address has an account.
            let to =
                Recipient { account: None, address: self.new_email.as_str().to_owned(), ..Recipient::from(&*account) };
            notices.push(NoticeDraft::new(tx, to, confirm.into()).with_link(token));
        }
        let event =
            EventDraft::within(account.managed_by).about(account.id).object(EmailChangeId::PREFIX, id.0).details(
                json!({ "newEmail": self.new_email.as_str(), "reason": self.reason.as_ref().map(Reason::as_str) }),
            );
        Ok(Done::new(id, EventSet::one(event), Notices::Send(notices)))
    }
}

/// Whether somebody else has the address.
pub async fn is_taken(tx: &Tx<'_>, account: &account::Model, address: &EmailAddress) -> Result<bool> {
    let other = account::Entity::find()
        .filter(account::Column::EmailCanonical.eq(address.canonical()))
        .filter(account::Column::Id.ne(account.id))
        .one(tx.db())
        .await?;
    Ok(other.is_some())
}
