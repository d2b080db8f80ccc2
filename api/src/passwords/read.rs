//! What who holds a link that sets a password sees.

use crate::core::{
    Reader, Result,
    account::link::{self, Held},
};
use steward_entities::kinds::TokenPurpose;

impl Reader<'_> {
    /// The address of the account whose password a mailed link would set.
    pub async fn password_reset_by_link(&self, link: &str) -> Result<Option<String>> {
        let held = link::held(self, TokenPurpose::PasswordReset, link).await?;
        let Some(Held { link, account: Some(account) }) = held else {
            return Ok(None);
        };
        // The account that it is bound to, while that has the exact address that it was mailed to.
        let works = link.account_id == Some(account.id) && link.email == account.email;
        Ok(works.then_some(account.email))
    }
}
