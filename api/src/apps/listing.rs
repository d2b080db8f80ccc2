//! What the catalogue says of an app.

use crate::core::{
    Code, Refusal, Result, Tx,
    apps::Scopes,
    not_found,
    secret::{CredentialKind, NewCredential, new_credential},
    text::Reason,
};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use steward_entities::{
    app, app_secret, app_webhook_secret,
    id::{AppId, AppSecretId, AppWebhookSecretId},
    kinds::AppScope,
};

/// Why something can't be done with an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppRefusal {
    /// Another one is called so.
    #[error("There is an app of this name already.")]
    NameTaken,
    /// It was taken out for good.
    #[error("This app is retired. Register it anew, if it comes back.")]
    Retired,
}

impl Refusal for AppRefusal {
    fn code(&self) -> Code {
        match self {
            Self::NameTaken => Code::Conflict,
            Self::Retired => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::NameTaken => &["input", "name"],
            Self::Retired => &["input", "appId"],
        }
    }
}

/// What an app asks for, and why; at least one scope.
#[derive(Clone, Debug)]
pub struct Asked(BTreeMap<AppScope, Reason>);

impl Asked {
    /// With a reason for each; none when there is no scope, or one twice.
    #[must_use]
    pub fn new(scopes: Vec<(AppScope, Reason)>) -> Option<Self> {
        let count = scopes.len();
        let reasons: BTreeMap<AppScope, Reason> = scopes.into_iter().collect();
        (count > 0 && reasons.len() == count).then_some(Self(reasons))
    }

    /// Which.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.0.keys().copied().collect()
    }

    /// Why, by the names of the scopes.
    #[must_use]
    pub fn reasons(&self) -> Value {
        self.0
            .iter()
            .map(|(scope, reason)| (scope.as_str().to_owned(), json!(reason.as_str())))
            .collect::<Map<_, _>>()
            .into()
    }
}

/// Of the apps that aren't retired one has a name, however it is written.
#[must_use]
pub fn key(name: &str) -> String {
    name.to_lowercase()
}

/// For the log, named as in the API.
#[must_use]
pub fn told(app: &app::Model) -> [(&'static str, Value); 7] {
    [
        ("name", json!(app.name)),
        ("vendor", json!(app.vendor)),
        ("homepageUrl", json!(app.homepage_url)),
        ("privacyPolicyUrl", json!(app.privacy_policy_url)),
        ("supportEmail", json!(app.support_email)),
        ("webhookUrl", json!(app.webhook_url)),
        ("scopes", app.scope_reasons.clone()),
    ]
}

/// An app, locked.
///
/// # Errors
/// `NOT_FOUND` for `appId`.
pub async fn lock(tx: &Tx<'_>, id: AppId) -> Result<app::Model> {
    let found = tx.lock(app::Entity::find_by_id(id)).one(tx.db()).await?;
    found.ok_or_else(|| not_found(&["input", "appId"]))
}

/// An app with a secret that was just made.
#[derive(Serialize, Deserialize)]
pub struct WithSecret {
    /// The app.
    pub app: AppId,
    /// The secret's id.
    pub secret_id: AppSecretId,
    /// The secret itself, shown once.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// Makes a secret of an app.
///
/// # Errors
/// When the database fails.
pub async fn make_secret(tx: &Tx<'_>, app: AppId) -> Result<WithSecret> {
    let NewCredential { text, hash, hint } = new_credential(CredentialKind::AppSecret, &tx.steward().entropy);
    let id: AppSecretId = tx.id();
    let row = app_secret::ActiveModel {
        id: Set(id),
        app_id: Set(app),
        secret_hash: Set(hash),
        hint: Set(hint),
        created_at: Set(tx.now()),
        expires_at: Set(None),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    row.insert(tx.db()).await?;
    Ok(WithSecret { app, secret_id: id, secret: Some(text) })
}

/// An app with a secret by which its vendor knows us, that was just made.
#[derive(Serialize, Deserialize)]
pub struct WithWebhookSecret {
    /// The app.
    pub app: AppId,
    /// The secret's id.
    pub secret_id: AppWebhookSecretId,
    /// The secret itself, shown once.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// Makes a secret by which an app's vendor knows us.
///
/// # Errors
/// When the database fails.
pub async fn make_webhook_secret(tx: &Tx<'_>, app: AppId) -> Result<WithWebhookSecret> {
    let id: AppWebhookSecretId = tx.id();
    let secret = tx.steward().keys.webhook_secret(id);
    let row = app_webhook_secret::ActiveModel {
        id: Set(id),
        app_id: Set(app),
        hint: Set(secret.hint()),
        created_at: Set(tx.now()),
        expires_at: Set(None),
    };
    row.insert(tx.db()).await?;
    Ok(WithWebhookSecret { app, secret_id: id, secret: Some(secret.text()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_is_asked_for_once_and_with_a_reason() {
        let because = |text: &str| Reason::parse(text).unwrap();
        assert!(Asked::new(vec![]).is_none());
        let twice = vec![(AppScope::ReadName, because("a")), (AppScope::ReadName, because("b"))];
        assert!(Asked::new(twice).is_none());
        let asked =
            Asked::new(vec![(AppScope::ReadEmail, because("to write")), (AppScope::ReadName, because("to greet"))]);
        let asked = asked.unwrap();
        assert_eq!(asked.scopes().names(), ["READ_NAME", "READ_EMAIL"]);
        assert_eq!(asked.reasons(), json!({ "READ_NAME": "to greet", "READ_EMAIL": "to write" }));
    }
}
