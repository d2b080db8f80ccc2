//! Passwords of accounts: a new one, judged by the rules and hashed; and the one in force, given again.

use crate::core::{
    Error, Result, Tx, invalid,
    limit::Limit,
    text::{EmailAddress, GivenPassword},
};
use chrono::TimeDelta;
use secrecy::SecretString;

/// Tries of passwords from one network address.
pub const TRIES_PER_ADDRESS: Limit = Limit { name: "sign_in_address", most: 100, window: TimeDelta::minutes(5) };
/// Tries for one account from one network address.
pub const TRIES_PER_PAIR: Limit = Limit { name: "sign_in_pair", most: 10, window: TimeDelta::minutes(15) };
/// Tries with one session: who has stolen it can't go on guessing from other addresses.
const TRIES_PER_SESSION: Limit = Limit { name: "reauthenticate_session", most: 10, window: TimeDelta::minutes(15) };

/// The stored hash that the signed-in person's password matches; none when it isn't theirs. Each try counts. It takes a
/// while, so that it belongs into `prepare`; what it found is compared again behind the lock.
///
/// # Errors
/// `RateLimited` after too many tries.
pub async fn given_again(tx: &Tx<'_>, password: &GivenPassword) -> Result<Option<String>> {
    let (steward, ip) = (tx.steward(), &tx.origin().network());
    let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
    steward.count(TRIES_PER_ADDRESS, ip).await?;
    steward.count(TRIES_PER_PAIR, &format!("{ip} {}", person.account.email_canonical)).await?;
    steward.count(TRIES_PER_SESSION, &person.session.id.to_string()).await?;
    let known = person.account.password_hash.clone();
    let matches = steward.hasher.verify(password.expose(), known.as_deref()).await?;
    Ok(known.filter(|_| matches))
}

/// The hash of a password that somebody chose, for the account's `password_hash`. It takes a while, so that it belongs
/// into `prepare`, after the link or session was found to be good.
///
/// # Errors
/// `INVALID` at `field` when the password breaks a rule; `RateLimited` when too many hashes wait already.
pub async fn hash_new(
    tx: &Tx<'_>,
    field: &'static [&'static str],
    raw: &SecretString,
    address: &EmailAddress,
    display_name: &str,
) -> Result<String> {
    let own_words = vec![
        display_name.to_owned(),
        address.local_part().to_owned(),
        address.domain().as_str().to_owned(),
        tx.steward().policy.service_name.clone(),
    ];
    let hash = tx.steward().hasher.hash_new(raw.clone(), own_words).await?;
    hash.map_err(|error| invalid(field, error))
}
