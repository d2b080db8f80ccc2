//! What lets somebody in: sessions, mailed links, pending changes of address. When control takes effect, an address or a
//! password changes, what was there before dies (nobody inherits an attacker's foothold).

use crate::core::{Result, Tx, database::one_of};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, prelude::Expr, sea_query::Func};
use steward_entities::{
    account, email_change,
    id::{AccountId, SessionId},
    kinds::{EmailChangeStatus, TokenPurpose},
    session, token,
};

/// How many live sessions an account has at most: more than anybody has devices, and few enough to be listed.
pub const MOST_SESSIONS: u64 = 100;

/// The states of a change of address in which it can still come about.
pub const OPEN_CHANGES: [EmailChangeStatus; 3] =
    [EmailChangeStatus::Pending, EmailChangeStatus::WaitingForApproval, EmailChangeStatus::Approved];

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// All sessions but this one; `None` ends all.
    pub keep_session: Option<SessionId>,
    /// Sessions at all.
    pub sessions: bool,
    /// Links that set a password.
    pub reset_links: bool,
    /// Changes of address that wait for an answer or a confirmation, and their links.
    pub email_changes: bool,
}

impl Kill {
    /// Everything from before.
    pub const ALL: Self = Self { keep_session: None, sessions: true, reset_links: true, email_changes: true };
    /// The sessions alone.
    pub const SESSIONS: Self = Self { reset_links: false, email_changes: false, ..Self::ALL };

    /// The same, but this session lives on.
    #[must_use]
    pub const fn but(self, session: SessionId) -> Self {
        Self { keep_session: Some(session), ..self }
    }
}

/// Ends these sessions, which are the account's.
pub async fn end_sessions(tx: &Tx<'_>, account: AccountId, sessions: &[SessionId]) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(tx.now()))
        .filter(session::Column::AccountId.eq(account))
        .filter(one_of(tx.db(), session::Column::Id, sessions.iter().copied()))
        .filter(session::Column::EndedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The passwords of these accounts open nothing any more. Each is kept to be refused as the new one; required once more,
/// the one from before is still the one that was used.
pub async fn forget_passwords(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let used =
        Func::coalesce([Expr::col(account::Column::PasswordHash), Expr::col(account::Column::RetiredPasswordHash)]);
    account::Entity::update_many()
        .col_expr(account::Column::RetiredPasswordHash, used.into())
        .col_expr(account::Column::PasswordHash, Expr::value(None::<String>))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(one_of(tx.db(), account::Column::Id, accounts.iter().copied()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Ends what `kill` names, for all these accounts.
pub async fn kill(tx: &Tx<'_>, accounts: &[AccountId], kill: Kill) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let ids = || accounts.iter().copied();
    if kill.sessions {
        let mut update = session::Entity::update_many()
            .col_expr(session::Column::EndedAt, Expr::value(tx.now()))
            .filter(one_of(tx.db(), session::Column::AccountId, ids()))
            .filter(session::Column::EndedAt.is_null());
        if let Some(kept) = kill.keep_session {
            update = update.filter(session::Column::Id.ne(kept));
        }
        update.exec(tx.db()).await?;
    }
    let mut purposes = Vec::new();
    if kill.reset_links {
        purposes.extend([TokenPurpose::PasswordReset, TokenPurpose::AccountInvitation]);
    }
    if kill.email_changes {
        purposes.push(TokenPurpose::EmailChange);
        email_change::Entity::update_many()
            .col_expr(email_change::Column::Status, Expr::value(EmailChangeStatus::Canceled))
            .col_expr(email_change::Column::EndedAt, Expr::value(tx.now()))
            .filter(one_of(tx.db(), email_change::Column::AccountId, ids()))
            .filter(email_change::Column::Status.is_in(OPEN_CHANGES))
            .exec(tx.db())
            .await?;
    }
    if purposes.is_empty() { Ok(()) } else { revoke_links(tx, accounts, &purposes).await }
}

/// Revokes the links of these accounts that serve these purposes and weren't used.
pub async fn revoke_links(tx: &Tx<'_>, accounts: &[AccountId], purposes: &[TokenPurpose]) -> Result<()> {
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), token::Column::AccountId, accounts.iter().copied()))
        .filter(token::Column::Purpose.is_in(purposes.iter().copied()))
        .filter(token::Column::UsedAt.is_null())
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}
