//! `replayWebhookDelivery`: an app's vendor is told something once more, under the same id, so that a receiver that has it
//! already knows.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Scope,
    Silence, Tx, not_found,
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    app_webhook,
    id::{OrganizationId, WebhookDeliveryId},
    kinds::WebhookStatus,
    webhook_delivery,
};

/// Why something can't be told once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayRefusal {
    /// It waits, and the app's webhooks are paused.
    #[error("This app's webhooks are paused: nothing would be sent. Resume them first; then this is sent as well.")]
    Paused,
}

impl Refusal for ReplayRefusal {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "webhookDeliveryId"]
    }
}

/// Tells a vendor something once more.
pub struct ReplayWebhookDelivery {
    /// Whom it is about.
    pub organization: OrganizationId,
    /// Which message.
    pub delivery: WebhookDeliveryId,
}

impl Action for ReplayWebhookDelivery {
    const NAME: ActionName = ActionName::ReplayWebhookDelivery;
    /// The message, and whether the app's webhooks are paused.
    type Target = (webhook_delivery::Model, bool);
    type Output = WebhookDeliveryId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let own = webhook_delivery::Column::OrganizationId.eq(self.organization);
        let select = webhook_delivery::Entity::find_by_id(self.delivery).filter(own);
        let found = tx.lock(select).one(tx.db()).await?;
        let delivery = found.ok_or_else(|| not_found(&["input", "webhookDeliveryId"]))?;
        let going = app_webhook::Entity::find_by_id(delivery.app_id).one(tx.db()).await?;
        Ok((delivery, going.is_some_and(|going| going.paused_at.is_some())))
    }

    fn check(&self, _: &Authority, (delivery, is_paused): &Self::Target, _: DateTime<Utc>) -> Result<()> {
        // What has ended waits with the rest from now on; what waits would wait on.
        if *is_paused && delivery.status == WebhookStatus::Queued {
            return Err(ReplayRefusal::Paused.into());
        }
        Ok(())
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<WebhookDeliveryId>> {
        let (delivery, _) = target.into_inner();
        let change = webhook_delivery::ActiveModel {
            id: Set(delivery.id),
            status: Set(WebhookStatus::Queued),
            attempts: Set(0),
            next_attempt_at: Set(Some(tx.now())),
            tried_since: Set(tx.now()),
            leased_until: Set(None),
            // Whoever has it in hand marks it no more.
            lease: Set(delivery.lease + 1),
            ended_at: Set(None),
            ..Default::default()
        };
        change.update(tx.db()).await?;
        let event = EventDraft::within(Some(self.organization))
            .object(WebhookDeliveryId::PREFIX, delivery.id.0)
            .details(json!({ "installationId": delivery.installation_id, "kind": delivery.kind }));
        let nobody = Notices::None(Silence::NobodyIsAffected);
        Ok(Done::new(delivery.id, EventSet::one(event), nobody).and_wake())
    }
}
