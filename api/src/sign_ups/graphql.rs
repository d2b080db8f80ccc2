//! Sign-ups in the schema.

use crate::{
    core::{
        Result as CoreResult,
        text::{DisplayName, EmailAddress, Locale},
    },
    graphql::{
        Settled, Viewer,
        input::{optional, text},
        settle,
    },
    payload,
    sign_ups::{complete_sign_up::CompleteSignUp, sign_up::SignUp},
};
use async_graphql::{Context, ID, InputObject, Object};
use secrecy::ExposeSecret;

/// Who wants an account.
#[derive(InputObject)]
pub struct SignUpInput {
    /// The person's e-mail address; the link that completes the sign-up is mailed to it.
    email: String,
    /// What the person is called; 1 to 200 characters.
    display_name: String,
    /// The language of their mail, such as `en` or `de-AT`. Without it English.
    locale: Option<String>,
}

payload! {
    /// What came of `signUp`.
    SignUpPayload {
        /// Whether a mail is on its way. It says nothing about whether the address has an account.
        accepted: bool,
    }
}

/// What completes a sign-up.
#[derive(InputObject)]
pub struct CompleteSignUpInput {
    /// The token from the mailed link: of a sign-up, or of an invitation or an offered membership to an address that has
    /// no account yet.
    token: String,
    /// The account's first password: 15 to 256 characters of any kind, hard to guess.
    password: String,
    /// What the person is called. Needed with an invitation or an offered membership; otherwise the name of the
    /// sign-up is taken.
    display_name: Option<String>,
    /// The language of their mail, such as `en` or `de-AT`. Otherwise that of the sign-up, or English.
    locale: Option<String>,
}

payload! {
    /// What came of `completeSignUp`.
    CompleteSignUpPayload {
        /// The new account's id.
        account_id: Option<ID>,
        /// The token of a session on this device: send it as `Authorization: Bearer …`. It is shown this once.
        token: Option<String>,
    }
}

/// Changes around sign-ups.
#[derive(Default)]
pub struct SignUpMutation;

#[Object]
impl SignUpMutation {
    /// Asks for an account. A link is mailed to the address; until it is used, no account exists. If the address has an
    /// account already, its owner is told so by mail instead. The answer is the same in both cases.
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs up.")] input: SignUpInput,
    ) -> Settled<SignUpPayload> {
        settle(sign_up(Viewer::of(ctx), input).await)
    }

    /// Makes the account, with its first password, and opens a session. The mailed link proves the address. The link of
    /// an invitation or an offered membership serves too, and is still good for `acceptInvitation` or
    /// `acceptMembership` afterwards.
    async fn complete_sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link, and a password of your choice.")] input: CompleteSignUpInput,
    ) -> Settled<CompleteSignUpPayload> {
        settle(complete_sign_up(Viewer::of(ctx), input).await)
    }
}

async fn sign_up(viewer: &Viewer, input: SignUpInput) -> CoreResult<SignUpPayload> {
    let action = SignUp {
        email: text(&["input", "email"], EmailAddress::parse(&input.email))?,
        display_name: text(&["input", "displayName"], DisplayName::parse(&input.display_name))?,
        locale: locale(input.locale.as_deref())?.unwrap_or(Locale::En),
    };
    viewer.perform(action).await?;
    Ok(SignUpPayload { accepted: true, ..Default::default() })
}

async fn complete_sign_up(viewer: &Viewer, input: CompleteSignUpInput) -> CoreResult<CompleteSignUpPayload> {
    let display_name = optional(&["input", "displayName"], input.display_name.as_deref(), DisplayName::parse)?;
    let locale = locale(input.locale.as_deref())?;
    let action = CompleteSignUp::new(input.token.into(), input.password.into(), display_name, locale);
    let done = viewer.perform(action).await?;
    Ok(CompleteSignUpPayload {
        account_id: Some(done.account.to_string().into()),
        token: done.token.map(|token| token.expose_secret().to_owned()),
        ..Default::default()
    })
}

fn locale(given: Option<&str>) -> CoreResult<Option<Locale>> {
    optional(&["input", "locale"], given, Locale::parse)
}
