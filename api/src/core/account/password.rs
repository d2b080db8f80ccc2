//! A new password for an account: judged by the rules, and hashed.

use crate::core::{Result, Tx, invalid, text::EmailAddress};
use secrecy::SecretString;

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
