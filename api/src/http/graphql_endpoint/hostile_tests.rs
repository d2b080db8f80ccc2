//! Requests that ought to be refused, each with a status of the 400s, a code and a sentence; and those that ought
//! to pass, against a toy schema.

use async_graphql::{EmptySubscription, Object, Response, Schema};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;
use crate::graphql::documents::Documents;
use crate::graphql::limits::tests::INTROSPECTION;
use crate::graphql::validation_cache::ValidationCache;

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
            if value == Value::from("good") {
                Ok(Self)
            } else {
                Err(InputValueError::expected_type(value))
            }
        }

        fn to_value(&self) -> Value {
            Value::from("good")
        }
    }
}

struct Toy {
    documents: Documents,
    schema: Schema<Query, Mutation, EmptySubscription>,
}

impl Toy {
    fn new() -> Self {
        let schema = Schema::build(Query, Mutation, EmptySubscription)
            .extension(ValidationCache)
            .finish();
        Self {
            documents: Documents::default(),
            schema,
        }
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
                let response: Response = self.schema.execute(prepared.request).await;
                let executed = prepared.travelling.executed();
                let answer = Answer {
                    media,
                    executed,
                    cost: prepared.cost,
                    budget: None,
                    request_id: "req-1",
                };
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
        assert!(
            message.contains(sentence) && message.ends_with('.'),
            "{message:?} lacks {sentence:?}"
        );
    }
}

fn post(body: impl Into<Bytes>) -> Request<Body> {
    let body: Bytes = body.into();
    Request::post("/graphql")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .expect("valid")
}

fn query(text: &str) -> Request<Body> {
    post(json!({ "query": text }).to_string())
}

fn get(address: &str) -> Request<Body> {
    Request::get(address)
        .header("x-steward-client", "test")
        .body(Body::empty())
        .expect("valid")
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
        assert_eq!(
            headers["content-type"],
            "application/graphql-response+json; charset=utf-8"
        );
    }
}

#[tokio::test]
async fn what_forms_and_links_can_send_is_refused() {
    let toy = Toy::new();
    let body = r#"{"query":"mutation { change }"}"#;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain;application/json",
    ] {
        let request = Request::post("/graphql")
            .header("content-type", kind)
            .body(Body::from(body))
            .expect("valid");
        toy.refused(request, 415, "application/json").await;
    }
    toy.refused(
        Request::post("/graphql").body(Body::from(body)).expect("valid"),
        415,
        "application/json",
    )
    .await;
    let link = Request::get("/graphql?query=%7Bhello%7D")
        .body(Body::empty())
        .expect("valid");
    toy.refused(link, 400, "X-Steward-Client").await;
    let empty = Request::get("/graphql?query=%7Bhello%7D").header("x-steward-client", " ");
    toy.refused(empty.body(Body::empty()).expect("valid"), 400, "X-Steward-Client")
        .await;
    for (text, kind) in [
        ("mutation%7Bchange%7D", "mutation"),
        ("subscription%7Bx%7D", "subscription"),
    ] {
        let (status, headers, body) = toy.send(get(&format!("/graphql?query={text}"))).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{body}");
        assert_eq!(headers["allow"], "POST");
        assert!(body["errors"][0]["message"].as_str().expect("text").contains(kind));
    }
    let put = Request::put("/graphql")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .expect("valid");
    toy.refused(put, 405, "GET and POST").await;
}

