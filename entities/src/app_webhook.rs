//! How it goes with what an app's vendor is told. Without a row it goes well.

use crate::id::AppId;
use crate::kinds::WebhooksPausedBecause;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_webhook")]
pub struct Model {
    /// Of which app.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: AppId,
    /// Since when nothing has arrived.
    pub failing_since: Option<DateTimeUtc>,
    /// The receiver has asked for patience until then.
    pub not_before: Option<DateTimeUtc>,
    /// Since when nothing is sent.
    pub paused_at: Option<DateTimeUtc>,
    /// Why nothing is sent.
    pub paused_because: Option<WebhooksPausedBecause>,
    /// When somebody resumed them last.
    pub resumed_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
