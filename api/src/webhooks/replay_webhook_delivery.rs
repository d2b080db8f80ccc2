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
    id::{OrganizationId, WebhookDeliveryId},
    kinds::WebhookStatus,
    webhook_delivery,
};

/// Why something can't be told once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayRefusal {
    /// The app's webhooks are paused.
    #[error("This app's webhooks are paused: nothing would be sent. Resume them first; then this is sent as well.")]
    Held,
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
    type Target = webhook_delivery::Model;
    type Output = WebhookDeliveryId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<webhook_delivery::Model> {
        let own = webhook_delivery::Column::OrganizationId.eq(self.organization);
        let select = webhook_delivery::Entity::find_by_id(self.delivery).filter(own);
        tx.lock(select).one(tx.db()).await?.ok_or_else(|| not_found(&["input", "webhookDeliveryId"]))
    }

    fn check(&self, _: &Authority, delivery: &webhook_delivery::Model, _: DateTime<Utc>) -> Result<()> {
        match delivery.status {
            WebhookStatus::Held => Err(ReplayRefusal::Held.into()),
            WebhookStatus::Queued | WebhookStatus::Delivered | WebhookStatus::Failed => Ok(()),
        }
    }

    async fn run(&self, delivery: Authorized<webhook_delivery::Model>, tx: &Tx<'_>) -> Result<Done<WebhookDeliveryId>> {
        let delivery = delivery.into_inner();
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
