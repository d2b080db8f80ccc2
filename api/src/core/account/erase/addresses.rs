//! What was addressed to somebody who leaves for good: links, offers of roles and memberships, and what the log tells of
//! them. All stay as records, without the address.

use crate::core::{
    ActionName, Result, Tx,
    account::{email::holders, erase::notices, link},
    text::EmailAddress,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    prelude::Expr,
    sea_query::{Func, IntoCondition},
};
use serde_json::json;
use std::collections::BTreeMap;
use steward_entities::{
    account, email_change, event, event_detail,
    id::{AccountId, InvitationId},
    invitation,
    kinds::{EmailChangeStatus, MembershipStatus, TokenPurpose, VerificationMethod},
    membership, organization, token,
};
use uuid::Uuid;

/// An address that was the person's.
pub struct Known {
    /// In canonical form.
    pub address: String,
    /// Until when it was surely theirs; none for today's. What went there later may be for somebody else.
    pub until: Option<DateTime<Utc>>,
}

impl Known {
    /// Today's address, where the person has proved that they read mail there.
    #[must_use]
    pub fn today(account: &account::Model) -> Option<Self> {
        let is_proved = account.verified_by == Some(VerificationMethod::Link);
        is_proved.then(|| Self { address: account.email_canonical.clone(), until: None })
    }
}

/// Every address that was the person's: today's, those at which they took up an offer, those from before a change. One
/// that somebody else has by now is theirs, and so is one that the person has never proved: an administrator who gives an
/// account an address mustn't take from its reader what others have offered there.
pub async fn known(db: &impl ConnectionTrait, account: &account::Model) -> Result<Vec<Known>> {
    let mut all: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    let mut add = |address: String, at: DateTime<Utc>| {
        let last = all.entry(address).or_insert(at);
        *last = std::cmp::max(*last, at);
    };
    if !was_given_an_address(db, account.id).await? {
        for (address, at) in notices::addresses(db, account.id).await? {
            if let Ok(address) = EmailAddress::parse(&address) {
                add(address.canonical(), at);
            }
        }
    }
    let changes = email_change::Entity::find()
        .filter(email_change::Column::AccountId.eq(account.id))
        .filter(email_change::Column::Status.eq(EmailChangeStatus::Confirmed));
    for change in changes.all(db).await? {
        add(change.new_email_canonical, change.ended_at.unwrap_or(change.created_at));
    }
    let memberships = membership::Entity::find().filter(membership::Column::AccountId.eq(account.id));
    for membership in memberships.all(db).await? {
        add(membership.email_canonical, membership.accepted_at.unwrap_or(membership.created_at));
    }
    all.remove("");
    let today = account.email_canonical.as_str();
    let held = holders(db, &all.keys().cloned().collect::<Vec<_>>()).await?;
    let former = all.into_iter().filter(|(address, _)| address != today && !held.contains_key(address));
    let mut known: Vec<Known> = former.map(|(address, until)| Known { address, until: Some(until) }).collect();
    known.extend(Known::today(account));
    Ok(known)
}

/// Whether an administrator ever chose the account's address.
async fn was_given_an_address(db: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    let given = [ActionName::CreateAccount, ActionName::ChangeAccountEmail].map(ActionName::as_str);
    let events = event::Entity::find()
        .filter(event::Column::AccountId.eq(account))
        .filter(event::Column::Action.is_in(given))
        .limit(1);
    Ok(events.one(db).await?.is_some())
}

/// How many addresses stand side by side in a condition: SQLite allows a depth of 1000, and each adds one.
const SIDE_BY_SIDE: usize = 50;

/// What was written for one of these addresses while it was surely the person's: what `until` says of the time until then.
fn written_for<'k>(
    address: impl ColumnTrait,
    known: impl IntoIterator<Item = &'k Known>,
    until: impl Fn(DateTime<Utc>) -> Condition,
) -> Condition {
    let known: Vec<&Known> = known.into_iter().collect();
    let one =
        |known: &&Known| Condition::all().add(address.eq(known.address.as_str())).add_option(known.until.map(&until));
    let nothing = || Condition::any().add(Expr::cust("1 = 0"));
    let groups = known.chunks(SIDE_BY_SIDE).map(|some| some.iter().map(one).fold(nothing(), Condition::add));
    groups.fold(nothing(), Condition::add)
}

