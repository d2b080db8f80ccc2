//! What an organization has decided about one app.

use crate::id::{AccountId, AppId, OrganizationId};
use crate::kinds::AppVerdict;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_decision")]
pub struct Model {
    /// Whose decision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// About which app.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: AppId,
    /// Yes or no.
    pub verdict: AppVerdict,
    /// The most that it may get, a bit for each scope; none for all that it asks for.
    pub scopes: Option<i64>,
    /// Why, for the log and other administrators.
    pub reason: Option<String>,
    /// When an approval ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was decided.
    pub decided_at: DateTimeUtc,
    /// Who decided; for a key who answers for it.
    pub decided_by: AccountId,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
