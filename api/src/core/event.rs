//! The event log: what a change leaves behind, for ever.
//!
//! An event itself holds ids and codes. Names, addresses, texts, before and after lie in its detail, which can be
//! erased; the event keeps a salted commitment to it, so that erasing is visible and altering is found.

use crate::core::{
    action_name::ActionName,
    error::Result,
    insert::{insert, ready, while_writing},
    secret::sha256,
    tx::Tx,
};
use sea_orm::{ConnectionTrait, FromQueryResult, Set, Statement};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use steward_entities::{
    event, event_detail,
    id::{AccountId, EventId, OrganizationId},
    kinds::{ActorKind, RoleName},
};
use uuid::Uuid;

/// Why a change has no event of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlogged {
    /// What was accepted is done by a job, and the job's change has the event. So the answer, and the time that it
    /// takes, are the same whether or not there is an account.
    JobLogsIt,
    /// Nothing changed: it was so already.
    NothingChanged,
    /// People are told of a change that has its event.
    LoggedBefore,
    /// It goes on with what the event of the job's first chunk tells.
    EarlierChunk,
    /// What became of a message to a vendor is kept with it.
    AboutAWebhook,
    /// A token of an app comes or goes, many times an hour. The installation has its events, and tells when it was last
    /// used.
    ShortLived,
}

/// The events of one change.
pub struct EventSet(Vec<EventDraft>);

/// One event, before it has its place in the log.
#[derive(Clone, Debug, Default)]
pub struct EventDraft {
    organization: Option<OrganizationId>,
    account: Option<AccountId>,
    details_of: Option<AccountId>,
    object: Option<(&'static str, Uuid)>,
    details: Option<Value>,
    action: Option<ActionName>,
}

impl EventDraft {
    /// In whose log it stands; none for the platform's.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }

    /// An event in an organization's log, or in the platform's.
    #[must_use]
    pub fn within(organization: Option<OrganizationId>) -> Self {
        Self { organization, ..Self::default() }
    }

    /// The person concerned.
    #[must_use]
    pub fn about(self, account: impl Into<Option<AccountId>>) -> Self {
        Self { account: account.into(), ..self }
    }

    /// Whom the details tell of, where the entry itself must not say that there is an account: they go with it when the
    /// person leaves for good.
    #[must_use]
    pub fn telling_of(self, account: AccountId) -> Self {
        Self { details_of: Some(account), ..self }
    }

    /// What else is concerned.
    #[must_use]
    pub fn object(self, kind: &'static str, id: Uuid) -> Self {
        Self { object: Some((kind, id)), ..self }
    }

    /// What was and what is, as details, of the fields that changed; named as in the API, in the same order.
    #[must_use]
    pub fn changed<I: IntoIterator<Item = (&'static str, Value)>>(self, before: I, after: I) -> Self {
        let (mut old, mut new) = (Map::new(), Map::new());
        for ((name, was), (_, is)) in before.into_iter().zip(after) {
            if was != is {
                old.insert(name.to_owned(), was);
                new.insert(name.to_owned(), is);
            }
        }
        self.details(json!({ "before": old, "after": new }))
    }

    /// What can be erased later: names, addresses, texts, before and after.
    #[must_use]
    pub fn details(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    /// Another name than that of the running action.
    #[must_use]
    pub fn named(self, action: ActionName) -> Self {
        Self { action: Some(action), ..self }
    }

    /// The same, where it has no name of its own yet.
    #[must_use]
    pub fn or_named(self, action: ActionName) -> Self {
        Self { action: self.action.or(Some(action)), ..self }
    }
}

impl EventSet {
    /// One event.
    #[must_use]
    pub fn one(event: EventDraft) -> Self {
        Self(vec![event])
    }

    /// Several, in the order in which they should stand.
    #[must_use]
    pub const fn many(events: Vec<EventDraft>) -> Self {
        Self(events)
    }

    /// None, for a stated reason.
    #[must_use]
    pub const fn none(_: Unlogged) -> Self {
        Self(Vec::new())
    }

