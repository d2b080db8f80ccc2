//! What who holds the link to an account that was made for them sees.

use crate::core::{
    Reader, Result,
    account::{
        link::{self, Held},
        made::made,
    },
};
use sea_orm::EntityTrait;
use steward_entities::{kinds::TokenPurpose, organization};

/// An account that was made for somebody.
pub struct MadeAccount {
    /// Who has made it.
    pub organization: String,
    /// The domain that made it possible.
    pub domain: String,
    /// Its address.
    pub email: String,
    /// The administrators' words.
    pub message: Option<String>,
}

impl Reader<'_> {
    /// The account that a mailed link offers; none when the link doesn't work, or the person has set a password already.
    pub async fn account_by_link(&self, link: &str) -> Result<Option<MadeAccount>> {
        let held = link::held(self, TokenPurpose::AccountInvitation, link).await?;
        let Some(Held { link, account: Some(account) }) = held else {
            return Ok(None);
        };
        let waits =
            link.account_id == Some(account.id) && link.email == account.email && account.password_changed_at.is_none();
        if !waits {
            return Ok(None);
        }
        let Some(made) = made(self.db(), account.id).await? else {
            return Ok(None);
        };
        let organization = organization::Entity::find_by_id(made.organization).one(self.db()).await?;
        Ok(organization.map(|organization| MadeAccount {
            organization: organization.name,
            domain: made.domain,
            email: account.email,
            message: made.message.map(|message| message.as_str().to_owned()),
        }))
    }
}
