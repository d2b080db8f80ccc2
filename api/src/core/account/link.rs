//! Links in mails. A link serves one purpose for one exact address, is taken atomically, lives for a bounded time, and
//! dies with anything newer.

use crate::core::{
    Code, Error, Reader, Refusal, Result, Tx, database::one_of, insert::insert_all, limit::Limit, secret::Keys,
    text::EmailAddress,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Select, Set, prelude::Expr};
use serde_json::Value;
use std::collections::HashMap;
use steward_entities::{
    account,
    id::{AccountId, TokenId},
    kinds::TokenPurpose,
    token,
};
use uuid::Uuid;

/// How long links of a purpose live.
#[must_use]
pub const fn lifetime(purpose: TokenPurpose) -> TimeDelta {
    match purpose {
        TokenPurpose::PasswordReset | TokenPurpose::EmailChange => TimeDelta::hours(1),
        TokenPurpose::SignUp => TimeDelta::hours(24),
        TokenPurpose::Invitation | TokenPurpose::Membership | TokenPurpose::AccountInvitation => TimeDelta::days(14),
        TokenPurpose::Notice => TimeDelta::days(400),
    }
}

/// How often one network address may try links, of all purposes together. Links can't be guessed; this only keeps the
/// noise of trying small.
pub const PER_ADDRESS: Limit = Limit { name: "link_address", most: 300, window: TimeDelta::minutes(15) };

/// A link, before it is written.
pub struct NewLink<'a> {
    /// What it serves.
    pub purpose: TokenPurpose,
    /// The account that it is bound to, where there is one.
    pub account: Option<AccountId>,
    /// The exact address that it is mailed to.
    pub address: &'a EmailAddress,
    /// The invitation, membership or change that it belongs to.
    pub subject: Option<Uuid>,
    /// What the person gave when it was asked for.
    pub context: Value,
}

/// Writes a link, and kills older ones of the same purpose for the same address and subject.
pub async fn make(tx: &Tx<'_>, link: NewLink<'_>) -> Result<TokenId> {
    let canonical = link.address.canonical();
    let mut older = token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(token::Column::EmailCanonical.eq(&canonical))
        .filter(token::Column::Purpose.eq(link.purpose))
        .filter(token::Column::UsedAt.is_null())
        .filter(token::Column::RevokedAt.is_null());
    older = match link.subject {
        Some(subject) => older.filter(token::Column::SubjectId.eq(subject)),
        None => older.filter(token::Column::SubjectId.is_null()),
    };
    older.exec(tx.db()).await?;
    let id = tx.id();
    let row = token::ActiveModel {
        id: Set(id),
        purpose: Set(link.purpose),
        account_id: Set(link.account),
        email: Set(link.address.as_str().to_owned()),
        email_canonical: Set(canonical),
        subject_id: Set(link.subject),
        context: Set(link.context),
        created_at: Set(tx.now()),
        expires_at: Set(tx.now() + lifetime(link.purpose)),
        used_at: Set(None),
        revoked_at: Set(None),
    };
    row.insert(tx.db()).await?;
    Ok(id)
}

/// Writes a link that sets a new password: bound to this account and to the address that is stored now.
pub async fn password_reset(tx: &Tx<'_>, account: &account::Model) -> Result<TokenId> {
    let address = EmailAddress::parse(&account.email).map_err(Error::internal)?;
    let new = NewLink {
        purpose: TokenPurpose::PasswordReset,
        account: Some(account.id),
        address: &address,
        subject: None,
        context: serde_json::json!({}),
    };
    make(tx, new).await
}

/// The same for many accounts, in two statements.
///
/// # Errors
/// When the database fails.
pub async fn make_all(
    tx: &Tx<'_>,
    purpose: TokenPurpose,
    accounts: &[&account::Model],
) -> Result<HashMap<AccountId, TokenId>> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(token::Column::EmailCanonical.is_in(accounts.iter().map(|account| account.email_canonical.as_str())))
        .filter(token::Column::Purpose.eq(purpose))
        .filter(token::Column::UsedAt.is_null())
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    let links: HashMap<AccountId, TokenId> = accounts.iter().map(|account| (account.id, tx.id())).collect();
    let rows = accounts.iter().filter_map(|account| {
        Some(token::ActiveModel {
            id: Set(*links.get(&account.id)?),
            purpose: Set(purpose),
            account_id: Set(Some(account.id)),
            email: Set(account.email.clone()),
            email_canonical: Set(account.email_canonical.clone()),
            subject_id: Set(None),
            context: Set(serde_json::json!({})),
            created_at: Set(tx.now()),
            expires_at: Set(tx.now() + lifetime(purpose)),
            used_at: Set(None),
            revoked_at: Set(None),
        })
    });
    insert_all::<token::Entity>(tx, rows.collect()).await?;
    Ok(links)
}

