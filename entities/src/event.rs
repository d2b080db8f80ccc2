//! One entry of the append-only log. It holds ids and codes alone; what a person could be known by lies in `event_detail`.

use crate::id::{AccountId, EventId};
use crate::kinds::{ActorKind, RoleName};
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    /// The organization; the nil UUID is the platform.
    pub stream_id: Uuid,
    /// Gap-free within the stream, in order of commit.
    pub position: i64,
    /// Shared by all events of one change.
    pub change_id: Uuid,
    /// What was done, named as the mutation.
    pub action: String,
    /// What kind of caller did it.
    pub actor_kind: ActorKind,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// Their role then.
    pub actor_role: Option<RoleName>,
    /// The person concerned.
    pub account_id: Option<AccountId>,
    /// What else is concerned: the prefix of its id.
    pub object_kind: Option<String>,
    /// Its id.
    pub object_id: Option<Uuid>,
    /// SHA-256 over salt and details: proves erased details without keeping them.
    pub commitment: Option<Vec<u8>>,
    /// The request.
    pub request_id: Option<String>,
    /// When.
    pub occurred_at: DateTimeUtc,
}

/// No relations: joins are written where they are read.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
