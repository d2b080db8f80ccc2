//! GraphQL over HTTP, by the specification of that name (<https://graphql.github.io/graphql-over-http/draft/>).
//!
//! The way of a request: `negotiate` (what the caller can read) → `read_body` (bounded while reading) →
//! `read_request` (method, media type, JSON) → `prepare` (limits, operation, cost) → the schema → `write_response`.
//! What is refused on the way is answered by `write_refusal`.
//!
//! # What is accepted
//! - POST with `Content-Type: application/json`: no form and no link can send that without asking first.
//! - GET for queries alone, with the header `X-Steward-Client`, which no form or link can send either.
//! - One operation a request. Persisted queries and lists of requests are refused.
//!
//! # Status
//! | what happened | `application/graphql-response+json` | `application/json` |
//! | --- | --- | --- |
//! | HTTP or JSON is wrong, or the body isn't a GraphQL request | 400, 405, 406, 413, 415 | the same |
//! | the credential is wrong; the budget is spent | 401; 429 | the same |
//! | the query doesn't parse or validate, a variable has the wrong type, a limit is passed | 400 | 200 |
//! | it ran, with or without errors of fields | 200 | 200 |
//! | the server broke | 500 | the same |
//!
//! Answers of the first three kinds have no `data`. The drafts' 294 for partial answers is not used: tools don't
//! know it. An operation whose arguments couldn't be read, so that no resolver ran, counts as refused, although the
//! engine notices it while executing.
//!
//! Every error has a code for programs in `extensions.code` and a sentence for people.

mod errors;
mod media_type;
mod prepare;
mod read;
mod request_body;
mod response;

#[cfg(test)]
mod tests;

pub use media_type::{MediaType, negotiate};
pub use prepare::{Prepared, prepare};
pub use read::{CLIENT_HEADER, MAX_BODY, read_body, read_request};
pub use response::{Answer, write_refusal, write_response};

pub use crate::graphql::request_error::RequestError;
