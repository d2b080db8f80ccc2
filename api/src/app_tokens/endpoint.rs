//! The OAuth endpoints: `/oauth/token`, `/oauth/revoke`, `/oauth/introspect`, `/.well-known/oauth-authorization-server`.
//!
//! The secret is looked at first, and only wrong ones are counted, by network, and by network and client: whoever guesses is
//! slowed, and whoever has the secret never is, wherever it guesses beside them. A secret is 256 random bits, compared by its
//! hash in constant time: looking costs little, and gives nothing away.

use crate::{
    app_tokens::{
        answer::{Refused, json_answer},
        authenticate_app::AuthenticateApp,
        issue_app_token::{IssueAppToken, IssuedToken, LIFETIME},
        request::{Form, LONGEST},
        revoke_app_token::RevokeAppToken,
    },
    core::{
        Caller, Origin, ReadConnection, Steward,
        apps::{
            Scopes,
            clients::{Credentials, count_wrong},
            tokens::{Client, client, live},
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

    /// Who asks. A wrong secret is counted and logged, whichever endpoint it came to; of too many, each is refused alike.
    async fn client(&self, steward: &Steward) -> Result<(Client, Credentials), Refused> {
        let credentials = self.form.client(&self.headers)?;
        let connection = ReadConnection::new(&steward.readers);
        let secret = credentials.secret.expose_secret();
        let found = client(&connection, &credentials.id, secret, steward.clock.now()).await;
        connection.give_back().await;
        if let Some(client) = found? {
            return Ok((client, credentials));
        }
        count_wrong(steward, &self.origin, &credentials.id).await?;
        steward.perform(&self.origin, AuthenticateApp { client: credentials }).await?;
        Err(Refused::client())
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
    let (_, client) = sent.client(steward).await?;
    if sent.form.needs("grant_type")? != "client_credentials" {
        return Err(Refused::grant_type());
    }
    let scopes = sent.form.get("scope").map(scopes).transpose()?;
    let installation = sent.form.needs("installation_id")?.to_owned();
    let done = steward.perform(&sent.origin, IssueAppToken { client, installation, scopes }).await;
    let IssuedToken { token, scopes } = done.map_err(Refused::token)?;
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
    let (_, client) = sent.client(steward).await?;
    let token = sent.form.needs("token")?.to_owned().into();
    steward.perform(&sent.origin, RevokeAppToken { client, token }).await?;
    Ok(json!({}))
}

async fn look_into(app: &App, request: Request) -> Result<Value, Refused> {
    let (steward, sent) = (&app.steward, Sent::read(app, request).await?);
    let (client, _) = sent.client(steward).await?;
    let token = sent.form.needs("token")?;
    let connection = ReadConnection::new(&steward.readers);
    let found = live(&connection, token, steward.clock.now()).await;
    connection.give_back().await;
    // A client learns of its own tokens, and of others' what it learns of none.
    let found = found?.filter(|token| token.app == client.app.id);
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
