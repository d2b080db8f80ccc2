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
use async_graphql::{Context, InputObject, Object, Result};
use secrecy::ExposeSecret;

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
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> Result<Option<SignInPayload>> {
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
