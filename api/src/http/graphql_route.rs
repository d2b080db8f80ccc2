//! `/graphql`: who calls, what it may cost, execution, answer.

use crate::{
    core::{
        Caller, Error, Origin, ReadConnection,
        idempotency::{KEPT_FOR, Key},
        secret::sha256,
    },
    decisions::graphql::decision_about,
    graphql::{Viewer, limits::Cost},
    http::{
        app::App,
        authenticate::{caller, ip_address},
        graphql_endpoint::{
            Answer, MediaType, Prepared, RequestError, negotiate, prepare, read_body, read_request, write_refusal,
            write_response,
        },
        request_id::RequestId,
    },
};
use async_graphql::parser::types::OperationType;
use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, header};

/// Answers one GraphQL request.
pub async fn graphql(State(app): State<App>, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let media = match negotiate(request.headers()) {
        Ok(media) => media,
        Err(refusal) => return write_refusal(&refusal, MediaType::GraphqlResponse, &id),
    };
    match answer(&app, request, media, &id).await {
        Ok(response) => response,
        Err(refusal) => write_refusal(&refusal, media, &id),
    }
}

async fn answer(app: &App, request: Request, media: MediaType, id: &str) -> Result<http::Response<Body>, RequestError> {
    let (parts, body) = request.into_parts();
    let body = read_body(body).await?;
    let hash = sha256(&body);
    let graphql = read_request(&parts, body)?;
    let Prepared { request, operation, cost, travelling } = prepare(&app.documents, &parts.method, graphql)?;
    let connection = ReadConnection::new(&app.steward.readers);
    let asks = travelling.only_root().and_then(|field| decision_about(field, &request.variables));
    let caller = caller(&app.steward, &connection, &parts.headers, asks).await.map_err(refusal)?;
    if operation != OperationType::Query {
        // It writes on a connection of its own, and may wait long, as for a hash.
        connection.give_back().await;
    }
    let ip_address = ip_address(app, &parts.headers, &parts.extensions);
    let budget_key = caller.credential().unwrap_or_else(|| ip_address.clone());
    // The platform's own services are on the way of every request there: each one is bounded, their number isn't.
    let charged = if caller.service().is_some() { Cost(0) } else { cost };
    let budget = app
        .budget
        .charge(&budget_key, charged, app.steward.clock.now())
        .map_err(|limited| RequestError::RateLimited { retry_after: limited.retry_after })?;
    let origin = Origin {
        idempotency: idempotency_key(&parts.headers, &caller, hash)?,
        caller,
        request_id: Some(id.to_owned()),
        ip_address,
        user_agent: parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
    };
    let viewer = Viewer::new(app.steward.clone(), origin, connection);
    let response = app.executor.execute(request.data(viewer).data(budget), &travelling).await;
    let answer = Answer { media, executed: travelling.executed(), cost, budget: Some(budget), request_id: id };
    Ok(write_response(response, &answer))
}

fn refusal(error: Error) -> RequestError {
    match error {
        Error::Unauthenticated => RequestError::Unauthenticated,
        error => {
            tracing::error!(%error, "a caller couldn't be looked up");
            RequestError::Internal
        }
    }
}

/// The `Idempotency-Key`, if the caller sent one and has a credential under which it can be kept.
fn idempotency_key(headers: &HeaderMap, caller: &Caller, request_hash: Vec<u8>) -> Result<Option<Key>, RequestError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    let key = key
        .ok_or_else(|| RequestError::NotARequest("An Idempotency-Key has 1 to 255 visible ASCII characters.".into()))?;
    Ok(caller.credential().map(|_| Key { key: key.to_owned(), request_hash, counts_for: KEPT_FOR }))
}
