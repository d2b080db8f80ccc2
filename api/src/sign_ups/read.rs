//! What who holds the link of a sign-up sees of it.

use crate::{
    core::{
        Reader, Result,
        account::link::{self, Held},
    },
    sign_ups::sign_up::Given,
};
use steward_entities::kinds::TokenPurpose;

/// A sign-up that waits to be completed.
#[derive(Clone, Debug)]
pub struct SeenSignUp {
    /// The exact address that the link was mailed to.
    pub email: String,
    /// The name given so far.
    pub display_name: String,
}

impl Reader<'_> {
    /// The sign-up that a mailed link would complete.
    pub async fn sign_up_by_link(&self, link: &str) -> Result<Option<SeenSignUp>> {
        match link::held(self, TokenPurpose::SignUp, link).await? {
            Some(Held { link, account: None }) => {
                let given: Given = serde_json::from_value(link.context)?;
                Ok(Some(SeenSignUp { email: link.email, display_name: given.display_name }))
            }
            _ => Ok(None),
        }
    }
}
