//! A third-party app in the platform's catalogue.

use crate::id::AppId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app")]
pub struct Model {
    /// Its id, which is its client id too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppId,
    /// What it is called.
    pub name: String,
    /// The name in lower case: of the apps that aren't retired, one has it.
    pub name_key: String,
    /// Who makes it.
    pub vendor: String,
    /// Where it presents itself.
    pub homepage_url: String,
    /// Where its vendor says what becomes of what it sees.
    pub privacy_policy_url: String,
    /// Whom people ask about it.
    pub support_email: String,
    /// Where its vendor is told of what concerns it.
    pub webhook_url: Option<String>,
    /// What it asks for: a bit for each scope, in the order of their kinds.
    pub scopes: i64,
    /// Why it asks for each of them, by its name.
    pub scope_reasons: Json,
    /// When it came into the catalogue.
    pub created_at: DateTimeUtc,
    /// When it was taken out for good.
    pub retired_at: Option<DateTimeUtc>,
    /// Grows with each change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
