//! `confirmDataDeletion`: an app says that it has deleted what it had to. It proves itself by its id and secret, as at the
//! token endpoint: when an installation is over, so are its tokens; and an app that is retired can still say so.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence, Tx,
    Unlogged,
    apps::{
        clients::{Credentials, count_wrong, guessed},
        tokens::proved,
    },
    not_found,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, prelude::Expr};
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

/// What an app that has proved itself speaks of, where it was asked for; none for anybody else.
pub type Spoken = Option<(app_installation::Model, Option<data_deletion::Model>)>;

impl ConfirmDataDeletion {
    /// What the installation has brought, is to be deleted, and fits this.
    fn standing(&self, whose: impl Into<Condition>) -> Condition {
        Condition::all()
            .add(data_deletion::Column::InstallationId.eq(self.installation))
            .add(data_deletion::Column::WithdrawnAt.is_null())
            .add(whose.into())
    }

    /// What is confirmed by it: with all that came by an installation goes what is known of each person.
    #[must_use]
    pub fn confirmed(&self) -> Condition {
        let of_account = self.account.map(|account| data_deletion::Column::AccountId.eq(account));
        self.standing(Condition::all().add_option(of_account)).add(data_deletion::Column::ConfirmedAt.is_null())
    }
}

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
        let spoken_of = self.standing(self.account.map_or_else(
            || data_deletion::Column::AccountId.is_null(),
            |account| data_deletion::Column::AccountId.eq(account),
        ));
        // Of one person, or of the whole, one request stands at a time.
        let spoken_of = tx.lock(data_deletion::Entity::find().filter(spoken_of)).one(tx.db()).await?;
        Ok(Some((installation, spoken_of)))
    }

    async fn run(&self, spoken: Authorized<Spoken>, tx: &Tx<'_>) -> Result<Done<Confirmed>> {
        let nobody = Notices::None(Silence::NobodyIsAffected);
        let Some((installation, spoken_of)) = spoken.into_inner() else {
            return Ok(Done::refused(ConfirmationRefusal::WrongClient, guessed(&self.client), nobody));
        };
        let spoken_of = spoken_of.ok_or(ConfirmationRefusal::NotAsked)?;
        if let Some(at) = spoken_of.confirmed_at {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(Confirmed { at }, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        data_deletion::Entity::update_many()
            .col_expr(data_deletion::Column::ConfirmedAt, Expr::value(tx.now()))
            .filter(self.confirmed())
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
