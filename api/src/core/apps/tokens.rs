//! Tokens of apps, and the clients that get them. A token is looked up together with all that it rests on (the installation,
//! the app, the secret, the organization's word), so that what ends any of these ends it at once, on every replica.

use super::{
    Scopes,
    rules::{USUAL_MODE, Word, most},
};
use crate::core::{
    database::sql,
    error::Result,
    secret::{CredentialKind, read_credential, sha256},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, Value,
};
use std::sync::LazyLock;
use steward_entities::{
    app, app_secret,
    id::{AppId, AppInstallationId, AppTokenId, OrganizationId, WorkspaceId},
    kinds::{AppPolicyMode, AppVerdict},
};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// A token that works now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveToken {
    /// The token.
    pub id: AppTokenId,
    /// Whose it is.
    pub app: AppId,
    /// For which installation.
    pub installation: AppInstallationId,
    /// In which organization.
    pub organization: OrganizationId,
    /// On which workspace; none for the whole organization.
    pub workspace: Option<WorkspaceId>,
    /// What it may right now; at least something.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    id: AppTokenId,
    token_scopes: i64,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    installation_id: AppInstallationId,
    installation_scopes: i64,
    organization_id: OrganizationId,
    workspace_id: Option<WorkspaceId>,
    app_id: AppId,
    app_scopes: i64,
    mode: Option<AppPolicyMode>,
    verdict: Option<AppVerdict>,
    limit_scopes: Option<i64>,
    approved_until: Option<DateTime<Utc>>,
}

const LIVE: &str = "SELECT t.id, t.scopes AS token_scopes, t.created_at, t.expires_at, \
    i.id AS installation_id, i.scopes AS installation_scopes, i.organization_id, i.workspace_id, \
    a.id AS app_id, a.scopes AS app_scopes, p.mode, d.verdict, d.scopes AS limit_scopes, d.expires_at AS approved_until \
    FROM app_token t JOIN app_secret s ON s.id = t.secret_id \
    JOIN app_installation i ON i.id = t.installation_id JOIN app a ON a.id = i.app_id \
    LEFT JOIN app_policy p ON p.organization_id = i.organization_id \
    LEFT JOIN app_decision d ON d.organization_id = i.organization_id AND d.app_id = i.app_id \
    WHERE t.revoked_at IS NULL AND t.expires_at > $2 AND s.revoked_at IS NULL \
    AND (s.expires_at IS NULL OR s.expires_at > $2) AND i.state = 'INSTALLED' AND a.retired_at IS NULL AND ";
static LIVE_BY_TOKEN: LazyLock<String> = LazyLock::new(|| format!("{LIVE}t.token_hash = $1"));
static LIVE_BY_ID: LazyLock<String> = LazyLock::new(|| format!("{LIVE}t.id = $1"));

/// The token that this text is, if it works now.
///
/// # Errors
/// When the database fails.
pub async fn live(db: &impl ConnectionTrait, text: &str, now: DateTime<Utc>) -> Result<Option<LiveToken>> {
    let Some((CredentialKind::AppToken, hash)) = read_credential(text) else { return Ok(None) };
    look_up(db, &LIVE_BY_TOKEN, hash.into(), now).await
}

/// The token with this id, if it still works.
///
/// # Errors
/// When the database fails.
pub async fn still_live(db: &impl ConnectionTrait, id: AppTokenId, now: DateTime<Utc>) -> Result<Option<LiveToken>> {
    look_up(db, &LIVE_BY_ID, id.into(), now).await
}

async fn look_up(
    db: &impl ConnectionTrait,
    statement: &str,
    which: Value,
    now: DateTime<Utc>,
) -> Result<Option<LiveToken>> {
    let Some(row) = Row::find_by_statement(sql(db, statement, [which, now.into()])).one(db).await? else {
        return Ok(None);
    };
    let word = row.verdict.map(|verdict| Word {
        verdict,
        scopes: row.limit_scopes.map(Scopes),
        expires_at: row.approved_until,
    });
    let Ok(most) = most(row.mode.unwrap_or(USUAL_MODE), word, Scopes(row.app_scopes), now) else { return Ok(None) };
    let scopes = Scopes(row.token_scopes).and(Scopes(row.installation_scopes)).and(most);
    Ok((!scopes.is_empty()).then_some(LiveToken {
        id: row.id,
        app: row.app_id,
        installation: row.installation_id,
        organization: row.organization_id,
        workspace: row.workspace_id,
        scopes,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// The secrets by which an app proves itself at `now`.
#[must_use]
pub fn valid_secrets(app: AppId, now: DateTime<Utc>) -> Condition {
    let expires = app_secret::Column::ExpiresAt;
    Condition::all()
        .add(app_secret::Column::AppId.eq(app))
        .add(app_secret::Column::RevokedAt.is_null())
        .add(expires.is_null().or(expires.gt(now)))
}

/// An app that has proved who it is.
#[derive(Clone, Debug)]
pub struct Client {
    /// The app.
    pub app: app::Model,
    /// The secret by which it did.
    pub secret: app_secret::Model,
}

/// The app that has this id and this secret; none where they don't belong together, or it is retired.
///
/// # Errors
/// When the database fails.
pub async fn client(db: &impl ConnectionTrait, id: &str, secret: &str, now: DateTime<Utc>) -> Result<Option<Client>> {
    Ok(proved(db, id, secret, now).await?.filter(|client| client.app.retired_at.is_none()))
}

/// The same, also where the app is retired. Known and unknown ids take the same statements, and secrets are compared in
/// constant time.
///
/// # Errors
/// When the database fails.
pub async fn proved(db: &impl ConnectionTrait, id: &str, secret: &str, now: DateTime<Utc>) -> Result<Option<Client>> {
    let id: AppId = id.parse().unwrap_or(AppId(Uuid::nil()));
    let given = sha256(secret.as_bytes());
    let app = app::Entity::find_by_id(id).one(db).await?;
    let valid = app_secret::Entity::find().filter(valid_secrets(id, now)).order_by_desc(app_secret::Column::Id);
    let valid = valid.all(db).await?;
    let mut matching = None;
    for secret in valid {
        // Each of them, whichever matches.
        if bool::from(secret.secret_hash.ct_eq(&given)) {
            matching = Some(secret);
        }
    }
    Ok(app.zip(matching).map(|(app, secret)| Client { app, secret }))
}
