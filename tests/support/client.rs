//! A caller of the API: it sends what a real one sends, through the same routes.

use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// A caller, with or without a credential.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
    idempotency_key: Option<String>,
    user_agent: String,
    forwarded_for: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Value,
}

impl Client {
    /// A caller of these routes.
    pub fn new(router: Router, token: Option<String>) -> Self {
        Self { router, token, idempotency_key: None, user_agent: "tests/1".to_owned(), forwarded_for: None }
    }

    /// The same caller, whose next requests carry this `Idempotency-Key`.
    pub fn with_key(&self, key: &str) -> Self {
        Self { idempotency_key: Some(key.to_owned()), ..self.clone() }
    }

    /// The same caller on another device.
    pub fn on(&self, user_agent: &str) -> Self {
        Self { user_agent: user_agent.to_owned(), ..self.clone() }
    }

    /// The same caller at another network address, as a proxy tells it.
    pub fn at(&self, ip_address: &str) -> Self {
        Self { forwarded_for: Some(ip_address.to_owned()), ..self.clone() }
    }

    /// Sends a query or mutation with variables.
    pub async fn send(&self, query: &str, variables: Value) -> Answer {
        let mut request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, &self.user_agent);
        if let Some(address) = &self.forwarded_for {
            request = request.header("x-forwarded-for", address);
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = &self.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let response = self.router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await;
        let response = response.expect("routes can't fail");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status, body }
    }

    /// Gets a path, with the credential; gives the status and the text.
    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let mut request = Request::get(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
        let response = response.expect("routes can't fail");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Sends a mutation that takes `input`, and gives its payload. `selection` is what is asked of the payload, beside
    /// `userErrors`.
    pub async fn run(&self, mutation: &str, input: Value, selection: &str) -> Answer {
        let mut name = mutation.to_owned();
        name[..1].make_ascii_uppercase();
        let query = format!(
            "mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
        );
        self.send(&query, json!({ "input": input })).await
    }

    /// The same, for a mutation that must succeed; gives its payload.
    pub async fn done(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let answer = self.run(mutation, input, selection).await;
        let payload = answer.payload();
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {}", answer.body);
        payload
    }

    /// Sends a query that must succeed; gives its data.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.send(query, variables).await;
        assert_eq!(answer.body.get("errors"), None, "{}", answer.body);
        answer.body["data"].clone()
    }
}

impl Answer {
    /// The payload of a mutation that ran.
    pub fn payload(&self) -> Value {
        assert!(self.body["data"]["it"].is_object(), "no payload: {}", self.body);
        self.body["data"]["it"].clone()
    }

    /// The code of what went wrong: of the first user error, else of the first top-level error; `OK` if nothing did.
    pub fn code(&self) -> String {
        let code = &self.body["data"]["it"]["userErrors"][0]["code"];
        let code = if code.is_string() { code } else { &self.body["errors"][0]["extensions"]["code"] };
        code.as_str().unwrap_or("OK").to_owned()
    }

    /// The field of the first user error, as a path.
    pub fn field(&self) -> String {
        let parts = self.body["data"]["it"]["userErrors"][0]["field"].as_array().cloned().unwrap_or_default();
        parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".")
    }
}
