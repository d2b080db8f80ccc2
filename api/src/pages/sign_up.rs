//! The page that completes a sign-up: a name, a password, and the account is open.

use crate::{
    core::Result,
    http::app::App,
    pages::{
        entry::Entry,
        link::Link,
        refused::at_field,
        views::{FieldErrors, MessagePage, SignUpPage},
        visit::{Sent, Visit},
    },
};
use axum::{
    extract::{Request, State},
    response::Response,
};

/// Shows the form.
pub async fn show(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.show(page(&visit, &link).await).await
}

/// Opens the account.
pub async fn complete(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    press(&visit, &link, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn press(visit: &Visit, link: &str, sent: Sent) -> Result<Response> {
    let form = sent.form().await?;
    let Some(mut page) = page(visit, link).await? else {
        return Ok(visit.dead_link().await);
    };
    let completed = match Entry::sign_up(link, &form) {
        Ok(entry) => entry.and_leave(visit).await,
        Err(error) => Err(error),
    };
    if let Err(error) = completed {
        page.errors = at_field(error)?;
        form.field("display_name").clone_into(&mut page.display_name);
        return Ok(visit.refused(&page));
    }
    Ok(visit.done(&MessagePage::done(
        "Your account is open",
        &[&format!("{} is now your address here.", page.email), &visit.where_to_sign_in(&page.email)],
    )))
}

async fn page(visit: &Visit, link: &str) -> Result<Option<SignUpPage>> {
    let seen = visit.reader().sign_up_by_link(link).await?;
    Ok(seen.map(|seen| SignUpPage { email: seen.email, display_name: seen.display_name, errors: FieldErrors::new() }))
}