    /// One in the organization's log; for an account that no organization is concerned with, in the platform's.
    #[must_use]
    pub fn own(account: AccountId, managed_by: Option<OrganizationId>) -> Self {
        Self::one(EventDraft::within(managed_by).about(account))
    }
}

/// Who did it, as it was then.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    /// What kind of caller.
    pub kind: ActorKind,
    /// Which one.
    pub id: Option<Uuid>,
    /// Their role in the organization concerned.
    pub role: Option<RoleName>,
}

#[derive(FromQueryResult)]
struct Next {
    next_position: i64,
}

/// Writes the events. Their positions are taken last in the transaction: until the commit nobody else can take one in
/// the same stream, so that positions are gap-free and in order of commit.
pub(in crate::core) async fn write(
    tx: &Tx<'_>,
    action: ActionName,
    actor: Actor,
    request_id: Option<&str>,
    events: EventSet,
) -> Result<()> {
    let EventSet(drafts) = events;
    if drafts.is_empty() {
        return Ok(());
    }
    let change_id = tx.uuid();
    let mut per_stream: BTreeMap<Uuid, i64> = BTreeMap::new();
    for draft in &drafts {
        *per_stream.entry(stream(draft.organization)).or_default() += 1;
    }
    let mut next = BTreeMap::new();
    // In the order of their ids, so that two changes that concern the same streams can't wait for each other.
    for (&stream, &count) in &per_stream {
        next.insert(stream, take_positions(tx, stream, count).await?);
    }
    let mut rows = Vec::with_capacity(drafts.len());
    let mut details = Vec::new();
    for draft in drafts {
        let id: EventId = tx.id();
        let stream_id = stream(draft.organization);
        let position = next.get_mut(&stream_id).map(|position| {
            *position += 1;
            *position - 1
        });
        let commitment = draft.details.map(|value| {
            let salt = tx.random::<16>().to_vec();
            let commitment = commitment(&salt, &value);
            details.push(event_detail::ActiveModel {
                event_id: Set(id),
                account_id: Set(draft.details_of.or(draft.account)),
                salt: Set(salt),
                details: Set(value),
            });
            commitment
        });
        rows.push(event::ActiveModel {
            id: Set(id),
            stream_id: Set(stream_id),
            position: Set(position.unwrap_or_default()),
            change_id: Set(change_id),
            action: Set(draft.action.unwrap_or(action).as_str().to_owned()),
            actor_kind: Set(actor.kind),
            actor_id: Set(actor.id),
            actor_role: Set(actor.role),
            account_id: Set(draft.account),
            object_kind: Set(draft.object.map(|(kind, _)| kind.to_owned())),
            object_id: Set(draft.object.map(|(_, id)| id)),
            commitment: Set(commitment),
            request_id: Set(request_id.map(ToOwned::to_owned)),
            occurred_at: Set(tx.now()),
        });
    }
    let rows = ready::<event::Entity>(tx, rows)?;
    let details = while_writing(insert(tx, rows), || ready::<event_detail::Entity>(tx, details)).await?;
    insert(tx, details?).await
}

/// What an event keeps of its details: it proves them without telling them.
#[must_use]
pub fn commitment(salt: &[u8], details: &Value) -> Vec<u8> {
    let mut bytes = salt.to_vec();
    bytes.extend_from_slice(details.to_string().as_bytes());
    sha256(&bytes)
}

/// Where the events of an organization stand; the nil UUID is the platform's stream.
#[must_use]
pub fn stream(organization: Option<OrganizationId>) -> Uuid {
    organization.map_or(Uuid::nil(), |organization| organization.0)
}

async fn take_positions(tx: &Tx<'_>, stream: Uuid, count: i64) -> Result<i64> {
    let sql = "INSERT INTO event_stream (id, next_position) VALUES ($1, 1 + $2) \
               ON CONFLICT (id) DO UPDATE SET next_position = event_stream.next_position + $2 RETURNING next_position";
    let statement = Statement::from_sql_and_values(tx.db().get_database_backend(), sql, [stream.into(), count.into()]);
    let row = Next::find_by_statement(statement).one(tx.db()).await?;
    Ok(row.map_or(1, |row| row.next_position - count))
}
