//! What who holds the link of a change of address sees of it.

use crate::core::{
    Reader, Result,
    account::link::{self, Held},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{
    account, email_change,
    id::EmailChangeId,
    kinds::{EmailChangeStatus, TokenPurpose},
};

/// A change of address that waits for its confirmation.
#[derive(Clone, Debug)]
pub struct SeenEmailChange {
    /// The address in force.
    pub old_email: String,
    /// The address that the link proves.
    pub new_email: String,
}

impl Reader<'_> {
    /// The change that a mailed link would confirm.
    pub async fn email_change_by_link(&self, link: &str) -> Result<Option<SeenEmailChange>> {
        let held = link::held(self, TokenPurpose::EmailChange, link).await?;
        let Some(Held { link, account: at_new_address }) = held else {
            return Ok(None);
        };
        let (Some(id), Some(change)) = (link.account_id, link.subject_id.map(EmailChangeId)) else {
            return Ok(None);
        };
        let change = email_change::Entity::find_by_id(change)
            .filter(email_change::Column::AccountId.eq(id))
            .filter(email_change::Column::NewEmail.eq(&link.email))
            .filter(email_change::Column::Status.eq(EmailChangeStatus::Pending))
            .one(self.db())
            .await?;
        let free = account::Entity::find_by_id(id).filter(account::Column::ManagedBy.is_null()).one(self.db()).await?;
        let is_taken = at_new_address.is_some_and(|other| other.id != id);
        Ok(match (change, free) {
            (Some(change), Some(account)) if !is_taken => {
                Some(SeenEmailChange { old_email: account.email, new_email: change.new_email })
            }
            _ => None,
        })
    }
}
