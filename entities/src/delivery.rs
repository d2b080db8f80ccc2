//! One notice on its way over one channel.

use crate::id::{DeliveryId, NoticeId};
use crate::kinds::{Channel, DeliveryStatus};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeliveryId,
    /// Which notice.
    pub notice_id: NoticeId,
    /// Over which channel.
    pub channel: Channel,
    /// Where it goes.
    pub address: String,
    /// How the person is addressed.
    pub recipient_name: String,
    /// Its state.
    pub status: DeliveryStatus,
    /// Whose turn it is: the smallest first. 0 is what somebody waits for.
    pub priority: i64,
    /// Tries so far.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// What the last try met.
    pub last_error: Option<String>,
    /// SHA-256 of the text without its link.
    pub text_hash: Option<Vec<u8>>,
    /// Until when one worker has it.
    pub leased_until: Option<DateTimeUtc>,
    /// Fencing number: only the newest lease may mark it.
    pub lease: i64,
    /// When it was queued.
    pub created_at: DateTimeUtc,
    /// When the mail server accepted it.
    pub sent_at: Option<DateTimeUtc>,
    /// When it failed for good.
    pub failed_at: Option<DateTimeUtc>,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
