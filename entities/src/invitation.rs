//! An offer of a role to an address.

use crate::id::{AccountId, InvitationId, OrganizationId};
use crate::kinds::RoleName;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// Where.
    pub organization_id: OrganizationId,
    /// The address as given.
    pub email: String,
    /// Its canonical form.
    pub email_canonical: String,
    /// The role that is offered.
    pub role: RoleName,
    /// Who offered it; null for a key.
    pub invited_by: Option<AccountId>,
    /// When.
    pub created_at: DateTimeUtc,
    /// Until when it can be accepted.
    pub expires_at: DateTimeUtc,
    /// When it was accepted.
    pub accepted_at: Option<DateTimeUtc>,
    /// When it was canceled.
    pub canceled_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
