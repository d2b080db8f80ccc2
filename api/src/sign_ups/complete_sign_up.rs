//! `completeSignUp`: makes the account, with its first password, for who holds a link that was mailed to the address.
//!
//! The link of an invitation or of an offered membership serves too: it proves the address just as well. It isn't used
//! up by this, as `acceptInvitation` or `acceptMembership` still needs it.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx,
        account::{
            link::{self, LinkInvalid},
            password::hash_new,
        },
        error::Error,
        invalid,
        text::{DisplayName, EmailAddress, Locale},
    },
    sessions::{device::note_device, open::open},
    sign_ups::sign_up::Given,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set, SqlErr, prelude::Expr};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account,
    id::{AccountId, InvitationId, MembershipId, SessionId},
    invitation,
    kinds::{ActorKind, MembershipStatus, TokenPurpose, VerificationMethod},
    membership, token,
};

/// The links that prove an address which has no account yet.
const PURPOSES: [TokenPurpose; 3] = [TokenPurpose::SignUp, TokenPurpose::Invitation, TokenPurpose::Membership];

/// Makes an account.
pub struct CompleteSignUp {
    link: SecretString,
    password: SecretString,
    display_name: Option<DisplayName>,
    locale: Option<Locale>,
    /// The password's hash, set by `prepare`.
    hash: Option<String>,
}

impl CompleteSignUp {
    /// With the link's token and the password as given. Name and language replace those of the sign-up; an invitation
    /// or an offer has none, so that there a name is needed.
    #[must_use]
    pub const fn new(
        link: SecretString,
        password: SecretString,
        display_name: Option<DisplayName>,
        locale: Option<Locale>,
    ) -> Self {
        Self { link, password, display_name, locale, hash: None }
    }
}

/// What completing a sign-up gives.
#[derive(Serialize, Deserialize)]
pub struct SignedUp {
    /// The account.
    pub account: AccountId,
    /// Its first session.
    pub session: SessionId,
    /// The session's token, shown once.
    #[serde(skip)]
    pub token: Option<SecretString>,
}

impl Action for CompleteSignUp {
    const NAME: ActionName = ActionName::CompleteSignUp;
    type Target = token::Model;
    type Output = SignedUp;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        tx.steward().count(link::PER_ADDRESS, &tx.origin().network()).await?;
        // First whether the link works, which costs little; then the hash, which costs much.
        let link = self.find(tx).await?;
        let given = self.given(&link)?;
        let address = address(&link)?;
        let hash = hash_new(tx, &["input", "password"], &self.password, &address, &given.display_name);
        self.hash = Some(hash.await?);
        Ok(())
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<token::Model> {
        self.find(tx).await
    }

    async fn run(&self, link: Authorized<token::Model>, tx: &Tx<'_>) -> Result<Done<SignedUp>> {
        let given = self.given(&link)?;
        let address = address(&link)?;
        if link.purpose == TokenPurpose::SignUp {
            link::take(tx, link.id).await?;
        }
        let id: AccountId = tx.id();
        let row = account::ActiveModel {
            id: Set(id),
            email: Set(address.as_str().to_owned()),
            email_canonical: Set(address.canonical()),
            email_domain_key: Set(address.domain_key()),
            verified_at: Set(Some(tx.now())),
            verified_by: Set(Some(VerificationMethod::Link)),
            password_hash: Set(self.hash.clone()),
            retired_password_hash: Set(None),
            password_changed_at: Set(Some(tx.now())),
            display_name: Set(given.display_name.clone()),
            locale: Set(given.locale),
            operator_at: Set(None),
            managed_by: Set(None),
            managed_domain_id: Set(None),
            managed_at: Set(None),
            last_active_at: Set(None),
            created_at: Set(tx.now()),
            version: Set(1),
        };
        row.insert(tx.db()).await.map_err(|error| match error.sql_err() {
            // Another link of the same address came first.
            Some(SqlErr::UniqueConstraintViolation(_)) => LinkInvalid.into(),
            _ => Error::from(error),
        })?;
        forget_sign_ups(tx, &address).await?;
        note_device(tx, id).await?;
        let (session, token) = open(tx, id).await?;
        let event = EventDraft::within(None)
            .about(id)
            .object(SessionId::PREFIX, session.0)
            .details(json!({ "email": address.as_str(), "displayName": given.display_name }));
        let output = SignedUp { account: id, session, token: Some(token) };
        let done = Done::new(output, EventSet::one(event), Notices::None(Silence::OwnAct));
        Ok(done.by(ActorKind::Link, link.id.0))
    }
}

impl CompleteSignUp {
    /// The link, if it works and its address has no account.
    async fn find(&self, tx: &Tx<'_>) -> Result<token::Model> {
        let link = link::read(tx, &PURPOSES, self.link.expose_secret()).await?;
        let of_address = account::Column::EmailCanonical.eq(&link.email_canonical);
        let taken = account::Entity::find().filter(of_address).one(tx.db()).await?;
        if taken.is_some() || !is_open(tx, &link).await? {
            return Err(LinkInvalid.into());
        }
        Ok(link)
    }

    fn given(&self, link: &token::Model) -> Result<Given> {
        let mut given = match link.purpose {
            TokenPurpose::SignUp => serde_json::from_value(link.context.clone())?,
            _ => Given { display_name: String::new(), locale: Locale::En.as_str().to_owned() },
        };
        if let Some(display_name) = &self.display_name {
            display_name.as_str().clone_into(&mut given.display_name);
        }
        if let Some(locale) = self.locale {
            locale.as_str().clone_into(&mut given.locale);
        }
        if given.display_name.is_empty() {
            return Err(invalid(&["input", "displayName"], "is needed: an invitation doesn't say what you are called"));
        }
        Ok(given)
    }
}

/// The exact address that the link was mailed to.
fn address(link: &token::Model) -> Result<EmailAddress> {
    EmailAddress::parse(&link.email).map_err(Error::internal)
}

/// Whether what the link is about still waits for an answer.
async fn is_open(tx: &Tx<'_>, link: &token::Model) -> Result<bool> {
    match (link.purpose, link.subject_id) {
        (TokenPurpose::SignUp, _) => Ok(true),
        (TokenPurpose::Invitation, Some(id)) => {
            let open = invitation::Entity::find_by_id(InvitationId(id))
                .filter(invitation::Column::AcceptedAt.is_null())
                .filter(invitation::Column::CanceledAt.is_null())
                .filter(invitation::Column::ExpiresAt.gt(tx.now()));
            Ok(open.one(tx.db()).await?.is_some())
        }
        (TokenPurpose::Membership, Some(id)) => {
            let open = membership::Entity::find_by_id(MembershipId(id))
                .filter(membership::Column::Status.eq(MembershipStatus::Invited))
                .filter(membership::Column::ExpiresAt.gt(tx.now()));
            Ok(open.one(tx.db()).await?.is_some())
        }
        _ => Ok(false),
    }
}

/// What else was asked for with this address is answered by the account that it has now.
async fn forget_sign_ups(tx: &Tx<'_>, address: &EmailAddress) -> Result<()> {
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(token::Column::EmailCanonical.eq(address.canonical()))
        .filter(token::Column::Purpose.eq(TokenPurpose::SignUp))
        .filter(token::Column::UsedAt.is_null())
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}
