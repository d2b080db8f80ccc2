//! `resumeWebhooks`: an app's vendor is told again, after nothing had arrived for days, or its receiver had said that it is
//! gone. What has waited is sent, oldest first.
//!
//! The receiver is the app's, and the same for all organizations: so an app is resumed once an hour at most, whoever asks.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Scope,
    Silence, Tx, Unlogged,
    apps::webhooks::{held, resume},
    not_found,
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    app_installation, app_webhook,
    id::{AppInstallationId, OrganizationId},
};

/// An app is resumed once in this time.
const ONCE_IN: TimeDelta = TimeDelta::hours(1);

/// Sends again.
pub struct ResumeWebhooks {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Of which installation. The receiver is the app's: it is resumed everywhere.
    pub installation: AppInstallationId,
}

/// It was resumed a short time ago, and paused since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This app's webhooks were resumed a short time ago, and paused again: its receiver doesn't take them. They can be \
     resumed again from {} on.",
    .0.to_rfc3339_opts(SecondsFormat::Secs, true)
)]
pub struct ResumedLately(pub DateTime<Utc>);

impl Refusal for ResumedLately {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "installationId"]
    }
}

/// An installation, and how it goes with the receiver, held.
pub type Paused = (app_installation::Model, Option<app_webhook::Model>);

impl Action for ResumeWebhooks {
    const NAME: ActionName = ActionName::ResumeWebhooks;
    type Target = Paused;
    type Output = AppInstallationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Paused> {
        let own = app_installation::Column::OrganizationId.eq(self.organization);
        let found = app_installation::Entity::find_by_id(self.installation).filter(own).one(tx.db()).await?;
        let installation = found.ok_or_else(|| not_found(&["input", "installationId"]))?;
        let going = held(tx, installation.app_id).await?;
        Ok((installation, going.filter(|going| going.paused_at.is_some())))
    }

    fn check(&self, _: &Authority, (_, paused): &Paused, now: DateTime<Utc>) -> Result<()> {
        match paused.as_ref().and_then(|paused| paused.resumed_at).map(|at| at + ONCE_IN) {
            Some(again) if again > now => Err(ResumedLately(again).into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, target: Authorized<Paused>, tx: &Tx<'_>) -> Result<Done<AppInstallationId>> {
        let (installation, paused) = target.into_inner();
        if paused.is_none() {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(installation.id, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        resume(tx, installation.app_id).await?;
        let event = EventDraft::within(Some(self.organization))
            .object(AppInstallationId::PREFIX, installation.id.0)
            .details(json!({ "appId": installation.app_id }));
        let nobody = Notices::None(Silence::NobodyIsAffected);
        Ok(Done::new(installation.id, EventSet::one(event), nobody).and_wake())
    }
}
