//! What the OAuth endpoints answer: JSON that nobody keeps, errors by the names of RFC 6749.

use crate::core::{Code, Error};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Why a request got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    status: StatusCode,
    error: &'static str,
    description: Cow<'static, str>,
    retry_after: Option<i64>,
}

impl Refused {
    const fn new(status: StatusCode, error: &'static str, description: Cow<'static, str>) -> Self {
        Self { status, error, description, retry_after: None }
    }

    /// The request itself is wrong.
    pub fn request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description.into())
    }

    /// Nobody knows who asks.
    #[must_use]
    pub const fn client() -> Self {
        let description = "The client is unknown, or its secret is wrong or no longer valid.";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", Cow::Borrowed(description))
    }

    /// Another way to get a token than ours.
    #[must_use]
    pub const fn grant_type() -> Self {
        let description = "The grant type must be client_credentials.";
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", Cow::Borrowed(description))
    }

    /// Too many tokens, or what else came of asking for one.
    #[must_use]
    pub fn token(error: Error) -> Self {
        let Error::RateLimited { retry_after } = error else { return error.into() };
        let description =
            "Too many tokens for this installation. Each works for 15 minutes: keep it, and use it again.";
        Self::too_often(retry_after, description)
    }

    fn too_often(retry_after: i64, description: &'static str) -> Self {
        let (status, error) = (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable");
        Self { retry_after: Some(retry_after), ..Self::new(status, error, Cow::Borrowed(description)) }
    }

    /// Scopes that aren't known, or aren't had.
    #[must_use]
    pub const fn scope(description: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_scope", Cow::Borrowed(description))
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => match refusal.code() {
                Code::WrongCredentials => Self::client(),
                Code::Invalid => Self::scope("The installation doesn't have all of these scopes."),
                _ => Self::new(StatusCode::BAD_REQUEST, "invalid_grant", Cow::Owned(refusal.to_string())),
            },
            Error::RateLimited { retry_after } => {
                Self::too_often(retry_after, "Too many tries with a wrong secret. Please wait.")
            }
            error => {
                tracing::error!(%error, "a request of an app failed");
                let description = "Something went wrong on our side. Please try again.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", Cow::Borrowed(description))
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = json_answer(self.status, &body);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"apps\", charset=\"UTF-8\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An answer that holds a secret, or tells of one: nobody keeps it.
#[must_use]
pub fn json_answer(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body.to_string()).into_response()
}
