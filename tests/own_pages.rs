//! The pages of one's own account, used as a browser does: it keeps one cookie, and says where its forms come from.

#![expect(clippy::expect_used, reason = "tests stop at what they don't expect")]

mod again;
mod apps;
mod deleting;
mod forged;
mod limited;
mod memberships;
mod oneself;
mod rights;
mod signing_in;
mod slow;
mod twice;
mod ways_out;

use crate::pages::{Seen, everything, live_sessions, visit};
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward::{
    core::secret::sha256,
    pages::own::{cookie, mark},
};
use steward_entities::session;
use steward_tests::{TestApp, seed::PASSWORD};
use url::form_urlencoded::Serializer;

/// Where the pages are, as their operator says.
const ORIGIN: &str = "https://accounts.example.com";

/// A browser with what it has kept.
struct Browser<'a> {
    app: &'a TestApp,
    /// The token in the cookie.
    token: Option<String>,
    /// Other cookies.
    kept: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, token: None, kept: None }
    }

    /// A browser that has the token of a session.
    fn with(app: &'a TestApp, token: String) -> Self {
        Self { token: Some(token), ..Self::new(app) }
    }

    /// A browser in which somebody has signed in.
    async fn signed_in(app: &'a TestApp, email: &str) -> Self {
        let mut browser = Self::new(app);
        let seen = browser.sign_in(email, PASSWORD).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/signed-in"), "{}", seen.html);
        browser
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Seen {
        self.send("/sign-in", &[("email", email), ("password", password)]).await
    }

    /// Opens a page.
    async fn open(&mut self, path: &str) -> Seen {
        self.visit(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a page's form, from the page itself, which was opened just before.
    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.send_from(path, fields, &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")]).await
    }

    /// Sends a page's form, which works, and goes where that leads.
    async fn done(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let sent = self.send(path, fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{path}: {}", sent.html);
        self.open(sent.location()).await
    }

    /// Sends a page's form, from wherever these headers say.
    async fn send_from(&mut self, path: &str, fields: &[(&str, &str)], from: &[(&str, &str)]) -> Seen {
        let mark = self.mark().await;
        let fields = fields.iter().copied().chain(mark.iter().map(|mark| (mark::FIELD, mark.as_str())));
        self.send_all(path, &fields.collect::<Vec<_>>(), from).await
    }

    /// Sends exactly these fields.
    async fn send_all(&mut self, path: &str, fields: &[(&str, &str)], from: &[(&str, &str)]) -> Seen {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in from {
            request = request.header(*name, *value);
        }
        self.visit(request.body(Body::from(form)).unwrap()).await
    }

    /// What a page that is opened now has in its forms.
    async fn mark(&self) -> Option<String> {
        let hash = sha256(self.token.as_ref()?.as_bytes());
        let session = session::Entity::find().filter(session::Column::TokenHash.eq(hash)).one(&self.app.database).await;
        session.unwrap().map(|session| mark::new(&self.app.steward, session.account_id))
    }

    async fn visit(&mut self, mut request: Request<Body>) -> Seen {
        let token = self.token.as_ref().map(|token| format!("{}={token}", cookie::name(token)));
        let cookies: Vec<&str> = ["other=1"].into_iter().chain(token.as_deref()).chain(self.kept.as_deref()).collect();
        request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        let seen = visit(self.app, request).await;
        self.keep(&seen.headers);
        seen
    }

    /// Keeps the cookie that an answer gives, and gives up what it takes away.
    fn keep(&mut self, headers: &HeaderMap) {
        for given in headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = given.to_str().unwrap().split_once("; ").unwrap();
            let (name, token) = pair.split_once('=').unwrap();
            assert!(attributes.starts_with("Path=/; Secure; HttpOnly; SameSite=Strict"), "{attributes}");
            if name == "__Host-steward_said" {
                self.kept = (!attributes.ends_with("Max-Age=0")).then(|| pair.to_owned());
                continue;
            }
            assert!(name.starts_with("__Host-steward-"), "{name}");
            if attributes.contains("Max-Age=0") {
                self.token.take_if(|held| cookie::name(held) == name);
            } else {
                assert_eq!(name, cookie::name(token));
                self.token = Some(token.to_owned());
            }
        }
    }
}

impl Seen {
    /// Where the browser is sent.
    fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// Whether the browser is sent to where one signs in, and its cookie is taken away.
    fn is_out(&self) -> bool {
        let mut given = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        (self.status, self.location()) == (StatusCode::SEE_OTHER, "/sign-in")
            && given.any(|given| given.starts_with("__Host-steward-") && given.ends_with("Max-Age=0"))
    }
}
