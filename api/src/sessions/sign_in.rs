//! `signIn`: a session for who knows the password. Known and unknown addresses are alike, in answer and in time.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence,
        Tx,
        account::password::{TRIES_PER_ADDRESS, TRIES_PER_PAIR},
        limit::Limit,
        text::{EmailAddress, GivenPassword},
    },
    sessions::{device::new_device, open::open},
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use steward_entities::{
    account,
    id::{AccountId, SessionId},
    kinds::ActorKind,
    seen_device, session,
};
use uuid::Uuid;

/// Tries for one account from addresses that it never signed in from: guessing from many addresses is slowed, and the
/// owner, at home, isn't locked out by it.
const PER_ACCOUNT: Limit = Limit { name: "sign_in_account", most: 50, window: TimeDelta::minutes(15) };

/// Signs in.
pub struct SignIn {
    /// Whose account.
    pub email: EmailAddress,
    /// The password as given.
    pub password: GivenPassword,
    /// The stored hash that it matched, set by `prepare`.
    matched: Option<String>,
}

impl SignIn {
    /// With an address and a password as given.
    #[must_use]
    pub const fn new(email: EmailAddress, password: GivenPassword) -> Self {
        Self { email, password, matched: None }
    }
}

/// What signing in gives.
#[derive(Serialize, Deserialize)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// Its token, shown once.
    #[serde(skip)]
    pub token: Option<SecretString>,
}

/// The pair doesn't match. Whether the address has an account is told to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The address and the password don't belong together. Check both, or ask for a new password.")]
pub struct WrongCredentials;

impl Refusal for WrongCredentials {
    fn code(&self) -> Code {
        Code::WrongCredentials
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

impl Action for SignIn {
    const NAME: ActionName = ActionName::SignIn;
    type Target = Option<account::Model>;
    type Output = SignedIn;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        let (steward, canonical) = (tx.steward(), self.email.canonical());
        let ip = &tx.origin().network();
        steward.count(TRIES_PER_ADDRESS, ip).await?;
        steward.count(TRIES_PER_PAIR, &format!("{ip} {canonical}")).await?;
        let account = self.find(tx).await?;
        // Counted always, and refused alike, but for the owner at a place that they have signed in from before.
        let counted = steward.count(PER_ACCOUNT, &canonical).await;
        if !self.is_known_place(tx, account.as_ref()).await? {
            counted?;
        }
        let known = account.and_then(|account| account.password_hash);
        if steward.hasher.verify(self.password.expose(), known.as_deref()).await? {
            self.matched = known;
        }
        Ok(())
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Option<account::Model>> {
        self.find(tx).await
    }

    async fn run(&self, account: Authorized<Option<account::Model>>, tx: &Tx<'_>) -> Result<Done<SignedIn>> {
        let account = account.into_inner();
        // The hash is compared again: a password that was changed or killed meanwhile opens nothing.
        let matching =
            account.as_ref().filter(|account| self.matched.is_some() && account.password_hash == self.matched);
        let Some(account) = matching else {
            let event = EventDraft::within(account.as_ref().and_then(|account| account.managed_by))
                .about(account.as_ref().map(|account| account.id))
                .details(serde_json::json!({ "outcome": "refused" }));
            // Written for an unknown address too, so that both take the same time.
            return Ok(Done::refused(WrongCredentials, EventSet::one(event), Notices::None(Silence::NothingChanged)));
        };
        let notices = new_device(tx, account).await?;
        let (session, token) = open(tx, account.id).await?;
        let event = EventDraft::within(account.managed_by).about(account.id).object(SessionId::PREFIX, session.0);
        Ok(Done::new(SignedIn { session, token: Some(token) }, EventSet::one(event), notices)
            .by(ActorKind::Account, account.id.0))
    }
}

impl SignIn {
    async fn find(&self, tx: &Tx<'_>) -> Result<Option<account::Model>> {
        let select = account::Entity::find().filter(account::Column::EmailCanonical.eq(self.email.canonical()));
        Ok(tx.lock(select).one(tx.db()).await?)
    }

    /// Whether the account has signed in from here before. An address without an account is looked up too, as nobody's: the
    /// time that it takes tells nothing.
    async fn is_known_place(&self, tx: &Tx<'_>, account: Option<&account::Model>) -> Result<bool> {
        let id = account.map_or(AccountId(Uuid::nil()), |account| account.id);
        // By its network, for as long as the account is there: sessions are forgotten, and an address at home changes.
        let seen = seen_device::Entity::find()
            .filter(seen_device::Column::AccountId.eq(id))
            .filter(seen_device::Column::Network.eq(tx.origin().network()))
            .one(tx.db())
            .await?;
        // Sessions that a link has opened begin without a sign-in.
        let session = session::Entity::find()
            .filter(session::Column::AccountId.eq(id))
            .filter(session::Column::IpAddress.eq(&tx.origin().ip_address))
            .one(tx.db())
            .await?;
        Ok(seen.is_some() || session.is_some())
    }
}
