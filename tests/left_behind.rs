//! What acts leave behind, read from the tables: links, events, notices.

#![expect(clippy::expect_used, reason = "tests stop at what they don't expect")]

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::Value;
use steward_entities::{
    delivery, event, event_detail,
    id::{AccountId, OrganizationId},
    kinds::TokenPurpose,
    notice, session, token,
};
use steward_tests::{Somebody, TestApp};

/// The secret text of the newest link of a purpose to an address that still works.
pub async fn link(app: &TestApp, purpose: TokenPurpose, email: &str) -> String {
    let canonical = steward::core::text::EmailAddress::parse(email).unwrap().canonical();
    let row = token::Entity::find()
        .filter(token::Column::Purpose.eq(purpose))
        .filter(token::Column::EmailCanonical.eq(canonical))
        .filter(token::Column::RevokedAt.is_null())
        .order_by_desc(token::Column::Id)
        .one(&app.database)
        .await
        .unwrap()
        .expect("a link");
    app.steward.keys.link(purpose.as_str(), row.id.0)
}

/// The details of the newest event of an action in an organization's log, with the event.
pub async fn last_event(app: &TestApp, organization: OrganizationId, action: &str) -> (event::Model, Value) {
    let event = event::Entity::find()
        .filter(event::Column::StreamId.eq(organization.0))
        .filter(event::Column::Action.eq(action))
        .order_by_desc(event::Column::Position)
        .one(&app.database)
        .await
        .unwrap()
        .expect("an event");
    let detail = event_detail::Entity::find_by_id(event.id).one(&app.database).await.unwrap();
    assert_eq!(event.commitment.is_some(), detail.is_some());
    (event, detail.map_or(Value::Null, |detail| detail.details))
}

/// How many events an action has left in an organization's log.
pub async fn events(app: &TestApp, organization: OrganizationId, action: &str) -> usize {
    let all = event::Entity::find()
        .filter(event::Column::StreamId.eq(organization.0))
        .filter(event::Column::Action.eq(action))
        .all(&app.database)
        .await;
    all.unwrap().len()
}

/// The notices of a kind: for whom, to which address, with what.
pub async fn notices(app: &TestApp, kind: &str) -> Vec<(Option<AccountId>, String, Value)> {
    let rows = notice::Entity::find()
        .filter(notice::Column::Kind.eq(kind))
        .order_by_asc(notice::Column::Id)
        .all(&app.database)
        .await
        .unwrap();
    let mut found = Vec::new();
    for row in rows {
        let delivery = delivery::Entity::find()
            .filter(delivery::Column::NoticeId.eq(row.id))
            .one(&app.database)
            .await
            .unwrap()
            .expect("a delivery");
        found.push((row.account_id, delivery.address, row.content));
    }
    found
}

/// Makes a session one whose password was given long ago.
pub async fn forget_password(app: &TestApp, person: &Somebody) {
    let row = session::ActiveModel {
        id: Set(person.session),
        reauthenticated_at: Set(Some(app.now() - chrono::TimeDelta::minutes(11))),
        ..Default::default()
    };
    row.update(&app.database).await.unwrap();
}
