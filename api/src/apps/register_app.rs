//! `registerApp`: an operator takes an app into the catalogue. Its secrets are shown once.

use crate::{
    apps::listing::{AppRefusal, Asked, WithSecret, WithWebhookSecret, key, make_secret, make_webhook_secret, told},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx,
        text::{EmailAddress, Label, PublicUrl},
    },
};
use sea_orm::{EntityTrait, IntoActiveModel, sea_query::OnConflict};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use steward_entities::{app, id::AppId};

/// Takes an app into the catalogue.
pub struct RegisterApp {
    /// What it is called.
    pub name: Label,
    /// Who makes it.
    pub vendor: Label,
    /// Where it presents itself.
    pub homepage: PublicUrl,
    /// Where its vendor says what becomes of what it sees.
    pub privacy_policy: PublicUrl,
    /// Whom people ask about it.
    pub support_email: EmailAddress,
    /// Where its vendor is told of what concerns it.
    pub webhook: Option<PublicUrl>,
    /// What it asks for.
    pub asked: Asked,
}

/// An app with both of its secrets.
#[derive(Serialize, Deserialize)]
pub struct Registered {
    /// The one by which it proves who it is.
    pub client: WithSecret,
    /// The one by which its vendor knows us.
    pub webhook: WithWebhookSecret,
}

impl Action for RegisterApp {
    const NAME: ActionName = ActionName::RegisterApp;
    type Target = ();
    type Output = Registered;

    async fn target(&self, _: &Authority, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    async fn run(&self, _: Authorized<()>, tx: &Tx<'_>) -> Result<Done<Registered>> {
        let id: AppId = tx.id();
        let app = app::Model {
            id,
            name: self.name.as_str().to_owned(),
            name_key: key(self.name.as_str()),
            vendor: self.vendor.as_str().to_owned(),
            homepage_url: self.homepage.as_str().to_owned(),
            privacy_policy_url: self.privacy_policy.as_str().to_owned(),
            support_email: self.support_email.as_str().to_owned(),
            webhook_url: self.webhook.as_ref().map(|url| url.as_str().to_owned()),
            scopes: self.asked.scopes().0,
            scope_reasons: self.asked.reasons(),
            created_at: tx.now(),
            retired_at: None,
            version: 1,
        };
        let details: Map<String, Value> =
            told(&app).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        // The database decides, so that of two at once one wins.
        let written = app::Entity::insert(app.into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx.db())
            .await?;
        if written == 0 {
            return Err(AppRefusal::NameTaken.into());
        }
        let made = Registered { client: make_secret(tx, id).await?, webhook: make_webhook_secret(tx, id).await? };
        let event = EventDraft::within(None).object(AppId::PREFIX, id.0).details(details.into());
        Ok(Done::new(made, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
