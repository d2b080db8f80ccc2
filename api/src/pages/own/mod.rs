//! The pages of one's own account: signing in, and then who manages the account, what limits it, notices, sessions,
//! workspaces, profile, password, and the person's rights. They are there above all for people whose account is limited:
//! their session opens these rights and nothing else. Every form performs the action that the mutation of the same name performs, and what a page offers
//! is asked of the same rules.
//!
//! The session's token travels in a cookie that no script can read and no other site can send, and that `/graphql`
//! doesn't look at. Forms are taken from our own pages alone, for whom the page was made, and once.

pub mod address;
pub mod apps;
pub mod blocks;
pub mod control;
pub mod cookie;
pub mod deactivate;
pub mod delete;
pub mod edits;
pub mod forgotten;
pub mod mark;
pub mod memberships;
pub mod notice;
pub mod notices;
pub mod origin;
pub mod overview;
pub mod page;
pub mod password;
pub mod profile;
pub mod said;
pub mod samples;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;
pub mod visit;

use crate::http::app::App;
use address::AddressPage;
use apps::AppsPage;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use control::ControlPage;
use deactivate::DeactivatePage;
use delete::DeletePage;
use http::{HeaderValue, StatusCode, header};
use memberships::MembershipsPage;
use notice::OwnNoticePage;
use notices::NoticesPage;
use overview::OverviewPage;
use page::own;
use password::PasswordPage;
use profile::ProfilePage;
use secrecy::SecretString;
use sessions::SessionsPage;

/// Where one's own account is.
const ACCOUNT: &str = "/account";
/// Where one signs in.
const SIGN_IN: &str = "/sign-in";
/// Where the browser goes after it, with its new cookie.
const SIGNED_IN: &str = "/signed-in";

/// The pages of one's own account.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(async || see_other(ACCOUNT)))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/signed-in", get(sign_in::arrive))
        .route("/sign-out", get(async || see_other(ACCOUNT)).post(sign_out::leave))
        .route("/password-reset", get(forgotten::show).post(forgotten::ask))
        .route("/account", own::<OverviewPage>())
        .route("/account/address", own::<AddressPage>())
        .route("/account/apps", own::<AppsPage>())
        .route("/account/control/{id}", own::<ControlPage>())
        .route("/account/notices", own::<NoticesPage>())
        .route("/account/notices/{id}", own::<OwnNoticePage>())
        .route("/account/deactivate", own::<DeactivatePage>())
        .route("/account/delete", own::<DeletePage>())
        .route("/account/memberships", own::<MembershipsPage>())
        .route("/account/password", own::<PasswordPage>())
        .route("/account/profile", own::<ProfilePage>())
        .route("/account/sessions", own::<SessionsPage>())
}

/// Sends the browser to another page, which it gets; nothing of this answer is kept.
fn see_other(path: &'static str) -> Response {
    sent_to(HeaderValue::from_static(path))
}

fn sent_to(path: HeaderValue) -> Response {
    let headers = [(header::LOCATION, path), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Sends somebody who isn't signed in, or no longer, to where one signs in. The cookie that opens nothing any more is
/// taken away, and no newer one; where none came, there may be one all the same, which the browser keeps back when another
/// site's link is followed.
pub(in crate::pages) fn to_sign_in(dead: Option<&SecretString>) -> Response {
    let mut response = see_other(SIGN_IN);
    if let Some(Ok(taken)) = dead.map(cookie::without) {
        response.headers_mut().append(header::SET_COOKIE, taken);
    }
    response
}
