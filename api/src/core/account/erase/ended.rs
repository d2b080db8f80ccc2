//! What ends with somebody who leaves for good: each has its entry in the log of the organization that it concerns, named as
//! where a person ends it. What was offered to an address ends without one, but where the organization knows whose address
//! it is: beside the erasure, or by itself, an entry would tell of whom.

use crate::core::{
    ActionName, EventDraft, Result, Tx,
    account::{
        erase::addresses::{Known, invited, offered},
        link,
    },
    database::one_of,
    insert::ROWS_PER_STATEMENT,
    offer,
    powers::LASTING,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, prelude::Expr, sea_query::IntoCondition,
};
use serde_json::json;
use std::collections::HashSet;
use steward_entities::{
    account, api_key,
    id::{AccountId, ApiKeyId, InvitationId, MembershipId, OrganizationId, RoleId},
    invitation,
    kinds::{MembershipStatus, TokenPurpose},
    membership, role,
};

/// Ends memberships, offers, roles and what was begun by them. The organizations of `roles`, which are all that the person
/// has, are locked.
pub async fn end_all(
    tx: &Tx<'_>,
    account: &account::Model,
    roles: Vec<role::Model>,
    known: &[Known],
) -> Result<Vec<EventDraft>> {
    let mut knowing: HashSet<OrganizationId> = roles.iter().map(|role| role.organization_id).collect();
    knowing.extend(account.managed_by);
    let (today, former): (Vec<&Known>, Vec<&Known>) = known.iter().partition(|known| known.until.is_none());
    let mut events = leave(tx, account.id).await?;
    knowing.extend(events.iter().filter_map(EventDraft::organization));
    let is_told = |event: &EventDraft| event.organization().is_some_and(|organization| knowing.contains(&organization));
    events.extend(offer::decline_all(tx, offered(today.iter().copied())).await?.into_iter().filter(is_told));
    offer::decline_all(tx, offered(former.iter().copied())).await?;
    events.extend(resign(tx, account.id, roles).await?);
    let to_person = withdraw(tx, invited(today.iter().copied())).await?;
    events.extend(to_person.into_iter().map(|invitation| withdrawn(&invitation, None)).filter(is_told));
    withdraw(tx, invited(former.iter().copied())).await?;
    let by_person = withdraw(tx, invitation::Column::InvitedBy.eq(account.id)).await?;
    events.extend(by_person.into_iter().map(|invitation| withdrawn(&invitation, Some(&invitation.email))));
    events.extend(revoke_keys(tx, account.id).await?);
    Ok(events)
}

/// Memberships: what the person was part of stays.
async fn leave(tx: &Tx<'_>, account: AccountId) -> Result<Vec<EventDraft>> {
    let active = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account))
        .filter(membership::Column::Status.is_in(LASTING))
        .order_by_asc(membership::Column::Id);
    let active = tx.lock(active).all(tx.db()).await?;
    for some in active.chunks(ROWS_PER_STATEMENT) {
        membership::Entity::update_many()
            .col_expr(membership::Column::Status, Expr::value(MembershipStatus::Left))
            .col_expr(membership::Column::EndedAt, Expr::value(tx.now()))
            .col_expr(membership::Column::Until, Expr::value(None::<DateTime<Utc>>))
            .col_expr(membership::Column::Version, Expr::col(membership::Column::Version).add(1))
            .filter(membership::Column::Id.is_in(some.iter().map(|membership| membership.id)))
            .exec(tx.db())
            .await?;
    }
    let left = |ended: membership::Model| {
        EventDraft::within(Some(ended.organization_id))
            .about(account)
            .object(MembershipId::PREFIX, ended.id.0)
            .named(ActionName::LeaveWorkspace)
            .details(json!({ "workspaceId": ended.workspace_id }))
    };
    Ok(active.into_iter().map(left).collect())
}

/// Roles, those asleep included.
pub async fn resign(tx: &Tx<'_>, account: AccountId, roles: Vec<role::Model>) -> Result<Vec<EventDraft>> {
    role::Entity::delete_many().filter(role::Column::AccountId.eq(account)).exec(tx.db()).await?;
    let resigned = |held: role::Model| {
        EventDraft::within(Some(held.organization_id))
            .about(account)
            .object(RoleId::PREFIX, held.id.0)
            .named(ActionName::ResignRole)
            .details(json!({ "before": { "role": held.role, "asleep": held.asleep_at.is_some() } }))
    };
    Ok(roles.into_iter().map(resigned).collect())
}

/// Offers of roles that wait for an answer, with their links.
async fn withdraw(tx: &Tx<'_>, which: impl IntoCondition) -> Result<Vec<invitation::Model>> {
    let open = unanswered(Condition::all().add(which.into_condition()));
    let open = invitation::Entity::find().filter(open).order_by_asc(invitation::Column::Id);
    let open = tx.lock(open).all(tx.db()).await?;
    for some in open.chunks(ROWS_PER_STATEMENT) {
        let ids = || some.iter().map(|invitation| invitation.id);
        invitation::Entity::update_many()
            .col_expr(invitation::Column::CanceledAt, Expr::value(tx.now()))
            .filter(one_of(tx.db(), invitation::Column::Id, ids()))
            .exec(tx.db())
            .await?;
        link::kill_for(tx, TokenPurpose::Invitation, ids()).await?;
    }
    Ok(open)
}

fn withdrawn(invitation: &invitation::Model, email: Option<&str>) -> EventDraft {
    let mut details = json!({ "role": invitation.role });
    if let Some(email) = email {
        details["email"] = email.into();
    }
    EventDraft::within(Some(invitation.organization_id))
        .object(InvitationId::PREFIX, invitation.id.0)
        .named(ActionName::CancelInvitation)
        .details(details)
}

/// Those of these offers of roles that nobody has accepted or taken back.
pub fn unanswered(which: Condition) -> Condition {
    Condition::all()
        .add(invitation::Column::AcceptedAt.is_null())
        .add(invitation::Column::CanceledAt.is_null())
        .add(which)
}

/// API keys, which rest on their maker. Their names stand in the log already, and may tell of whom.
async fn revoke_keys(tx: &Tx<'_>, account: AccountId) -> Result<Vec<EventDraft>> {
    let live = api_key::Entity::find()
        .filter(api_key::Column::MadeBy.eq(account))
        .filter(api_key::Column::RevokedAt.is_null())
        .order_by_asc(api_key::Column::Id);
    let live = tx.lock(live).all(tx.db()).await?;
    for some in live.chunks(ROWS_PER_STATEMENT) {
        api_key::Entity::update_many()
            .col_expr(api_key::Column::RevokedAt, Expr::value(tx.now()))
            .filter(api_key::Column::Id.is_in(some.iter().map(|key| key.id)))
            .exec(tx.db())
            .await?;
    }
    let revoked = |key: api_key::Model| {
        EventDraft::within(Some(key.organization_id))
            .object(ApiKeyId::PREFIX, key.id.0)
            .named(ActionName::RevokeApiKey)
            .details(json!({ "role": key.role }))
    };
    Ok(live.into_iter().map(revoked).collect())
}
