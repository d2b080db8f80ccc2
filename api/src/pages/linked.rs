//! What the pages behind mailed links share: a link opens a page with one form, and the form does one thing.

use crate::{
    core::Result,
    http::app::App,
    pages::{
        link::Link,
        refused::at_field,
        views::{FieldErrors, MessagePage, Page},
        visit::{Form, Sent, Visit},
    },
};
use axum::{
    extract::{Request, State},
    response::Response,
    routing::{MethodRouter, get},
};
use std::future::Future;

/// The page behind a mailed link. Its links live for a while, and are looked up again when the form comes.
pub trait LinkedPage: Page + Send + Sync + Sized + 'static {
    /// What a link opens; none when it doesn't work.
    fn open(visit: &Visit, link: &str) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Does what the form asks for, and says what came of it; none when no button of this page was pressed.
    ///
    /// # Errors
    /// At a field of the form, or what the action refused.
    fn press(&self, visit: &Visit, link: &str, form: &Form)
    -> impl Future<Output = Result<Option<MessagePage>>> + Send;

    /// The page for another try: what was wrong, and what was typed in, but for passwords.
    fn again(&mut self, errors: FieldErrors, form: &Form);
}

/// The route of a page: `GET` shows it and changes nothing, `POST` takes its form.
pub fn linked<P: LinkedPage>() -> MethodRouter<App> {
    get(show::<P>).post(answer::<P>)
}

async fn show<P: LinkedPage>(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.show(P::open(&visit, &link).await).await
}

async fn answer<P: LinkedPage>(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    press::<P>(&visit, &link, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn press<P: LinkedPage>(visit: &Visit, link: &str, sent: Sent) -> Result<Response> {
    let form = sent.form().await?;
    let Some(mut page) = P::open(visit, link).await? else {
        return Ok(visit.dead_link().await);
    };
    match page.press(visit, link, &form).await {
        Ok(Some(message)) => return Ok(visit.done(&message)),
        Ok(None) => {}
        Err(error) => page.again(at_field(error)?, &form),
    }
    Ok(visit.refused(&page))
}
