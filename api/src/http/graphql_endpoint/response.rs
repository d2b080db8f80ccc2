//! From the schema's answer, or from a refusal, to the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Response, ServerError, Value};
use axum::body::Body;
use chrono::SecondsFormat;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use crate::graphql::budget::Budget;
use crate::graphql::limits::Cost;

use super::errors::{nothing_ran, set, tidy};
use super::{MediaType, RequestError};

/// What is known about an answer besides the schema's part of it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What the caller can read.
    pub media: MediaType,
    /// Whether execution began; see [`crate::graphql::validation_cache::Travelling::executed`].
    pub executed: bool,
    /// What the request cost.
    pub cost: Cost,
    /// What is left, where somebody counts.
    pub budget: Option<Budget>,
    /// Told to callers when the fault is ours.
    pub request_id: &'a str,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

/// Writes what the schema answered; the cost goes into `extensions.cost`.
#[must_use]
pub fn write_response(mut response: Response, answer: &Answer<'_>) -> http::Response<Body> {
    let executed = answer.executed && !nothing_ran(&response);
    tidy(&mut response.errors, answer.executed, answer.request_id);
    response.extensions.insert("cost".to_owned(), cost(answer));
    let status = if executed || answer.media == MediaType::Json { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let written = Written {
        errors: &response.errors,
        data: executed.then_some(&response.data),
        extensions: &response.extensions,
    };
    send(status, std::mem::take(&mut response.http_headers), answer.media, &written)
}

/// Writes why a request was refused before it ran.
#[must_use]
pub fn write_refusal(refusal: &RequestError, media: MediaType, request_id: &str) -> http::Response<Body> {
    let mut error = ServerError::new(refusal.to_string(), None);
    error.locations = refusal.locations().to_vec();
    set(&mut error, "code", refusal.code());
    let mut headers = HeaderMap::new();
    match refusal {
        RequestError::Internal => set(&mut error, "requestId", request_id),
        RequestError::TooComplex { value, limit, .. } => {
            set(&mut error, "value", *value);
            set(&mut error, "limit", *limit);
        }
        RequestError::RateLimited { retry_after } => {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(*retry_after)));
        }
        RequestError::Unauthenticated => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    if let Some(methods) = refusal.allow() {
        headers.insert(ALLOW, HeaderValue::from_static(methods));
    }
    let lenient = media == MediaType::Json && refusal.is_graphql_refusal();
    let status = if lenient { StatusCode::OK } else { refusal.status() };
    send(status, headers, media, &Written { errors: &[error], data: None, extensions: &BTreeMap::new() })
}

/// Rounded up, and never zero: a caller who waits so long fits.
fn whole_seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

fn cost(answer: &Answer<'_>) -> Value {
    let mut members = IndexMap::new();
    members.insert(Name::new("cost"), Value::from(answer.cost.0));
    if let Some(budget) = answer.budget {
        members.insert(Name::new("limit"), Value::from(budget.limit));
        members.insert(Name::new("remaining"), Value::from(budget.remaining));
        let reset_at = budget.reset_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        members.insert(Name::new("resetAt"), Value::from(reset_at));
    }
    Value::Object(members)
}

fn send(status: StatusCode, mut headers: HeaderMap, media: MediaType, written: &Written<'_>) -> http::Response<Body> {
    headers.insert(CONTENT_TYPE, media.content_type());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let (status, body) = match serde_json::to_vec(written) {
        Ok(body) => (status, body),
        // Values of the schema are JSON already; if one ever isn't, the caller learns of a fault and no more.
        Err(error) => {
            tracing::error!(%error, "an answer couldn't be written as JSON");
            let body =
                br#"{"errors":[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}]}"#;
            (StatusCode::INTERNAL_SERVER_ERROR, body.to_vec())
        }
    };
    let mut response = http::Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
