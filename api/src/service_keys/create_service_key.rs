//! `createServiceKey`: an operator makes a key with which a service asks. It is shown once.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence, Tx,
    not_found,
    secret::{CredentialKind, new_credential},
    text::Label,
};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    id::{ServiceId, ServiceKeyId},
    service, service_key,
};

/// How long a key lives when nobody says, and at most.
pub const LONGEST_LIFETIME: TimeDelta = TimeDelta::days(365);

/// Makes a key.
pub struct CreateServiceKey {
    /// Whose it is.
    pub service: ServiceId,
    /// What it is called.
    pub name: Label,
    /// When it ends; 365 days from now when nobody says.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What was made.
#[derive(Serialize, Deserialize)]
pub struct CreatedServiceKey {
    /// The key's id.
    pub key: ServiceKeyId,
    /// The key itself, shown once.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// It ends too early or too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A key ends after now, and at most 365 days from now.")]
pub struct Lifetime;

impl Refusal for Lifetime {
    fn code(&self) -> Code {
        Code::Invalid
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "expiresAt"]
    }
}

impl CreateServiceKey {
    fn ends(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.expires_at.map_or(now + LONGEST_LIFETIME, |at| at.trunc_subsecs(6))
    }
}

impl Action for CreateServiceKey {
    const NAME: ActionName = ActionName::CreateServiceKey;
    type Target = service::Model;
    type Output = CreatedServiceKey;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<service::Model> {
        let found = service::Entity::find_by_id(self.service).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "serviceId"]))
    }

    fn check(&self, _: &Authority, _: &service::Model, now: DateTime<Utc>) -> Result<()> {
        let ends = self.ends(now);
        if ends <= now || ends > now + LONGEST_LIFETIME { Err(Lifetime.into()) } else { Ok(()) }
    }

    async fn run(&self, service: Authorized<service::Model>, tx: &Tx<'_>) -> Result<Done<CreatedServiceKey>> {
        let credential = new_credential(CredentialKind::ServiceKey, &tx.steward().entropy);
        let (id, expires_at): (ServiceKeyId, _) = (tx.id(), self.ends(tx.now()));
        let row = service_key::ActiveModel {
            id: Set(id),
            service_id: Set(service.id),
            name: Set(self.name.as_str().to_owned()),
            token_hash: Set(credential.hash),
            hint: Set(credential.hint),
            made_by: Set(tx.caller().account_id()),
            created_at: Set(tx.now()),
            expires_at: Set(expires_at),
            last_used_at: Set(None),
            revoked_at: Set(None),
        };
        row.insert(tx.db()).await?;
        let event = EventDraft::within(None).object(ServiceKeyId::PREFIX, id.0).details(json!({
            "name": self.name.as_str(),
            "service": service.name,
            "serviceId": service.id,
            "expiresAt": expires_at,
        }));
        let created = CreatedServiceKey { key: id, secret: Some(credential.text) };
        Ok(Done::new(created, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
