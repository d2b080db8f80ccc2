//! The mail with the link that sets a new password.

use crate::{
    core::{
        NoticeDraft, Result, Tx,
        account::link::{self, lifetime},
    },
    notices::content::PasswordReset,
};
use steward_entities::{account, id::TokenId, kinds::TokenPurpose};

/// The notice that carries a fresh link to the account's stored address; older links die. `required_by` is the
/// organization that requires it, if the person didn't ask themselves.
pub async fn mail(tx: &Tx<'_>, account: &account::Model, required_by: Option<&str>) -> Result<NoticeDraft> {
    let token = link::password_reset(tx, account).await?;
    Ok(with(tx, account, token, required_by))
}

/// The notice that carries this link.
pub fn with(tx: &Tx<'_>, account: &account::Model, link: TokenId, required_by: Option<&str>) -> NoticeDraft {
    let content = PasswordReset {
        email: account.email.clone(),
        required_by: required_by.map(ToOwned::to_owned),
        expires_at: tx.now() + lifetime(TokenPurpose::PasswordReset),
    };
    NoticeDraft::new(tx, account, content.into()).with_link(link)
}
