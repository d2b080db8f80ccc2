//! A person who leaves for good: what identifies them goes, from their account, their notices and the log's details. The
//! row stays, because the log and others refer to it; the log itself stays whole.
//!
//! | what | where | what becomes of it |
//! | --- | --- | --- |
//! | address, name, password, profile | `account`, `profile` | gone; the name is "Former user" |
//! | network addresses, devices | `session`, `seen_device` | the rows go |
//! | what was given with a link, and where it went | `token`, `made_account` | blank, and dead |
//! | addresses that were asked for, and words about it | `email_change` | blank |
//! | reasons, messages | `account_block`, `membership`; `edit_restriction`, where it names nobody else | gone |
//! | what was asked for, and the answer | `app_request` | over, without words |
//! | which apps saw the person, and when | `app_sighting` | the rows go; vendors are asked to delete what they know |
//! | what apps were kept from, and why | `app_objection`, `app_exclusion` | over, where it was the person's; without words |
//! | offers of roles and memberships | `invitation`, `membership` | over and blank; the database renames `account_email` |
//! | personal items, and private ones | `item`, `item_content` | the rows go; what was shared with a workspace stays there |
//! | what the log tells | `event_detail` | the rows go; the events and their commitments stay |
//! | what the person was told | `notice`, `delivery` | kept without words about them; what waits isn't sent |
//! | what others were told about them | `notice`, by `notice_mention` | "Former user" in the place of name and address |
//! | what jobs were to do | `job` | goes with each job's end |
//! | answers to repeated requests | `idempotency` | the rows go; they hold ids alone |
//!
//! What an organization writes of itself (names, contacts, words to everybody) and what others have asked for themselves
//! isn't the person's. Limits are counted under hashes.
//!
//! An account may have been told much. So [`become_former`] does at once what makes the person nobody, in statements over
//! sets: nobody can sign in, nobody can call it off, the address is free, and no notice is found by an address any more.
//! [`forget_some`] takes items away and the words out of notices, some at a time; who is interrupted goes on where it
//! stopped.

mod addresses;
mod apps;
mod ended;
mod items;
mod notices;

use crate::core::{
    EventDraft, Result, Tx,
    account::{
        credentials::{Kill, kill},
        profile,
    },
    apps::closing::close,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Expr};
use steward_entities::{
    account, account_block, edit_restriction, edit_restriction_account, email_change, event_detail,
    id::{AccountId, SessionId},
    idempotency,
    kinds::{MembershipStatus, VerificationMethod},
    made_account, membership, role, seen_device, session, token,
};

pub use addresses::{Known, invited, known, offered};
pub use ended::{resign, unanswered};
pub use items::{going, staying};
pub use notices::{Remainder, erase_these, forget_some, scrub};

/// What a person is called who isn't there any more.
pub const FORMER: &str = "Former user";

/// No address looks like this, so that nobody ever has it again, and nobody finds it.
fn former_address(account: AccountId) -> String {
    format!("former {account}")
}

/// Whether what identifies the person was taken away.
#[must_use]
pub fn is_former(account: &account::Model) -> bool {
    account.email_canonical == former_address(account.id)
}

/// Takes away what identifies this person, who has never used the account: all at once, for nobody has told them much.
pub async fn erase(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    erase_identity(tx, account).await?;
    let mut after = None;
    while let Some(last) = items::erase_some(tx, account.id, after).await? {
        after = Some(last);
    }
    notices::erase_all_own(tx, account.id).await
}

