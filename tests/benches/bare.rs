//! The least that a server in Rust can do for the same answers: a route, one statement, JSON. No credential, no limit, no
//! GraphQL.

use crate::changes;
use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::get,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    DatabaseConnection, DbBackend,
    sqlx::{
        ColumnIndex, Decode, PgPool, Row, SqlitePool, Type,
        postgres::PgPoolOptions,
        query, query_as,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
    },
};
use serde::Serialize;
use std::{str::FromStr, sync::LazyLock};
use steward::{
    core::clock::{Clock, SystemClock},
    decisions::read,
};
use uuid::Uuid;

/// How it is started.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A database with accounts.
    #[arg(long)]
    database_url: String,
    /// Connections in its pool.
    #[arg(long)]
    connections: u32,
}

const ONE: &str = "SELECT a.id, a.email, a.display_name, a.locale, a.created_at, o.id AS organization_id, o.name \
    FROM account a LEFT JOIN organization o ON o.id = a.managed_by WHERE a.id = $1";
const PAGE: &str = "SELECT id, email, display_name, locale, created_at FROM account \
    WHERE managed_by = $1 AND id > $2 ORDER BY id LIMIT 51";

/// What decides whether a member may edit items in a workspace, as long as nobody is left out of a restriction and no other
/// organization has one: the membership, a block on the account, and an edit restriction, by name or over many, that takes
/// just this. For the answer that is right whatever there is, `read::known` is the statement.
const DECISION: &str = "SELECT m.status, m.until, \
    (SELECT b.kind FROM account_block b WHERE b.account_id = m.account_id AND b.lifted_at IS NULL \
    AND (b.until IS NULL OR b.until > $4) LIMIT 1), \
    (SELECT r.reason FROM edit_restriction_account p JOIN edit_restriction r ON r.id = p.restriction_id \
    WHERE p.account_id = m.account_id AND p.lifted_at IS NULL AND r.organization_id = m.organization_id \
    AND r.ended_at IS NULL AND (r.until IS NULL OR r.until > $4) AND r.operations & 4 <> 0 LIMIT 1), \
    (SELECT r.reason FROM edit_restriction r WHERE r.organization_id = m.organization_id AND r.ended_at IS NULL \
    AND r.target = 'ORGANIZATION' AND (r.until IS NULL OR r.until > $4) AND r.operations & 4 <> 0 LIMIT 1), \
    (SELECT r.reason FROM edit_restriction r WHERE r.workspace_id = m.workspace_id AND r.ended_at IS NULL \
    AND (r.until IS NULL OR r.until > $4) AND r.operations & 4 <> 0 LIMIT 1) \
    FROM membership m JOIN workspace w ON w.id = m.workspace_id AND w.service_id = $1 \
    WHERE m.account_id = $2 AND m.workspace_id = $3 AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')";

/// The statement by which Steward decides, of one account. Its columns: see there.
static KNOWN_OF_ONE: LazyLock<[String; 2]> =
    LazyLock::new(|| [DbBackend::Sqlite, DbBackend::Postgres].map(|backend| read::known(backend, "", "IN ($2)")));
const OPERATIONS: usize = 8;
const REASON: usize = 9;

type DecisionRow = (String, Option<DateTime<Utc>>, Option<String>, Option<String>, Option<String>, Option<String>);
/// The kind of row, whose, in which workspace, what it is in a word, until when; then of a restriction what it takes, and why.
type KnownRow = (String, Option<Uuid>, Option<String>, Option<DateTime<Utc>>, Option<i64>, Option<String>);
type OneRow = (Uuid, String, String, String, DateTime<Utc>, Option<Uuid>, Option<String>);
type PageRow = (Uuid, String, String, String, DateTime<Utc>);

#[derive(Serialize)]
struct Account {
    id: Uuid,
    email: String,
    display_name: String,
    locale: String,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed_by: Option<Organization>,
}

