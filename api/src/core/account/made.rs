//! What is remembered of an account that an organization has made for somebody, until they answer, however old its links
//! are.

use crate::core::{
    Error, Result, Tx,
    account::profile::{self, Profile},
    database::one_of,
    text::{EmailAddress, Locale, Message},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use steward_entities::{
    account,
    id::{AccountId, OrganizationId},
    made_account,
};

/// What is remembered of such an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Made {
    /// Who has made it.
    pub organization: OrganizationId,
    /// Whether there was nothing before: what was there, for somebody who had never used it, doesn't end by a no.
    pub anew: bool,
    /// The domain that made it possible.
    pub domain: String,
    /// The administrators' words to the person.
    pub message: Option<Message>,
    /// The workspaces in which a membership was offered with it.
    pub workspaces: Vec<String>,
    /// What was known of the person before, where there was something.
    #[serde(default)]
    pub before: Option<Profile>,
}

/// What is remembered of an account that was made for somebody.
pub async fn made(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Made>> {
    let row = made_account::Entity::find_by_id(account).one(db).await?;
    Ok(row.map(|row| serde_json::from_value(row.made)).transpose()?)
}

/// The same of several, as far as this organization has made them.
pub async fn made_for(
    db: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = AccountId>,
    organization: OrganizationId,
) -> Result<HashMap<AccountId, Made>> {
    let rows =
        made_account::Entity::find().filter(one_of(db, made_account::Column::AccountId, accounts)).all(db).await?;
    let read = |row: made_account::Model| Ok((row.account_id, serde_json::from_value::<Made>(row.made)?));
    let all: Result<HashMap<_, _>> = rows.into_iter().map(read).collect();
    Ok(all?.into_iter().filter(|(_, made)| made.organization == organization).collect())
}

/// What an organization wrote of people who have never used the account that it made for them is gone, and what was known
/// before is there again: whoever manages the account next isn't to read it. The accounts are locked.
pub async fn take_back(tx: &Tx<'_>, organization: OrganizationId, accounts: &[AccountId]) -> Result<()> {
    let made = made_for(tx.db(), accounts.iter().copied(), organization).await?;
    if made.is_empty() {
        return Ok(());
    }
    let unused = account::Entity::find()
        .filter(one_of(tx.db(), account::Column::Id, made.keys().copied()))
        .filter(account::Column::PasswordHash.is_null())
        .filter(account::Column::PasswordChangedAt.is_null());
    let mut back = Vec::new();
    for account in unused.all(tx.db()).await? {
        let before = match made.get(&account.id).and_then(|made| made.before.clone()) {
            Some(before) => before,
            None => {
                Profile::new(EmailAddress::parse(&account.email).map_err(Error::internal)?.local_part(), Locale::En)
            }
        };
        back.push((account.id, before));
    }
    profile::replace(tx, back).await?;
    let answered = one_of(tx.db(), made_account::Column::AccountId, made.keys().copied());
    made_account::Entity::delete_many().filter(answered).exec(tx.db()).await?;
    Ok(())
}