/// A link that doesn't work. Why is told to nobody: wrong, used, too old, or replaced all look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This link doesn't work: it was used, is too old, or a newer one was sent. Ask for a new one.")]
pub struct LinkInvalid;

impl Refusal for LinkInvalid {
    fn code(&self) -> Code {
        Code::LinkInvalid
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "token"]
    }
}

/// The link behind a secret text, locked, if it still works.
pub async fn read(tx: &Tx<'_>, purposes: &[TokenPurpose], text: &str) -> Result<token::Model> {
    let working = working(&tx.steward().keys, tx.now(), purposes, text).ok_or(LinkInvalid)?;
    Ok(tx.lock(working).one(tx.db()).await?.ok_or(LinkInvalid)?)
}

/// The same without a lock, where the account is locked first (what locks an account kills its links) and [`take`]
/// decides who has it.
pub async fn look(tx: &Tx<'_>, purposes: &[TokenPurpose], text: &str) -> Result<token::Model> {
    let working = working(&tx.steward().keys, tx.now(), purposes, text).ok_or(LinkInvalid)?;
    Ok(working.one(tx.db()).await?.ok_or(LinkInvalid)?)
}

/// A link that somebody holds, and the account that its address has. Who holds the link reads the mail of the address,
/// and could learn of the account by a new password too.
#[derive(Clone, Debug)]
pub struct Held {
    /// The link.
    pub link: token::Model,
    /// The account of the address that it was mailed to, whatever the spelling.
    pub account: Option<account::Model>,
}

/// The link for who only looks at what it would do: nothing is locked, nothing is taken. None when it doesn't work.
pub async fn held(reader: &Reader<'_>, purpose: TokenPurpose, text: &str) -> Result<Option<Held>> {
    let Some(working) = working(&reader.steward().keys, reader.now(), &[purpose], text) else {
        return Ok(None);
    };
    let Some(link) = working.one(reader.db()).await? else {
        return Ok(None);
    };
    let account = account::Entity::find()
        .filter(account::Column::EmailCanonical.eq(&link.email_canonical))
        .one(reader.db())
        .await?;
    Ok(Some(Held { link, account }))
}

fn working(keys: &Keys, now: DateTime<Utc>, purposes: &[TokenPurpose], text: &str) -> Option<Select<token::Entity>> {
    let id = purposes.iter().find_map(|purpose| keys.read_link(purpose.as_str(), text))?;
    Some(
        token::Entity::find_by_id(TokenId(id))
            .filter(token::Column::Purpose.is_in(purposes.iter().copied()))
            .filter(token::Column::UsedAt.is_null())
            .filter(token::Column::RevokedAt.is_null())
            .filter(token::Column::ExpiresAt.gt(now)),
    )
}

/// Takes a link: of a hundred at once, one.
pub async fn take(tx: &Tx<'_>, id: TokenId) -> Result<()> {
    let taken = token::Entity::update_many()
        .col_expr(token::Column::UsedAt, Expr::value(tx.now()))
        .filter(token::Column::Id.eq(id))
        .filter(token::Column::UsedAt.is_null())
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 0 { Err(LinkInvalid.into()) } else { Ok(()) }
}

/// Kills the links that serve this purpose for these subjects: nothing is left that they would open.
pub async fn kill_for<I: Into<Uuid>>(
    tx: &Tx<'_>,
    purpose: TokenPurpose,
    subjects: impl IntoIterator<Item = I>,
) -> Result<()> {
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), token::Column::SubjectId, subjects))
        .filter(token::Column::Purpose.eq(purpose))
        .filter(token::Column::UsedAt.is_null())
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}
