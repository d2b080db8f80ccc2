//! A secret by which Steward signs what it tells an app's vendor. Derived from the installation's key and this id: the
//! database holds none.

use crate::id::{AppId, AppWebhookSecretId};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_webhook_secret")]
pub struct Model {
    /// Its id, from which it is derived.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppWebhookSecretId,
    /// Whose it is.
    pub app_id: AppId,
    /// Its last characters, to recognise it by.
    pub hint: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it ends: since a newer one was made.
    pub expires_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
