//! Who is told of a request for another address: those who can decide about it.

use crate::{
    core::{
        NoticeDraft, Permission, Result, Tx,
        account::{access::LIMITING, still_there::still_there},
        caller::in_force,
        notice::Named,
        permission::{allows, outranked},
    },
    notices::content::{ApprovalCause, EmailChangeApproval},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use steward_entities::{
    account, account_block, email_change,
    id::{AccountId, OrganizationId},
    organization, role,
};

/// A request, and what its answer means.
pub struct Asked<'a> {
    /// Of whom it was asked.
    pub organization: &'a organization::Model,
    /// Who asks.
    pub account: &'a account::Model,
    /// What for.
    pub change: &'a email_change::Model,
    /// Whether it would end the organization's control.
    pub releases: bool,
}

/// The administrators who may answer this person: awake, with the power over accounts, of no lower rank, somebody else,
/// and with an account that nothing limits, for a limited session decides nothing.
pub async fn deciders(tx: &Tx<'_>, organization: OrganizationId, person: AccountId) -> Result<Vec<account::Model>> {
    let roles = role::Entity::find().filter(role::Column::OrganizationId.eq(organization)).all(tx.db()).await?;
    let held = roles.iter().find(|role| role.account_id == person).map(|role| role.role);
    let may = |role: &&role::Model| {
        role.asleep_at.is_none()
            && role.account_id != person
            && allows(role.role, Permission::Accounts)
            && held.is_none_or(|held| !outranked(role.role, held))
    };
    let mut ids: Vec<AccountId> = roles.iter().filter(may).map(|role| role.account_id).collect();
    let limited: Vec<AccountId> = account_block::Entity::find()
        .select_only()
        .column(account_block::Column::AccountId)
        .filter(account_block::Column::AccountId.is_in(ids.iter().copied()))
        .filter(account_block::Column::Kind.is_in(LIMITING))
        .filter(in_force(tx.now()))
        .into_tuple()
        .all(tx.db())
        .await?;
    ids.retain(|id| !limited.contains(id));
    still_there(tx, account::Entity::find().filter(account::Column::Id.is_in(ids))).await
}

/// The operators of the platform.
pub async fn operators(tx: &Tx<'_>) -> Result<Vec<account::Model>> {
    still_there(tx, account::Entity::find().filter(account::Column::OperatorAt.is_not_null())).await
}

/// Word to these people that a request waits for their answer, `until` then.
pub fn approval(
    tx: &Tx<'_>,
    asked: &Asked<'_>,
    people: &[account::Model],
    cause: ApprovalCause,
    until: DateTime<Utc>,
) -> Vec<NoticeDraft> {
    let content = EmailChangeApproval {
        organization: asked.organization.name.clone(),
        person: asked.account.display_name.clone(),
        old_email: asked.account.email.clone(),
        new_email: asked.change.new_email.clone(),
        reason: asked.change.reason.clone(),
        releases: asked.releases,
        cause,
        requested_at: asked.change.created_at,
        answer_until: until,
    };
    let on_behalf = (cause != ApprovalCause::ForOperators).then_some(asked.organization.id);
    let named = ["person", "old_email", "new_email", "reason"];
    let draft = |person| {
        let notice = NoticeDraft::new(tx, person, content.clone().into()).on_behalf_of(on_behalf);
        notice.naming(Named::from(asked.account.id), &named)
    };
    people.iter().map(draft).collect()
}
