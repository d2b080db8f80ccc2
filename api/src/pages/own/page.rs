//! What the pages of one's own account share: one sees them signed in, and sends them their own form alone.

use crate::{
    core::{Error, Result},
    http::app::App,
    pages::{
        own::{cookie, mark, origin, said::Said, to_sign_in, visit::OwnVisit},
        refused::at_field,
        views::{FieldErrors, Page},
        visit::{Form, Sent, Visit},
    },
};
use axum::{
    extract::{FromRequestParts, Path, Query, Request, State},
    response::Response,
    routing::{MethodRouter, get},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde::Deserialize;
use std::{convert::Infallible, future::Future};

/// What a page's address says beyond its name.
#[derive(Default)]
pub struct Place {
    /// Its last part, where that names one of several things; else empty.
    pub id: String,
    /// Of a list, what comes before this place.
    pub before: Option<String>,
}

#[derive(Default, Deserialize)]
struct Asked {
    before: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let id = Path::<String>::from_request_parts(parts, state).await.map(|Path(id)| id).unwrap_or_default();
        let asked = Query::<Asked>::from_request_parts(parts, state).await.map(|Query(asked)| asked);
        Ok(Self { id, before: asked.unwrap_or_default().before })
    }
}

/// Where a form leads when it has worked. The browser is sent there, so that reloading the page sends nothing again.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// To its own page, as it is now; with a sentence, where the page doesn't tell what came of it.
    Here(Option<Said>),
    /// To another page, which tells it.
    There(&'static str),
    /// Out: the session is over.
    Out(Said),
}

/// A page of one's own account.
pub trait OwnPage: Page + Send + Sync + Sized + 'static {
    /// What its buttons are for; `()` where there is one at most.
    type Button: Send;

    /// What it shows this person; none when there is nothing here for them.
    fn open(own: &OwnVisit, place: &Place) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Which of the page's buttons was pressed, and where that leads; none for none of them.
    fn pressed(_form: &Form) -> Option<(Self::Button, Then)> {
        None
    }

    /// Does what the button is for.
    ///
    /// # Errors
    /// At a field of the form, or what the action refused.
    fn press(&self, _own: &OwnVisit, _button: Self::Button, _form: &Form) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// The page for another try: what was wrong, and what was typed in, but for passwords. Without fields there is
    /// nothing to mark.
    fn again(&mut self, _errors: FieldErrors, _form: &Form) {}
}

/// The route of a page: `GET` shows it and changes nothing, `POST` takes its form.
pub fn own<P: OwnPage>() -> MethodRouter<App> {
    get(show::<P>).post(answer::<P>)
}

async fn show<P: OwnPage>(State(app): State<App>, place: Place, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    see::<P>(&visit, &sent.headers, &place).await.unwrap_or_else(|error| failed(&visit, &sent.headers, &error))
}

async fn see<P: OwnPage>(visit: &Visit, headers: &HeaderMap, place: &Place) -> Result<Response> {
    let own = OwnVisit::of(visit, headers).await?;
    let said = Said::to(own.token(), headers);
    let mut response = match P::open(&own, place).await? {
        Some(page) => own.page(StatusCode::OK, &page, said.map(Said::words)),
        None => own.nothing(),
    };
    if said.is_some() {
        response.headers_mut().append(header::SET_COOKIE, Said::told()?);
    }
    Ok(response)
}

async fn answer<P: OwnPage>(State(app): State<App>, place: Place, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    let headers = sent.headers.clone();
    take::<P>(&visit, sent, &place).await.unwrap_or_else(|error| failed(&visit, &headers, &error))
}

fn failed(visit: &Visit, headers: &HeaderMap, error: &Error) -> Response {
    match error {
        Error::Unauthenticated => to_sign_in(cookie::token(headers).as_ref()),
        error => visit.failed(error),
    }
}

async fn take<P: OwnPage>(visit: &Visit, sent: Sent, place: &Place) -> Result<Response> {
    origin::require_ours(&sent.headers, visit.public_url())?;
    // The form first: who sends it slowly must not keep a connection to the database meanwhile.
    let (headers, here) = (sent.headers.clone(), sent.here.clone());
    let form = sent.form().await?;
    let own = match OwnVisit::of(visit, &headers).await {
        Err(Error::Unauthenticated) => return out::<P>(visit, &headers, &form, &here).await,
        own => own?,
    };
    if !mark::fits(&own, &form) {
        return Ok(own.for_somebody_else());
    }
    let own = own.once(mark::once(&here, &form));
    Ok(answered::<P>(&own, &form, place, &here).await.unwrap_or_else(|error| own.failed(&error)))
}

/// The session is over. Where this very form has ended it, and comes twice, what came of it is told here too: the
/// browser shows the answer to the second click alone.
async fn out<P: OwnPage>(visit: &Visit, headers: &HeaderMap, form: &Form, here: &str) -> Result<Response> {
    let token = cookie::token(headers);
    let mut response = to_sign_in(token.as_ref());
    if let (Some(token), Some((_, Then::Out(said)))) = (token, P::pressed(form))
        && visit.reader().had_answered(&token, &mark::once(here, form)).await?
    {
        response.headers_mut().append(header::SET_COOKIE, said.next(None)?);
    }
    Ok(response)
}

/// A form that comes twice, as by a double click, is answered twice, and what it asks for is done once.
async fn answered<P: OwnPage>(own: &OwnVisit, form: &Form, place: &Place, here: &str) -> Result<Response> {
    let Some((button, then)) = P::pressed(form) else {
        let page = P::open(own, place).await?;
        return Ok(page.map_or_else(|| own.nothing(), |page| own.page(StatusCode::UNPROCESSABLE_ENTITY, &page, None)));
    };
    if !own.is_done().await? {
        match pressed(own, P::open(own, place).await?, button, form).await {
            Ok(None) => {}
            // The other one was quicker, and has left nothing to do.
            _ if own.is_done().await? => {}
            Ok(Some(refused)) => return Ok(refused),
            Err(error) => return Err(error),
        }
    }
    own.sent_on(then, here)
}

/// Presses a button of a page, where there is one for this person; gives what is wrong, if something is.
async fn pressed<P: OwnPage>(
    own: &OwnVisit,
    page: Option<P>,
    button: P::Button,
    form: &Form,
) -> Result<Option<Response>> {
    let Some(mut page) = page else { return Ok(Some(own.nothing())) };
    match page.press(own, button, form).await {
        Ok(()) => Ok(None),
        Err(error) => {
            page.again(at_field(error)?, form);
            Ok(Some(own.page(StatusCode::UNPROCESSABLE_ENTITY, &page, None)))
        }
    }
}
