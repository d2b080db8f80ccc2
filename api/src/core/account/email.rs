//! Which address an account has: the only writer of it, for sets of accounts. With the old address dies what could let
//! somebody in from before, and the new one counts as proved by the method that is given, never by an older proof.

use crate::core::{
    Result, Tx,
    account::credentials::{Kill, kill},
    apps::changes::{Touched, tell_of_changes},
    error::Error,
    insert::ROWS_PER_STATEMENT,
    text::EmailAddress,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, SqlErr, Statement, Value,
    prelude::Expr,
};
use std::{collections::HashMap, fmt::Write};
use steward_entities::{account, id::AccountId, kinds::VerificationMethod};

/// An account, locked, and where it goes.
#[derive(Clone, Debug)]
pub struct Move {
    /// As it is now.
    pub account: account::Model,
    /// Its new address.
    pub to: EmailAddress,
}

impl Move {
    fn done(self, by: VerificationMethod, tx: &Tx<'_>) -> account::Model {
        account::Model {
            email: self.to.as_str().to_owned(),
            email_canonical: self.to.canonical(),
            email_domain_key: self.to.domain_key(),
            verified_at: Some(tx.now()),
            verified_by: Some(by),
            version: self.account.version + 1,
            ..self.account
        }
    }
}

/// Gives these accounts their new addresses, proved by `by`, and ends their sessions, reset links and open changes of
/// address. Gives the accounts as they are then; none when somebody else got one of the addresses at this moment. The
/// transaction is of no use then, and has to be given up.
pub async fn put(tx: &Tx<'_>, moves: Vec<Move>, by: VerificationMethod) -> Result<Option<Vec<account::Model>>> {
    for chunk in moves.chunks(ROWS_PER_STATEMENT) {
        if let Err(error) = tx.db().execute_raw(statement(tx, chunk, by)).await {
            return match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => Ok(None),
                _ => Err(Error::from(error)),
            };
        }
    }
    let ids: Vec<AccountId> = moves.iter().map(|one| one.account.id).collect();
    kill(tx, &ids, Kill::ALL).await?;
    Box::pin(tell_of_changes(tx, &ids.iter().map(|id| (*id, Touched::address())).collect())).await?;
    Ok(Some(moves.into_iter().map(|one| one.done(by, tx)).collect()))
}

fn statement(tx: &Tx<'_>, moves: &[Move], by: VerificationMethod) -> Statement {
    let mut values: Vec<Value> = vec![tx.now().into(), by.as_str().into()];
    let mut rows = String::new();
    for one in moves {
        let first = values.len() + 1;
        let comma = if rows.is_empty() { "" } else { ", " };
        let _ = write!(rows, "{comma}(${first}, ${}, ${}, ${})", first + 1, first + 2, first + 3);
        values.extend([
            one.account.id.0.into(),
            one.to.as_str().into(),
            one.to.canonical().into(),
            one.to.domain_key().into(),
        ]);
    }
    // Both databases name the columns of such a list `column1` and so on.
    let sql = format!(
        "UPDATE account SET email = moved.column2, email_canonical = moved.column3, \
         email_domain_key = moved.column4, verified_at = $1, verified_by = $2, version = account.version + 1 \
         FROM (VALUES {rows}) AS moved WHERE account.id = moved.column1"
    );
    Statement::from_sql_and_values(tx.db().get_database_backend(), sql, values)
}

/// A link that was mailed to the account's address was used by the person: the address is proved by them from now on,
/// where it wasn't proved or only by the domain's proof.
pub async fn proved_by_link(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::VerifiedAt, Expr::value(tx.now()))
        .col_expr(account::Column::VerifiedBy, Expr::value(VerificationMethod::Link))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::VerifiedAt.is_null().or(account::Column::VerifiedBy.eq(VerificationMethod::Domain)))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Who has these canonical addresses, by address.
pub async fn holders(db: &impl ConnectionTrait, canonical: &[String]) -> Result<HashMap<String, AccountId>> {
    let mut holders = HashMap::new();
    for chunk in canonical.chunks(ROWS_PER_STATEMENT) {
        let found: Vec<(String, AccountId)> = account::Entity::find()
            .select_only()
            .columns([account::Column::EmailCanonical, account::Column::Id])
            .filter(account::Column::EmailCanonical.is_in(chunk))
            .into_tuple()
            .all(db)
            .await?;
        holders.extend(found);
    }
    Ok(holders)
}

/// Whether somebody else has the address.
pub async fn is_taken(tx: &Tx<'_>, by_other_than: AccountId, address: &EmailAddress) -> Result<bool> {
    let canonical = address.canonical();
    Ok(holders(tx.db(), std::slice::from_ref(&canonical)).await?.get(&canonical).is_some_and(|&id| id != by_other_than))
}
