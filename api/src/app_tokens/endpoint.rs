//! The OAuth endpoints: `/oauth/token`, `/oauth/revoke`, `/oauth/introspect`, `/.well-known/oauth-authorization-server`.

use crate::{
    app_tokens::{
        answer::{Refused, json_answer},
        issue_app_token::{IssueAppToken, IssuedToken, LIFETIME},
        request::{Form, LONGEST},
        revoke_app_token::RevokeAppToken,
    },
    core::{
        Caller, Error, Origin, ReadConnection, Steward,
        apps::{
            Scopes,
            clients::{Credentials, count_wrong, may_try},
            tokens::{client, live},
        },
    },
    http::{app::App, authenticate::ip_address, request_id::RequestId},
};
use axum::{
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use steward_entities::kinds::AppScope;

/// What a client has sent.
struct Sent {
    form: Form,
    headers: HeaderMap,
    origin: Origin,
}

impl Sent {
    async fn read(app: &App, request: Request) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let body =
            to_bytes(body, LONGEST).await.map_err(|_| Refused::request("The form is too large, or broke off."))?;
        let origin = Origin {
            caller: Caller::Nobody,
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            ip_address: ip_address(app, &parts.headers, &parts.extensions),
            user_agent: String::new(),
            idempotency: None,
        };
        Ok(Self { form: Form::read(&parts.headers, &body)?, headers: parts.headers, origin })
    }

    /// Who asks, unless too many wrong secrets came from there.
    async fn client(&self, steward: &Steward) -> Result<Credentials, Refused> {
        let credentials = self.form.client(&self.headers)?;
        may_try(steward, &self.origin, &credentials.id).await?;
        Ok(credentials)
    }

    /// Counts a wrong secret, and refuses.
    async fn wrong(&self, steward: &Steward, id: &str) -> Refused {
        if let Err(error) = count_wrong(steward, &self.origin, id).await {
            return error.into();
        }
        Refused::client()
    }

    /// The same for what came of a change.
    async fn settled<T>(&self, steward: &Steward, id: &str, result: Result<T, Error>) -> Result<T, Refused> {
        match result.map_err(Refused::from) {
            Err(refused) if refused == Refused::client() => Err(self.wrong(steward, id).await),
            settled => settled,
        }
    }
}

/// `POST /oauth/token`: a token for an installation (RFC 6749, 4.4).
pub async fn token(State(app): State<App>, request: Request) -> Response {
    answered(issue(&app, request).await)
}

/// `POST /oauth/revoke`: a token is given back (RFC 7009).
pub async fn revoke(State(app): State<App>, request: Request) -> Response {
    answered(give_back(&app, request).await)
}

/// `POST /oauth/introspect`: whether a token of the client's works, and for what (RFC 7662).
pub async fn introspect(State(app): State<App>, request: Request) -> Response {
    answered(look_into(&app, request).await)
}

/// `GET /.well-known/oauth-authorization-server`: where all this is (RFC 8414).
pub async fn metadata(State(app): State<App>) -> Response {
    let issuer = issuer(&app.steward);
    let ways = json!(["client_secret_basic", "client_secret_post"]);
    let body = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/oauth/token"),
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "revocation_endpoint_auth_methods_supported": ways,
        "introspection_endpoint": format!("{issuer}/oauth/introspect"),
        "introspection_endpoint_auth_methods_supported": ways,
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": AppScope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
    });
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, body.to_string()).into_response()
}

fn issuer(steward: &Steward) -> String {
    steward.policy.public_url.as_str().trim_end_matches('/').to_owned()
}

fn answered(result: Result<Value, Refused>) -> Response {
    match result {
        Ok(body) => json_answer(StatusCode::OK, &body),
        Err(refused) => refused.into_response(),
    }
}

async fn issue(app: &App, request: Request) -> Result<Value, Refused> {
    let (steward, sent) = (&app.steward, Sent::read(app, request).await?);
    let client = sent.client(steward).await?;
    if sent.form.needs("grant_type")? != "client_credentials" {
        return Err(Refused::grant_type());
    }
    let scopes = sent.form.get("scope").map(scopes).transpose()?;
    let (id, installation) = (client.id.clone(), sent.form.needs("installation_id")?.to_owned());
    let done = steward.perform(&sent.origin, IssueAppToken { client, installation, scopes }).await;
    let IssuedToken { token, scopes } = sent.settled(steward, &id, done).await?;
    Ok(json!({
        "access_token": token.map(|token| token.expose_secret().to_owned()),
        "token_type": "Bearer",
        "expires_in": LIFETIME.num_seconds(),
        "scope": scopes.names().join(" "),
    }))
}

/// Scopes as OAuth writes them: with spaces between.
fn scopes(text: &str) -> Result<Scopes, Refused> {
    let known = |name: &str| AppScope::ALL.iter().copied().find(|scope| scope.as_str() == name);
    let found: Option<Scopes> = text.split(' ').filter(|name| !name.is_empty()).map(known).collect();
    found.ok_or(Refused::scope("There is no such scope."))
}

async fn give_back(app: &App, request: Request) -> Result<Value, Refused> {
    let (steward, sent) = (&app.steward, Sent::read(app, request).await?);
    let client = sent.client(steward).await?;
    let (id, token) = (client.id.clone(), sent.form.needs("token")?.to_owned().into());
    let done = steward.perform(&sent.origin, RevokeAppToken { client, token }).await;
    sent.settled(steward, &id, done).await?;
    Ok(json!({}))
}

async fn look_into(app: &App, request: Request) -> Result<Value, Refused> {
    let (steward, sent) = (&app.steward, Sent::read(app, request).await?);
    let Credentials { id, secret } = sent.client(steward).await?;
    let (now, connection) = (steward.clock.now(), ReadConnection::new(&steward.read));
    let Some(client) = client(&connection, &id, secret.expose_secret(), now).await? else {
        connection.give_back().await;
        return Err(sent.wrong(steward, &id).await);
    };
    // A client learns of its own tokens, and of others' what it learns of none.
    let found = live(&connection, sent.form.needs("token")?, now).await?.filter(|token| token.app == client.app.id);
    Ok(found.map_or_else(
        || json!({ "active": false }),
        |token| {
            json!({
                "active": true,
                "scope": token.scopes.names().join(" "),
                "client_id": token.app,
                "token_type": "Bearer",
                "iat": token.created_at.timestamp(),
                "exp": token.expires_at.timestamp(),
                "iss": issuer(steward),
                "installation_id": token.installation,
                "organization_id": token.organization,
                "workspace_id": token.workspace,
            })
        },
    ))
}
