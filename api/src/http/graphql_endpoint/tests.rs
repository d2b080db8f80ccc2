//! The endpoint against a toy schema: what passes, and how it is answered.

mod hostile;

use async_graphql::{EmptySubscription, Object, Response, Schema};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;
use crate::graphql::budget::Budget;
use crate::graphql::documents::Documents;
use crate::graphql::executor::Executor;
use crate::graphql::limits::Cost;
use crate::graphql::limits::tests::INTROSPECTION;

struct Query;

#[Object]
impl Query {
    async fn hello(&self, name: Option<String>, first: Option<i32>) -> String {
        format!("hello {} {}", name.unwrap_or_default(), first.unwrap_or_default())
    }

    // In this order: the error of a `Result<Option<…>>` would empty the object above, too.
    async fn broken(&self) -> Option<async_graphql::Result<i32>> {
        Some(Err(async_graphql::Error::new("database at 10.0.0.7 is gone")))
    }

    async fn again(&self) -> Self {
        Query
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self, id: Option<uuid_like::Id>) -> Option<bool> {
        Some(id.is_some())
    }
}

/// A scalar that the engine reads only when the resolver is called.
mod uuid_like {
    use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

    pub struct Id;

    #[Scalar]
    impl ScalarType for Id {
        fn parse(value: Value) -> InputValueResult<Self> {
            if value == Value::from("good") { Ok(Self) } else { Err(InputValueError::expected_type(value)) }
        }

        fn to_value(&self) -> Value {
            Value::from("good")
        }
    }
}

struct Toy {
    documents: Documents,
    executor: Executor<Query, Mutation, EmptySubscription>,
}

impl Toy {
    fn new() -> Self {
        let executor = Executor::new(|| Schema::build(Query, Mutation, EmptySubscription));
        Self { documents: Documents::default(), executor }
    }

    async fn answer(&self, request: Request<Body>) -> http::Response<Body> {
        let (parts, body) = request.into_parts();
        let media = match negotiate(&parts.headers) {
            Ok(media) => media,
            Err(refusal) => return write_refusal(&refusal, MediaType::default(), "req-1"),
        };
        let prepared = async {
            let body = read_body(body).await?;
            prepare(&self.documents, &parts.method, read_request(&parts, body)?)
        };
        match prepared.await {
            Ok(prepared) => {
                let response: Response = self.executor.execute(prepared.request, &prepared.travelling).await;
                let executed = prepared.travelling.executed();
                let answer = Answer { media, executed, cost: prepared.cost, budget: None, request_id: "req-1" };
                write_response(response, &answer)
            }
            Err(refusal) => write_refusal(&refusal, media, "req-1"),
        }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, http::HeaderMap, Value) {
        let (head, body) = self.answer(request).await.into_parts();
        let body = body.collect().await.expect("in memory").to_bytes();
        (head.status, head.headers, serde_json::from_slice(&body).expect("JSON"))
    }

    async fn refused(&self, request: Request<Body>, status: u16, sentence: &str) {
        let (answered, headers, body) = self.send(request).await;
        assert_eq!(answered.as_u16(), status, "{sentence}: {body}");
        assert!(body.get("data").is_none(), "{body}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        for error in body["errors"].as_array().expect("errors") {
            assert!(error["extensions"]["code"].is_string(), "{body}");
        }
        let message = body["errors"][0]["message"].as_str().expect("a message");
        assert!(message.contains(sentence) && message.ends_with('.'), "{message:?} lacks {sentence:?}");
    }
}

fn post(body: impl Into<Bytes>) -> Request<Body> {
    let body: Bytes = body.into();
    Request::post("/graphql").header("content-type", "application/json").body(Body::from(body)).expect("valid")
}

fn query(text: &str) -> Request<Body> {
    post(json!({ "query": text }).to_string())
}

fn get(address: &str) -> Request<Body> {
    Request::get(address).header("x-steward-client", "test").body(Body::empty()).expect("valid")
}

