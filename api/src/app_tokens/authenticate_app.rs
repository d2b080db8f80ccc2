//! `authenticateApp`: what is left of somebody who isn't the app that they said, at any of the OAuth endpoints. No mutation.

use crate::{
    app_tokens::issue_app_token::{ClientRefusal, Credentials},
    core::{Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx},
};
use serde_json::json;
use steward_entities::id::AppId;

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
        let event = EventDraft::within(None).details(json!({ "outcome": "refused" }));
        // Written for an unknown app too, so that both take the same time.
        let named: Option<AppId> = self.client.id.parse().ok();
        let events = EventSet::one(match named {
            Some(app) => event.object(AppId::PREFIX, app.0),
            None => event,
        });
        Ok(Done::refused(ClientRefusal::WrongClient, events, Notices::None(Silence::NobodyIsAffected)))
    }
}
