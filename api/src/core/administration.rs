//! The administrators of one organization, locked: whoever changes roles or offers them waits for whoever does so just
//! now. So two owners who remove each other, or resign at once, never leave an organization without one.

use crate::core::{
    account::access::LIMITING,
    authority::Authority,
    caller::in_force,
    error::{Code, Refusal, Result, not_found},
    tx::Tx,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use std::collections::HashSet;
use steward_entities::{
    account, account_block,
    id::{AccountId, OrganizationId},
    kinds::RoleName,
    organization, role,
};

/// An organization keeps at least one owner who can act: awake, not limited, and with an account that they have taken up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("You are the last owner of {organization}. Invite another owner first.")]
pub struct LastOwner {
    /// Its name, which its owners know.
    organization: String,
}

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
    /// The owners who can't act now: a block limits them, or they have never set a password.
    unable: HashSet<AccountId>,
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
        let mut it = Self { organization, roles: tx.lock(roles).all(tx.db()).await?, unable: HashSet::new() };
        it.unable = unable(tx, it.owners().collect()).await?;
        match authority {
            Authority::Administrator(administrator) if !it.is_owner(administrator.account) => Err(unseen()),
            _ => Ok(it),
        }
    }

    /// The organizations in which somebody has a role, in the order of their ids. Their account is locked before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(tx: &Tx<'_>, authority: &Authority, account: AccountId) -> Result<Vec<Self>> {
        let seen = role::Entity::find()
            .filter(role::Column::AccountId.eq(account))
            .order_by_asc(role::Column::OrganizationId)
            .all(tx.db())
            .await?;
        let mut all = Vec::with_capacity(seen.len());
        for role in seen {
            all.push(Self::lock(tx, authority, role.organization_id).await?);
        }
        Ok(all)
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

    /// Refuses that somebody gives up owning when nobody else could act as an owner. Who takes access from an owner holds
    /// the organization's row too, so that nobody else is closed out meanwhile.
    pub fn keeps_an_owner_without(&self, account: AccountId) -> Result<(), LastOwner> {
        let mut able = self.owners().filter(|owner| !self.unable.contains(owner));
        if self.is_owner(account) && !able.any(|owner| owner != account) {
            return Err(LastOwner { organization: self.organization.name.clone() });
        }
        Ok(())
    }
}

/// Whether this person owns an organization and nobody else could act as an owner now. Nothing is locked: for what may
/// also have come before another owner.
///
/// # Errors
/// When the database fails.
pub async fn owns_alone(tx: &Tx<'_>, organization: OrganizationId, account: AccountId) -> Result<bool> {
    let owners: Vec<AccountId> = role::Entity::find()
        .select_only()
        .column(role::Column::AccountId)
        .filter(role::Column::OrganizationId.eq(organization))
        .filter(role::Column::Role.eq(RoleName::Owner))
        .filter(role::Column::AsleepAt.is_null())
        .into_tuple()
        .all(tx.db())
        .await?;
    let unable = unable(tx, owners.clone()).await?;
    Ok(owners.contains(&account) && owners.iter().all(|owner| *owner == account || unable.contains(owner)))
}

/// Those of these people whom a block limits now, or who have never set a password.
async fn unable(tx: &Tx<'_>, owners: Vec<AccountId>) -> Result<HashSet<AccountId>> {
    let limited = account_block::Entity::find()
        .filter(account_block::Column::AccountId.is_in(owners.iter().copied()))
        .filter(account_block::Column::Kind.is_in(LIMITING))
        .filter(in_force(tx.now()))
        .all(tx.db())
        .await?;
    let not_taken_up = account::Entity::find()
        .filter(account::Column::Id.is_in(owners))
        .filter(account::Column::PasswordHash.is_null())
        .filter(account::Column::PasswordChangedAt.is_null())
        .all(tx.db())
        .await?;
    let limited = limited.into_iter().map(|block| block.account_id);
    Ok(limited.chain(not_taken_up.into_iter().map(|account| account.id)).collect())
}
