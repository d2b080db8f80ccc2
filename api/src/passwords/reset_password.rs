//! `resetPassword`: a new password, for who holds the link that was mailed to the account's address. Whatever let
//! somebody in before is dead afterwards, and no session is opened.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Refusal,
        Result, Silence, Tx,
        account::{
            block::lift_all,
            credentials::{Kill, kill},
            link::{self, LinkInvalid},
            password::hash_new,
        },
        error::Error,
        text::{EmailAddress, GivenPassword},
    },
    notices::content::PasswordChanged,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use steward_entities::{
    account, account_block,
    id::AccountId,
    kinds::{ActorKind, BlockKind, TokenPurpose, VerificationMethod},
    token,
};

/// The links that set a password: of a reset, and of an account that administrators made.
const PURPOSES: [TokenPurpose; 2] = [TokenPurpose::PasswordReset, TokenPurpose::AccountInvitation];

/// Sets a new password.
pub struct ResetPassword {
    link: SecretString,
    password: SecretString,
    /// The new password's hash, set by `prepare`.
    hash: Option<String>,
}

impl ResetPassword {
    /// With the link's token and the new password as given.
    #[must_use]
    pub const fn new(link: SecretString, password: SecretString) -> Self {
        Self { link, password, hash: None }
    }
}

/// Whose password was set.
#[derive(Serialize, Deserialize)]
pub struct PasswordWasReset {
    /// The account.
    pub account: AccountId,
}

/// A new password was required, and this is the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose another password than the one until now: an organization has required a new one.")]
pub struct SamePassword;

impl Refusal for SamePassword {
    fn code(&self) -> Code {
        Code::Invalid
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "newPassword"]
    }
}

/// The link and the account that it is bound to.
pub struct Bound {
    link: token::Model,
    account: account::Model,
}

impl Action for ResetPassword {
    const NAME: ActionName = ActionName::ResetPassword;
    type Target = Bound;
    type Output = PasswordWasReset;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        tx.steward().count(link::PER_ADDRESS, &tx.origin().network()).await?;
        // First whether the link works, which costs little; then the hash, which costs much.
        let account = self.find(tx).await?.account;
        let address = EmailAddress::parse(&account.email).map_err(Error::internal)?;
        let hash = hash_new(tx, &["input", "newPassword"], &self.password, &address, &account.display_name);
        self.hash = Some(hash.await?);
        // The one in force, or the one that was forgotten when the new one was required.
        let known = account.password_hash.as_deref().or(account.retired_password_hash.as_deref());
        if known.is_some() && is_required(tx, account.id).await? {
            let given = GivenPassword::parse(self.password.expose_secret()).map_err(Error::internal)?;
            if tx.steward().hasher.verify(given.expose(), known).await? {
                return Err(SamePassword.into());
            }
        }
        Ok(())
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Bound> {
        self.find(tx).await
    }

    async fn run(&self, bound: Authorized<Bound>, tx: &Tx<'_>) -> Result<Done<PasswordWasReset>> {
        let Bound { link, account } = bound.into_inner();
        link::take(tx, link.id).await?;
        let mut row = account::ActiveModel {
            id: Set(account.id),
            password_hash: Set(self.hash.clone()),
            retired_password_hash: Set(None),
            password_changed_at: Set(Some(tx.now())),
            version: Set(account.version + 1),
            ..Default::default()
        };
        // What was proved by the domain alone is proved by the person now.
        if account.verified_at.is_none() || account.verified_by == Some(VerificationMethod::Domain) {
            row.verified_at = Set(Some(tx.now()));
            row.verified_by = Set(Some(VerificationMethod::Link));
        }
        row.update(tx.db()).await?;
        kill(tx, &[account.id], Kill::ALL).await?;
        lift_all(tx, &[account.id], &[BlockKind::PasswordReset]).await?;
        let event = EventDraft::within(account.managed_by).about(account.id);
        let notices = if link.purpose == TokenPurpose::AccountInvitation {
            // There was none that could have been changed.
            Notices::None(Silence::OwnAct)
        } else {
            let content = PasswordChanged { email: account.email.clone(), changed_at: tx.now() };
            Notices::one(NoticeDraft::new(tx, &account, content.into()))
        };
        let done = Done::new(PasswordWasReset { account: account.id }, EventSet::one(event), notices);
        Ok(done.by(ActorKind::Link, link.id.0))
    }
}

impl ResetPassword {
    /// The link and its account. The account is locked and the link isn't, because what changes an account locks it
    /// first and kills its links then; `take` decides who has the link.
    async fn find(&self, tx: &Tx<'_>) -> Result<Bound> {
        let link = link::look(tx, &PURPOSES, self.link.expose_secret()).await?;
        let id = link.account_id.ok_or(LinkInvalid)?;
        // The exact address that it was mailed to: a link doesn't follow the account to another one.
        let select = account::Entity::find_by_id(id).filter(account::Column::Email.eq(&link.email));
        let account = tx.lock(select).one(tx.db()).await?.ok_or(LinkInvalid)?;
        Ok(Bound { link, account })
    }
}

async fn is_required(tx: &Tx<'_>, account: AccountId) -> Result<bool> {
    let open = account_block::Entity::find()
        .filter(account_block::Column::AccountId.eq(account))
        .filter(account_block::Column::Kind.eq(BlockKind::PasswordReset))
        .filter(account_block::Column::LiftedAt.is_null());
    Ok(open.one(tx.db()).await?.is_some())
}
