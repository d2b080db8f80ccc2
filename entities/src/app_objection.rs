//! Somebody doesn't want a third-party app of their organization to see them.

use crate::id::{AccountId, AppId, AppInstallationId, AppObjectionId, OrganizationId};
use crate::kinds::AppObjectionStatus;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_objection")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppObjectionId,
    /// In which organization.
    pub organization_id: OrganizationId,
    /// To which app: on any of its installations there.
    pub app_id: AppId,
    /// Who objects.
    pub account_id: AccountId,
    /// The installation by which the app reached them.
    pub installation_id: AppInstallationId,
    /// What it might, or was about to, when they objected: a bit for each scope.
    pub scopes: i64,
    /// How far it reached them then: where, with which scopes there, and whether as somebody whom the organization manages.
    pub reach: Json,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Its state.
    pub status: AppObjectionStatus,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// When administrators decided.
    pub decided_at: Option<DateTimeUtc>,
    /// Who decided; for a key who answers for it.
    pub decided_by: Option<AccountId>,
    /// The administrators' reason.
    pub decision: Option<String>,
    /// When the person took it back, or left for good.
    pub withdrawn_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
