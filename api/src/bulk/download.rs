//! `/jobs/{id}/results.jsonl`: what a job did to each account, one JSON object a line. Streamed in pages, so that a
//! hundred thousand lines take no more memory than a thousand.

use crate::{
    bulk::{graphql::spelled, read::refusal},
    core::{Error, ReadConnection, Reader},
    http::{app::App, authenticate::caller},
};
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use steward_entities::{
    id::{AccountId, JobId},
    job_row,
};

/// Lines in one read.
const PAGE: u64 = 1_000;

/// The results of a job, for administrators of its organization.
pub async fn results(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let connection = ReadConnection::new(&app.steward.readers);
    let caller = match caller(&app.steward, &connection, &headers, None).await {
        Ok(caller) => caller,
        Err(Error::Unauthenticated) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => return failed(&error),
    };
    let found = match id.parse::<JobId>() {
        Ok(id) => Reader::new(&app.steward, &caller, &connection).job(id).await,
        Err(_) => Ok(None),
    };
    let job = match found {
        Ok(Some(job)) => job.id,
        // What isn't yours is what isn't there.
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return failed(&error),
    };
    drop(connection);
    let lines = stream::try_unfold(Some(None::<AccountId>), move |after| {
        let (app, caller) = (app.clone(), caller.clone());
        async move {
            let Some(after) = after else { return Ok::<_, Error>(None) };
            // Authorized again for each page: a role that was revoked meanwhile ends the download.
            let now = app.steward.clock.now();
            let connection = ReadConnection::new(&app.steward.readers);
            let caller = caller.again(&connection, now).await?.ok_or(Error::Unauthenticated)?;
            let reader = Reader::new(&app.steward, &caller, &connection);
            if reader.job(job).await?.is_none() {
                return Err(Error::Unauthenticated);
            }
            let rows = reader.job_rows_after(job, after, PAGE).await?;
            let next = rows.last().filter(|_| rows.len() as u64 == PAGE).map(|row| Some(row.account_id));
            let text: String = rows.iter().map(line).collect();
            Ok(Some((Bytes::from(text), next)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"results.jsonl\""),
    ];
    (headers, Body::from_stream(lines)).into_response()
}

fn line(row: &job_row::Model) -> String {
    let refusal = row.refusal.as_deref().and_then(refusal);
    let reason = refusal.map(spelled);
    let line = json!({
        "accountId": row.account_id.to_string(),
        "outcome": if row.refusal.is_some() { "SKIPPED" } else { "DONE" },
        "reason": reason,
        "message": refusal.map(|refusal| refusal.to_string()),
    });
    format!("{line}\n")
}

fn failed(error: &Error) -> Response {
    tracing::error!(%error, "the results of a job couldn't be read");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
