//! Signing out of these pages.

use crate::{
    core::{Error, Result},
    http::app::App,
    pages::{
        own::{SIGN_IN, cookie, mark, origin, said::Said, see_other, visit::OwnVisit},
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
pub async fn leave(State(app): State<App>, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    out(&visit, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn out(visit: &Visit, sent: Sent) -> Result<Response> {
    origin::require_ours(&sent.headers, visit.public_url())?;
    let headers = sent.headers.clone();
    let form = sent.form().await?;
    if let Some(token) = cookie::token(&headers) {
        match OwnVisit::by(visit, token).await {
            Ok(own) if !mark::fits(&own, &form) => return Ok(own.for_somebody_else()),
            Ok(_) | Err(Error::Unauthenticated) => {}
            Err(error) => return Err(error),
        }
    }
    let mut response = see_other(SIGN_IN);
    response.headers_mut().append(header::SET_COOKIE, Said::SignedOut.next()?);
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
