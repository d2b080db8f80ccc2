//! The mail with the link to an account that was made for somebody.

use crate::{
    core::{
        Error, NoticeDraft, Result, Tx,
        account::{
            link::{self, NewLink, lifetime},
            profile::Profile,
        },
        database::one_of,
        notice::contact,
        text::{EmailAddress, Message},
    },
    notices::content::AccountCreated,
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, Set, sea_query::OnConflict};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use steward_entities::{
    account,
    id::{AccountId, OrganizationId},
    kinds::TokenPurpose,
    made_account, organization,
};

/// What is remembered of such an account, however old its links are.
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

/// The notice that tells the person, with a fresh link to the stored address; older links die.
pub async fn invite(
    tx: &Tx<'_>,
    organization: &organization::Model,
    account: &account::Model,
    made: &Made,
) -> Result<NoticeDraft> {
    let address = EmailAddress::parse(&account.email).map_err(Error::internal)?;
    let new = NewLink {
        purpose: TokenPurpose::AccountInvitation,
        account: Some(account.id),
        address: &address,
        subject: None,
        context: serde_json::json!({}),
    };
    remember(tx, account.id, made).await?;
    let token = link::make(tx, new).await?;
    let content = AccountCreated {
        organization: organization.name.clone(),
        domain: made.domain.clone(),
        email: account.email.clone(),
        contact: contact(organization),
        policy_url: organization.policy_url.as_deref().and_then(|url| url.parse().ok()),
        message: made.message.as_ref().map(|message| message.as_str().to_owned()),
        workspaces: made.workspaces.clone(),
        expires_at: expires_at(tx),
    };
    Ok(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id).with_link(token))
}

/// Until when a link that is made now works.
pub fn expires_at(tx: &Tx<'_>) -> DateTime<Utc> {
    tx.now() + lifetime(TokenPurpose::AccountInvitation)
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

async fn remember(tx: &Tx<'_>, account: AccountId, made: &Made) -> Result<()> {
    let row = made_account::ActiveModel { account_id: Set(account), made: Set(serde_json::to_value(made)?) };
    made_account::Entity::insert(row)
        .on_conflict(
            OnConflict::column(made_account::Column::AccountId).update_column(made_account::Column::Made).to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
