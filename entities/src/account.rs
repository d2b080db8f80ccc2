//! One person's identity: one address, one password, a profile.

use crate::id::{AccountId, DomainId, OrganizationId};
use crate::kinds::VerificationMethod;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// The address as it is stored; mail goes only here.
    pub email: String,
    /// The one form that decides that two addresses are the same.
    pub email_canonical: String,
    /// The labels of its domain from the last to the first, each with a dot: `com.example.`.
    pub email_domain_key: String,
    /// When the address was proved; null while it isn't.
    pub verified_at: Option<DateTimeUtc>,
    /// How it was proved.
    pub verified_by: Option<VerificationMethod>,
    /// argon2id, as a PHC string; null where the person has none.
    pub password_hash: Option<String>,
    /// When the password was last set.
    /// The password that was forgotten because an organization requires another one.
    pub retired_password_hash: Option<String>,
    pub password_changed_at: Option<DateTimeUtc>,
    /// What others call the person.
    pub display_name: String,
    /// The language of their notices.
    pub locale: String,
    /// Since when they are an operator of the platform; null for everybody else.
    pub operator_at: Option<DateTimeUtc>,
    /// The organization that controls the account.
    pub managed_by: Option<OrganizationId>,
    /// The domain on which that control rests.
    pub managed_domain_id: Option<DomainId>,
    /// When that control took effect.
    pub managed_at: Option<DateTimeUtc>,
    /// The last sign-in or use of a session, kept to the hour.
    pub last_active_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Grows with every change.
    pub version: i64,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
