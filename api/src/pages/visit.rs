//! One visit of a page: who visits, what was typed in, and how it is answered.

use crate::{
    core::{Action, Caller, Code, Error, Origin, ReadConnection, Reader, Result, idempotency::Key, limit::Limit},
    http::{app::App, authenticate::ip_address, request_id::RequestId},
    notices::{content::LANGUAGES, deliver::sender},
    pages::{
        own,
        render::{headers, render},
        views::{MessagePage, Page},
    },
};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeMap, sync::Arc};
use url::{Url, form_urlencoded};

/// How many links that don't work somebody may open.
const DEAD_LINKS: Limit = Limit { name: "page_dead_link", most: 60, window: TimeDelta::minutes(5) };
/// How long a form can be, in bytes: a whole profile at its longest, each of its bytes written as three.
const LONGEST_FORM: usize = 64 * 1024;

/// One visit. The page behind a mailed link is opened by its link alone: no session, no cookie counts there.
#[derive(Clone)]
pub struct Visit {
    /// What the routes share.
    pub(in crate::pages) app: App,
    origin: Origin,
    connection: Arc<ReadConnection>,
    /// The visitor's language, among those that there are.
    pub locale: &'static str,
}

/// What was typed into a form; of a field that comes twice the first counts.
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// All that was typed in, in an order of its own; two forms that say the same are the same text.
    #[must_use]
    pub fn text(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// What was typed into a field; empty when it isn't there.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl Visit {
    /// The visit that a request makes, and its body.
    #[must_use]
    pub fn of(app: App, request: Request) -> (Self, Sent) {
        let (parts, body) = request.into_parts();
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let origin = Origin {
            caller: Caller::Nobody,
            request_id,
            ip_address: ip_address(&app, &parts.headers, &parts.extensions),
            user_agent: user_agent.unwrap_or_default().to_owned(),
            idempotency: None,
        };
        let locale = locale(&parts.headers);
        let connection = Arc::new(ReadConnection::new(&app.steward.readers));
        let here = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        (Self { app, origin, connection, locale }, Sent { here, headers: parts.headers, body })
    }

    /// Reads, as somebody who isn't signed in.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.app.steward, &self.origin.caller, &self.connection)
    }

    /// The same visit, by the person whose session has this token.
    ///
    /// # Errors
    /// `Unauthenticated` when it isn't one.
    pub async fn signed_in(&self, token: &SecretString) -> Result<Self> {
        let steward = &self.app.steward;
        let caller = Caller::load(&*self.connection, token.expose_secret(), steward.clock.now()).await?;
        let mut visit = self.clone();
        visit.origin.caller = caller.ok_or(Error::Unauthenticated)?;
        Ok(visit)
    }

    /// Where the service is found, as its operator says.
    #[must_use]
    pub fn public_url(&self) -> &Url {
        &self.app.steward.policy.public_url
    }

    /// Who visits.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.origin.caller
    }

    /// Runs an action; as somebody who isn't signed in, unless [`Visit::signed_in`] made this visit.
    pub async fn perform<A: Action>(&self, action: A) -> Result<A::Output> {
        // It writes on a connection of its own, and may wait long, as for a hash.
        self.connection.give_back().await;
        self.app.steward.perform(&self.origin, action).await
    }

    /// Runs an action once: the same `key` again has the answer that was given then.
    pub async fn perform_once<A: Action>(&self, key: Key, action: A) -> Result<A::Output> {
        self.connection.give_back().await;
        let origin = Origin { idempotency: Some(key), ..self.origin.clone() };
        self.app.steward.perform(&origin, action).await
    }

    /// Answers with a page, in the visitor's language.
    pub fn page(&self, status: StatusCode, page: &impl Page) -> Response {
        self.page_in(self.locale, status, page)
    }

    /// Answers with a page in the language of `locale`.
    pub fn page_in<P: Page>(&self, locale: &str, status: StatusCode, page: &P) -> Response {
        let mut response = match render(page, locale, &sender(&self.app.steward.policy)) {
            Ok(html) => (status, html).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page can't be rendered");
                let words = "Something went wrong on our side. Please try again.";
                (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
            }
        };
        for (name, value) in headers::<P>() {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// Answers with what a link opens, when there is something.
    pub async fn show(&self, page: Result<Option<impl Page>>) -> Response {
        match page {
            Ok(Some(page)) => self.page(StatusCode::OK, &page),
            Ok(None) => self.dead_link().await,
            Err(error) => self.failed(&error),
        }
    }

    /// Answers with the form once more, because something in it wasn't right.
    pub fn refused(&self, page: &impl Page) -> Response {
        self.page(StatusCode::UNPROCESSABLE_ENTITY, page)
    }

    /// Answers that it worked.
    pub fn done(&self, message: &MessagePage) -> Response {
        self.message(StatusCode::OK, message)
    }

    /// What people do next: no mailed link leaves a session behind.
    pub fn where_to_sign_in(&self, email: &str) -> String {
        let service = &self.app.steward.policy.service_name;
        format!("Now sign in as {email} with your password, here or wherever you use {service}.")
    }

    /// Answers with a message.
    pub fn message(&self, status: StatusCode, message: &MessagePage) -> Response {
        self.page(status, message)
    }

    /// Answers somebody whose link doesn't work; too many of them from one place are answered no more.
    pub async fn dead_link(&self) -> Response {
        self.connection.give_back().await;
        match self.app.steward.count(DEAD_LINKS, &self.origin.network()).await {
            Ok(()) => self.message(StatusCode::NOT_FOUND, &MessagePage::link_not_valid()),
            Err(error) => self.failed(&error),
        }
    }

    /// Answers with what went wrong. A link that doesn't work is a page of its own, and a session that is over leads to a
    /// new one; other refusals that belong to a field are for the page with the form.
    pub fn failed(&self, error: &Error) -> Response {
        match error {
            Error::Unauthenticated => own::to_sign_in(None),
            Error::RateLimited { retry_after } => {
                let mut response = self.message(StatusCode::TOO_MANY_REQUESTS, &MessagePage::too_many_tries());
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
                response
            }
            Error::Refused(refusal) if refusal.code() == Code::LinkInvalid => {
                self.message(StatusCode::NOT_FOUND, &MessagePage::link_not_valid())
            }
            Error::Refused(refusal) => {
                let words = refusal.to_string();
                let page = MessagePage::trouble("This didn't work", &[&words]);
                self.message(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            Error::BadRequest(words) => {
                let page = MessagePage::trouble("This didn't work", &[words]);
                self.message(StatusCode::BAD_REQUEST, &page)
            }
            Error::Forbidden(words) => {
                self.message(StatusCode::FORBIDDEN, &MessagePage::trouble("This didn't work", &[words]))
            }
            error => {
                tracing::error!(%error, "a page failed");
                let id = self.origin.request_id.as_deref().unwrap_or_default();
                self.message(StatusCode::INTERNAL_SERVER_ERROR, &MessagePage::internal_error(id))
            }
        }
    }
}

/// What a visitor sent.
pub struct Sent {
    /// The address that it was sent to: the path, and what follows a question mark.
    pub here: String,
    /// The request's headers.
    pub headers: HeaderMap,
    body: Body,
}

impl Sent {
    /// What was typed into the page's form.
    ///
    /// # Errors
    /// `BadRequest` when it isn't a form, or a longer one than any of ours.
    pub async fn form(self) -> Result<Form> {
        let wrong = |words: &str| Error::BadRequest(words.to_owned());
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        if !media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(wrong("This page takes only its own form."));
        }
        let bytes = to_bytes(self.body, LONGEST_FORM).await;
        let bytes = bytes.map_err(|_| wrong("What was sent is too long, or didn't arrive whole."))?;
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&bytes) {
            fields.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Ok(Form(fields))
    }
}

/// The first language in `Accept-Language` that we speak.
fn locale(headers: &HeaderMap) -> &'static str {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    wanted
        .unwrap_or_default()
        .split(',')
        .filter_map(|part| {
            let primary = part.split([';', '-']).next()?.trim();
            LANGUAGES.iter().find(|language| language.eq_ignore_ascii_case(primary))
        })
        .next()
        .or(LANGUAGES.first())
        .copied()
        .unwrap_or("en")
}