/// Makes this person, whose control has ended before, a former user: see above. The organizations of `roles`, which are
/// all that they have, are locked. Gives the events of what ends by it. What is left begins with [`Remainder::Items`].
pub async fn become_former(tx: &Tx<'_>, account: &account::Model, roles: Vec<role::Model>) -> Result<Vec<EventDraft>> {
    let known = known(tx.db(), account).await?;
    let events = ended::end_all(tx, account, roles, &known).await?;
    // Before the rest, which forgets by which addresses things are found.
    addresses::erase(tx, account.id, &known).await?;
    notices::gather_mentions(tx, account.id, &known).await?;
    notices::hold_back(tx, account.id).await?;
    notices::erase_waiting_mentions(tx, account.id).await?;
    erase_identity(tx, account).await?;
    account_block::Entity::update_many()
        .col_expr(account_block::Column::LiftedAt, Expr::value(tx.now()))
        .filter(account_block::Column::AccountId.eq(account.id))
        .filter(account_block::Column::LiftedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(events)
}

/// Credentials, and the account's own row with what hangs on it.
async fn erase_identity(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    kill(tx, &[account.id], Kill::ALL).await?;
    forget_devices(tx, account.id).await?;
    // While it is known who has seen them.
    Box::pin(close(tx, account.id)).await?;
    apps::forget_sightings(tx, account.id).await?;
    profile::erase(tx, &[account.id]).await?;
    forget_words(tx, account).await?;
    erase_addresses(tx, account.id).await?;
    account::Entity::update_many()
        .col_expr(account::Column::Email, Expr::value(String::new()))
        .col_expr(account::Column::EmailCanonical, Expr::value(former_address(account.id)))
        .col_expr(account::Column::EmailDomainKey, Expr::value(String::new()))
        .col_expr(account::Column::VerifiedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(account::Column::VerifiedBy, Expr::value(None::<VerificationMethod>))
        .col_expr(account::Column::PasswordHash, Expr::value(None::<String>))
        .col_expr(account::Column::RetiredPasswordHash, Expr::value(None::<String>))
        .col_expr(account::Column::DisplayName, Expr::value(FORMER))
        .col_expr(account::Column::Locale, Expr::value("en"))
        .col_expr(account::Column::LastActiveAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(account::Column::OperatorAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(account::Column::Version, Expr::value(account.version + 2))
        .filter(account::Column::Id.eq(account.id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Where the person was signed in, and from where.
async fn forget_devices(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let sessions: Vec<SessionId> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::AccountId.eq(account))
        .into_tuple()
        .all(tx.db())
        .await?;
    for sessions in sessions.chunks(1_000) {
        idempotency::Entity::delete_many()
            .filter(idempotency::Column::Credential.is_in(sessions.iter().map(ToString::to_string)))
            .exec(tx.db())
            .await?;
    }
    session::Entity::delete_many().filter(session::Column::AccountId.eq(account)).exec(tx.db()).await?;
    let devices = seen_device::Column::AccountId.eq(account);
    seen_device::Entity::delete_many().filter(devices).exec(tx.db()).await?;
    Ok(())
}

/// Takes away what others have written to the person and about them, where the account itself may stay.
pub async fn forget(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    forget_words(tx, account).await?;
    notices::erase_all_own(tx, account.id).await
}

/// The same but for notices.
async fn forget_words(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    made_account::Entity::delete_by_id(account.id).exec(tx.db()).await?;
    let details = event_detail::Column::AccountId.eq(account.id);
    event_detail::Entity::delete_many().filter(details).exec(tx.db()).await?;
    account_block::Entity::update_many()
        .col_expr(account_block::Column::Reason, Expr::value(None::<String>))
        .col_expr(account_block::Column::Message, Expr::value(None::<String>))
        .filter(account_block::Column::AccountId.eq(account.id))
        .exec(tx.db())
        .await?;
    membership::Entity::update_many()
        .col_expr(membership::Column::Reason, Expr::value(None::<String>))
        .col_expr(membership::Column::Message, Expr::value(None::<String>))
        .filter(membership::Column::AccountId.eq(account.id))
        .exec(tx.db())
        .await?;
    forget_restrictions(tx, account.id).await?;
    apps::forget_requests(tx, account.id).await?;
    apps::forget_objections(tx, account.id).await?;
    let declined = Condition::all()
        .add(membership::Column::EmailCanonical.eq(&account.email_canonical))
        .add(membership::Column::Status.eq(MembershipStatus::Declined));
    addresses::blank_offers(tx, declined).await
}

/// Words about edit restrictions that name this person and nobody else.
async fn forget_restrictions(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let column = edit_restriction_account::Column::RestrictionId;
    let named = |whom: Condition| {
        let rows = edit_restriction_account::Entity::find().select_only().column(column);
        rows.filter(whom).into_query()
    };
    let on_them = Condition::all().add(edit_restriction_account::Column::AccountId.eq(account));
    let on_others = Condition::all()
        .add(edit_restriction_account::Column::AccountId.ne(account))
        .add(column.in_subquery(named(on_them.clone())));
    edit_restriction::Entity::update_many()
        .col_expr(edit_restriction::Column::Reason, Expr::value(String::new()))
        .col_expr(edit_restriction::Column::Message, Expr::value(None::<String>))
        .col_expr(edit_restriction::Column::EndMessage, Expr::value(None::<String>))
        .filter(edit_restriction::Column::Id.in_subquery(named(on_them)))
        .filter(edit_restriction::Column::Id.not_in_subquery(named(on_others)))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Links and changes of address stay as records, without the address.
async fn erase_addresses(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    addresses::blank_links(tx, token::Column::AccountId.eq(account)).await?;
    email_change::Entity::update_many()
        .col_expr(email_change::Column::NewEmail, Expr::value(String::new()))
        .col_expr(email_change::Column::NewEmailCanonical, Expr::value(String::new()))
        .col_expr(email_change::Column::Reason, Expr::value(None::<String>))
        .col_expr(email_change::Column::Answer, Expr::value(None::<String>))
        .filter(email_change::Column::AccountId.eq(account))
        .exec(tx.db())
        .await?;
    Ok(())
}