/// The offers of memberships to these addresses. One that was renewed later may be for somebody else.
pub fn offered<'k>(known: impl IntoIterator<Item = &'k Known>) -> Condition {
    written_for(membership::Column::EmailCanonical, known, |until| {
        let last = membership::Column::ExpiresAt.lte(until + link::lifetime(TokenPurpose::Membership));
        let last = Condition::any().add(membership::Column::ExpiresAt.is_null()).add(last);
        Condition::all().add(membership::Column::CreatedAt.lte(until)).add(last)
    })
}

/// The offers of roles to them. One that was renewed later may be for somebody else.
pub fn invited<'k>(known: impl IntoIterator<Item = &'k Known>) -> Condition {
    written_for(invitation::Column::EmailCanonical, known, |until| {
        let last = until + link::lifetime(TokenPurpose::Invitation);
        Condition::all().add(invitation::Column::ExpiresAt.lte(last))
    })
}

/// What was offered to addresses that aren't the person's any more, and renewed later for whoever has them: the ids and
/// the addresses.
async fn renewed(tx: &Tx<'_>, known: &[Known]) -> Result<Vec<(Uuid, String)>> {
    let former = || known.iter().filter(|known| known.until.is_some());
    let memberships = written_for(membership::Column::EmailCanonical, former(), |until| {
        let last = until + link::lifetime(TokenPurpose::Membership);
        Condition::all().add(membership::Column::CreatedAt.lte(until)).add(membership::Column::ExpiresAt.gt(last))
    });
    let memberships = membership::Entity::find()
        .select_only()
        .columns([membership::Column::Id, membership::Column::EmailCanonical])
        .filter(memberships);
    let invitations = written_for(invitation::Column::EmailCanonical, former(), |until| {
        let last = until + link::lifetime(TokenPurpose::Invitation);
        Condition::all().add(invitation::Column::CreatedAt.lte(until)).add(invitation::Column::ExpiresAt.gt(last))
    });
    let invitations = invitation::Entity::find()
        .select_only()
        .columns([invitation::Column::Id, invitation::Column::EmailCanonical])
        .filter(invitations);
    let mut all: Vec<(Uuid, String)> = memberships.into_tuple().all(tx.db()).await?;
    all.extend(invitations.into_tuple::<(Uuid, String)>().all(tx.db()).await?);
    Ok(all)
}

/// Whether a link belongs to an offer that waits for an answer.
pub const OF_OPEN_OFFER: &str = "(EXISTS (SELECT 1 FROM membership m WHERE m.id = token.subject_id AND m.status = 'INVITED') \
    OR EXISTS (SELECT 1 FROM invitation i WHERE i.id = token.subject_id AND i.accepted_at IS NULL \
    AND i.canceled_at IS NULL))";

/// Today's address; empty, if the person hasn't proved it.
fn today(known: &[Known]) -> &str {
    known.iter().find(|known| known.until.is_none()).map_or("", |known| &known.address)
}

