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
//! | offers of roles and memberships | `invitation`, `membership` | over and blank; the database renames `account_email` |
//! | what the log tells | `event_detail` | the rows go; the events and their commitments stay |
//! | what the person was told | `notice`, `delivery` | kept without words about them; what waits isn't sent |
//! | what others were told about them | `notice`, by `notice_mention` | "Former user" in the place of name and address |
//! | what jobs were to do | `job` | goes with each job's end |
//! | answers to repeated requests | `idempotency` | the rows go; they hold ids alone |
//!
//! What an organization writes of itself (names, contacts, words to everybody) and what others have asked for themselves
//! isn't the person's. Limits are counted under hashes.

mod addresses;
mod notices;

use crate::core::{
    Result, Tx,
    account::{
        credentials::{Kill, kill},
        profile,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Expr};
use steward_entities::{
    account, account_block, api_key, edit_restriction, edit_restriction_account, email_change, event_detail,
    id::{AccountId, SessionId},
    idempotency, invitation,
    kinds::{MembershipStatus, VerificationMethod},
    made_account, membership, role, seen_device, session, token,
};

pub use notices::scrub;

/// What a person is called who isn't there any more.
pub const FORMER: &str = "Former user";

/// Takes away what identifies this person. Control has ended before; nobody can sign in, and the address is free.
pub async fn erase(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    kill(tx, &[account.id], Kill::ALL).await?;
    end_powers(tx, account.id).await?;
    forget_devices(tx, account.id).await?;
    profile::erase(tx, &[account.id]).await?;
    forget(tx, account).await?;
    erase_addresses(tx, account.id).await?;
    account::Entity::update_many()
        .col_expr(account::Column::Email, Expr::value(String::new()))
        // No address looks like this, so that nobody ever has it again, and nobody finds it.
        .col_expr(account::Column::EmailCanonical, Expr::value(format!("former {}", account.id)))
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

/// The same, and every other trace: what was ever sent or offered to one of their addresses, and what others were told
/// about them.
pub async fn erase_everywhere(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    let known = addresses::known(tx, account).await?;
    erase(tx, account).await?;
    addresses::erase(tx, account.id, &known).await?;
    notices::erase_mentions(tx, account.id, &known).await
}

/// Roles, and what somebody had begun by them.
async fn end_powers(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    role::Entity::delete_many().filter(role::Column::AccountId.eq(account)).exec(tx.db()).await?;
    addresses::cancel_invitations(tx, invitation::Column::InvitedBy.eq(account)).await?;
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(tx.now()))
        .filter(api_key::Column::MadeBy.eq(account))
        .filter(api_key::Column::RevokedAt.is_null())
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
    made_account::Entity::delete_by_id(account.id).exec(tx.db()).await?;
    let details = event_detail::Column::AccountId.eq(account.id);
    event_detail::Entity::delete_many().filter(details).exec(tx.db()).await?;
    notices::erase_own(tx, account.id).await?;
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
    // Declined offers stay as records, without the address.
    membership::Entity::update_many()
        .col_expr(membership::Column::Email, Expr::value(String::new()))
        .col_expr(membership::Column::EmailCanonical, Expr::value(String::new()))
        .filter(membership::Column::EmailCanonical.eq(&account.email_canonical))
        .filter(membership::Column::Status.eq(MembershipStatus::Declined))
        .exec(tx.db())
        .await?;
    Ok(())
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
