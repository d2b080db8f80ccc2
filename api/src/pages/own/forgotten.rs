//! A forgotten password: the same action as `requestPasswordReset`. The answer is the same whether or not the address
//! has an account.

use crate::{
    core::{Result, invalid, text::EmailAddress},
    http::app::App,
    pages::{
        own::origin,
        refused::at_field,
        views::{FieldErrors, MessagePage, Page},
        visit::{Form, Sent, Visit},
    },
    passwords::request_password_reset::RequestPasswordReset,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::StatusCode;
use serde::Serialize;

/// Asking for a link to set a new password. Field: `email`.
#[derive(Clone, Debug, Serialize)]
pub struct ForgottenPage {
    /// The address given so far; may be empty.
    pub email: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Page for ForgottenPage {
    const TEMPLATE: &'static str = "forgotten";
    const REFERRER: &'static str = "same-origin";
}

/// Shows the form.
pub async fn show(State(app): State<App>, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.page(StatusCode::OK, &ForgottenPage { email: String::new(), errors: FieldErrors::new() })
}

/// Has the link mailed.
pub async fn ask(State(app): State<App>, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    mail(&visit, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn mail(visit: &Visit, sent: Sent) -> Result<Response> {
    origin::require_ours(&sent.headers, visit.public_url())?;
    let form = sent.form().await?;
    match request(visit, &form).await {
        Ok(message) => Ok(visit.done(&message)),
        Err(error) => {
            let errors = at_field(error)?;
            Ok(visit.refused(&ForgottenPage { email: form.field("email").to_owned(), errors }))
        }
    }
}

async fn request(visit: &Visit, form: &Form) -> Result<MessagePage> {
    let email = EmailAddress::parse(form.field("email")).map_err(|error| invalid(&["input", "email"], error))?;
    let said = [
        format!("If {} has an account here, a link to set a new password is on its way to it.", email.as_str()),
        "The link works once, for one hour. Until you use it, nothing changes.".to_owned(),
        "If nothing comes, check the address, and look among unwanted mail.".to_owned(),
    ];
    visit.perform(RequestPasswordReset { email }).await?;
    Ok(MessagePage::done("Look into your mailbox", &said).then_sign_in())
}
