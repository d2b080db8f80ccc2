//! Keys of services in the schema.

use crate::{
    core::{Result as CoreResult, text::Label},
    graphql::{
        Settled, Viewer,
        error::read,
        input::{id, text},
        page::{List, Page},
        settle,
    },
    payload,
    service_keys::{create_service_key::CreateServiceKey, revoke_service_key::RevokeServiceKey},
};
use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use steward_entities::{id::ServiceId, service_key};

/// A key of a service.
pub struct ServiceKey(pub service_key::Model);

/// What a service of the platform asks with. The key itself is shown once, when it is made.
#[Object]
impl ServiceKey {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Whose it is.
    async fn service_id(&self) -> ID {
        self.0.service_id.to_string().into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Four characters of the key, to recognise it by.
    async fn hint(&self) -> &str {
        &self.0.hint
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was last used; null if it never was.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

impl crate::graphql::plain::Plain for ServiceKey {}

/// A service's part.
pub struct ServiceKeys(pub ServiceId);

/// The keys of a service.
#[Object]
impl ServiceKeys {
    /// Its keys, those that don't work any more included. Null when you aren't an operator of the platform.
    async fn keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<ServiceKey>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().service_keys(self.0, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|row| vec![row.id.0.to_string()], ServiceKey)))
    }
}

/// A key to be made.
#[derive(InputObject)]
pub struct CreateServiceKeyInput {
    /// Whose key it is.
    service_id: ID,
    /// What it is called: one line of 1 to 100 characters.
    name: String,
    /// When it ends: at most 365 days from now, as when you don't say.
    expires_at: Option<DateTime<Utc>>,
}

/// A key to be ended.
#[derive(InputObject)]
pub struct RevokeServiceKeyInput {
    /// Which key.
    service_key_id: ID,
}

payload! {
    /// What came of `createServiceKey`.
    CreateServiceKeyPayload {
        /// The key, as it is listed from now on.
        service_key: Option<ServiceKey>,
        /// The key itself, for the service: send it as `Authorization: Bearer …`. It is shown this once.
        secret: Option<String>,
        /// Whether this request was answered before, and `secret` was in that answer.
        secret_already_shown: bool,
    }
}

payload! {
    /// What came of `revokeServiceKey`.
    RevokeServiceKeyPayload {
        /// The key.
        service_key: Option<ServiceKey>,
    }
}

/// Changes of services' keys.
#[derive(Default)]
pub struct ServiceKeyMutation;

#[Object]
impl ServiceKeyMutation {
    /// Makes a key with which a service asks for decisions about the members of its workspaces. For operators of the
    /// platform. Confirm your password first.
    async fn create_service_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which service, and how long it lives.")] input: CreateServiceKeyInput,
    ) -> Settled<CreateServiceKeyPayload> {
        settle(create(Viewer::of(ctx), input).await)
    }

    /// Ends a key. It stops working at once. For operators of the platform. Confirm your password first.
    async fn revoke_service_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeServiceKeyInput,
    ) -> Settled<RevokeServiceKeyPayload> {
        settle(revoke(Viewer::of(ctx), input).await)
    }
}

async fn create(viewer: &Viewer, input: CreateServiceKeyInput) -> CoreResult<CreateServiceKeyPayload> {
    let action = CreateServiceKey {
        service: id(&["input", "serviceId"], &input.service_id)?,
        name: text(&["input", "name"], Label::parse(&input.name))?,
        expires_at: input.expires_at,
    };
    let done = viewer.perform(action).await?;
    Ok(CreateServiceKeyPayload {
        service_key: viewer.reader().service_key(done.key).await?.map(ServiceKey),
        secret_already_shown: done.secret.is_none(),
        secret: done.secret.map(|secret| secret.expose_secret().to_owned()),
        ..Default::default()
    })
}

async fn revoke(viewer: &Viewer, input: RevokeServiceKeyInput) -> CoreResult<RevokeServiceKeyPayload> {
    let done = viewer.perform(RevokeServiceKey { key: id(&["input", "serviceKeyId"], &input.service_key_id)? }).await?;
    let service_key = viewer.reader().service_key(done).await?.map(ServiceKey);
    Ok(RevokeServiceKeyPayload { service_key, ..Default::default() })
}
