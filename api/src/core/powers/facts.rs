//! What decides about powers over accounts, loaded for many at once.

use super::{GROUND, Ground, LASTING, standing};
use crate::core::{account::reach::Reach, database::one_of, error::Result};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    account, account_block, control_assertion, domain, email_change,
    id::{AccountId, OrganizationId},
    kinds::{AssertionStatus, BlockKind, EmailChangeStatus, MembershipStatus, RoleName},
    membership, role,
};

/// The state of a membership, and when a limit of it ends.
pub type Limited = (MembershipStatus, Option<DateTime<Utc>>);

/// What decides about powers over one account.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The account.
    pub account: account::Model,
    /// The person's memberships in the organization's workspaces, those that were terminated included: each with its
    /// state, and when a limit of it ends by itself.
    pub memberships: Vec<Limited>,
    /// The person's role in the organization, awake or not.
    pub role: Option<RoleName>,
    /// Whether the organization sees it as one that it could claim, or is claiming.
    pub candidate: bool,
    /// When the organization last required a new password on the ground of membership.
    pub reset_required_at: Option<DateTime<Utc>>,
    /// Whether a change of address waits for the organization's answer.
    pub email_change_waits: bool,
    /// What limits the account and wasn't lifted, whoever set it.
    pub blocks: Vec<account_block::Model>,
    /// Whether the domain on which the organization's control rests is proved now.
    pub proved: bool,
}

impl Facts {
    /// The blocks of this organization that are in force, of these kinds.
    pub fn blocks_of(
        &self,
        organization: OrganizationId,
        kinds: &[BlockKind],
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &account_block::Model> {
        self.in_force(kinds, now).filter(move |block| block.organization_id == Some(organization))
    }

    /// The blocks that are in force, of these kinds. A deletion that is due stays in force until it is done.
    pub fn in_force(&self, kinds: &[BlockKind], now: DateTime<Utc>) -> impl Iterator<Item = &account_block::Model> {
        self.blocks
            .iter()
            .filter(move |block| kinds.contains(&block.kind))
            .filter(move |block| block.kind == BlockKind::Deletion || block.until.is_none_or(|until| until > now))
    }

    /// Whether the person has a membership in one of these states now.
    #[must_use]
    pub fn has_membership(&self, states: &[MembershipStatus], now: DateTime<Utc>) -> bool {
        self.memberships.iter().any(|(status, until)| states.contains(&standing(*status, *until, now)))
    }

    /// Whether the person is a member of one of the organization's workspaces.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.memberships.iter().any(|(status, _)| GROUND.contains(status))
    }

    /// The ground that `organization` has; none at all when it is only a candidate or a stranger.
    #[must_use]
    pub fn ground(&self, organization: OrganizationId) -> Option<Ground> {
        if self.account.managed_by == Some(organization) {
            Some(Ground::Managed)
        } else if self.is_member() {
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

/// The facts about several accounts, in nine statements at most however many there are. With `lock` the accounts are locked, in
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
        .filter(one_of(db, account::Column::Id, ids.iter().copied()))
        .order_by_asc(account::Column::Id);
    if lock {
        select = select.lock_exclusive();
    }
    let accounts = select.all(db).await?;
    gather(db, organization, accounts).await
}

/// The facts about accounts that are loaded already, in eight statements at most however many there are.
pub async fn gather(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    accounts: Vec<account::Model>,
) -> Result<Vec<Facts>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let roles: HashMap<AccountId, RoleName> = role::Entity::find()
        .select_only()
        .columns([role::Column::AccountId, role::Column::Role])
        .filter(role::Column::OrganizationId.eq(organization))
        .filter(one_of(db, role::Column::AccountId, ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let mut memberships: HashMap<AccountId, Vec<Limited>> = HashMap::new();
    let lasting = membership::Entity::find()
        .select_only()
        .columns([membership::Column::AccountId, membership::Column::Status, membership::Column::Until])
        .filter(membership::Column::OrganizationId.eq(organization))
        .filter(one_of(db, membership::Column::AccountId, ids.iter().copied()))
        .filter(membership::Column::Status.is_in(LASTING));
    for (account, status, until) in lasting.into_tuple::<(AccountId, _, _)>().all(db).await? {
        memberships.entry(account).or_default().push((status, until));
    }
    let pending: HashSet<AccountId> = control_assertion::Entity::find()
        .select_only()
        .column(control_assertion::Column::AccountId)
        .filter(one_of(db, control_assertion::Column::AccountId, ids.iter().copied()))
        .filter(control_assertion::Column::OrganizationId.eq(organization))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let resets: HashMap<AccountId, DateTime<Utc>> = account_block::Entity::find()
        .select_only()
        .column(account_block::Column::AccountId)
        .column_as(account_block::Column::CreatedAt.max(), "required_at")
        .filter(one_of(db, account_block::Column::AccountId, ids.iter().copied()))
        .filter(account_block::Column::OrganizationId.eq(organization))
        .filter(account_block::Column::Kind.eq(BlockKind::PasswordReset))
        .group_by(account_block::Column::AccountId)
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let mut blocks: HashMap<AccountId, Vec<account_block::Model>> = HashMap::new();
    let unlifted = account_block::Entity::find()
        .filter(one_of(db, account_block::Column::AccountId, ids.iter().copied()))
        .filter(account_block::Column::LiftedAt.is_null())
        .order_by_asc(account_block::Column::Id);
    for block in unlifted.all(db).await? {
        blocks.entry(block.account_id).or_default().push(block);
    }
    let waiting: HashSet<AccountId> = email_change::Entity::find()
        .select_only()
        .column(email_change::Column::AccountId)
        .filter(one_of(db, email_change::Column::AccountId, ids.iter().copied()))
        .filter(email_change::Column::OrganizationId.eq(organization))
        .filter(email_change::Column::Status.eq(EmailChangeStatus::WaitingForApproval))
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let reach = Reach::load(db, organization).await?;
    Ok(accounts
        .into_iter()
        .map(|account| Facts {
            memberships: memberships.remove(&account.id).unwrap_or_default(),
            role: roles.get(&account.id).copied(),
            reset_required_at: resets.get(&account.id).copied(),
            email_change_waits: waiting.contains(&account.id),
            blocks: blocks.remove(&account.id).unwrap_or_default(),
            proved: account.managed_domain_id.is_none_or(|domain| reach.has(domain)),
            candidate: pending.contains(&account.id) || could_be_claimed(&account, &reach),
            account,
        })
        .collect())
}

/// Whether one of the organization's domains covers the account's verified address, no other organization's is nearer,
/// and nobody manages it.
fn could_be_claimed(account: &account::Model, reach: &Reach) -> bool {
    account.verified_at.is_some()
        && account.managed_by.is_none()
        && account.operator_at.is_none()
        && reach.over(&account.email_domain_key).is_some()
}

/// Whether a domain's proof covers an address: its own labels, or with subdomains any name below.
#[must_use]
pub fn covers(domain: &domain::Model, email_domain_key: &str) -> bool {
    domain.name_key == email_domain_key
        || (domain.include_subdomains.is_some() && email_domain_key.starts_with(&domain.name_key))
}
