//! `confirmDataDeletion`: an app says that it has deleted what it had to. It proves itself by its id and secret, as at the
//! token endpoint: when an installation is over, so are its tokens; and an app that is retired can still say so.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence, Tx,
    Unlogged,
    apps::{
        clients::{Credentials, count_wrong, guessed},
        tokens::proved,
    },
    database::one_of,
    not_found,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, prelude::Expr};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    app_installation, data_deletion,
    id::{AccountId, AppInstallationId},
};

/// Confirms a deletion.
pub struct ConfirmDataDeletion {
    /// Who says so.
    pub client: Credentials,
    /// Of what came by which installation.
    pub installation: AppInstallationId,
    /// Of which account; none for all of them.
    pub account: Option<AccountId>,
}

/// A deletion that is confirmed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Confirmed {
    /// Since when.
    pub at: DateTime<Utc>,
}

/// Why nothing is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmationRefusal {
    /// Id and secret don't belong together. Whether there is such an app is told to nobody.
    #[error("The client is unknown, or its secret is wrong or no longer valid.")]
    WrongClient,
    /// Nobody has asked for it.
    #[error("Nobody has asked this app to delete this.")]
    NotAsked,
}

impl Refusal for ConfirmationRefusal {
    fn code(&self) -> Code {
        match self {
            Self::WrongClient => Code::WrongCredentials,
            Self::NotAsked => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::WrongClient => &["input", "clientSecret"],
            Self::NotAsked => &["input", "installationId"],
        }
    }
}

/// What an app that has proved itself speaks of; none for anybody else.
pub type Spoken = Option<(app_installation::Model, Vec<data_deletion::Model>)>;

impl Action for ConfirmDataDeletion {
    const NAME: ActionName = ActionName::ConfirmDataDeletion;
    type Target = Spoken;
    type Output = Confirmed;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        let (steward, origin, id) = (tx.steward(), tx.origin(), self.client.id.as_str());
        if proved(tx.db(), id, self.client.secret.expose_secret(), tx.now()).await?.is_none() {
            count_wrong(steward, origin, id).await?;
        }
        Ok(())
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Spoken> {
        let client = proved(tx.db(), &self.client.id, self.client.secret.expose_secret(), tx.now()).await?;
        let Some(client) = client else { return Ok(None) };
        let own = app_installation::Column::AppId.eq(client.app.id);
        let found = app_installation::Entity::find_by_id(self.installation).filter(own).one(tx.db()).await?;
        let installation = found.ok_or_else(|| not_found(&["input", "installationId"]))?;
        let mut select = data_deletion::Entity::find()
            .filter(data_deletion::Column::InstallationId.eq(installation.id))
            .filter(data_deletion::Column::WithdrawnAt.is_null());
        if let Some(account) = self.account {
            select = select.filter(data_deletion::Column::AccountId.eq(account));
        }
        let select = select.order_by_asc(data_deletion::Column::Id);
        Ok(Some((installation, tx.lock(select).all(tx.db()).await?)))
    }

    async fn run(&self, spoken: Authorized<Spoken>, tx: &Tx<'_>) -> Result<Done<Confirmed>> {
        let nobody = Notices::None(Silence::NobodyIsAffected);
        let Some((installation, deletions)) = spoken.into_inner() else {
            return Ok(Done::refused(ConfirmationRefusal::WrongClient, guessed(&self.client), nobody));
        };
        // The one that is spoken of; with all that came by an installation goes what is known of each person.
        let spoken_of = deletions.iter().find(|deletion| deletion.account_id == self.account);
        let spoken_of = spoken_of.ok_or(ConfirmationRefusal::NotAsked)?;
        if let Some(at) = spoken_of.confirmed_at {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(Confirmed { at }, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        let open = deletions.iter().filter(|deletion| deletion.confirmed_at.is_none());
        data_deletion::Entity::update_many()
            .col_expr(data_deletion::Column::ConfirmedAt, Expr::value(tx.now()))
            .filter(one_of(tx.db(), data_deletion::Column::Id, open.map(|deletion| deletion.id)))
            .exec(tx.db())
            .await?;
        let event = EventDraft::within(Some(installation.organization_id))
            .about(self.account)
            .object(AppInstallationId::PREFIX, installation.id.0)
            .details(json!({
                "appId": installation.app_id,
                "deadline": spoken_of.deadline,
                "isLate": spoken_of.overdue_at.is_some(),
            }));
        Ok(Done::new(Confirmed { at: tx.now() }, EventSet::one(event), nobody))
    }
}
