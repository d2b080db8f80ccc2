//! Data sets of any size, written by a few statements.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use std::time::Instant;
use steward::core::{
    clock::{Clock, SystemClock},
    database::sql,
    hasher::HashCost,
};
use steward_entities::id::{AccountId, OrganizationId};
use steward_tests::{Engine, TestApp, seed::PASSWORD};
use uuid::Uuid;

/// What ids of accounts begin with, and those of organizations.
pub const ACCOUNT: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0000;
const ORGANIZATION: u128 = 0x0190_0000_0000_7000_9000_0000_0000_0000;

/// How many of a hundred accounts the largest organization manages.
const IN_THE_LARGEST: usize = 60;

/// An empty installation whose clock stands where the machine's does; none where PostgreSQL isn't installed.
pub async fn installation(engine: Engine) -> Option<TestApp> {
    let app = TestApp::start_with(engine, HashCost::Real).await?;
    app.advance(SystemClock.now() - app.now());
    Some(app)
}

/// The account with this number.
pub fn account_id(number: usize) -> AccountId {
    AccountId(Uuid::from_u128(ACCOUNT + number as u128))
}

/// The account's address.
pub fn email(number: usize) -> String {
    format!("person{number}@acme.test")
}

/// The organization that manages most accounts.
pub fn largest() -> OrganizationId {
    OrganizationId(Uuid::from_u128(ORGANIZATION))
}

/// How many accounts the largest organization manages, of so many in all.
pub fn in_the_largest(accounts: usize) -> usize {
    (accounts * IN_THE_LARGEST / 100).max(1)
}

/// Accounts in `acme.test` that nobody manages, with a proved address and a password.
pub async fn unmanaged(app: &TestApp, accounts: usize) {
    write_accounts(app, accounts, None).await;
    analyze(app).await;
}

/// Accounts of which the largest organization manages most, and others about a thousand each.
pub async fn managed(app: &TestApp, accounts: usize) {
    let others = ((accounts - in_the_largest(accounts)) / 1_000).max(1);
    let backend = app.database.get_database_backend();
    let statement = format!(
        "{} INSERT INTO organization (id, name, administrative_email, created_at, version) \
         SELECT {}, 'Organization ' || i, 'admin@example.com', $1, 1 FROM n",
        numbers(others + 1),
        id(backend, ORGANIZATION, "i"),
    );
    execute(app, &statement, vec![long_ago(app).into()]).await;
    let whose = format!("(CASE WHEN i < {} THEN 0 ELSE 1 + i % {others} END)", in_the_largest(accounts));
    write_accounts(app, accounts, Some(id(backend, ORGANIZATION, &whose))).await;
    analyze(app).await;
}

async fn write_accounts(app: &TestApp, accounts: usize, managed_by: Option<String>) {
    let begin = Instant::now();
    let hash = app.steward.hasher.hash(PASSWORD).await.expect("a hash");
    let (columns, values) = match managed_by {
        Some(organization) => (", managed_by, managed_at", format!(", {organization}, $1")),
        None => ("", String::new()),
    };
    let statement = format!(
        "{} INSERT INTO account (id, email, email_canonical, email_domain_key, verified_at, verified_by, password_hash, \
         password_changed_at, display_name, locale, created_at, version{columns}) \
         SELECT {}, 'person' || i || '@acme.test', 'person' || i || '@acme.test', 'test.acme.', $1, 'LINK', $2, $1, \
         'Person ' || i, 'en', $1, 1{values} FROM n",
        numbers(accounts),
        id(app.database.get_database_backend(), ACCOUNT, "i"),
    );
    execute(app, &statement, vec![long_ago(app).into(), hash.into()]).await;
    println!("{accounts} accounts written in {:.1} s", begin.elapsed().as_secs_f64());
}

/// A name for the numbers from 0 up.
pub fn numbers(count: usize) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})")
}

/// The id with a number, in SQL.
pub fn id(backend: DbBackend, from: u128, number: &str) -> String {
    let text = format!("{from:032x}");
    let prefix = &text[..20];
    match backend {
        DbBackend::Postgres => format!("CAST('{prefix}' || lpad(to_hex({number}), 12, '0') AS uuid)"),
        _ => format!("unhex(printf('{prefix}%012x', {number}))"),
    }
}

/// A time before everything that is measured.
pub fn long_ago(app: &TestApp) -> DateTime<Utc> {
    app.now() - TimeDelta::days(100)
}

/// Runs a statement.
pub async fn execute(app: &TestApp, text: &str, values: Vec<Value>) {
    app.database.execute_raw(sql(&app.database, text, values)).await.expect("a data set");
}

/// What autovacuum does on a server in earnest: on PostgreSQL it also notes of which pages everybody sees all rows.
pub async fn analyze(app: &TestApp) {
    let text = match app.database.get_database_backend() {
        DbBackend::Postgres => "VACUUM (ANALYZE)",
        _ => "ANALYZE",
    };
    app.database.execute_unprepared(text).await.expect("statistics");
}
