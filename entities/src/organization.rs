//! A customer of the platform.

use crate::id::OrganizationId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    /// Its name, as people see it.
    pub name: String,
    /// Whom people ask.
    pub administrative_email: Option<String>,
    /// Whom vendors ask about technical matters.
    pub technical_email: Option<String>,
    /// Whom vendors ask about bills.
    pub billing_email: Option<String>,
    /// Its own policy for its people.
    pub policy_url: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Grows with every change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
