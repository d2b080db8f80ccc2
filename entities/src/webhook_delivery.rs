//! Something that an app's vendor is told, on its way.

use crate::id::{AccountId, AppId, AppInstallationId, OrganizationId, WebhookDeliveryId};
use crate::kinds::{WebhookKind, WebhookStatus};
use sea_orm::entity::prelude::*;

/// One row. Where its app was resumed since `tried_since`, it has no tries yet and is due: `core::apps::webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// Its id, the same on each try.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    /// Which app's vendor is told.
    pub app_id: AppId,
    /// Of which installation.
    pub installation_id: AppInstallationId,
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Of what.
    pub kind: WebhookKind,
    /// About whom; none where it is about the installation.
    pub account_id: Option<AccountId>,
    /// What it says, in ids and words of the API. What else it says is looked up when it is sent.
    pub content: Json,
    /// Its state.
    pub status: WebhookStatus,
    /// Tries so far, since it was queued last.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// When it was queued last.
    pub tried_since: DateTimeUtc,
    /// The status of the receiver's last answer.
    pub last_status: Option<i64>,
    /// What the last try met, in our words.
    pub last_error: Option<String>,
    /// Until when one worker has it.
    pub leased_until: Option<DateTimeUtc>,
    /// Fencing number: only the newest lease may mark it.
    pub lease: i64,
    /// When it came about.
    pub created_at: DateTimeUtc,
    /// When it arrived, or was given up.
    pub ended_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
