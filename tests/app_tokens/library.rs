//! The endpoints as a client library asks them that isn't ours: it finds, writes and reads everything as the RFCs say, so
//! that a vendor needs no more than it.

use super::{Installed, send};
use crate::apps::registered;
use axum::body::Body;
use chrono::TimeDelta;
use futures::future::BoxFuture;
use http::Request;
use http_body_util::BodyExt;
use oauth2::{
    AccessToken, AuthType, Client, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ErrorResponseType,
    ExtraTokenFields, HttpRequest, HttpResponse, IntrospectionUrl, RefreshToken, RequestTokenError,
    ResourceOwnerPassword, ResourceOwnerUsername, RevocationUrl, Scope, StandardErrorResponse, StandardRevocableToken,
    StandardTokenIntrospectionResponse, TokenIntrospectionResponse, TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    convert::Infallible,
    fmt::{Debug, Display},
};
use steward_tests::{TestApp, on_both};
use tower::ServiceExt;

/// What introspection tells beyond RFC 7662, as a vendor declares it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    installation_id: Option<String>,
    organization_id: Option<String>,
}

impl ExtraTokenFields for Place {}

type Introspected = StandardTokenIntrospectionResponse<Place, BasicTokenType>;
type Library = Client<
    BasicErrorResponse,
    BasicTokenResponse,
    Introspected,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointSet,
    EndpointSet,
>;
type Failed<E> = RequestTokenError<Infallible, StandardErrorResponse<E>>;

/// Both ways in which a client says who it is.
const WAYS: [AuthType; 2] = [AuthType::BasicAuth, AuthType::RequestBody];

/// A vendor's program: it knows the server's address, and finds the rest.
struct Vendor<'a> {
    app: &'a TestApp,
    library: Library,
    installation: String,
}

impl<'a> Vendor<'a> {
    async fn new(app: &'a TestApp, it: &Installed, way: &AuthType) -> Self {
        Self::known_as(app, it, way, (&it.acme.app, &it.secret)).await
    }

    /// One that says so who it is.
    async fn known_as(app: &'a TestApp, it: &Installed, way: &AuthType, (id, secret): (&str, &str)) -> Self {
        let told =
            send(app, Request::get("/.well-known/oauth-authorization-server").body(Body::empty()).unwrap()).await;
        let at = |endpoint: &str| told.body[format!("{endpoint}_endpoint")].as_str().unwrap().to_owned();
        let library = Client::new(ClientId::new(id.to_owned()))
            .set_client_secret(ClientSecret::new(secret.to_owned()))
            .set_auth_type(way.clone())
            .set_introspection_url(IntrospectionUrl::new(at("introspection")).unwrap())
            .set_revocation_url(RevocationUrl::new(at("revocation")).unwrap())
            .set_token_uri(TokenUrl::new(at("token")).unwrap());
        Self { app, library, installation: it.installation.as_str().unwrap().to_owned() }
    }

    /// Carries the library's requests.
    fn http(&self) -> impl Fn(HttpRequest) -> BoxFuture<'a, Result<HttpResponse, Infallible>> + use<'a> {
        let app = self.app;
        move |request| {
            Box::pin(async move {
                let response = app.router.clone().oneshot(request.map(Body::from)).await?;
                let (parts, body) = response.into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                Ok(HttpResponse::from_parts(parts, bytes.to_vec()))
            })
        }
    }

    async fn token_of(
        &self,
        installation: &str,
        scopes: &[&str],
    ) -> Result<BasicTokenResponse, Failed<BasicErrorResponseType>> {
        let scopes = scopes.iter().map(|scope| Scope::new((*scope).to_owned()));
        let request = self.library.exchange_client_credentials().add_scopes(scopes);
        request.add_extra_param("installation_id", installation).request_async(&self.http()).await
    }

    async fn token(&self, scopes: &[&str]) -> Result<BasicTokenResponse, Failed<BasicErrorResponseType>> {
        self.token_of(&self.installation, scopes).await
    }

    /// A token for all that the installation has.
    async fn any_token(&self) -> AccessToken {
        self.token(&[]).await.unwrap().access_token().clone()
    }

    async fn introspect(&self, token: &AccessToken) -> Result<Introspected, Failed<BasicErrorResponseType>> {
        self.library.introspect(token).set_token_type_hint("access_token").request_async(&self.http()).await
    }

    async fn is_active(&self, token: &AccessToken) -> bool {
        self.introspect(token).await.unwrap().active()
    }