#[tokio::test]
async fn broken_json_is_explained() {
    let toy = Toy::new();
    let cases: &[(&[u8], &str)] = &[
        (b"", "body is empty"),
        (b"{\"query\": \"{ hello }\"", "ends too early (line 1, column 21)"),
        (b"{\n  \"query\": x }", "(line 2, column 12)"),
        (b"{\"query\": \"{ hello }\"} x", "more text after its end"),
        (b"\xef\xbb\xbf{\"query\": \"{ hello }\"}", "byte order mark"),
        (b"{\"query\": \"{ hello \xff }\"}", "isn't valid UTF-8"),
        (b"{\"query\": \"{ hello(name: \\\"\\ud800\\\") }\"}", "isn't valid JSON"),
        (
            b"{\"query\": \"{ hello }\", \"variables\": {\"a\": \"\\udc00\"}}",
            "isn't valid JSON",
        ),
        (b"{\"query\": \"{ hello \0 }\"}", "isn't valid JSON"),
        (b"{\"query\": \"{ hello \\u0000 }\"}", "U+0000"),
        (
            b"{\"query\": \"{ hello }\", \"variables\": {\"a\": [\"\\u0000\"]}}",
            "U+0000",
        ),
        (b"{\"query\": \"{ hello(name: \\\"\\\\u0000\\\") }\"}", "U+0000"),
        (
            b"{\"query\": \"{ hello }\", \"query\": \"{ again }\"}",
            "\"query\" comes twice",
        ),
        (
            b"{\"query\": \"{ hello }\", \"variables\": {\"a\": {\"b\": 1, \"b\": 2}}}",
            "\"b\" comes twice",
        ),
        (
            b"{\"query\": \"{ hello }\", \"variables\": {\"a\": 1e999}}",
            "number out of range",
        ),
        (b"[{\"query\": \"{ hello }\"}]", "one request at a time"),
        (b"\"{ hello }\"", "must be a JSON object"),
        (b"{}", "`query` is missing"),
        (b"{\"query\": 1}", "`query` must be a string"),
        (b"{\"query\": \" \"}", "`query` is empty"),
        (
            b"{\"query\": \"{ hello }\", \"variables\": []}",
            "`variables` must be an object",
        ),
        (
            b"{\"query\": \"{ hello }\", \"operationName\": 1}",
            "`operationName` must be a string",
        ),
        (
            b"{\"query\": \"{ hello }\", \"extensions\": \"x\"}",
            "`extensions` must be an object",
        ),
        (
            b"{\"query\": \"\", \"extensions\": {\"persistedQuery\": {}}}",
            "Persisted queries",
        ),
    ];
    for (body, sentence) in cases {
        toy.refused(post(Bytes::from_static(body)), 400, sentence).await;
    }
    let deep = format!(
        "{{\"query\": \"{{ hello }}\", \"variables\": {{\"a\": {}1{}}}}}",
        "[".repeat(200),
        "]".repeat(200)
    );
    toy.refused(post(deep), 400, "nested too deeply").await;
}

#[tokio::test]
async fn broken_addresses_are_explained() {
    let toy = Toy::new();
    for (address, sentence) in [
        ("/graphql", "`query` is missing"),
        ("/graphql?query=%7Bhello%7D&query=%7Bagain%7D", "comes twice"),
        ("/graphql?query=%ff", "isn't valid UTF-8"),
        ("/graphql?query=%7Bhello%7", "without two digits"),
        (
            "/graphql?query=%7Bhello%7D&variables=%5B%5D",
            "`variables` must be an object",
        ),
        ("/graphql?query=%7Bhello%7D&variables=x", "`variables` isn't valid JSON"),
        (
            "/graphql?extensions=%7B%22persistedQuery%22:%7B%7D%7D&query=",
            "Persisted queries",
        ),
    ] {
        toy.refused(get(address), 400, sentence).await;
    }
}

