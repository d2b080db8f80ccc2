//! The table of powers: what an administrator may do to an account, and on which ground. Enforced here alone, asked by
//! `perform` for what is locked and by `viewerPermissions` for what is shown.

use crate::core::{
    action_name::Grounds,
    authority::Administrator,
    error::{Code, Refusal, Result},
    permission::outranked,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account, control_assertion, domain,
    id::{AccountId, OrganizationId},
    kinds::{AssertionStatus, DomainStatus, MembershipStatus, RoleName},
    membership, role,
};

/// The memberships that are a ground.
pub const GROUND: [MembershipStatus; 1] = [MembershipStatus::Active];

/// The states in which a domain counts as proved.
pub const PROVED: [DomainStatus; 2] = [DomainStatus::Verified, DomainStatus::Lapsing];

/// The ground on which an administrator acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// The person is a member of one of the organization's workspaces.
    Membership,
    /// The organization manages the account.
    Managed,
}

/// What decides about powers over one account.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The account.
    pub account: account::Model,
    /// Whether the person is a member of one of the organization's workspaces.
    pub member: bool,
    /// The person's role in the organization, awake or not.
    pub role: Option<RoleName>,
    /// Whether the organization sees it as one that it could claim, or is claiming.
    pub candidate: bool,
}

impl Facts {
    /// The ground that `organization` has; none at all when it is only a candidate or a stranger.
    #[must_use]
    pub fn ground(&self, organization: OrganizationId) -> Option<Ground> {
        if self.account.managed_by == Some(organization) {
            Some(Ground::Managed)
        } else if self.member {
            Some(Ground::Membership)
        } else {
            None
        }
    }

    /// Whether `organization` sees at least id, address and assertion.
    #[must_use]
    pub fn is_visible(&self, organization: OrganizationId) -> bool {
        self.candidate || self.role.is_some() || self.ground(organization).is_some()
    }
}

/// Why an administrator may not act on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PowerRefusal {
    /// There is no such account, as far as this organization sees.
    #[error("There is no account under this id that your organization can see.")]
    NotFound,
    /// The ground is missing.
    #[error("Your organization doesn't manage this account.")]
    NotManaged,
    /// The person holds powers that the caller lacks.
    #[error("This person holds powers in your organization that you lack. Ask an owner.")]
    HigherRole,
    /// Nobody acts on themselves.
    #[error("You can't do this to your own account. Ask another administrator.")]
    OnSelf,
}

impl Refusal for PowerRefusal {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::NotManaged => Code::NotManaged,
            Self::HigherRole => Code::HigherRole,
            Self::OnSelf => Code::OnSelf,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "accountId"]
    }
}

/// Whether `administrator` may act on the account, and on which ground.
pub fn check(grounds: Grounds, administrator: &Administrator, facts: &Facts) -> Result<Ground, PowerRefusal> {
    if !facts.is_visible(administrator.organization) {
        return Err(PowerRefusal::NotFound);
    }
    let ground = facts
        .ground(administrator.organization)
        .ok_or(PowerRefusal::NotManaged)?;
    let suffices = match grounds {
        Grounds::Managed => ground == Ground::Managed,
        Grounds::ManagedOrMember => true,
        Grounds::ManagedOrFreeMember => ground == Ground::Managed || facts.account.managed_by.is_none(),
    };
    if !suffices {
        return Err(PowerRefusal::NotManaged);
    }
    if facts.account.id == administrator.account {
        return Err(PowerRefusal::OnSelf);
    }
    if facts.role.is_some_and(|role| outranked(administrator.role, role)) {
        return Err(PowerRefusal::HigherRole);
    }
    Ok(ground)
}

/// The facts about several accounts, in four statements however many there are. With `lock` the accounts are locked, in
/// the order of their ids, until the transaction ends. Ids without an account are left out.
pub async fn load(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: &[AccountId],
    lock: bool,
) -> Result<Vec<Facts>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = account::Entity::find()
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(account::Column::Id);
    if lock {
        select = select.lock_exclusive();
    }
    let accounts = select.all(db).await?;
    let roles: HashMap<AccountId, RoleName> = role::Entity::find()
        .select_only()
        .columns([role::Column::AccountId, role::Column::Role])
        .filter(role::Column::OrganizationId.eq(organization))
        .filter(role::Column::AccountId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let members: HashSet<Option<AccountId>> = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(membership::Column::AccountId.is_in(ids.iter().copied()))
        .filter(membership::Column::Status.is_in(GROUND))
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let pending: HashSet<AccountId> = control_assertion::Entity::find()
        .select_only()
        .column(control_assertion::Column::AccountId)
        .filter(control_assertion::Column::AccountId.is_in(ids.iter().copied()))
        .filter(control_assertion::Column::OrganizationId.eq(organization))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let domains = domain::Entity::find()
        .filter(domain::Column::OrganizationId.eq(organization))
        .filter(domain::Column::RemovedAt.is_null())
        .filter(domain::Column::Status.is_in(PROVED))
        .all(db)
        .await?;
    Ok(accounts
        .into_iter()
        .map(|account| Facts {
            member: members.contains(&Some(account.id)),
            role: roles.get(&account.id).copied(),
            candidate: pending.contains(&account.id) || could_be_claimed(&account, &domains),
            account,
        })
        .collect())
}

/// Whether one of the domains covers the account's verified address, and nobody else manages it.
fn could_be_claimed(account: &account::Model, domains: &[domain::Model]) -> bool {
    account.verified_at.is_some()
        && account.managed_by.is_none()
        && account.operator_at.is_none()
        && domains.iter().any(|domain| covers(domain, &account.email_domain_key))
}

/// Whether a domain's proof covers an address: its own labels, or with subdomains any name below.
#[must_use]
pub fn covers(domain: &domain::Model, email_domain_key: &str) -> bool {
    domain.name_key == email_domain_key
        || (domain.include_subdomains.is_some() && email_domain_key.starts_with(&domain.name_key))
}
