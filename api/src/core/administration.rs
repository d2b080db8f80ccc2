//! The administrators of one organization, locked: whoever changes roles or offers them waits for whoever does so just
//! now. So two owners who remove each other, or resign at once, never leave an organization without one.

use crate::core::{
    authority::Authority,
    error::{Code, Refusal, Result, not_found},
    tx::Tx,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use steward_entities::{
    id::{AccountId, OrganizationId},
    kinds::RoleName,
    organization, role,
};

/// An organization keeps at least one owner who is awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("You are the last owner of this organization. Invite another owner first.")]
pub struct LastOwner;

impl Refusal for LastOwner {
    fn code(&self) -> Code {
        Code::LastOwner
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// One organization with all its roles, as they are while this transaction holds them.
#[derive(Clone, Debug)]
pub struct Administration {
    /// The organization.
    pub organization: organization::Model,
    /// Its roles by id, those asleep included.
    pub roles: Vec<role::Model>,
}

impl Administration {
    /// Locks an organization's row and its roles. Accounts are locked before.
    ///
    /// An administrator who has lost the role of an owner meanwhile is answered like one who never had it.
    ///
    /// # Errors
    /// `NOT_FOUND` for `organizationId`.
    pub async fn lock(tx: &Tx<'_>, authority: &Authority, id: OrganizationId) -> Result<Self> {
        let unseen = || not_found(&["input", "organizationId"]);
        // NO KEY UPDATE, because a full lock would hold up whoever only refers to the organization.
        let organization =
            organization::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx.db()).await?.ok_or_else(unseen)?;
        let roles = role::Entity::find().filter(role::Column::OrganizationId.eq(id)).order_by_asc(role::Column::Id);
        let it = Self { organization, roles: tx.lock(roles).all(tx.db()).await? };
        match authority {
            Authority::Administrator(administrator) if !it.is_owner(administrator.account) => Err(unseen()),
            _ => Ok(it),
        }
    }

    /// Somebody's role here, awake or asleep.
    #[must_use]
    pub fn role_of(&self, account: AccountId) -> Option<&role::Model> {
        self.roles.iter().find(|role| role.account_id == account)
    }

    /// Those who own it now. A role that is asleep doesn't count.
    pub fn owners(&self) -> impl Iterator<Item = AccountId> {
        let owning = |role: &&role::Model| role.role == RoleName::Owner && role.asleep_at.is_none();
        self.roles.iter().filter(owning).map(|role| role.account_id)
    }

    /// Whether somebody owns it now.
    #[must_use]
    pub fn is_owner(&self, account: AccountId) -> bool {
        self.owners().any(|owner| owner == account)
    }

    /// Refuses that the last owner gives up owning.
    pub fn keeps_an_owner_without(&self, account: AccountId) -> Result<(), LastOwner> {
        if self.is_owner(account) && self.owners().count() == 1 {
            return Err(LastOwner);
        }
        Ok(())
    }
}
