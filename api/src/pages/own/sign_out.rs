//! Signing out of these pages.

use crate::{
    core::{Error, Result},
    http::app::App,
    pages::{
        own::{SIGN_IN, cookie, origin, said::Said, see_other},
        visit::{Sent, Visit},
    },
    sessions::sign_out::SignOut,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::header;
use secrecy::SecretString;

/// Ends the session, and takes its token from the browser; not one that it has been given meanwhile. Who isn't signed in
/// any more is told the same.
///
/// For whom the page was made isn't asked: whoever presses this means that nobody is to be signed in here any more, and
/// may leave the device before an answer that says otherwise.
pub async fn leave(State(app): State<App>, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    out(&visit, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn out(visit: &Visit, sent: Sent) -> Result<Response> {
    origin::require_ours(&sent.headers, visit.public_url())?;
    let headers = sent.headers.clone();
    sent.form().await?;
    let mut response = see_other(SIGN_IN);
    response.headers_mut().append(header::SET_COOKIE, Said::SignedOut.next(None)?);
    for token in cookie::tokens(&headers) {
        end(visit, &token).await?;
        response.headers_mut().append(header::SET_COOKIE, cookie::without(&token)?);
    }
    Ok(response)
}

/// Ends the session with this token, if there still is one.
///
/// # Errors
/// `Internal`, when that can't be known.
pub async fn end(visit: &Visit, token: &SecretString) -> Result<()> {
    let ended = match visit.signed_in(token).await {
        Ok(person) => person.perform(SignOut { everywhere: false }).await.map(|_| ()),
        Err(error) => Err(error),
    };
    match ended {
        // It was over already, or never was a person's.
        Err(Error::Unauthenticated | Error::Forbidden(_)) => Ok(()),
        ended => ended,
    }
}
