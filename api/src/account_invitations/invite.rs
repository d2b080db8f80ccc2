//! The mail with the link to an account that was made for somebody.

use crate::{
    core::{
        Error, NoticeDraft, Result, Tx,
        account::link::{self, NewLink, lifetime},
        notice::contact,
        text::{EmailAddress, Message},
    },
    notices::content::AccountCreated,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use steward_entities::{
    account,
    id::{AccountId, OrganizationId},
    kinds::TokenPurpose,
    organization, token,
};

/// What the link of such an account remembers.
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
        context: serde_json::to_value(made)?,
    };
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

/// What the newest link of an account remembers, whether or not it still works.
pub async fn made(tx: &Tx<'_>, account: AccountId) -> Result<Option<Made>> {
    let newest = token::Entity::find()
        .filter(token::Column::AccountId.eq(account))
        .filter(token::Column::Purpose.eq(TokenPurpose::AccountInvitation))
        .order_by_desc(token::Column::Id)
        .one(tx.db())
        .await?;
    Ok(newest.map(|link| serde_json::from_value(link.context)).transpose()?)
}
