//! `issueAppToken`: an app gets a token for one of its installations. No mutation of the schema, but what `POST /oauth/token`
//! does.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventSet, Notices, Refusal, Result, Silence, Tx, Unlogged,
    apps::{
        Scopes,
        clients::Credentials,
        rules::Rules,
        tokens::{Client, client},
    },
    limit::Limit,
    secret::{CredentialKind, new_credential},
};
use chrono::{DurationRound, TimeDelta};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, Set, prelude::Expr};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use steward_entities::{
    app_installation, app_secret, app_token,
    id::{AppInstallationId, AppTokenId},
    kinds::InstallationState,
};

/// How long a token lives.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// Tokens for one installation: a token can be used again while it lives, by all of a vendor's machines, and one row is kept
/// for each.
const PER_INSTALLATION: Limit = Limit { name: "app_tokens", most: 100, window: LIFETIME };

/// Makes a token.
pub struct IssueAppToken {
    /// Who asks.
    pub client: Credentials,
    /// For which installation, as given.
    pub installation: String,
    /// What for; none for all that the installation has.
    pub scopes: Option<Scopes>,
}

/// A token that was made.
#[derive(Serialize, Deserialize)]
pub struct IssuedToken {
    /// The token itself.
    #[serde(skip)]
    pub token: Option<SecretString>,
    /// What it may.
    pub scopes: Scopes,
}

/// Why a client gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientRefusal {
    /// Id and secret don't belong together. Whether there is such an app is told to nobody.
    #[error("The client is unknown, or its secret is wrong or no longer valid.")]
    WrongClient,
    /// No installation under this id that the app could use now: another's, none, one that ended, or one that its
    /// organization has closed.
    #[error("There is no installation under this id that the client could use now.")]
    NoInstallation,
    /// More than the installation has.
    #[error("The installation doesn't have all of these scopes.")]
    BeyondScopes,
}

impl Refusal for ClientRefusal {
    fn code(&self) -> Code {
        match self {
            Self::WrongClient => Code::WrongCredentials,
            Self::NoInstallation => Code::NotFound,
            Self::BeyondScopes => Code::Invalid,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &[]
    }
}

impl Action for IssueAppToken {
    const NAME: ActionName = ActionName::IssueAppToken;
    type Target = Option<Client>;
    type Output = IssuedToken;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Option<Client>> {
        client(tx.db(), &self.client.id, self.client.secret.expose_secret(), tx.now()).await
    }

    async fn run(&self, found: Authorized<Option<Client>>, tx: &Tx<'_>) -> Result<Done<IssuedToken>> {
        let nobody = Notices::None(Silence::NobodyIsAffected);
        let Some(Client { app, secret }) = found.into_inner() else {
            return Err(ClientRefusal::WrongClient.into());
        };
        let installation = match self.installation.parse::<AppInstallationId>() {
            Ok(id) => app_installation::Entity::find_by_id(id).one(tx.db()).await?,
            Err(_) => None,
        };
        let usable = |row: &app_installation::Model| row.app_id == app.id && row.state == InstallationState::Installed;
        let installation = installation.filter(usable).ok_or(ClientRefusal::NoInstallation)?;
        let rules = Rules::of(tx.db(), installation.organization_id, app.id).await?;
        let most = rules.most(&app, tx.now()).map_err(|_| ClientRefusal::NoInstallation)?;
        let held = Scopes(installation.scopes).and(most);
        if held.is_empty() {
            return Err(ClientRefusal::NoInstallation.into());
        }
        let scopes = self.scopes.unwrap_or(held);
        if scopes.is_empty() || !scopes.without(held).is_empty() {
            return Err(ClientRefusal::BeyondScopes.into());
        }
        tx.count(PER_INSTALLATION, &installation.id.to_string()).await?;
        let credential = new_credential(CredentialKind::AppToken, &tx.steward().entropy);
        let row = app_token::ActiveModel {
            id: Set(tx.id::<AppTokenId>()),
            installation_id: Set(installation.id),
            secret_id: Set(secret.id),
            token_hash: Set(credential.hash),
            scopes: Set(scopes.0),
            created_at: Set(tx.now()),
            expires_at: Set(tx.now() + LIFETIME),
            revoked_at: Set(None),
        };
        row.insert(tx.db()).await?;
        note_use(tx, &secret, &installation).await?;
        let issued = IssuedToken { token: Some(credential.text), scopes };
        Ok(Done::new(issued, EventSet::none(Unlogged::ShortLived), nobody))
    }
}

/// Keeps to the minute when a secret and an installation were last used, so that few requests write there.
async fn note_use(tx: &Tx<'_>, secret: &app_secret::Model, installation: &app_installation::Model) -> Result<()> {
    let minute = tx.now().duration_trunc(TimeDelta::minutes(1)).unwrap_or(tx.now());
    if secret.last_used_at.is_none_or(|at| at < minute) {
        let column = app_secret::Column::LastUsedAt;
        app_secret::Entity::update_many()
            .col_expr(column, Expr::value(minute))
            .filter(app_secret::Column::Id.eq(secret.id))
            .filter(Condition::any().add(column.is_null()).add(column.lt(minute)))
            .exec(tx.db())
            .await?;
    }
    if installation.last_used_at.is_none_or(|at| at < minute) {
        let column = app_installation::Column::LastUsedAt;
        app_installation::Entity::update_many()
            .col_expr(column, Expr::value(minute))
            .filter(app_installation::Column::Id.eq(installation.id))
            .filter(column.is_null().or(column.lt(minute)))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
