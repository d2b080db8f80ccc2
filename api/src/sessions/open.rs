//! Opening a session: after a right password, a completed sign-up, a new password. An account has a bounded number of
//! them: one more ends the oldest.

use crate::core::{
    Result, Tx,
    account::credentials::{MOST_SESSIONS, end_sessions},
    secret::{CredentialKind, new_credential},
    text::UserAgent,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, prelude::Expr};
use secrecy::SecretString;
use steward_entities::{
    account,
    id::{AccountId, SessionId},
    session,
};

/// How long a session lives when nobody ends it (NIST SP 800-63B-4, AAL1: 30 days at most).
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// Opens a session for this request's device. The password was just given, so it counts as reauthenticated.
pub async fn open(tx: &Tx<'_>, account: AccountId) -> Result<(SessionId, SecretString)> {
    let credential = new_credential(CredentialKind::Session, &tx.steward().entropy);
    let id = tx.id();
    let row = session::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        token_hash: Set(credential.hash),
        user_agent: Set(UserAgent::lenient(&tx.origin().user_agent).as_str().to_owned()),
        ip_address: Set(tx.origin().ip_address.clone()),
        created_at: Set(tx.now()),
        last_used_at: Set(tx.now()),
        expires_at: Set(tx.now() + LIFETIME),
        reauthenticated_at: Set(Some(tx.now())),
        ended_at: Set(None),
    };
    row.insert(tx.db()).await?;
    end_oldest(tx, account).await?;
    account::Entity::update_many()
        .col_expr(account::Column::LastActiveAt, Expr::value(tx.now()))
        .filter(account::Column::Id.eq(account))
        .exec(tx.db())
        .await?;
    Ok((id, credential.text))
}

/// Ends what is more than an account may have. The caller has locked the account.
async fn end_oldest(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let surplus: Vec<SessionId> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(tx.now()))
        .order_by_desc(session::Column::Id)
        .offset(MOST_SESSIONS)
        .limit(MOST_SESSIONS)
        .into_tuple()
        .all(tx.db())
        .await?;
    if surplus.is_empty() {
        return Ok(());
    }
    end_sessions(tx, account, &surplus).await
}