#[tokio::test]
async fn queries_that_cost_too_much_are_refused() {
    let toy = Toy::new();
    let bomb: String = (0..22)
        .map(|n| format!(" fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1))
        .collect();
    let aliases: String = (0..1_000).map(|n| format!("a{n}: hello ")).collect();
    for (text, sentence) in [
        (
            format!("{}hello{}", "{again ".repeat(8_000), "}".repeat(8_000)),
            "nest to a depth of 41",
        ),
        (
            format!("{{ hello(name: {}) }}", "[".repeat(100_000)),
            "nest to a depth of 41",
        ),
        (
            format!("{}{{ hello }}{}", "{ again ".repeat(20), "}".repeat(20)),
            "its depth is",
        ),
        (format!("{{ {} }}", "hello ".repeat(10_000)), "tokens"),
        (format!("{{ {} }}", "hello ".repeat(50_000)), "bytes of its query"),
        (
            format!("{{ ...f0 }}{bomb} fragment f22 on Query {{ hello }}"),
            "fragments written out",
        ),
        (
            "{ ...f } fragment f on Query { again { ...f } }".to_owned(),
            "spreads itself",
        ),
        (format!("{{ {aliases} }}"), "aliases"),
        (
            format!("{{ hello {} }}", "@skip(if: false) ".repeat(1_000)),
            "directives",
        ),
    ] {
        toy.refused(query(&text), 400, sentence).await;
    }
    let huge = json!({"query": "{ hello }", "variables": {"a": "x".repeat(MAX_BODY)}}).to_string();
    toy.refused(post(huge), 413, "524288 bytes are allowed").await;
}

#[tokio::test]
async fn queries_that_do_not_fit_the_schema_are_refused() {
    let toy = Toy::new();
    for (text, sentence) in [
        ("{ hello(first: 99999999999999999999) }", "expected type \"Int\"\u{0}"),
        ("{ hello(first: 2147483648) }", ""),
        ("{ nothing }", ""),
        ("{ hello { x } }", ""),
        ("query A { hello } query B { hello }", "operationName"),
        ("mutation { change change }", "exactly one field"),
        ("subscription { x }", ""),
        ("query($n: Int!) { hello(first: $n) }", "must be given"),
        ("{ hello", "isn't valid GraphQL"),
    ] {
        let (status, _, body) = toy.send(query(text)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{text}: {body}");
        assert!(body.get("data").is_none(), "{body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{body}");
        let message = body["errors"][0]["message"].as_str().expect("text");
        assert!(message.contains(sentence.trim_end_matches('\u{0}')), "{message}");
    }
    let unknown = json!({"query": "query A { hello }", "operationName": "B"}).to_string();
    toy.refused(post(unknown), 400, "no operation named \"B\"").await;
}

#[tokio::test]
async fn arguments_that_no_resolver_saw_count_as_refused() {
    let toy = Toy::new();
    let (status, _, body) = toy.send(query("mutation { change(id: \"my secret\") }")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert!(
        body.get("data").is_none() && !body.to_string().contains("my secret"),
        "{body}"
    );
    assert_eq!(body["errors"][0]["message"], "A value of type \"Id\" was expected.");
}

#[tokio::test]
async fn a_fault_of_ours_is_part_of_the_answer_and_shows_no_cause() {
    let (status, _, body) = Toy::new().send(query("{ hello broken }")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["data"], json!({"hello": "hello  0", "broken": null}));
    assert_eq!(
        body["errors"][0]["extensions"],
        json!({"code": "INTERNAL", "requestId": "req-1"})
    );
    assert!(!body.to_string().contains("10.0.0.7"));
}

#[tokio::test]
async fn callers_from_before_the_specification_get_200_for_graphql_errors_alone() {
    let toy = Toy::new();
    let old = |mut request: Request<Body>| {
        request
            .headers_mut()
            .insert("accept", http::HeaderValue::from_static("application/json"));
        request
    };
    for text in ["{ nothing }", "{ hello", "{ hello }", "mutation { change change }"] {
        let (status, headers, _) = toy.send(old(query(text))).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    }
    toy.refused(old(post("x")), 400, "isn't valid JSON").await;
    let html = Request::post("/graphql")
        .header("accept", "text/html")
        .body(Body::empty())
        .expect("valid");
    toy.refused(html, 406, "`Accept`").await;
}

#[tokio::test]
async fn refusals_carry_the_headers_that_belong_to_them() {
    let limited = RequestError::RateLimited {
        retry_after: std::time::Duration::from_millis(1_200),
    };
    let answer = write_refusal(&limited, MediaType::Json, "req-1");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &http::HeaderValue::from(2))
    );
    let answer = write_refusal(&RequestError::Unauthenticated, MediaType::Json, "req-1");
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["www-authenticate"].as_bytes()
        ),
        (401, &b"Bearer"[..])
    );
    let answer = write_refusal(&RequestError::Internal, MediaType::Json, "req-1");
    assert_eq!(answer.status().as_u16(), 500);
}
