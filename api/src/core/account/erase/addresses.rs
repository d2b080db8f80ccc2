//! What was addressed to somebody who leaves for good: links, offers of roles and memberships, and what the log tells of
//! them. All stay as records, without the address.

use crate::core::{
    Result, Tx,
    account::{email::holders, erase::notices},
    text::EmailAddress,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    prelude::Expr,
    sea_query::{Func, IntoCondition},
};
use serde_json::json;
use std::collections::BTreeSet;
use steward_entities::{
    account, email_change, event, event_detail,
    id::AccountId,
    invitation,
    kinds::{EmailChangeStatus, MembershipStatus},
    membership, token,
};
use uuid::Uuid;

/// Every address that was the person's, in canonical form: today's, those from before a change, those at which they took
/// up an offer. One that somebody else has by now is theirs.
pub async fn known(tx: &Tx<'_>, account: &account::Model) -> Result<Vec<String>> {
    let mut all: BTreeSet<String> = notices::addresses(tx, account.id)
        .await?
        .iter()
        .filter_map(|address| EmailAddress::parse(address).ok().map(|address| address.canonical()))
        .collect();
    let changes = email_change::Entity::find()
        .select_only()
        .column(email_change::Column::NewEmailCanonical)
        .filter(email_change::Column::AccountId.eq(account.id))
        .filter(email_change::Column::Status.eq(EmailChangeStatus::Confirmed));
    all.extend(changes.into_tuple::<String>().all(tx.db()).await?);
    let memberships = membership::Entity::find()
        .select_only()
        .column(membership::Column::EmailCanonical)
        .filter(membership::Column::AccountId.eq(account.id));
    all.extend(memberships.into_tuple::<String>().all(tx.db()).await?);
    all.insert(account.email_canonical.clone());
    all.remove("");
    let all: Vec<String> = all.into_iter().collect();
    let held = holders(tx, &all).await?;
    Ok(all.into_iter().filter(|address| held.get(address).is_none_or(|&holder| holder == account.id)).collect())
}

/// Takes these addresses, which are known to be the person's, out of links and offers.
pub async fn erase(tx: &Tx<'_>, account: AccountId, addresses: &[String]) -> Result<()> {
    let to = || addresses.iter().map(String::as_str);
    blank_links(tx, token::Column::EmailCanonical.is_in(to())).await?;
    let memberships = Condition::any()
        .add(membership::Column::AccountId.eq(account))
        .add(membership::Column::EmailCanonical.is_in(to()));
    let mut offers = ids(tx, membership::Entity::find().filter(memberships), membership::Column::Id).await?;
    blank_memberships(tx, &offers).await?;
    let invitations = invitation::Entity::find().filter(invitation::Column::EmailCanonical.is_in(to()));
    offers.extend(ids(tx, invitations.clone(), invitation::Column::Id).await?);
    // The first owner's is in the event of the organization itself.
    offers.extend(ids(tx, invitations, invitation::Column::OrganizationId).await?);
    blank_invitations(tx, addresses).await?;
    forget_events(tx, &offers).await
}

/// Links stay as records, and none of them works any more.
pub async fn blank_links(tx: &Tx<'_>, which: impl IntoCondition) -> Result<()> {
    let revoked = Func::coalesce([Expr::col(token::Column::RevokedAt), Expr::value(tx.now())]);
    token::Entity::update_many()
        .col_expr(token::Column::Email, Expr::value(String::new()))
        .col_expr(token::Column::EmailCanonical, Expr::value(String::new()))
        .col_expr(token::Column::Context, Expr::value(json!({})))
        .col_expr(token::Column::RevokedAt, revoked.into())
        .filter(which)
        .exec(tx.db())
        .await?;
    Ok(())
}

async fn ids<E: EntityTrait>(tx: &Tx<'_>, select: Select<E>, column: impl ColumnTrait) -> Result<Vec<Uuid>> {
    Ok(select.select_only().column(column).into_tuple().all(tx.db()).await?)
}

/// An offer that waits is declined: nobody is there to accept it.
async fn blank_memberships(tx: &Tx<'_>, memberships: &[Uuid]) -> Result<()> {
    for ids in memberships.chunks(1_000) {
        membership::Entity::update_many()
            .col_expr(membership::Column::Status, Expr::value(MembershipStatus::Declined))
            .col_expr(membership::Column::EndedAt, Expr::value(tx.now()))
            .filter(membership::Column::Id.is_in(ids.iter().copied()))
            .filter(membership::Column::Status.eq(MembershipStatus::Invited))
            .exec(tx.db())
            .await?;
        membership::Entity::update_many()
            .col_expr(membership::Column::Email, Expr::value(String::new()))
            .col_expr(membership::Column::EmailCanonical, Expr::value(String::new()))
            .filter(membership::Column::Id.is_in(ids.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

async fn blank_invitations(tx: &Tx<'_>, addresses: &[String]) -> Result<()> {
    let to = || invitation::Column::EmailCanonical.is_in(addresses.iter().map(String::as_str));
    cancel_invitations(tx, to()).await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Email, Expr::value(String::new()))
        .col_expr(invitation::Column::EmailCanonical, Expr::value(String::new()))
        .filter(to())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Takes back those of these invitations that are open.
pub async fn cancel_invitations(tx: &Tx<'_>, which: impl IntoCondition) -> Result<()> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::CanceledAt, Expr::value(tx.now()))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::CanceledAt.is_null())
        .filter(which)
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The log's details of these offers. Written as in the partial index, which a parameter in its place would hide.
async fn forget_events(tx: &Tx<'_>, offers: &[Uuid]) -> Result<()> {
    for offers in offers.chunks(1_000) {
        let of_offers = event::Entity::find()
            .select_only()
            .column(event::Column::Id)
            .filter(Expr::cust("object_kind IN ('inv', 'mem', 'org')"))
            .filter(Expr::cust("(object_kind <> 'org' OR action = 'createOrganization')"))
            .filter(event::Column::ObjectId.is_in(offers.iter().copied()))
            .into_query();
        event_detail::Entity::delete_many()
            .filter(event_detail::Column::EventId.in_subquery(of_offers))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
