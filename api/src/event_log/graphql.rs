//! The log in the schema.

use crate::{
    event_log::read::EventRow,
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
    organizations::graphql::RoleName,
};
use async_graphql::{Context, Enum, ID, Json, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use serde_json::Value;
use steward_entities::{
    event,
    id::{AccountId, ApiKeyId, AppInstallationId, OrganizationId, ServiceKeyId, readable},
    kinds,
};

/// What kind of caller did something. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::ActorKind")]
pub enum EventActorKind {
    /// A person with an account.
    Account,
    /// An organization's script, with an API key.
    ApiKey,
    /// A service of the platform, with its key.
    ServiceKey,
    /// A third-party app, through one of its installations.
    App,
    /// Who used a mailed link, without signing in.
    Link,
    /// Somebody who wasn't signed in.
    Anonymous,
    /// Steward itself, or who has its command line.
    System,
}

/// Who did something, as they were then.
#[derive(SimpleObject)]
pub struct EventActor {
    /// What kind of caller.
    kind: EventActorKind,
    /// The id of the account, of the key, or of the app's installation; null for callers of other kinds.
    id: Option<ID>,
    /// Their role in the organization at that time; null if they had none there.
    role: Option<RoleName>,
}

impl From<&event::Model> for EventActor {
    fn from(row: &event::Model) -> Self {
        let id = match row.actor_kind {
            kinds::ActorKind::Account => row.actor_id.map(|id| AccountId(id).to_string()),
            kinds::ActorKind::ApiKey => row.actor_id.map(|id| ApiKeyId(id).to_string()),
            kinds::ActorKind::ServiceKey => row.actor_id.map(|id| ServiceKeyId(id).to_string()),
            kinds::ActorKind::App => row.actor_id.map(|id| AppInstallationId(id).to_string()),
            kinds::ActorKind::Link | kinds::ActorKind::Anonymous | kinds::ActorKind::System => None,
        };
        Self { kind: row.actor_kind.into(), id: id.map(Into::into), role: row.actor_role.map(Into::into) }
    }
}

/// One entry of the log.
pub struct Event(pub EventRow);

/// One entry of the log, which is never changed and never removed.
#[Object]
impl Event {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.event.id.to_string().into()
    }

    /// Its place in the organization's log: from 1 on without a gap, in the order in which changes came into force.
    async fn position(&self) -> i64 {
        self.0.event.position
    }

    /// What was done, named as the mutation; or what Steward did by itself, such as `takeControl`.
    async fn action(&self) -> &str {
        &self.0.event.action
    }

    /// Who did it.
    async fn actor(&self) -> EventActor {
        EventActor::from(&self.0.event)
    }

    /// The account of the person concerned; null when it concerns nobody in particular.
    async fn account_id(&self) -> Option<ID> {
        self.0.event.account_id.map(|id| id.to_string().into())
    }

    /// What else is concerned, such as a domain, a claim or a session; the prefix of the id tells the kind.
    async fn object_id(&self) -> Option<ID> {
        let row = &self.0.event;
        let (kind, id) = row.object_kind.as_deref().zip(row.object_id)?;
        Some(readable(kind, id).into())
    }

    /// Names, addresses, texts and reasons, and what changed from `before` to `after`. Null when there is nothing to
    /// tell, and once it was erased.
    async fn details(&self) -> Option<Json<&Value>> {
        self.0.details.as_ref().map(Json)
    }

    /// When.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.event.occurred_at
    }

    /// The id of the request that did it, as its answer named it in the header `x-request-id`; null for what Steward did
    /// by itself.
    async fn request_id(&self) -> Option<&str> {
        self.0.event.request_id.as_deref()
    }
}

/// What an organization has to do with the log.
pub struct OrganizationEvents(pub OrganizationId);

#[Object]
impl OrganizationEvents {
    /// Its log, oldest first: every change, who made it, and whom it concerns. Null when you don't administer it.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Event>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().events(self.0, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|row| vec![row.event.position.to_string()], Event)))
    }
}

impl crate::graphql::plain::Plain for Event {}
