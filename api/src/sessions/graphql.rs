//! Sessions in the schema.

use crate::{
    core::{
        Result as CoreResult,
        text::{EmailAddress, GivenPassword},
    },
    graphql::{Viewer, input::text, settle},
    payload,
    sessions::sign_in::SignIn,
};
use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use steward_entities::session;

/// A signed-in device.
pub struct Session(pub session::Model);

/// A signed-in device.
#[Object]
impl Session {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The device, as it named itself.
    async fn user_agent(&self) -> &str {
        &self.0.user_agent
    }

    /// The network address that it signed in from.
    async fn ip_address(&self) -> &str {
        &self.0.ip_address
    }

    /// When it signed in.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last used, kept to the minute.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Whether it is the one that sent this request.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        let person = Viewer::of(ctx).origin().caller.person();
        person.is_some_and(|person| person.session.id == self.0.id)
    }
}

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The account's address.
    email: String,
    /// Its password.
    password: String,
}

payload! {
    /// What came of `signIn`.
    SignInPayload {
        /// The session's token: send it as `Authorization: Bearer …`. It is shown this once.
        token: Option<String>,
    }
}

/// Changes of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in with address and password. Unknown addresses and wrong passwords are answered alike.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Result<Option<SignInPayload>> {
        settle(sign_in(Viewer::of(ctx), input).await)
    }
}

async fn sign_in(viewer: &Viewer, input: SignInInput) -> CoreResult<SignInPayload> {
    let email = text(&["input", "email"], EmailAddress::parse(&input.email))?;
    let password = text(&["input", "password"], GivenPassword::parse(&input.password))?;
    let done = viewer.perform(SignIn::new(email, password)).await?;
    Ok(SignInPayload {
        token: done.token.map(|token| token.expose_secret().to_owned()),
        ..Default::default()
    })
}
