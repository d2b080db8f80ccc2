//! Signing in: the same action as `signIn`, with the same answers and limits. Whoever's account is limited learns so
//! behind the right password, and not before.

use crate::{
    core::{
        Code, Error, Result, invalid,
        text::{EmailAddress, GivenPassword},
    },
    http::app::App,
    pages::{
        own::{ACCOUNT, SIGNED_IN, cookie, origin, said::Said, see_other, sign_out, visit::OwnVisit},
        refused::at_field,
        views::{FieldErrors, MessagePage, Page},
        visit::{Form, Sent, Visit},
    },
    sessions::sign_in::SignIn,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{StatusCode, header};
use secrecy::SecretString;
use serde::Serialize;

/// Signing in. Fields: `email`, `password`.
#[derive(Clone, Debug, Serialize)]
pub struct SignInPage {
    /// The address given so far; may be empty.
    pub email: String,
    /// Whether another site's link led here: then the browser may keep a cookie back, and has it for our own links.
    pub from_elsewhere: bool,
    /// What came of what was done before, which has ended the session.
    pub said: Option<&'static str>,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Page for SignInPage {
    const TEMPLATE: &'static str = "sign_in";
    const REFERRER: &'static str = "same-origin";
}

/// Shows the form; who is signed in already goes on to their account.
pub async fn show(State(app): State<App>, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    match OwnVisit::of(&visit, &sent.headers).await {
        Ok(_) => see_other(ACCOUNT),
        Err(Error::Unauthenticated) => {
            let from_elsewhere = origin::is_led_from_elsewhere(&sent.headers);
            let said = Said::to_nobody(&sent.headers);
            let (email, errors) = (String::new(), FieldErrors::new());
            let page = SignInPage { email, from_elsewhere, said: said.map(Said::words), errors };
            let mut response = visit.page(StatusCode::OK, &page);
            if let (Some(_), Ok(told)) = (said, Said::told()) {
                response.headers_mut().append(header::SET_COOKIE, told);
            }
            response
        }
        Err(error) => visit.failed(&error),
    }
}

/// Where the browser comes with its new cookie, and goes on to the account; or without, and is told what is missing.
pub async fn arrive(State(app): State<App>, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    if cookie::token(&sent.headers).is_some() {
        return see_other(ACCOUNT);
    }
    let said = [
        "Your browser hasn't kept what you signed in with: one cookie, which this site alone reads.",
        "Allow cookies for this site, then sign in again. Browsers keep it over https alone, and on your own machine.",
    ];
    visit.message(StatusCode::OK, &MessagePage::trouble("You aren't signed in", &said).then_sign_in())
}

/// Opens a session, and gives the browser its token.
pub async fn enter(State(app): State<App>, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    open(&visit, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn open(visit: &Visit, sent: Sent) -> Result<Response> {
    origin::require_ours(&sent.headers, visit.public_url())?;
    let (before, is_told) = (cookie::tokens(&sent.headers), Said::is_brought(&sent.headers));
    let form = sent.form().await?;
    let token = match sign_in(visit, &form).await {
        Ok(token) => token,
        Err(error) => {
            let page = SignInPage {
                email: form.field("email").to_owned(),
                from_elsewhere: false,
                said: None,
                errors: errors(error)?,
            };
            return Ok(visit.refused(&page));
        }
    };
    let mut response = see_other(SIGNED_IN);
    // The browser forgets the session that it had: so does the server.
    for before in before {
        if let Err(error) = sign_out::end(visit, &before).await {
            tracing::error!(%error, "a session that a browser gave up couldn't be ended");
        }
        response.headers_mut().append(header::SET_COOKIE, cookie::without(&before)?);
    }
    response.headers_mut().append(header::SET_COOKIE, cookie::with(&token)?);
    if is_told {
        // It was for whoever was here before.
        response.headers_mut().append(header::SET_COOKIE, Said::told()?);
    }
    Ok(response)
}

async fn sign_in(visit: &Visit, form: &Form) -> Result<SecretString> {
    let email = EmailAddress::parse(form.field("email")).map_err(|error| invalid(&["input", "email"], error))?;
    let password = GivenPassword::parse(form.field("password"));
    let password = password.map_err(|error| invalid(&["input", "password"], error))?;
    let signed_in = visit.perform(SignIn::new(email, password)).await?;
    signed_in.token.ok_or_else(|| Error::internal("a session was opened without a token"))
}

/// Which of the two is wrong is told to nobody.
fn errors(error: Error) -> Result<FieldErrors> {
    match &error {
        Error::Refused(refusal) if refusal.code() == Code::WrongCredentials => {
            Ok(FieldErrors::from([("password", refusal.to_string())]))
        }
        _ => at_field(error),
    }
}