#[tokio::test]
async fn plain_requests_pass() {
    let toy = Toy::new();
    for request in [
        query("{ hello }"),
        query("\u{feff}{ hello }"),
        query(INTROSPECTION),
        get("/graphql?query=%7B+hello%20%7D&unknown=1"),
        get("/graphql?query=query($n:String)%7Bhello(name:$n)%7D&variables=%7B%22n%22:%22%C3%A9%22%7D&operationName="),
        post(json!({"query": "query A { hello } query B { hello }", "operationName": "B", "more": 1}).to_string()),
        post(json!({"query": "{ hello }", "variables": null, "operationName": null, "extensions": null}).to_string()),
        post(json!({"query": "mutation { change(id: \"good\") }", "extensions": {"trace": 1}}).to_string()),
    ] {
        let (status, headers, body) = toy.send(request).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert!(body.get("errors").is_none() && body["data"].is_object(), "{body}");
        assert!(body["extensions"]["cost"]["cost"].as_u64().expect("a number") > 0);
        assert_eq!(headers["content-type"], "application/graphql-response+json; charset=utf-8");
    }
}

#[tokio::test]
async fn arguments_that_no_resolver_saw_count_as_refused() {
    let toy = Toy::new();
    let (status, _, body) = toy.send(query("mutation { change(id: \"my secret\") }")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert!(body.get("data").is_none() && !body.to_string().contains("my secret"), "{body}");
    assert_eq!(body["errors"][0]["message"], "A value of type \"Id\" was expected.");
}

#[tokio::test]
async fn a_fault_of_ours_is_part_of_the_answer_and_shows_no_cause() {
    let (status, _, body) = Toy::new().send(query("{ hello broken }")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["data"], json!({"hello": "hello  0", "broken": null}));
    assert_eq!(body["errors"][0]["extensions"], json!({"code": "INTERNAL", "requestId": "req-1"}));
    assert!(!body.to_string().contains("10.0.0.7"));
}

#[tokio::test]
async fn callers_from_before_the_specification_get_200_for_graphql_errors_alone() {
    let toy = Toy::new();
    let old = |mut request: Request<Body>| {
        request.headers_mut().insert("accept", http::HeaderValue::from_static("application/json"));
        request
    };
    for text in ["{ nothing }", "{ hello", "{ hello }", "mutation { change change }"] {
        let (status, headers, _) = toy.send(old(query(text))).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    }
    toy.refused(old(post("x")), 400, "isn't valid JSON").await;
    let html = Request::post("/graphql").header("accept", "text/html").body(Body::empty()).expect("valid");
    toy.refused(html, 406, "`Accept`").await;
}

#[tokio::test]
async fn refusals_carry_the_headers_that_belong_to_them() {
    let limited = RequestError::RateLimited { retry_after: std::time::Duration::from_millis(1_200) };
    let answer = write_refusal(&limited, MediaType::Json, "req-1");
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &http::HeaderValue::from(2)));
    let answer = write_refusal(&RequestError::Unauthenticated, MediaType::Json, "req-1");
    assert_eq!((answer.status().as_u16(), answer.headers()["www-authenticate"].as_bytes()), (401, &b"Bearer"[..]));
    let answer = write_refusal(&RequestError::Internal, MediaType::Json, "req-1");
    assert_eq!(answer.status().as_u16(), 500);
}

#[tokio::test]
async fn the_answer_tells_what_is_left() {
    let budget = Budget {
        limit: 100,
        remaining: 97,
        reset_at: chrono::DateTime::from_timestamp(1_800_000_000, 0).expect("in range"),
    };
    let answer = Answer {
        media: MediaType::default(),
        executed: true,
        cost: Cost(3),
        budget: Some(budget),
        request_id: "req-1",
    };
    let body = write_response(Response::new(async_graphql::Value::Null), &answer).into_body();
    let body: Value = serde_json::from_slice(&body.collect().await.expect("in memory").to_bytes()).expect("JSON");
    let cost = json!({"cost": 3, "limit": 100, "remaining": 97, "resetAt": "2027-01-15T08:00:00.000Z"});
    assert_eq!(body, json!({"data": null, "extensions": {"cost": cost}}));
}
