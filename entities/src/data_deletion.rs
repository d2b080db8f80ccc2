//! What an app's vendor has to delete, and by when.

use crate::id::{AccountId, AppInstallationId, DataDeletionId, OrganizationId};
use crate::kinds::DataDeletionCause;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_deletion")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DataDeletionId,
    /// What came from which installation.
    pub installation_id: AppInstallationId,
    /// In which organization that was.
    pub organization_id: OrganizationId,
    /// Of which account, which may be gone; none for all of them.
    pub account_id: Option<AccountId>,
    /// Why.
    pub because: DataDeletionCause,
    /// When the vendor was asked.
    pub requested_at: DateTimeUtc,
    /// By when it has to be deleted.
    pub deadline: DateTimeUtc,
    /// How often the vendor was reminded.
    pub reminders: i64,
    /// When the app confirmed that it is deleted.
    pub confirmed_at: Option<DateTimeUtc>,
    /// When it came to nothing, as the reason was gone.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// When the deadline had passed without word.
    pub overdue_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