    async fn revoke(&self, token: StandardRevocableToken) -> Result<(), Failed<oauth2::RevocationErrorResponseType>> {
        self.library.revoke_token(token).unwrap().request_async(&self.http()).await
    }
}

/// The error that a client gets, which says in a sentence what is wrong, in the characters that RFC 6749 allows.
fn error<T: Debug, E: ErrorResponseType + Display + 'static>(answer: Result<T, Failed<E>>) -> String {
    let RequestTokenError::ServerResponse(told) = answer.unwrap_err() else {
        panic!("the library can't read the error")
    };
    let sentence = told.error_description().unwrap();
    let is_allowed = |c: char| matches!(c, '\x20'..='\x7e') && c != '"' && c != '\\';
    assert!(sentence.ends_with('.') && sentence.chars().all(is_allowed), "{sentence}");
    told.error().to_string()
}

fn scopes(of: Option<&Vec<Scope>>) -> Vec<&str> {
    of.unwrap().iter().map(|scope| scope.as_str()).collect()
}

on_both! {
    async fn a_library_gets_tokens_for_all_or_for_less(app: TestApp) {
        let it = Installed::new(&app).await;
        for way in WAYS {
            let vendor = Vendor::new(&app, &it, &way).await;
            let all = vendor.token(&[]).await.unwrap();
            assert_eq!(scopes(all.scopes()), ["READ_NAME", "READ_EMAIL"]);
            assert_eq!((all.token_type(), all.expires_in().unwrap().as_secs()), (&BasicTokenType::Bearer, 900));
            assert!(all.refresh_token().is_none(), "it asks again, with its secret");
            let name = vendor.token(&["READ_NAME"]).await.unwrap();
            assert_eq!(scopes(name.scopes()), ["READ_NAME"]);
            assert_ne!(name.access_token().secret(), all.access_token().secret());
            let named = async |token: &AccessToken, field: &str| {
                let people = format!("{{ people {{ nodes {{ {field} }} }} }}");
                app.with(token.secret()).send(&people, json!({})).await
            };
            // Each opens what it is for.
            let told = named(all.access_token(), "name email").await.body["data"]["people"]["nodes"].clone();
            assert_eq!(told, json!([{ "name": "ana", "email": it.acme.ana.email }]));
            assert_eq!(named(name.access_token(), "name").await.body["data"]["people"]["nodes"], json!([{ "name": "ana" }]));
assert_eq!(named(name.access_token(), "email").await.body["data"]["people"]["nodes"], json!([{ "email": null }]));
        }
    }
}

on_both! {
    async fn a_library_reads_what_it_is_refused(app: TestApp) {
        let it = Installed::new(&app).await;
        let (others, secret) = registered(&it.acme.operator.client, "Others", &["READ_NAME"]).await;
        for way in WAYS {
            let vendor = Vendor::new(&app, &it, &way).await;
            let known_as = async |id: &str, secret: &str| Vendor::known_as(&app, &it, &way, (id, secret)).await.token(&[]).await;
            for (refused, told) in [
                (known_as(&it.acme.app, "steward_app_secret_wrong").await, "invalid_client"),
                (known_as(&others, &it.secret).await, "invalid_client"),
                (known_as("app_0", &it.secret).await, "invalid_client"),
                (known_as("a:b%&+ü", "ü&=%+: ").await, "invalid_client"),
                (known_as(&others, &secret).await, "invalid_grant"),
                (vendor.token_of("ins_0", &[]).await, "invalid_grant"),
                (vendor.token_of("", &[]).await, "invalid_request"),
                (vendor.token(&["READ_NAME", "READ_ITEMS"]).await, "invalid_scope"),
                (vendor.token(&["READ_EVERYTHING"]).await, "invalid_scope"),
                (vendor.token(&["read_name"]).await, "invalid_scope"),
            ] {
                assert_eq!(error(refused), told, "{way:?}");
            }
            // What else a library can ask for isn't had here.
            let (name, password) = ("ana".to_owned(), "a lantern above the harbour".to_owned());
            let (name, password) = (ResourceOwnerUsername::new(name), ResourceOwnerPassword::new(password));
            let asked = vendor.library.exchange_password(&name, &password).request_async(&vendor.http()).await;
            assert_eq!(error(asked), "unsupported_grant_type");
            let refresh = RefreshToken::new("x".to_owned());
            let asked = vendor.library.exchange_refresh_token(&refresh).request_async(&vendor.http()).await;
            assert_eq!(error(asked), "unsupported_grant_type");
        }
    }
}

