//! What ends with somebody who leaves for good: each has its entry in the log of the organization that it concerns, named as
//! where a person ends it. An organization of which they were neither a member nor an administrator learns nothing of who
//! they are.

use crate::core::{
    ActionName, EventDraft, Result, Tx,
    account::erase::addresses::{Known, invited, offered},
    insert::ROWS_PER_STATEMENT,
    offer,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, prelude::Expr};
use serde_json::json;
use steward_entities::{
    api_key,
    id::{AccountId, ApiKeyId, InvitationId, MembershipId, RoleId},
    invitation,
    kinds::MembershipStatus,
    membership, role,
};

/// Ends memberships, offers, roles and what was begun by them. The organizations of `roles`, which are all that the person
/// has, are locked.
pub async fn end_all(
    tx: &Tx<'_>,
    account: AccountId,
    roles: Vec<role::Model>,
    known: &[Known],
) -> Result<Vec<EventDraft>> {
    let mut events = leave(tx, account).await?;
    events.extend(offer::decline_all(tx, offered(known)).await?);
    events.extend(resign(tx, account, roles).await?);
    events.extend(withdraw(tx, account, known).await?);
    events.extend(revoke_keys(tx, account).await?);
    Ok(events)
}

/// Memberships: what the person was part of stays.
async fn leave(tx: &Tx<'_>, account: AccountId) -> Result<Vec<EventDraft>> {
    let active = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account))
        .filter(membership::Column::Status.eq(MembershipStatus::Active))
        .order_by_asc(membership::Column::Id);
    let active = tx.lock(active).all(tx.db()).await?;
    for some in active.chunks(ROWS_PER_STATEMENT) {
        membership::Entity::update_many()
            .col_expr(membership::Column::Status, Expr::value(MembershipStatus::Left))
            .col_expr(membership::Column::EndedAt, Expr::value(tx.now()))
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

/// Offers of roles: those to the person, and those that they have made to others.
async fn withdraw(tx: &Tx<'_>, account: AccountId, known: &[Known]) -> Result<Vec<EventDraft>> {
    let both = invited(known).add(invitation::Column::InvitedBy.eq(account));
    let open = invitation::Entity::find().filter(unanswered(both)).order_by_asc(invitation::Column::Id);
    let open = tx.lock(open).all(tx.db()).await?;
    for some in open.chunks(ROWS_PER_STATEMENT) {
        invitation::Entity::update_many()
            .col_expr(invitation::Column::CanceledAt, Expr::value(tx.now()))
            .filter(invitation::Column::Id.is_in(some.iter().map(|invitation| invitation.id)))
            .exec(tx.db())
            .await?;
    }
    let withdrawn = |invitation: invitation::Model| {
        let is_theirs = known.iter().any(|known| known.had(&invitation.email_canonical, invitation.created_at));
        let details = if is_theirs {
            json!({ "role": invitation.role })
        } else {
            json!({ "email": invitation.email, "role": invitation.role })
        };
        EventDraft::within(Some(invitation.organization_id))
            .object(InvitationId::PREFIX, invitation.id.0)
            .named(ActionName::CancelInvitation)
            .details(details)
    };
    Ok(open.into_iter().map(withdrawn).collect())
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
