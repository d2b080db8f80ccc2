//! Opening a session: after a right password, a completed sign-up, a new password.

use crate::core::{
    Result, Tx,
    secret::{CredentialKind, new_credential},
    text::UserAgent,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set, prelude::Expr};
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
    account::Entity::update_many()
        .col_expr(account::Column::LastActiveAt, Expr::value(tx.now()))
        .filter(account::Column::Id.eq(account))
        .exec(tx.db())
        .await?;
    Ok((id, credential.text))
}