#[derive(Serialize)]
struct Organization {
    id: Uuid,
    name: String,
}

impl From<OneRow> for Account {
    fn from((id, email, display_name, locale, created_at, organization, name): OneRow) -> Self {
        let managed_by = organization.zip(name).map(|(id, name)| Organization { id, name });
        Self { id, email, display_name, locale, created_at, managed_by }
    }
}

impl From<PageRow> for Account {
    fn from((id, email, display_name, locale, created_at): PageRow) -> Self {
        Self { id, email, display_name, locale, created_at, managed_by: None }
    }
}

#[derive(Serialize)]
struct Decision {
    allowed: bool,
    rules: Vec<Rule>,
    valid_until: DateTime<Utc>,
}

#[derive(Serialize)]
struct Rule {
    code: String,
    reason: Option<String>,
    until: Option<DateTime<Utc>>,
}

impl Decision {
    fn new((status, until, block, named, wide, within): DecisionRow, now: DateTime<Utc>) -> Self {
        let reasons = named.into_iter().chain(wide).chain(within).collect();
        Self::by_rules(vec![(status, until)], block.into_iter().collect(), reasons, now)
    }

    /// The same of the rows that Steward itself reads, where nobody is left out.
    fn known(rows: Vec<KnownRow>, workspace: Uuid, now: DateTime<Utc>) -> Self {
        let (mut memberships, mut blocks, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        for (kind, place, word, until, operations, reason) in rows {
            match kind.as_str() {
                "M" if place == Some(workspace) => memberships.extend(word.map(|status| (status, until))),
                "B" => blocks.extend(word),
                "W" | "N" if operations.is_some_and(|bits| bits & 4 != 0) => reasons.extend(reason),
                _ => {}
            }
        }
        Self::by_rules(memberships, blocks, reasons, now)
    }

    fn by_rules(
        memberships: Vec<(String, Option<DateTime<Utc>>)>,
        blocks: Vec<String>,
        reasons: Vec<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let restricted =
            |reason: String| Rule { code: "EDIT_RESTRICTED".to_owned(), reason: Some(reason), until: None };
        let blocked = |code: String| Rule { code, reason: None, until: None };
        let mut rules: Vec<Rule> = reasons.into_iter().map(restricted).collect();
        rules.extend(blocks.into_iter().map(blocked));
        let allowed = rules.is_empty() && memberships.iter().any(|(status, _)| status == "ACTIVE");
        rules.extend(memberships.into_iter().map(|(code, until)| Rule { code, reason: None, until }));
        Self { allowed, rules, valid_until: now + TimeDelta::seconds(60) }
    }
}

/// An answer in the shape that the callers know.
#[derive(Serialize)]
struct Answer<T> {
    data: Found<T>,
}

#[derive(Serialize)]
struct Found<T> {
    found: T,
    more: bool,
}

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    async fn one(&self, id: Uuid) -> OneRow {
        let found = match self {
            Self::Sqlite(pool) => query_as(ONE).bind(id).fetch_one(pool).await,
            Self::Postgres(pool) => query_as(ONE).bind(id).fetch_one(pool).await,
        };
        found.expect("an account")
    }

    async fn page(&self, organization: Uuid, after: Uuid) -> Vec<PageRow> {
        let found = match self {
            Self::Sqlite(pool) => query_as(PAGE).bind(organization).bind(after).fetch_all(pool).await,
            Self::Postgres(pool) => query_as(PAGE).bind(organization).bind(after).fetch_all(pool).await,
        };
        found.expect("a page")
    }

    async fn decision(&self, [service, account, workspace]: [Uuid; 3], now: DateTime<Utc>) -> DecisionRow {
        let found = match self {
            Self::Sqlite(pool) => {
                query_as(DECISION).bind(service).bind(account).bind(workspace).bind(now).fetch_one(pool).await
            }
            Self::Postgres(pool) => {
                query_as(DECISION).bind(service).bind(account).bind(workspace).bind(now).fetch_one(pool).await
            }
        };
        found.expect("a member")
    }

