//! API keys in the schema.

use crate::{
    core::text::Label,
    graphql::{
        Settled, Viewer,
        input::{id, text},
        settle,
    },
    organizations::{
        api_keys::{
            create_api_key::CreateApiKey,
            read::{KeyState, SeenKey},
            revoke_api_key::RevokeApiKey,
        },
        graphql::RoleName,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

/// Whether a key opens anything now. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "KeyState")]
pub enum ApiKeyState {
    /// It works.
    Active,
    /// It doesn't work, because the person who made it isn't an active owner any more.
    Asleep,
    /// Its time is over.
    Expired,
    /// An owner revoked it.
    Revoked,
}

/// An API key of an organization.
pub struct ApiKey(pub SeenKey);

/// What an organization's script signs in with. The key itself is shown once, when it is made.
#[Object]
impl ApiKey {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.key.id.to_string().into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.key.name
    }

    /// What it may do.
    async fn role(&self) -> RoleName {
        self.0.key.role.into()
    }

    /// Whether it works now.
    async fn state(&self) -> ApiKeyState {
        self.0.state.into()
    }

    /// Four characters of the key, to recognise it by.
    async fn hint(&self) -> &str {
        &self.0.key.hint
    }

    /// The account of the owner who made it and answers for it.
    async fn made_by_account_id(&self) -> ID {
        self.0.key.made_by.to_string().into()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.key.created_at
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.key.expires_at
    }

    /// When it was last used; null if it never was.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.key.last_used_at
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.key.revoked_at
    }
}

/// A key to be made.
#[derive(InputObject)]
pub struct CreateApiKeyInput {
    /// Whose key it is.
    organization_id: ID,
    /// What it is called: one line of 1 to 100 characters.
    name: String,
    /// What it may do; never `OWNER`.
    role: RoleName,
    /// When it ends: at most 365 days from now. 90 days from now if you don't say.
    expires_at: Option<DateTime<Utc>>,
}

/// A key to be ended.
#[derive(InputObject)]
pub struct RevokeApiKeyInput {
    /// Whose key it is.
    organization_id: ID,
    /// Which key.
    api_key_id: ID,
}

payload! {
    /// What came of `createApiKey`.
    CreateApiKeyPayload {
        /// The key, as it is listed from now on.
        api_key: Option<ApiKey>,
        /// The key itself, for the script: send it as `Authorization: Bearer …`. It is shown this once.
        secret: Option<String>,
        /// Whether this request was answered before, and `secret` was in that answer.
        secret_already_shown: bool,
    }
}

payload! {
    /// What came of `revokeApiKey`.
    RevokeApiKeyPayload {
        /// The key.
        api_key: Option<ApiKey>,
    }
}

/// Changes of API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Makes a key for a script of the organization. For owners, who are all told by mail. Confirm your password first.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name and role, and how long it lives.")] input: CreateApiKeyInput,
    ) -> Settled<CreateApiKeyPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let organization = id(&["input", "organizationId"], &input.organization_id)?;
                let action = CreateApiKey {
                    organization,
                    name: text(&["input", "name"], Label::parse(&input.name))?,
                    role: input.role.into(),
                    expires_at: input.expires_at,
                };
                let done = viewer.perform(action).await?;
                Ok(CreateApiKeyPayload {
                    api_key: viewer.reader().api_key(organization, done.key).await?.map(ApiKey),
                    secret_already_shown: done.secret.is_none(),
                    secret: done.secret.map(|secret| secret.expose_secret().to_owned()),
                    ..Default::default()
                })
            }
            .await,
        )
    }

    /// Ends a key. It stops working at once. For owners. Confirm your password first.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeApiKeyInput,
    ) -> Settled<RevokeApiKeyPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let organization = id(&["input", "organizationId"], &input.organization_id)?;
                let action = RevokeApiKey { organization, key: id(&["input", "apiKeyId"], &input.api_key_id)? };
                let key = viewer.perform(action).await?;
                Ok(RevokeApiKeyPayload {
                    api_key: viewer.reader().api_key(organization, key).await?.map(ApiKey),
                    ..Default::default()
                })
            }
            .await,
        )
    }
}

impl crate::graphql::plain::Plain for ApiKey {}
