//! Somebody asks the administrators of an organization for an app.

use crate::id::{AccountId, AppId, AppRequestId, OrganizationId};
use crate::kinds::AppRequestStatus;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_request")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppRequestId,
    /// Of whom it was asked.
    pub organization_id: OrganizationId,
    /// For which app.
    pub app_id: AppId,
    /// Who asks.
    pub account_id: AccountId,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Its state.
    pub status: AppRequestStatus,
    /// When it was asked.
    pub created_at: DateTimeUtc,
    /// When it was answered.
    pub answered_at: Option<DateTimeUtc>,
    /// Who answered; for a key who answers for it.
    pub answered_by: Option<AccountId>,
    /// The administrators' reason.
    pub answer: Option<String>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