    async fn known(&self, account: Uuid, now: DateTime<Utc>) -> Vec<KnownRow> {
        macro_rules! rows {
            ($pool:expr, $which:expr) => {{
                let found =
                    query(KNOWN_OF_ONE[$which].as_str()).bind(now).bind(account).fetch_all($pool).await.expect("rows");
                let read = |row: &_| {
                    (
                        column(row, 0),
                        column(row, 3),
                        column(row, 4),
                        column(row, 5),
                        column(row, OPERATIONS),
                        column(row, REASON),
                    )
                };
                found.iter().map(read).collect()
            }};
        }
        match self {
            Self::Sqlite(pool) => rows!(pool, 0),
            Self::Postgres(pool) => rows!(pool, 1),
        }
    }
}

fn column<'r, R: Row, T: Decode<'r, R::Database> + Type<R::Database>>(row: &'r R, place: usize) -> T
where
    usize: ColumnIndex<R>,
{
    row.try_get(place).expect("a column")
}

fn answer<T: Serialize>(found: T, more: bool) -> impl IntoResponse {
    let body = serde_json::to_vec(&Answer { data: Found { found, more } }).expect("JSON");
    ([(header::CONTENT_TYPE, "application/json")], body)
}

async fn one(State(pool): State<Pool>, Path(id): Path<Uuid>) -> impl IntoResponse {
    answer(Account::from(pool.one(id).await), false)
}

async fn page(State(pool): State<Pool>, Path((organization, after)): Path<(Uuid, Uuid)>) -> impl IntoResponse {
    let mut rows = pool.page(organization, after).await;
    let more = rows.len() > 50;
    rows.truncate(50);
    answer(rows.into_iter().map(Account::from).collect::<Vec<_>>(), more)
}

async fn decision(
    State(pool): State<Pool>,
    Path((service, account, workspace)): Path<(Uuid, Uuid, Uuid)>,
) -> impl IntoResponse {
    let now = SystemClock.now();
    answer(Decision::new(pool.decision([service, account, workspace], now).await, now), false)
}

async fn known(State(pool): State<Pool>, Path((_, account, workspace)): Path<(Uuid, Uuid, Uuid)>) -> impl IntoResponse {
    let now = SystemClock.now();
    answer(Decision::known(pool.known(account, now).await, workspace, now), false)
}

async fn suspend(
    State(db): State<DatabaseConnection>,
    Path((organization, account)): Path<(Uuid, Uuid)>,
) -> impl IntoResponse {
    changes::suspend(&db, organization, account, SystemClock.now()).await;
    answer(account, false)
}

/// Serves until it is killed.
pub async fn run(arguments: Arguments) {
    let url = &arguments.database_url;
    let pool = if url.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(url).expect("a URL").journal_mode(SqliteJournalMode::Wal);
        let options = options.pragma("cache_size", "-16000");
        let pool = SqlitePoolOptions::new().max_connections(arguments.connections).test_before_acquire(false);
        Pool::Sqlite(pool.connect_with(options).await.expect("a database"))
    } else {
        let pool = PgPoolOptions::new().max_connections(arguments.connections).test_before_acquire(false);
        Pool::Postgres(pool.connect(url).await.expect("a database"))
    };
    let db = steward::core::database::open(url, arguments.connections).await.expect("a database").write;
    let changes = Router::new().route("/suspend/{organization}/{account}", get(suspend)).with_state(db);
    let routes = Router::new()
        .route("/one/{id}", get(one))
        .route("/page/{organization}/{after}", get(page))
        .route("/decision/{service}/{account}/{workspace}", get(decision))
        .route("/known/{service}/{account}/{workspace}", get(known));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, routes.with_state(pool).merge(changes)).await.expect("it serves");
}
