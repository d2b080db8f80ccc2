//! What acts leave behind, read from the tables: links, events, notices.

#![expect(clippy::expect_used, reason = "tests stop at what they don't expect")]

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Set, Statement,
};
use serde_json::Value;
use steward_entities::{
    delivery, event, event_detail,
    id::{AccountId, OrganizationId},
    kinds::TokenPurpose,
    notice, session, token,
};
use steward_tests::{Somebody, TestApp};
use uuid::Uuid;

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
    last_in_stream(app, organization.0, action).await
}

/// The same in the platform's log.
pub async fn last_platform_event(app: &TestApp, action: &str) -> (event::Model, Value) {
    last_in_stream(app, Uuid::nil(), action).await
}

async fn last_in_stream(app: &TestApp, stream: Uuid, action: &str) -> (event::Model, Value) {
    let event = event::Entity::find()
        .filter(event::Column::StreamId.eq(stream))
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

/// The rows of all tables that hold one of the words in any column, each with its table.
pub async fn holding(app: &TestApp, words: &[&str]) -> Vec<(String, String)> {
    let postgres = app.database.get_database_backend() == DbBackend::Postgres;
    let rows = async |sql: String| {
        let statement = Statement::from_string(app.database.get_database_backend(), sql);
        let rows = app.database.query_all_raw(statement).await.unwrap();
        rows.iter().filter_map(|row| row.try_get_by_index::<Option<String>>(0).unwrap()).collect::<Vec<String>>()
    };
    let tables = if postgres {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    };
    let mut found = Vec::new();
    for table in rows(tables.to_owned()).await {
        let lines = if postgres {
            rows(format!("SELECT line::text FROM \"{table}\" AS line")).await
        } else {
            let columns = rows(format!("SELECT name FROM pragma_table_info('{table}')")).await;
            let texts = columns.iter().map(|name| format!("quote(\"{name}\")"));
            rows(format!("SELECT {} FROM \"{table}\"", texts.collect::<Vec<_>>().join(" || '|' || "))).await
        };
        let holds = |line: &String| words.iter().any(|word| line.contains(word));
        found.extend(lines.into_iter().filter(holds).map(|line| (table.clone(), line)));
    }
    found
}
