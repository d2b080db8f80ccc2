//! Where the pages are. `GET` shows and never changes anything, because mail scanners open links; `POST` does.

use crate::{
    http::app::App,
    pages::{
        account, email_change, invitation, membership, notice, password_reset, sign_up, views::MessagePage,
        visit::Visit,
    },
};
use axum::{Router, extract::Request, extract::State, response::Response, routing::get};
use http::StatusCode;

/// The pages, and what is said where there is none.
pub fn router() -> Router<App> {
    Router::new()
        .route("/notices/{link}", get(notice::show).post(notice::acknowledge))
        .route("/sign-up/{link}", get(sign_up::show).post(sign_up::complete))
        .route("/password-reset/{link}", get(password_reset::show).post(password_reset::reset))
        .route("/email-change/{link}", get(email_change::show).post(email_change::confirm))
        .route("/invitation/{link}", get(invitation::show).post(invitation::accept))
        .route("/membership/{link}", get(membership::show).post(membership::answer))
        .route("/account/{link}", get(account::show).post(account::answer))
        .fallback(nothing)
}

async fn nothing(State(app): State<App>, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.message(StatusCode::NOT_FOUND, &MessagePage::not_found())
}
