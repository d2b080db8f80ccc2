//! `authenticateApp`: what is left of somebody who isn't the app that they said, at any of the OAuth endpoints. No mutation.

use crate::{
    app_tokens::issue_app_token::ClientRefusal,
    core::{
        Action, ActionName, Authority, Authorized, Done, Notices, Result, Silence, Tx,
        apps::clients::{Credentials, guessed},
    },
};

/// Refuses a client whose secret is wrong.
pub struct AuthenticateApp {
    /// Who it said that it is.
    pub client: Credentials,
}

impl Action for AuthenticateApp {
    const NAME: ActionName = ActionName::AuthenticateApp;
    type Target = ();
    type Output = ();

    async fn target(&self, _: &Authority, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    async fn run(&self, _: Authorized<()>, _: &Tx<'_>) -> Result<Done<()>> {
        Ok(Done::refused(ClientRefusal::WrongClient, guessed(&self.client), Notices::None(Silence::NobodyIsAffected)))
    }
}
