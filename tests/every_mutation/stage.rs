//! What a mutation is tried on, and what it leaves behind.

use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::atomic::{AtomicU32, Ordering},
};
use steward::core::ActionName;
use steward_entities::{
    event,
    id::{EventId, NoticeId, OrganizationId},
    kinds::RoleName,
    notice,
};
use steward_tests::{Client, Somebody, TestApp};
use uuid::Uuid;

/// An organization with its people, fresh for each mutation.
pub struct Stage<'a> {
    /// The service.
    pub app: &'a TestApp,
    /// The organization in which things happen.
    pub organization: OrganizationId,
    /// An owner of it.
    pub owner: Somebody,
    /// Another organization.
    pub other: OrganizationId,
    /// An owner of the other organization.
    pub stranger: Somebody,
    /// An operator of the platform, with a session of this stage.
    pub operator: Somebody,
    names: AtomicU32,
}

/// One try of a mutation.
pub struct Attempt {
    /// Its input, about something that exists.
    pub input: Value,
    /// The same about something that doesn't; none where it is about nothing that has an id or a name.
    pub absent: Option<Value>,
    /// The same about something that exists, and isn't the organization's.
    pub foreign: Option<Value>,
    /// Who may, where that is a person of the case's own.
    pub by: Option<Client>,
}

impl Attempt {
    /// About nothing that could be absent.
    pub const fn new(input: Value) -> Self {
        Self { input, absent: None, foreign: None, by: None }
    }

    /// The input with what doesn't exist.
    pub fn or_absent(self, absent: Value) -> Self {
        Self { absent: Some(absent), ..self }
    }

    /// The input with what is another organization's.
    pub fn or_foreign(self, foreign: Value) -> Self {
        Self { foreign: Some(foreign), ..self }
    }

    /// Who may.
    pub fn by(self, client: &Client) -> Self {
        Self { by: Some(client.clone()), ..self }
    }
}

impl<'a> Stage<'a> {
    /// A fresh one. The clock moves on, so that no limit of an earlier one counts.
    pub async fn new(app: &'a TestApp, operator: &Somebody) -> Self {
        app.advance(TimeDelta::hours(1));
        let organization = app.organization("Acme").await;
        let other = app.organization("Other").await;
        Self {
            app,
            organization,
            other,
            owner: app.administrator(organization, RoleName::Owner).await,
            stranger: app.administrator(other, RoleName::Owner).await,
            operator: app.signed_in(operator.id, &operator.email).await,
            names: AtomicU32::new(0),
        }
    }

    /// An address that nobody has yet.
    pub fn address(&self, domain: &str) -> String {
        format!("person{}@{domain}", self.name())
    }

    /// A domain that nobody has yet.
    pub fn domain_name(&self) -> String {
        format!("company{}.test", self.name())
    }

    fn name(&self) -> String {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        let organization = self.organization.to_string();
        format!("{number}-{}", &organization[organization.len() - 12..])
    }

    /// An input with the organization in which it happens.
    pub fn input(&self, mut rest: Value) -> Value {
        rest["organizationId"] = json!(self.organization);
        rest
    }

    /// Somebody without any power.
    pub async fn person(&self) -> Somebody {
        self.app.person(&self.address("people.test")).await
    }

    /// Somebody else with this role in the organization.
    pub async fn administrator(&self, role: RoleName) -> Somebody {
        let person = self.app.person(&self.address("admins.test")).await;
        self.app.role(self.organization, person.id, role).await;
        person
    }

    /// An API key of the organization with this role.
    pub async fn key(&self, role: RoleName) -> Client {
        self.app.api_key(self.organization, self.owner.id, role).await
    }
}

/// An id that nothing has.
pub fn nothing<T: From<Uuid>>() -> T {
    T::from(Uuid::from_u128(1))
}

/// The events and notices that were there at some time.
pub struct Trace {
    events: HashSet<EventId>,
    notices: HashSet<NoticeId>,
}

impl Trace {
    /// Those that are there when all work is done.
    pub async fn of(app: &TestApp) -> Self {
        app.run_jobs().await;
        let (events, notices) = all(app).await;
        Self {
            events: events.into_iter().map(|row| row.id).collect(),
            notices: notices.into_iter().map(|row| row.id).collect(),
        }
    }

    /// What came since: the actions of events, the kinds of notices, each in alphabetical order. That notices were sent
    /// is no part of what is tried.
    pub async fn since(&self, app: &TestApp) -> (Vec<String>, Vec<String>) {
        let (events, notices) = all(app).await;
        let sent = ActionName::RecordDeliveries.as_str();
        let new = events.into_iter().filter(|row| row.action != sent && !self.events.contains(&row.id));
        let mut events: Vec<String> = new.map(|row| row.action).collect();
        let new = notices.into_iter().filter(|row| !self.notices.contains(&row.id));
        let mut notices: Vec<String> = new.map(|row| row.kind).collect();
        events.sort();
        notices.sort();
        (events, notices)
    }
}

/// Those of this stage: the clock has moved on since the one before.
async fn all(app: &TestApp) -> (Vec<event::Model>, Vec<notice::Model>) {
    let events = event::Entity::find().filter(event::Column::OccurredAt.gte(app.now()));
    let notices = notice::Entity::find().filter(notice::Column::CreatedAt.gte(app.now()));
    (events.all(&app.database).await.unwrap(), notices.all(&app.database).await.unwrap())
}
