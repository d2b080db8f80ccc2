//! Proving that a domain is one's own.

mod checks;
mod lifecycle;
mod visibility;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use steward_entities::{event, event_detail, id::OrganizationId, kinds::RoleName};
use steward_tests::{Answer, Somebody, TestApp};

/// What the tests ask of a domain.
const FIELDS: &str = "domain { id name unicodeName includeSubdomains status verifiedAt nextCheckAt version removedAt \
    challenge { recordName recordType recordValue expiresAt } \
    lastCheck { at method outcome foundValues resolver advice } }";

/// An organization, with somebody who proves its domains.
struct Owner {
    organization: OrganizationId,
    admin: Somebody,
}

impl Owner {
    async fn new(app: &TestApp, name: &str) -> Self {
        let organization = app.organization(name).await;
        let admin = app.administrator(organization, RoleName::UserAdmin).await;
        Self { organization, admin }
    }

    /// The input of a mutation: the organization and what else it takes.
    fn input(&self, mut rest: Value) -> Value {
        rest["organizationId"] = json!(self.organization.to_string());
        rest
    }

    async fn add(&self, name: &str) -> Value {
        let input = self.input(json!({ "name": name }));
        self.admin.client.done("addDomain", input, FIELDS).await["domain"].clone()
    }

    async fn refused_to_add(&self, name: &str) -> Answer {
        let input = self.input(json!({ "name": name }));
        self.admin.client.run("addDomain", input, FIELDS).await
    }

    async fn verify(&self, domain: &Value) -> Answer {
        self.on_domain("verifyDomain", domain).await
    }

    async fn regenerate(&self, domain: &Value) -> Value {
        let answer = self.on_domain("regenerateDomainChallenge", domain).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        shown(&answer)
    }

    async fn on_domain(&self, mutation: &str, domain: &Value) -> Answer {
        let input = self.input(json!({ "domainId": domain["id"] }));
        self.admin.client.run(mutation, input, FIELDS).await
    }

    /// Adds a domain, publishes its challenge, and proves it.
    async fn prove(&self, app: &TestApp, name: &str) -> Value {
        let domain = self.add(name).await;
        publish(app, &domain);
        let answer = self.verify(&domain).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        shown(&answer)
    }

    /// The log of the organization, oldest first: action, and what it keeps of it.
    async fn log(&self, app: &TestApp) -> Vec<(String, Value)> {
        let events = event::Entity::find()
            .filter(event::Column::StreamId.eq(self.organization.0))
            .order_by_asc(event::Column::Position);
        let mut log = Vec::new();
        for event in events.all(&app.database).await.unwrap() {
            let kept = event_detail::Entity::find_by_id(event.id);
            let kept = kept.one(&app.database).await.unwrap().unwrap();
            log.push((event.action, kept.details));
        }
        log
    }
}

/// The domain in a payload.
fn shown(answer: &Answer) -> Value {
    answer.payload()["domain"].clone()
}

/// The text to publish for a domain.
fn value(domain: &Value) -> String {
    domain["challenge"]["recordValue"].as_str().unwrap().to_owned()
}

fn record_name(domain: &Value) -> String {
    format!("_steward-challenge.{}", domain["name"].as_str().unwrap())
}

/// Publishes the domain's challenge as its administrator would.
fn publish(app: &TestApp, domain: &Value) {
    app.dns.set_txt(&record_name(domain), &[&[&value(domain)]]);
}
