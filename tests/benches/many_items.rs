//! Very many items, written by a few statements in the database itself. Their indexes are made once the rows are there, by
//! the very statements that the migrations ran.

use crate::{
    dataset::{self, ACCOUNT, id, long_ago},
    workspaces::workspace_in_sql,
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use std::time::Instant;
use steward::core::database::sql;
use steward_entities::id::{ItemId, ServiceId};
use steward_tests::{Engine, TestApp};
use uuid::Uuid;

const ITEM: u128 = 0x0190_0000_0000_7000_8001_0000_0000_0000;
const KIND: u128 = 0x0190_0000_0000_7000_c000_0000_0000_0000;

/// The kinds of which they are, by turns.
pub const KINDS: [&str; 2] = ["planner.note", "planner.task"];
/// The account of which every hundredth item is.
pub const CHATTY: usize = 0;
/// Rows in one transaction.
const CHUNK: usize = 1_000_000;

/// The item with this number.
pub fn item_id(number: usize) -> Uuid {
    Uuid::from_u128(ITEM + number as u128)
}

/// An id as the API tells it.
pub fn read_id(text: &str) -> Uuid {
    text.parse::<ItemId>().expect("an item's id").0
}

/// Writes so many items of the first accounts: nine of ten in the workspaces in which these are members, the others
/// personal.
pub async fn write(app: &TestApp, engine: Engine, service: ServiceId, members: usize, items: usize) {
    let begin = Instant::now();
    let mut options = ConnectOptions::new(&app.database_url);
    // One connection, for what is set on it. It waits for whole tables to be written.
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.expect("a connection");
    let backend = db.get_database_backend();
    for (number, name) in KINDS.into_iter().enumerate() {
        let kind = Uuid::from_u128(KIND + number as u128);
        let statement = "INSERT INTO item_kind (id, service_id, name, created_at) VALUES ($1, $2, $3, $4)";
        let values = [kind.into(), service.into(), name.into(), long_ago(app).into()];
        db.execute_raw(sql(&db, statement, values)).await.expect("a kind");
    }
    let indexes = indexes(&db, engine).await;
    for (name, _) in &indexes {
        run(&db, &format!("DROP INDEX {name}")).await;
    }
    // What is written refers to what is there: checking it ten million times would take longer than writing it.
    let (unchecked, checked) = match engine {
        Engine::Sqlite => ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
        Engine::Postgres => ("SET session_replication_role = replica", "SET session_replication_role = DEFAULT"),
    };
    run(&db, unchecked).await;
    // An account without a pattern, so that neighbours in a list aren't neighbours in the table.
    let number = format!("(CASE WHEN i % 100 = 0 THEN {CHATTY} ELSE i * 7919 % {members} END)");
    let personal = "(i / 100) % 10 = 5";
    for from in (0..items).step_by(CHUNK) {
        let to = (from + CHUNK).min(items);
        let numbers = format!(
            "WITH RECURSIVE n(i) AS (SELECT CAST({from} AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {to})"
        );
        let statement = format!(
            "{numbers} INSERT INTO item (id, account_id, organization_id, workspace_id, kind_id, visibility, size, \
             created_at, updated_at, version) SELECT {}, {}, CASE WHEN {personal} THEN NULL ELSE $1 END, \
             CASE WHEN {personal} THEN NULL ELSE {} END, {}, \
             CASE WHEN {personal} OR i % 4 = 1 THEN 'PRIVATE' ELSE 'WORKSPACE' END, 17, $2, $2, 1 FROM n",
            id(backend, ITEM, "i"),
            id(backend, ACCOUNT, &number),
            workspace_in_sql(app, &number),
            id(backend, KIND, "(i % 2)"),
        );
        let values = [dataset::largest().into(), long_ago(app).into()];
        db.execute_raw(sql(&db, &statement, values)).await.expect("items");
        run(
            &db,
            &format!(
                "{numbers} INSERT INTO item_content (item_id, title, body) \
                 SELECT {}, 'Note ' || i, '{{\"text\":\"a note\"}}' FROM n",
                id(backend, ITEM, "i")
            ),
        )
        .await;
    }
    for (_, statement) in &indexes {
        run(&db, statement).await;
    }
    run(&db, checked).await;
    run(&db, "ANALYZE").await;
    println!("{items} items written in {:.1} s", begin.elapsed().as_secs_f64());
}

/// The names of the table's indexes, and the statements that make them.
async fn indexes(db: &DatabaseConnection, engine: Engine) -> Vec<(String, String)> {
    let statement = match engine {
        Engine::Sqlite => {
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'item' AND sql IS NOT NULL"
        }
        Engine::Postgres => {
            "SELECT CAST(indexname AS text), indexdef FROM pg_indexes WHERE tablename = 'item' \
             AND indexname NOT LIKE '%pkey'"
        }
    };
    let rows = db.query_all_raw(sql(db, statement, [])).await.expect("indexes");
    let text = |row: &sea_orm::QueryResult, place| row.try_get_by_index::<String>(place).expect("a text");
    let indexes: Vec<(String, String)> = rows.iter().map(|row| (text(row, 0), text(row, 1))).collect();
    assert!(indexes.len() >= 6, "{indexes:?}");
    indexes
}

async fn run(db: &DatabaseConnection, statement: &str) {
    db.execute_unprepared(statement).await.expect("a data set");
}
