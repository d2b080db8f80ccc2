//! What decides about powers over accounts, loaded for many at once.

use super::{GROUND, Ground, LASTING, standing};
use crate::core::{
    account::reach::Reach,
    database::{in_ids, one_of, sql},
    error::Result,
    row,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use std::collections::HashMap;
use steward_entities::{
    account, account_block, domain,
    id::{AccountId, OrganizationId},
    kinds::{AssertionStatus, BlockKind, EmailChangeStatus, MembershipStatus, RoleName},
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

/// The facts about several accounts, in five statements at most however many there are. With `lock` the accounts are locked, in
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
        select = select.lock(LockType::NoKeyUpdate);
    }
    let accounts = row::all(db, select).await?;
    gather(db, organization, accounts).await
}

/// The facts about accounts that are loaded already, in four statements at most however many there are.
pub async fn gather(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    accounts: Vec<account::Model>,
) -> Result<Vec<Facts>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let mut ties = ties(db, organization, &ids).await?;
    let mut blocks: HashMap<AccountId, Vec<account_block::Model>> = HashMap::new();
    let unlifted = account_block::Entity::find()
        .filter(one_of(db, account_block::Column::AccountId, ids))
        .filter(account_block::Column::LiftedAt.is_null())
        .order_by_asc(account_block::Column::Id);
    for block in unlifted.all(db).await? {
        blocks.entry(block.account_id).or_default().push(block);
    }
    let reach = Reach::load(db, organization).await?;
    Ok(accounts
        .into_iter()
        .map(|account| {
            let ties = ties.remove(&account.id).unwrap_or_default();
            Facts {
                memberships: ties.memberships,
                role: ties.role,
                reset_required_at: ties.reset_required_at,
                email_change_waits: ties.email_change_waits,
                blocks: blocks.remove(&account.id).unwrap_or_default(),
                proved: account.managed_domain_id.is_none_or(|domain| reach.has(domain)),
                candidate: ties.pending || could_be_claimed(&account, &reach),
                account,
            }
        })
        .collect())
}

/// What ties an account to one organization.
#[derive(Default)]
struct Ties {
    memberships: Vec<Limited>,
    role: Option<RoleName>,
    pending: bool,
    reset_required_at: Option<DateTime<Utc>>,
    email_change_waits: bool,
}

/// Loads the ties of these accounts in one statement: it is part of each change of an account, and five would be five
/// times the way to the database.
async fn ties(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, Ties>> {
    let mut values = vec![organization.into()];
    let these = in_ids(db, &mut values, ids.iter().copied());
    let lasting = LASTING.map(|status| format!("'{}'", status.as_str())).join(", ");
    let (pending, reset) = (AssertionStatus::Pending.as_str(), BlockKind::PasswordReset.as_str());
    let waiting = EmailChangeStatus::WaitingForApproval.as_str();
    let text = format!(
        "SELECT account_id, 'membership', status, until FROM membership \
         WHERE organization_id = $1 AND account_id {these} AND status IN ({lasting}) \
         UNION ALL SELECT account_id, 'role', role, NULL FROM role WHERE organization_id = $1 AND account_id {these} \
         UNION ALL SELECT account_id, 'pending', NULL, NULL FROM control_assertion \
         WHERE organization_id = $1 AND account_id {these} AND status = '{pending}' \
         UNION ALL SELECT account_id, 'reset', NULL, max(created_at) FROM account_block \
         WHERE organization_id = $1 AND account_id {these} AND kind = '{reset}' GROUP BY account_id \
         UNION ALL SELECT account_id, 'email change', NULL, NULL FROM email_change \
         WHERE organization_id = $1 AND account_id {these} AND status = '{waiting}'"
    );
    let mut found: HashMap<AccountId, Ties> = HashMap::with_capacity(ids.len());
    for row in db.query_all_raw(sql(db, &text, values)).await? {
        let ties = found.entry(row.try_get_by_index(0)?).or_default();
        match row.try_get_by_index::<String>(1)?.as_str() {
            "membership" => ties.memberships.push((row.try_get_by_index(2)?, row.try_get_by_index(3)?)),
            "role" => ties.role = Some(row.try_get_by_index(2)?),
            "pending" => ties.pending = true,
            "reset" => ties.reset_required_at = row.try_get_by_index(3)?,
            _ => ties.email_change_waits = true,
        }
    }
    Ok(found)
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
