//! Reads go through a reader that knows the viewer, on a pool that can't write. What it hands out is already narrowed to
//! what the viewer may see; for everything else the answer is the same as for what doesn't exist.
//!
//! The methods stand with their features, in files named `read.rs`.

use crate::core::{
    authority::Administrator,
    caller::Caller,
    error::Result,
    idempotency,
    permission::{Permission, allows},
    read_connection::ReadConnection,
    secret::{CredentialKind, read_credential},
    steward::Steward,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};
use steward_entities::{
    id::{AccountId, OrganizationId},
    session,
};

/// Reads for one viewer.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    steward: &'a Steward,
    caller: &'a Caller,
    connection: &'a ReadConnection,
}

impl<'a> Reader<'a> {
    /// A reader for `caller`, on the connection of their request.
    #[must_use]
    pub const fn new(steward: &'a Steward, caller: &'a Caller, connection: &'a ReadConnection) -> Self {
        Self { steward, caller, connection }
    }

    /// A connection that can't write. Only files named `read.rs` use it.
    #[must_use]
    pub const fn db(&self) -> &'a ReadConnection {
        self.connection
    }

    /// The installation.
    #[must_use]
    pub const fn steward(&self) -> &'a Steward {
        self.steward
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.steward.clock.now()
    }

    /// Who looks.
    #[must_use]
    pub const fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// Whether this very request of the viewer's was answered before.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_answered(&self, key: &idempotency::Key) -> Result<bool> {
        let Some(credential) = self.caller.credential() else { return Ok(false) };
        idempotency::is_recorded(self.connection, credential, key, self.now()).await
    }

    /// Whether this very request was answered before, by the session that had this token: also by one that is over, as
    /// where the request has ended it.
    ///
    /// # Errors
    /// The database's.
    pub async fn had_answered(&self, token: &SecretString, key: &idempotency::Key) -> Result<bool> {
        let Some((CredentialKind::Session, hash)) = read_credential(token.expose_secret()) else { return Ok(false) };
        let of_token = session::Entity::find().filter(session::Column::TokenHash.eq(hash));
        let Some(session) = of_token.one(self.connection).await? else { return Ok(false) };
        idempotency::is_recorded(self.connection, session.id.to_string(), key, self.now()).await
    }

    /// The viewer as an administrator of this organization, if their role there holds the permission.
    #[must_use]
    pub fn administrator(&self, organization: OrganizationId, permission: Permission) -> Option<Administrator> {
        let role = self.caller.role_in(organization).filter(|role| allows(*role, permission))?;
        Some(Administrator { organization, role, account: self.caller.account_id()? })
    }

    /// Whether the viewer reads this organization.
    #[must_use]
    pub fn reads(&self, organization: OrganizationId) -> bool {
        self.administrator(organization, Permission::Read).is_some()
    }

    /// The signed-in person's own account.
    #[must_use]
    pub fn own_account(&self) -> Option<AccountId> {
        self.caller.person().map(|person| person.account.id)
    }
}
