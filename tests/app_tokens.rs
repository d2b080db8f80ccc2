//! How apps get in: the OAuth endpoints, asked as a client library asks them.

mod endings;
mod library;
mod limits;

use crate::{app_policies::Acme, apps::registered};
use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use steward::core::secret::sha256;
use steward_entities::app_token;
use steward_tests::{TestApp, on_both};
use tower::ServiceExt;
use url::form_urlencoded;

/// An organization with an app that is installed, and the app's secret.
struct Installed {
    acme: Acme,
    secret: String,
    installation: Value,
}

impl Installed {
    async fn new(app: &TestApp) -> Self {
        let mut acme = Acme::new(app).await;
        let (rotas, secret) = registered(&acme.operator.client, "Rotas", &["READ_NAME", "READ_EMAIL"]).await;
        acme.app = rotas;
        let mut input = acme.installable().await;
        input["scopes"] = json!(["READ_NAME", "READ_EMAIL"]);
        let made = acme.admin.client.done("installApp", input, "installation { id }").await;
        app.run_jobs().await;
        Self { acme, secret, installation: made["installation"]["id"].clone() }
    }

    /// The form that gets a token, with changes; null takes a parameter away.
    fn form(&self, changes: &[(&str, Value)]) -> String {
        let mut form = json!({
            "grant_type": "client_credentials",
            "client_id": self.acme.app,
            "client_secret": self.secret,
            "installation_id": self.installation,
        });
        for (name, value) in changes {
            form[*name] = value.clone();
        }
        let pairs = form.as_object().unwrap().iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    async fn token(&self, app: &TestApp) -> String {
        let answer = post(app, "/oauth/token", self.form(&[])).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, app: &TestApp, path: &str, token: &str) -> Answer {
        post(app, path, self.form(&[("token", json!(token))])).await
    }

    async fn is_active(&self, app: &TestApp, token: &str) -> bool {
        self.ask(app, "/oauth/introspect", token).await.body["active"] == true
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

async fn send(app: &TestApp, request: Request<Body>) -> Answer {
    let response = app.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

fn form_request(path: &str) -> http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

pub async fn post(app: &TestApp, path: &str, form: String) -> Answer {
    send(app, form_request(path).body(Body::from(form)).unwrap()).await
}

on_both! {
    async fn a_client_gets_a_token_in_both_ways(app: TestApp) {
        let it = Installed::new(&app).await;
        let in_header = format!("Basic {}", STANDARD.encode(format!("{}:{}", it.acme.app, it.secret)));
        let nobody = [("client_id", Value::Null), ("client_secret", Value::Null), ("scope", json!("READ_EMAIL"))];
        let by_header = form_request("/oauth/token").header(header::AUTHORIZATION, in_header);
        let by_header = send(&app, by_header.body(Body::from(it.form(&nobody))).unwrap()).await;
        let by_form = post(&app, "/oauth/token", it.form(&[("scope", json!("READ_EMAIL"))])).await;
        for got in [by_header, by_form] {
            assert_eq!(got.status, StatusCode::OK, "{}", got.body);
            assert_eq!((&got.body["expires_in"], &got.body["scope"]), (&json!(900), &json!("READ_EMAIL")));
            let token = got.body["access_token"].as_str().unwrap();
            let seen = it.ask(&app, "/oauth/introspect", token).await.body;
            assert_eq!((&seen["active"], &seen["client_id"]), (&json!(true), &json!(it.acme.app)));
            assert_eq!(it.ask(&app, "/oauth/revoke", token).await.status, StatusCode::OK);
            assert!(!it.is_active(&app, token).await);
        }
        let row = app_token::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.expires_at - row.created_at, TimeDelta::minutes(15));
        let seen = it.acme.admin.client.ask("query($id: ID!) { appInstallation(id: $id) { lastUsedAt } }", json!({ "id": it.installation })).await;
        assert!(seen["appInstallation"]["lastUsedAt"].is_string());
    }
}

on_both! {
    async fn a_token_is_kept_as_a_hash_and_nobody_keeps_the_answer(app: TestApp) {
        let it = Installed::new(&app).await;
        let answer = post(&app, "/oauth/token", it.form(&[])).await;
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(answer.headers[header::PRAGMA], "no-cache");
        assert_eq!((&answer.body["token_type"], &answer.body["scope"]), (&json!("Bearer"), &json!("READ_NAME READ_EMAIL")));
        let token = answer.body["access_token"].as_str().unwrap();
        assert!(token.starts_with("steward_app_token_"));
        let row = app_token::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.token_hash, sha256(token.as_bytes()));
        let seen = app.with(token).ask("{ viewer { actor { kind id name } } }", json!({})).await;
        assert_eq!(seen["viewer"]["actor"], json!({ "kind": "APP", "id": it.installation, "name": "Rotas" }));
    }
}

on_both! {
    async fn each_mistake_has_its_oauth_error(app: TestApp) {
        let it = Installed::new(&app).await;
        let (strangers, secret) = registered(&it.acme.operator.client, "Strangers", &["READ_NAME"]).await;
        let wrong = json!("steward_app_secret_wrong");
        for (changes, status, error) in [
            (vec![("grant_type", Value::Null)], 400, "invalid_request"),
            (vec![("grant_type", json!("password"))], 400, "unsupported_grant_type"),
            (vec![("installation_id", Value::Null)], 400, "invalid_request"),
            (vec![("client_secret", Value::Null)], 401, "invalid_client"),
            (vec![("client_secret", wrong.clone())], 401, "invalid_client"),
            (vec![("client_id", json!("app_0"))], 401, "invalid_client"),
            (vec![("client_id", json!(strangers))], 401, "invalid_client"),
            (vec![("client_id", json!(strangers)), ("client_secret", json!(secret))], 400, "invalid_grant"),
            (vec![("installation_id", json!("ins_0"))], 400, "invalid_grant"),
            (vec![("scope", json!("READ_ITEMS"))], 400, "invalid_scope"),
            (vec![("scope", json!("read_name"))], 400, "invalid_scope"),
            (vec![("scope", json!("READ_NAME READ_EVERYTHING"))], 400, "invalid_scope"),
            (vec![("scope", json!(" "))], 400, "invalid_scope"),
        ] {
            let answer = post(&app, "/oauth/token", it.form(&changes)).await;
            assert_eq!((answer.status.as_u16(), answer.body["error"].as_str()), (status, Some(error)), "{changes:?}");
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
            assert!(answer.body["error_description"].is_string() && answer.body.get("access_token").is_none());
            assert_eq!(answer.headers.contains_key(header::WWW_AUTHENTICATE), status == 401, "{changes:?}");
        }
        let raw = async |request: Request<Body>| {
            let answer = send(&app, request).await;
            (answer.status.as_u16(), answer.body["error"].as_str().unwrap_or_default().to_owned())
        };
        let invalid = (400, "invalid_request".to_owned());
        let twice = format!("{}&scope=READ_NAME&scope=READ_NAME", it.form(&[]));
        assert_eq!(raw(form_request("/oauth/token").body(Body::from(twice)).unwrap()).await, invalid);
        let both = form_request("/oauth/token").header(header::AUTHORIZATION, "Basic YTpi");
        assert_eq!(raw(both.body(Body::from(it.form(&[]))).unwrap()).await, invalid);
        assert_eq!(raw(Request::post("/oauth/token").body(Body::from(it.form(&[]))).unwrap()).await, invalid);
        let large = format!("{}&x={}", it.form(&[]), "x".repeat(20_000));
        assert_eq!(raw(form_request("/oauth/token").body(Body::from(large)).unwrap()).await, invalid);
        let in_query = format!("/oauth/token?{}", it.form(&[]));
        let asked = form_request(&in_query).body(Body::from("grant_type=client_credentials")).unwrap();
        assert_eq!(raw(asked).await, (401, "invalid_client".to_owned()), "what is in an address ends in logs");
        assert_eq!(send(&app, Request::get("/oauth/token").body(Body::empty()).unwrap()).await.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(app_token::Entity::find().count(&app.database).await.unwrap(), 0);
    }
}

on_both! {
    async fn both_secrets_work_while_they_are_rotated(app: TestApp) {
        let it = Installed::new(&app).await;
        let operator = &it.acme.operator.client;
        let until = app.now() + TimeDelta::hours(1);
        let input = json!({ "appId": it.acme.app, "oldSecretExpiresAt": until });
        let rotated = operator.done("rotateAppSecret", input, "secret app { secrets { id hint lastUsedAt } }").await;
        let newer = json!(rotated["secret"]);
        let works = async |secret: &Value| {
            post(&app, "/oauth/token", it.form(&[("client_secret", secret.clone())])).await.status == StatusCode::OK
        };
        let old = json!(it.secret);
        assert!(works(&old).await && works(&newer).await);
        app.advance(TimeDelta::minutes(50));
        let late = post(&app, "/oauth/token", it.form(&[("client_secret", old.clone())])).await;
        let late = json!(late.body["access_token"]);
        app.advance(TimeDelta::minutes(10));
        assert!(!works(&old).await && works(&newer).await);
        let form = it.form(&[("client_secret", newer.clone()), ("token", late)]);
        assert_eq!(post(&app, "/oauth/introspect", form).await.body["active"], false, "it ends with its secret");
        // A secret that leaked ends what was got with it.
        let form = it.form(&[("client_secret", newer.clone())]);
        let token = post(&app, "/oauth/token", form).await.body["access_token"].as_str().unwrap().to_owned();
        let operator = app.signed_in(it.acme.operator.id, &it.acme.operator.email).await;
        let next = operator.client.done("rotateAppSecret", json!({ "appId": it.acme.app }), "secret app { secrets { id hint lastUsedAt } }").await;
        let is_active = async || {
            let form = it.form(&[("client_secret", next["secret"].clone()), ("token", json!(token))]);
            post(&app, "/oauth/introspect", form).await.body["active"] == true
        };
        assert!(is_active().await);
        let secrets = next["app"]["secrets"].as_array().unwrap();
        let hint = |secret: &&Value| newer.as_str().unwrap().contains(secret["hint"].as_str().unwrap());
        let leaked = secrets.iter().find(hint).unwrap();
        assert!(leaked["lastUsedAt"].is_string());
        operator.client.done("revokeAppSecret", json!({ "appSecretId": leaked["id"] }), "").await;
        assert!(!is_active().await);
        assert!(!works(&newer).await);
    }
}

on_both! {
    async fn an_app_learns_of_its_own_tokens_alone(app: TestApp) {
        let it = Installed::new(&app).await;
        let token = it.token(&app).await;
        let (strangers, secret) = registered(&it.acme.operator.client, "Strangers", &["READ_NAME"]).await;
        let foreign = [("client_id", json!(strangers)), ("client_secret", json!(secret)), ("token", json!(token))];
        let seen = post(&app, "/oauth/introspect", it.form(&foreign)).await;
        assert_eq!((seen.status, seen.body), (StatusCode::OK, json!({ "active": false })));
        assert_eq!(post(&app, "/oauth/revoke", it.form(&foreign)).await.status, StatusCode::OK);
        let seen = it.ask(&app, "/oauth/introspect", &token).await.body;
        assert_eq!((&seen["active"], &seen["installation_id"], &seen["organization_id"]), (&json!(true), &it.installation, &json!(it.acme.id)));
        assert_eq!(seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap(), 900);
        for nothing in ["x", "steward_app_token_guess", &it.secret, &it.acme.admin.token] {
            let seen = it.ask(&app, "/oauth/introspect", nothing).await;
            assert_eq!((seen.status, seen.body), (StatusCode::OK, json!({ "active": false })), "{nothing}");
            assert_eq!(it.ask(&app, "/oauth/revoke", nothing).await.status, StatusCode::OK);
        }
        for path in ["/oauth/introspect", "/oauth/revoke"] {
            assert_eq!(post(&app, path, it.form(&[])).await.body["error"], "invalid_request", "{path} needs a token");
            let wrong = it.form(&[("client_secret", json!("wrong")), ("token", json!(token))]);
            assert_eq!(post(&app, path, wrong).await.body["error"], "invalid_client", "{path}");
        }
        assert!(it.is_active(&app, &token).await);
    }
}

on_both! {
    async fn the_metadata_names_what_is_there(app: TestApp) {
        let path = "/.well-known/oauth-authorization-server";
        let answer = send(&app, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, &answer.headers[header::CONTENT_TYPE]), (StatusCode::OK, &"application/json".parse().unwrap()));
        let told = answer.body;
        assert_eq!(told["issuer"], "https://accounts.example.com");
        assert_eq!(told["grant_types_supported"], json!(["client_credentials"]));
        assert_eq!(told["scopes_supported"].as_array().unwrap().len(), 5);
        for endpoint in ["token", "revocation", "introspection"] {
            let url: url::Url = told[format!("{endpoint}_endpoint")].as_str().unwrap().parse().unwrap();
            let answer = post(&app, url.path(), String::new()).await;
            assert_eq!(answer.body["error"], "invalid_client", "{url}");
        }
    }
}
