//! Whether the process lives, and whether it can serve.

use crate::http::app::App;
use axum::{body::Body, extract::State, response::Response};
use http::StatusCode;
use sea_orm::ConnectionTrait;
use std::any::Any;

/// `/healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `/readyz`: the database answers too and, where jobs are done, this machine's clock is the database's.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.steward.read.execute_unprepared("SELECT 1").await {
        Ok(_) if !app.steward.clock_agrees() => {
            // Requests are answered: what sets a date that ends something compares the clocks itself.
            let status = if app.does_jobs { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
            (status, "this machine's clock isn't known to be the database's\n")
        }
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "the database doesn't answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database doesn't answer\n")
        }
    }
}

/// A defect of ours. Its cause is logged; the caller learns that it isn't theirs.
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let words =
        cause.downcast_ref::<String>().cloned().or_else(|| cause.downcast_ref::<&str>().map(|&text| text.to_owned()));
    tracing::error!(cause = words.unwrap_or_default(), "a request panicked");
    let body = r#"{"errors":[{"message":"Something went wrong on our side. Please try again.","extensions":{"code":"INTERNAL"}}]}"#;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