on_both! {
    async fn a_library_learns_that_an_app_is_closed_or_gone(app: TestApp) {
        let it = Installed::new(&app).await;
        let vendor = Vendor::new(&app, &it, &AuthType::BasicAuth).await;
        let token = vendor.any_token().await;
        let admin = &it.acme.admin.client;
        admin.done("blockApp", it.acme.on_app(json!({})), "").await;
        assert_eq!(error(vendor.token(&[]).await), "invalid_grant");
        assert!(!vendor.is_active(&token).await);
        admin.done("approveApp", it.acme.on_app(json!({ "scopes": ["READ_EMAIL"] })), "").await;
        assert_eq!(scopes(vendor.introspect(&token).await.unwrap().scopes()), ["READ_EMAIL"], "an older token narrows too");
        assert_eq!(error(vendor.token(&["READ_NAME"]).await), "invalid_scope");
        it.acme.operator.client.done("retireApp", json!({ "appId": it.acme.app, "reason": "gone" }), "").await;
        assert_eq!(error(vendor.token(&[]).await), "invalid_client");
        assert_eq!(error(vendor.introspect(&token).await), "invalid_client");
        assert_eq!(error(vendor.revoke((&token).into()).await), "invalid_client");
    }
}

on_both! {
    async fn a_library_waits_where_it_asks_too_often(app: TestApp) {
        let it = Installed::new(&app).await;
        let vendor = Vendor::new(&app, &it, &AuthType::RequestBody).await;
        for _ in 0..100 {
            vendor.any_token().await;
        }
        assert_eq!(error(vendor.token(&[]).await), "temporarily_unavailable");
        app.advance(TimeDelta::minutes(15));
        vendor.any_token().await;
    }
}

on_both! {
    async fn a_library_looks_into_tokens_and_gives_them_back(app: TestApp) {
        let it = Installed::new(&app).await;
        let (others, secret) = registered(&it.acme.operator.client, "Others", &["READ_NAME"]).await;
        for way in WAYS {
            let vendor = Vendor::new(&app, &it, &way).await;
            let others = Vendor::known_as(&app, &it, &way, (&others, &secret)).await;
            let (token, kept) = (vendor.any_token().await, vendor.any_token().await);
            let seen = vendor.introspect(&token).await.unwrap();
            assert!(seen.active());
            assert_eq!((scopes(seen.scopes()), seen.token_type()), (vec!["READ_NAME", "READ_EMAIL"], Some(&BasicTokenType::Bearer)));
            assert_eq!((seen.client_id().unwrap().as_str(), seen.iss()), (&*it.acme.app, Some("https://accounts.example.com")));
            assert_eq!((seen.iat().unwrap(), seen.exp().unwrap()), (app.now(), app.now() + TimeDelta::minutes(15)));
            let place = Place { installation_id: Some(vendor.installation.clone()), organization_id: Some(it.acme.id.to_string()) };
            assert_eq!(seen.extra_fields(), &place);

            // Others learn nothing of it, and end nothing.
            others.revoke((&token).into()).await.unwrap();
            let nothing = others.introspect(&token).await.unwrap();
            assert_eq!(serde_json::to_value(&nothing).unwrap(), json!({ "active": false, "installation_id": null, "organization_id": null }));
            assert!(vendor.is_active(&token).await);
            let impostor = Vendor::known_as(&app, &it, &way, (&it.acme.app, "steward_app_secret_wrong")).await;
            assert_eq!(error(impostor.revoke((&token).into()).await), "invalid_client");
            assert_eq!(error(impostor.introspect(&token).await), "invalid_client");

            for _ in 0..2 {
                vendor.revoke((&token).into()).await.unwrap();
                assert!(!vendor.is_active(&token).await && vendor.is_active(&kept).await);
            }
            assert_eq!(app.with(token.secret()).send("{ viewer { actor { id } } }", json!({})).await.code(), "UNAUTHENTICATED");
            // By a wrong hint it is found all the same; what never was one is given back, too.
            vendor.revoke(RefreshToken::new(kept.secret().clone()).into()).await.unwrap();
            assert!(!vendor.is_active(&kept).await);
            vendor.revoke(AccessToken::new("guess".to_owned()).into()).await.unwrap();
            let late = vendor.any_token().await;
            app.advance(TimeDelta::minutes(15));
            assert_eq!(vendor.introspect(&late).await.unwrap().scopes(), None, "over by its own time");
        }
    }
}
