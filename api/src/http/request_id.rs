//! Every request has an id: in its log line, in its events, in the answer's `X-Request-Id`. It never comes from outside,
//! so that nobody can write into our logs.

use crate::http::app::App;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use data_encoding::BASE32_NOPAD;
use http::{HeaderName, HeaderValue};
use tracing::Instrument;

/// The header of the answer.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives the request its id, and writes one line about it when it is answered. Paths of pages hold secrets: only their
/// first part is logged.
pub async fn tag(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = format!("req_{}", BASE32_NOPAD.encode(&app.steward.entropy.bytes::<10>()).to_lowercase());
    request.extensions_mut().insert(RequestId(id.clone()));
    let began = app.steward.clock.now();
    let place = request.uri().path().split('/').nth(1).unwrap_or_default().to_owned();
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = %place);
    let mut response = next.run(request).instrument(span.clone()).await;
    let milliseconds = (app.steward.clock.now() - began).num_milliseconds();
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), milliseconds, "answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}
