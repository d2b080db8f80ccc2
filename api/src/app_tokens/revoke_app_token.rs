//! `revokeAppToken`: an app gives a token back before its time (RFC 7009). What isn't its own is answered the same, and stays.

use crate::{
    app_tokens::issue_app_token::ClientRefusal,
    core::{
        Action, ActionName, Authority, Authorized, Done, EventSet, Notices, Result, Silence, Tx, Unlogged,
        apps::{
            clients::Credentials,
            tokens::{Client, client},
        },
        secret::{CredentialKind, read_credential},
    },
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};
use steward_entities::{app_installation, app_token};

/// Ends a token.
pub struct RevokeAppToken {
    /// Who asks.
    pub client: Credentials,
    /// The token.
    pub token: SecretString,
}

impl Action for RevokeAppToken {
    const NAME: ActionName = ActionName::RevokeAppToken;
    type Target = Option<Client>;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Option<Client>> {
        client(tx.db(), &self.client.id, self.client.secret.expose_secret(), tx.now()).await
    }

    async fn run(&self, found: Authorized<Option<Client>>, tx: &Tx<'_>) -> Result<Done<()>> {
        let nobody = Notices::None(Silence::NobodyIsAffected);
        let Some(client) = found.into_inner() else {
            return Err(ClientRefusal::WrongClient.into());
        };
        if let Some(token) = self.own(tx, &client).await? {
            let mut row = token.into_active_model();
            row.revoked_at = Set(Some(tx.now()));
            row.update(tx.db()).await?;
        }
        Ok(Done::new((), EventSet::none(Unlogged::ShortLived), nobody))
    }
}

impl RevokeAppToken {
    /// The token, if it is the client's and lives.
    async fn own(&self, tx: &Tx<'_>, client: &Client) -> Result<Option<app_token::Model>> {
        let Some((CredentialKind::AppToken, hash)) = read_credential(self.token.expose_secret()) else {
            return Ok(None);
        };
        let select = app_token::Entity::find()
            .filter(app_token::Column::TokenHash.eq(hash))
            .filter(app_token::Column::RevokedAt.is_null());
        let Some(token) = tx.lock(select).one(tx.db()).await? else { return Ok(None) };
        let installation = app_installation::Entity::find_by_id(token.installation_id).one(tx.db()).await?;
        Ok(installation.filter(|row| row.app_id == client.app.id).map(|_| token))
    }
}
