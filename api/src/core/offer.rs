//! Offers of memberships, made to addresses: with and without an account they are the same.

use crate::core::{ActionName, EventDraft, Result, Tx, account::link, insert::ROWS_PER_STATEMENT, text::EmailAddress};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, Set,
    prelude::Expr, sea_query::IntoCondition,
};
use serde_json::json;
use steward_entities::{
    id::{AccountId, MembershipId},
    kinds::{MembershipStatus, TokenPurpose},
    membership, workspace,
};

/// What is offered to this address in a workspace already, locked. The workspace is locked before, so that of two offers
/// at once the second renews the first.
pub async fn open(
    tx: &Tx<'_>,
    workspace: &workspace::Model,
    address: &EmailAddress,
) -> Result<Option<membership::Model>> {
    let open = membership::Entity::find()
        .filter(membership::Column::WorkspaceId.eq(workspace.id))
        .filter(membership::Column::EmailCanonical.eq(address.canonical()))
        .filter(membership::Column::Status.eq(MembershipStatus::Invited));
    Ok(tx.lock(open).one(tx.db()).await?)
}

/// Offers an address the membership in a workspace, or renews what is open; `by` this administrator.
pub async fn write(
    tx: &Tx<'_>,
    workspace: &workspace::Model,
    address: &EmailAddress,
    open: Option<membership::Model>,
    by: AccountId,
) -> Result<MembershipId> {
    let expires_at = Some(tx.now() + link::lifetime(TokenPurpose::Membership));
    if let Some(open) = open {
        let (id, version) = (open.id, open.version);
        let mut row = open.into_active_model();
        row.email = Set(address.as_str().to_owned());
        row.expires_at = Set(expires_at);
        row.offered_by = Set(Some(by));
        row.version = Set(version + 1);
        row.update(tx.db()).await?;
        return Ok(id);
    }
    let row = membership::ActiveModel {
        id: Set(tx.id()),
        workspace_id: Set(workspace.id),
        organization_id: Set(workspace.organization_id),
        account_id: Set(None),
        email: Set(address.as_str().to_owned()),
        email_canonical: Set(address.canonical()),
        status: Set(MembershipStatus::Invited),
        created_at: Set(tx.now()),
        expires_at: Set(expires_at),
        accepted_at: Set(None),
        ended_at: Set(None),
        reason: Set(None),
        message: Set(None),
        until: Set(None),
        offered_by: Set(Some(by)),
        version: Set(1),
    };
    Ok(row.insert(tx.db()).await?.id)
}

/// Declines those of these offers that wait for an answer, for who won't give one any more. The events name no account
/// and no address; but that it was none who declined tells that the address had an account: they are for those who know.
pub async fn decline_all(tx: &Tx<'_>, which: impl IntoCondition) -> Result<Vec<EventDraft>> {
    let waiting = membership::Entity::find()
        .filter(membership::Column::Status.eq(MembershipStatus::Invited))
        .filter(which)
        .order_by_asc(membership::Column::Id);
    let waiting = tx.lock(waiting).all(tx.db()).await?;
    for some in waiting.chunks(ROWS_PER_STATEMENT) {
        membership::Entity::update_many()
            .col_expr(membership::Column::Status, Expr::value(MembershipStatus::Declined))
            .col_expr(membership::Column::EndedAt, Expr::value(tx.now()))
            .col_expr(membership::Column::Version, Expr::col(membership::Column::Version).add(1))
            .filter(membership::Column::Id.is_in(some.iter().map(|offer| offer.id)))
            .exec(tx.db())
            .await?;
        link::kill_for(tx, TokenPurpose::Membership, some.iter().map(|offer| offer.id)).await?;
    }
    let declined = |offer: membership::Model| {
        EventDraft::within(Some(offer.organization_id))
            .object(MembershipId::PREFIX, offer.id.0)
            .named(ActionName::DeclineMembership)
            .details(json!({ "workspaceId": offer.workspace_id }))
    };
    Ok(waiting.into_iter().map(declined).collect())
}
