//! The page of an account that an organization has made for somebody: they set a password, or decline.

use crate::{
    account_invitations::decline_account::DeclineAccount,
    core::Result,
    http::app::App,
    pages::{
        link::Link,
        refused::at_field,
        views::{AccountPage, FieldErrors, MessagePage},
        visit::{Form, Sent, Visit},
    },
    passwords::reset_password::ResetPassword,
};
use axum::{
    extract::{Request, State},
    response::Response,
};

/// Shows what was made, and by whom.
pub async fn show(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.show(page(&visit, &link).await).await
}

/// Takes it up or declines it.
pub async fn answer(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    press(&visit, &link, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn press(visit: &Visit, link: &str, sent: Sent) -> Result<Response> {
    let form = sent.form().await?;
    let Some(page) = page(visit, link).await? else {
        return Ok(visit.dead_link().await);
    };
    match form.field("answer") {
        "accept" => accept(visit, link, page, &form).await,
        "decline" => decline(visit, link, &page).await,
        _ => Ok(visit.refused(&page)),
    }
}

async fn accept(visit: &Visit, link: &str, mut page: AccountPage, form: &Form) -> Result<Response> {
    let action = ResetPassword::new(link.to_owned().into(), form.field("new_password").to_owned().into());
    if let Err(error) = visit.perform(action).await {
        page.errors = at_field(error)?;
        return Ok(visit.refused(&page));
    }
    Ok(visit.done(&MessagePage::done("Your account is ready", &[&visit.where_to_sign_in(&page.email)])))
}

async fn decline(visit: &Visit, link: &str, page: &AccountPage) -> Result<Response> {
    visit.perform(DeclineAccount { link: link.to_owned().into() }).await?;
    Ok(visit.done(&MessagePage::done(
        "You have declined",
        &[
            &format!(
                "{} doesn't manage the account {} any more, and what it has written about you is gone.",
                page.organization, page.email
            ),
            &format!(
                "The administrators of {} learn that you declined, and nothing else about you.",
                page.organization
            ),
        ],
    )))
}

async fn page(visit: &Visit, link: &str) -> Result<Option<AccountPage>> {
    let seen = visit.reader().account_by_link(link).await?;
    Ok(seen.map(|seen| AccountPage {
        organization: seen.organization,
        domain: seen.domain,
        email: seen.email,
        message: seen.message,
        errors: FieldErrors::new(),
    }))
}
