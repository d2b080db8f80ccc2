//! Where the pages are. `GET` shows and never changes anything, because mail scanners open links; `POST` does.

use crate::{
    http::app::App,
    pages::{
        linked::linked,
        notice, own,
        views::{
            AccountPage, EmailChangePage, InvitationPage, MembershipPage, MessagePage, PasswordResetPage, SignUpPage,
        },
        visit::Visit,
    },
};
use axum::{Router, extract::Request, extract::State, response::Response, routing::get};
use http::StatusCode;

/// The pages, and what is said where there is none.
pub fn router() -> Router<App> {
    Router::new()
        .route("/notices/{link}", get(notice::show).post(notice::acknowledge))
        .route("/sign-up/{link}", linked::<SignUpPage>())
        .route("/password-reset/{link}", linked::<PasswordResetPage>())
        .route("/email-change/{link}", linked::<EmailChangePage>())
        .route("/invitation/{link}", linked::<InvitationPage>())
        .route("/membership/{link}", linked::<MembershipPage>())
        .route("/account/{link}", linked::<AccountPage>())
        .merge(own::router())
        .fallback(nothing)
}

async fn nothing(State(app): State<App>, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.message(StatusCode::NOT_FOUND, &MessagePage::not_found())
}
