//! Requests that ought to be refused, each with a status of the 400s, a code and a sentence.

use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::json;

use super::super::{MAX_BODY, RequestError, read_body};
use super::{Toy, get, post, query};

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
        let request = Request::post("/graphql").header("content-type", kind).body(Body::from(body)).expect("valid");
        toy.refused(request, 415, "application/json").await;
    }
    toy.refused(Request::post("/graphql").body(Body::from(body)).expect("valid"), 415, "application/json").await;
    let link = Request::get("/graphql?query=%7Bhello%7D").body(Body::empty()).expect("valid");
    toy.refused(link, 400, "X-Steward-Client").await;
    let empty = Request::get("/graphql?query=%7Bhello%7D").header("x-steward-client", " ");
    toy.refused(empty.body(Body::empty()).expect("valid"), 400, "X-Steward-Client").await;
    for (text, kind) in [("mutation%7Bchange%7D", "mutation"), ("subscription%7Bx%7D", "subscription")] {
        let (status, headers, body) = toy.send(get(&format!("/graphql?query={text}"))).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{body}");
        assert_eq!(headers["allow"], "POST");
        assert!(body["errors"][0]["message"].as_str().expect("text").contains(kind));
    }
    let put =
        Request::put("/graphql").header("content-type", "application/json").body(Body::from(body)).expect("valid");
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
        (b"{\"query\": \"{ hello }\", \"variables\": {\"a\": \"\\udc00\"}}", "isn't valid JSON"),
        (b"{\"query\": \"{ hello \0 }\"}", "isn't valid JSON"),
        (b"{\"query\": \"{ hello \\u0000 }\"}", "U+0000"),
        (b"{\"query\": \"{ hello }\", \"variables\": {\"a\": [\"\\u0000\"]}}", "U+0000"),
        (b"{\"query\": \"{ hello(name: \\\"\\\\u0000\\\") }\"}", "U+0000"),
        (b"{\"query\": \"{ hello }\", \"query\": \"{ again }\"}", "\"query\" comes twice"),
        (b"{\"query\": \"{ hello }\", \"variables\": {\"a\": {\"b\": 1, \"b\": 2}}}", "\"b\" comes twice"),
        (b"{\"query\": \"{ hello }\", \"variables\": {\"a\": 1e999}}", "number out of range"),
        (b"[{\"query\": \"{ hello }\"}]", "one request at a time"),
        (b"\"{ hello }\"", "must be a JSON object"),
        (b"{}", "`query` is missing"),
        (b"{\"query\": 1}", "`query` must be a string"),
        (b"{\"query\": \" \"}", "`query` is empty"),
        (b"{\"query\": \"{ hello }\", \"variables\": []}", "`variables` must be an object"),
        (b"{\"query\": \"{ hello }\", \"operationName\": 1}", "`operationName` must be a string"),
        (b"{\"query\": \"{ hello }\", \"extensions\": \"x\"}", "`extensions` must be an object"),
        (b"{\"query\": \"\", \"extensions\": {\"persistedQuery\": {}}}", "Persisted queries"),
    ];
    for (body, sentence) in cases {
        toy.refused(post(Bytes::from_static(body)), 400, sentence).await;
    }
    let deep =
        format!("{{\"query\": \"{{ hello }}\", \"variables\": {{\"a\": {}1{}}}}}", "[".repeat(200), "]".repeat(200));
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
        ("/graphql?query=%7Bhello%7D&variables=%5B%5D", "`variables` must be an object"),
        ("/graphql?query=%7Bhello%7D&variables=x", "`variables` isn't valid JSON"),
        ("/graphql?extensions=%7B%22persistedQuery%22:%7B%7D%7D&query=", "Persisted queries"),
    ] {
        toy.refused(get(address), 400, sentence).await;
    }
}

#[tokio::test]
async fn queries_that_cost_too_much_are_refused() {
    let toy = Toy::new();
    let bomb: String = (0..22).map(|n| format!(" fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1)).collect();
    let aliases: String = (0..1_000).map(|n| format!("a{n}: hello ")).collect();
    for (text, sentence) in [
        (format!("{}hello{}", "{again ".repeat(8_000), "}".repeat(8_000)), "nest to a depth of 41"),
        (format!("{{ hello(name: {}) }}", "[".repeat(50_000)), "nest to a depth of 41"),
        (format!("{}{{ hello }}{}", "{ again ".repeat(20), "}".repeat(20)), "its depth is"),
        (format!("{{ {} }}", "hello ".repeat(10_000)), "tokens"),
        (format!("{{ {} }}", "hello ".repeat(50_000)), "bytes of its query"),
        (format!("{{ ...f0 }}{bomb} fragment f22 on Query {{ hello }}"), "fragments written out"),
        ("{ ...f } fragment f on Query { again { ...f } }".to_owned(), "spreads itself"),
        (format!("{{ {aliases} }}"), "aliases"),
        (format!("{{ hello {} }}", "@skip(if: false) ".repeat(500)), "directives"),
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
async fn a_body_without_an_end_is_read_no_further_than_its_limit() {
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1024])));
    assert_eq!(read_body(Body::from_stream(endless)).await, Err(RequestError::BodyTooLarge { limit: MAX_BODY }));
    let broken = futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
    assert_eq!(read_body(Body::from_stream(broken)).await, Err(RequestError::BodyUnreadable));
    let most = Bytes::from(vec![b' '; MAX_BODY]);
    assert_eq!(read_body(Body::from(most.clone())).await, Ok(most));
}

#[tokio::test]
async fn refusals_for_their_cost_tell_value_and_limit() {
    let (_, _, body) = Toy::new().send(query(&format!("{{ {} }}", "hello ".repeat(1_001)))).await;
    assert_eq!(body["errors"][0]["extensions"], json!({"code": "TOO_COMPLEX", "value": 1_001, "limit": 1_000}));
}
