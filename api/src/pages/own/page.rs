//! What the pages of one's own account share: one sees them signed in, and sends them their own form alone.

use crate::{
    core::{Error, Result},
    http::app::App,
    pages::{
        own::{cookie, origin, see_other, to_sign_in, visit::OwnVisit},
        refused::at_field,
        views::{FieldErrors, MessagePage, Page},
        visit::{Form, Sent, Visit},
    },
};
use axum::{
    extract::{FromRequestParts, Path, Query, Request, State},
    response::Response,
    routing::{MethodRouter, get},
};
use http::{HeaderMap, StatusCode, request::Parts};
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

/// Where a form leads.
pub enum Then {
    /// To its own page, as it is now; with a sentence, where the page doesn't tell what came of it.
    Here(Option<&'static str>),
    /// To another page.
    There(&'static str),
    /// Out: the session is over.
    Out(MessagePage),
}

/// A page of one's own account.
pub trait OwnPage: Page + Send + Sync + Sized + 'static {
    /// What it shows this person; none when there is nothing here for them.
    fn open(own: &OwnVisit, place: &Place) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Does what the form asks for; none when no button of this page was pressed.
    ///
    /// # Errors
    /// At a field of the form, or what the action refused.
    fn press(&self, _own: &OwnVisit, _form: &Form) -> impl Future<Output = Result<Option<Then>>> + Send {
        async { Ok(None) }
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
    opened::<P>(&own, place, None).await
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
    let headers = sent.headers.clone();
    let form = sent.form().await?;
    let own = OwnVisit::of(visit, &headers).await?;
    Ok(press::<P>(&own, &form, place).await.unwrap_or_else(|error| own.failed(&error)))
}

async fn press<P: OwnPage>(own: &OwnVisit, form: &Form, place: &Place) -> Result<Response> {
    let Some(mut page) = P::open(own, place).await? else {
        return Ok(own.nothing());
    };
    match page.press(own, form).await {
        Ok(Some(Then::Here(said))) => return opened::<P>(&own.again().await?, place, said).await,
        Ok(Some(Then::There(path))) => return Ok(see_other(path)),
        Ok(Some(Then::Out(message))) => return own.out(&message),
        Ok(None) => {}
        Err(error) => page.again(at_field(error)?, form),
    }
    Ok(own.page(StatusCode::UNPROCESSABLE_ENTITY, &page, None))
}

async fn opened<P: OwnPage>(own: &OwnVisit, place: &Place, said: Option<&str>) -> Result<Response> {
    let page = P::open(own, place).await?;
    Ok(page.map_or_else(|| own.nothing(), |page| own.page(StatusCode::OK, &page, said)))
}
