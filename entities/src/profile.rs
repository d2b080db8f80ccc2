//! What is known of a person beside name and language, which stand in the account's row. No row: nothing is.

use crate::id::AccountId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The first name.
    pub given_name: Option<String>,
    /// The last name.
    pub family_name: Option<String>,
    /// What friends and colleagues say.
    pub nickname: Option<String>,
    /// What the person does.
    pub job_title: Option<String>,
    /// Where in the organization.
    pub department: Option<String>,
    /// Where in it, more exactly.
    pub organization_unit: Option<String>,
    /// Where in the world.
    pub location: Option<String>,
    /// The name of a time zone (IANA).
    pub time_zone: Option<String>,
    /// A telephone number (E.164).
    pub phone: Option<String>,
    /// Where a picture is.
    pub picture_url: Option<String>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
