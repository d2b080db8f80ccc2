//! The page that sets a new password.

use crate::{
    core::Result,
    http::app::App,
    pages::{
        link::Link,
        refused::at_field,
        views::{FieldErrors, MessagePage, PasswordResetPage},
        visit::{Sent, Visit},
    },
    passwords::reset_password::ResetPassword,
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

/// Sets the password.
pub async fn reset(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    press(&visit, &link, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn press(visit: &Visit, link: &str, sent: Sent) -> Result<Response> {
    let form = sent.form().await?;
    let Some(mut page) = page(visit, link).await? else {
        return Ok(visit.dead_link().await);
    };
    let action = ResetPassword::new(link.to_owned().into(), form.field("new_password").to_owned().into());
    if let Err(error) = visit.perform(action).await {
        page.errors = at_field(error)?;
        return Ok(visit.refused(&page));
    }
    Ok(visit.done(&MessagePage::done(
        "Your password is set",
        &["All your sessions have ended, on every device.", &visit.where_to_sign_in(&page.email)],
    )))
}

async fn page(visit: &Visit, link: &str) -> Result<Option<PasswordResetPage>> {
    let email = visit.reader().password_reset_by_link(link).await?;
    Ok(email.map(|email| PasswordResetPage { email, errors: FieldErrors::new() }))
}
