//! People who are told of what isn't about their own account: administrators, operators.

use crate::core::{Result, Tx, account::erase::is_former};
use sea_orm::{QueryOrder, QuerySelect, Select, sea_query::LockType};
use steward_entities::account;

/// Those of these people who haven't left for good, by their ids. Whoever is about to be erased has left before, or is erased
/// when the change is committed, and what it tells them with it.
///
/// No lock but this: what is written for an account holds it so anyway. Whoever erases holds the account fully.
pub async fn still_there(tx: &Tx<'_>, people: Select<account::Entity>) -> Result<Vec<account::Model>> {
    let people = people.order_by_asc(account::Column::Id).lock(LockType::KeyShare);
    let mut people = people.all(tx.db()).await?;
    people.retain(|account| !is_former(account));
    Ok(people)
}