/// Takes these addresses, which are known to be the person's, out of links and offers. What is offered to today's while this
/// change is under way is for whoever has the address next: it stays, with its link.
pub async fn erase(tx: &Tx<'_>, account: AccountId, known: &[Known]) -> Result<()> {
    let links = written_for(token::Column::EmailCanonical, known, |until| {
        Condition::all().add(token::Column::CreatedAt.lte(until))
    });
    let of_open_offers =
        Condition::all().add(token::Column::EmailCanonical.eq(today(known))).add(Expr::cust(OF_OPEN_OFFER));
    blank_links(tx, Condition::all().add(links).add(of_open_offers.not())).await?;
    // What is open by now was offered after the rest was declined, for whoever has the address next.
    let theirs = offered(known).add(membership::Column::AccountId.eq(account));
    let memberships = Condition::all().add(membership::Column::Status.ne(MembershipStatus::Invited)).add(theirs);
    let mut offers = ids(tx, membership::Entity::find().filter(memberships), membership::Column::Id).await?;
    blank_memberships(tx, &offers).await?;
    let answered = invitation::Column::AcceptedAt.is_not_null().or(invitation::Column::CanceledAt.is_not_null());
    let invitations = invitation::Entity::find().filter(answered).filter(invited(known)).all(tx.db()).await?;
    let invited: Vec<InvitationId> = invitations.iter().map(|invitation| invitation.id).collect();
    blank_invitations(tx, &invited).await?;
    offers.extend(invited.iter().map(|id| id.0));
    offers.extend(made_with(tx, &invitations).await?);
    forget_events(tx, &offers, None).await?;
    for (id, address) in renewed(tx, known).await? {
        let until = known.iter().find(|known| known.address == address).and_then(|known| known.until);
        forget_events(tx, &[id], until).await?;
    }
    Ok(())
}

/// The organizations that were made with one of these invitations, that of their first owner: the event of the
/// organization itself tells the address.
async fn made_with(tx: &Tx<'_>, invitations: &[invitation::Model]) -> Result<Vec<Uuid>> {
    let organizations = organization::Entity::find()
        .filter(organization::Column::Id.is_in(invitations.iter().map(|invitation| invitation.organization_id)))
        .all(tx.db())
        .await?;
    let first = |organization: &organization::Model| {
        invitations.iter().any(|invitation| {
            invitation.organization_id == organization.id && invitation.created_at == organization.created_at
        })
    };
    Ok(organizations.iter().filter(|organization| first(organization)).map(|organization| organization.id.0).collect())
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

async fn blank_memberships(tx: &Tx<'_>, memberships: &[Uuid]) -> Result<()> {
    for ids in memberships.chunks(1_000) {
        blank_offers(tx, membership::Column::Id.is_in(ids.iter().copied())).await?;
    }
    Ok(())
}

/// Memberships and offers of them stay as records, without the address.
pub async fn blank_offers(tx: &Tx<'_>, which: impl IntoCondition) -> Result<()> {
    membership::Entity::update_many()
        .col_expr(membership::Column::Email, Expr::value(String::new()))
        .col_expr(membership::Column::EmailCanonical, Expr::value(String::new()))
        .col_expr(membership::Column::Version, Expr::col(membership::Column::Version).add(1))
        .filter(membership::Column::Email.ne(""))
        .filter(which)
        .exec(tx.db())
        .await?;
    Ok(())
}

async fn blank_invitations(tx: &Tx<'_>, invitations: &[InvitationId]) -> Result<()> {
    for ids in invitations.chunks(1_000) {
        invitation::Entity::update_many()
            .col_expr(invitation::Column::Email, Expr::value(String::new()))
            .col_expr(invitation::Column::EmailCanonical, Expr::value(String::new()))
            .filter(invitation::Column::Id.is_in(ids.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// The log's details of these offers, those until then alone. Written as in the partial index, which a parameter in its
/// place would hide.
async fn forget_events(tx: &Tx<'_>, offers: &[Uuid], until: Option<DateTime<Utc>>) -> Result<()> {
    for offers in offers.chunks(1_000) {
        let of_offers = event::Entity::find()
            .select_only()
            .column(event::Column::Id)
            .filter(Expr::cust("object_kind IN ('inv', 'mem', 'org')"))
            .filter(Expr::cust("(object_kind <> 'org' OR action = 'createOrganization')"))
            .filter(event::Column::ObjectId.is_in(offers.iter().copied()))
            .filter(Condition::all().add_option(until.map(|until| event::Column::OccurredAt.lte(until))))
            .into_query();
        event_detail::Entity::delete_many()
            .filter(event_detail::Column::EventId.in_subquery(of_offers))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
