//! Two pools on one database: one that writes, one that can't. SQLite and PostgreSQL are equals.

use crate::core::error::{Error, Result};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, ExprTrait, Statement,
    Value,
    prelude::Expr,
    sea_query::{BinOper, Func, extension::postgres::PgFunc},
};
use std::time::Duration;
use steward_migration::{Migrator, MigratorTrait};
use uuid::Uuid;

/// Why the database can't be used, in a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It can't be reached or opened.
    #[error("The database can't be opened: {0}.")]
    Unreachable(String),
    /// It was changed by a newer version.
    #[error(
        "The database was made by a newer version of Steward (it knows the change {0:?}). Start that version, or a newer one."
    )]
    Newer(String),
    /// A change failed.
    #[error("The database can't be brought up to date: {0}.")]
    Migration(String),
}

/// The two pools.
pub struct Pools {
    /// Writes. On SQLite it is one connection: writers queue fairly instead of failing.
    pub write: DatabaseConnection,
    /// Reads, and can't write.
    pub read: DatabaseConnection,
}

/// How much of SQLite's file readers map into memory.
const MAPPED: &str = "1073741824";

/// After this time PostgreSQL gives up a read: what callers have given up must not keep their connections.
const SLOWEST_READ: &str = "20s";

/// PostgreSQL keeps a statement's plan. One that it made while a table was empty reads the whole table, and goes on to
/// after a hundred thousand rows were written, until the table is next analyzed. Each statement here has its index, so
/// that a whole table is only read where there is none. As that is then counted as very costly, and costly statements are
/// compiled first, compiling is off.
const BY_INDEX: [(&str, &str); 2] = [("enable_seqscan", "off"), ("jit", "off")];

/// By default PostgreSQL counts a page out of order as four times one in order, and for a page of a list rather walks
/// everybody's rows in the wanted order than fetch those of one organization, which may have few. On disks without arms, or
/// in memory, both cost about the same; and where both count the same, fewer rows are always the cheaper way.
const OUT_OF_ORDER: (&str, &str) = ("random_page_cost", "1");

/// The key of PostgreSQL's advisory lock around migrations ("steward" in ASCII, cut to 63 bits).
const MIGRATION_LOCK: i64 = 0x0073_7465_7761_7264;

/// Opens both pools; with `migrate` brings the tables up to date first.
pub async fn open(url: &str, connections: u32) -> Result<Pools, OpenError> {
    let sqlite = url.starts_with("sqlite:");
    let write = connect(url, if sqlite { 1 } else { connections }, false).await.map_err(unreachable)?;
    let readers = if sqlite { Ord::min(connections, most_sqlite_readers()) } else { connections };
    // One at least for requests, and one for the rest.
    let read = connect(url, Ord::max(readers, 2), true).await.map_err(unreachable)?;
    Ok(Pools { write, read })
}

/// SQLite reads in our own process, each connection on a thread with a cache: more than keep the cores busy would only
/// hold memory. Two are for what isn't a request's reading.
fn most_sqlite_readers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ord::max(u32::try_from(2 * cores).unwrap_or(u32::MAX), 4).saturating_add(2)
}

fn unreachable(error: DbErr) -> OpenError {
    // Only the innermost cause: the outer ones repeat it in the library's words.
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    OpenError::Unreachable(cause.to_string())
}

async fn connect(url: &str, connections: u32, read_only: bool) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        // Connections stay. The pool's task that would end them by the clock reads a count which for an instant can be less
        // than nothing, and then holds a thread for ever. One that has died fails once, and is dropped.
        .idle_timeout(None)
        .max_lifetime(None)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30))
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("secure_delete", "ON")
            // In pages of 4 KiB, eight times the usual: a chunk of a large change fills the usual thousand, and each time
            // the file itself would be written and synced.
            .pragma("wal_autocheckpoint", "8000")
            .pragma("query_only", if read_only { "ON" } else { "OFF" })
            // A page of a chunk's rows, and not each few of them, wakes who asked for them.
            .row_buffer_size(1_000)
            // In KiB. Each reader has a cache of its own, for what isn't mapped: the latest changes.
            .pragma("cache_size", if read_only { "-2000" } else { "-16000" })
            // In bytes. Up to there readers look at the file where the system keeps it in memory for all of them: without,
            // each page is a call and a copy, half of what a hundred decisions cost. The price: where the disk fails, or
            // somebody cuts the file, the process ends, as by `kill -9`, and what was committed stays.
            .pragma("mmap_size", if read_only { MAPPED } else { "0" })
    });
    options.map_sqlx_postgres_opts(move |options| {
        let options = options.options(BY_INDEX);
        if read_only {
            options.options([
                OUT_OF_ORDER,
                ("default_transaction_read_only", "on"),
                ("statement_timeout", SLOWEST_READ),
            ])
        } else {
            options
        }
    });
    Database::connect(options).await
}

/// Brings the tables up to date. Several replicas may start at once: on PostgreSQL one does it, the others wait.
pub async fn migrate(url: &str) -> Result<(), OpenError> {
    let database = connect(url, 1, false).await.map_err(unreachable)?;
    let locks = database.get_database_backend() == DbBackend::Postgres;
    if locks {
        lock(&database, "SELECT pg_advisory_lock($1)").await.map_err(unreachable)?;
    }
    let outcome = up(&database).await;
    if locks {
        lock(&database, "SELECT pg_advisory_unlock($1)").await.map_err(unreachable)?;
    }
    let _ = database.close().await;
    outcome
}

async fn up(database: &DatabaseConnection) -> Result<(), OpenError> {
    let failed = |error: DbErr| OpenError::Migration(error.to_string());
    Migrator::install(database).await.map_err(failed)?;
    if let Some(newer) = newer(database).await.map_err(failed)? {
        return Err(OpenError::Newer(newer));
    }
    Migrator::up(database, None).await.map_err(failed)
}

/// A change that a newer version made.
async fn newer(database: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let known: Vec<String> = Migrator::migrations().iter().map(|change| change.name().to_owned()).collect();
    let applied = Migrator::get_migration_models(database).await?;
    let unknown = applied.into_iter().find(|change| !known.contains(&change.version));
    Ok(unknown.map(|change| change.version))
}

/// How many changes of this version the tables still lack. Changes nothing.
///
/// # Errors
/// `Newer` when the tables have changes that this version doesn't know; `Unreachable` when the database doesn't answer.
pub async fn pending(database: &DatabaseConnection) -> Result<usize, OpenError> {
    match Migrator::get_pending_migrations_read_only(database).await {
        Ok(pending) => Ok(pending.len()),
        // It fails on changes that it doesn't know, too; by then the table of changes exists.
        Err(error) => match newer(database).await {
            Ok(Some(newer)) => Err(OpenError::Newer(newer)),
            _ => Err(unreachable(error)),
        },
    }
}

async fn lock(database: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    database
        .query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [MIGRATION_LOCK.into()]))
        .await
        .map(|_| ())
}

/// A statement with `$1`-style parameters, which both databases take.
pub fn sql<I: IntoIterator<Item = Value>>(db: &impl ConnectionTrait, text: &str, values: I) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}

/// Up to so many ids are parameters of their own: the planner knows how many there are.
const FEW: usize = 8;

/// `IN (…)`, or what is the same, over these ids, which are added to the statement's values. Many are one parameter:
/// reading and planning a statement with a thousand takes longer than finding the rows.
pub fn in_ids<I: Into<Uuid>>(
    db: &impl ConnectionTrait,
    values: &mut Vec<Value>,
    ids: impl IntoIterator<Item = I>,
) -> String {
    let from = values.len() + 1;
    match Ids::given(db, ids) {
        Ids::Few(ids) => {
            values.extend(ids.into_iter().map(Value::from));
            let marks: Vec<_> = (from..=values.len()).map(|number| format!("${number}")).collect();
            format!("IN ({})", marks.join(", "))
        }
        Ids::Array(ids) => {
            values.push(ids);
            format!("= ANY(${from})")
        }
        Ids::Json(ids) => {
            values.push(ids);
            format!("IN (SELECT unhex(value) FROM json_each(${from}))")
        }
    }
}

/// `IN (…)`, or what is the same, over what this finds. PostgreSQL finds it first, and then goes along an index: by a plan that
/// joins the two, and is kept from when there was little, it would read all that there is.
#[must_use]
pub fn in_found(backend: DbBackend, select: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("= ANY (ARRAY({select}))"),
        _ => format!("IN ({select})"),
    }
}

/// A column that isn't looked for along an index, because something narrower is asked for, too, and has one: a plan for all
/// values can't know that this value is that of very many rows, and would walk all of them.
pub fn unindexed(column: Expr) -> Expr {
    Func::coalesce([column.clone(), column]).into()
}

/// Whether a column holds one of these ids; see [`in_ids`].
pub fn one_of<I: Into<Uuid>>(
    db: &impl ConnectionTrait,
    column: impl ColumnTrait,
    ids: impl IntoIterator<Item = I>,
) -> Expr {
    let column = Expr::col(column.as_column_ref());
    match Ids::given(db, ids) {
        Ids::Few(ids) => column.is_in(ids),
        Ids::Array(ids) => column.eq(PgFunc::any(Expr::value(ids))),
        Ids::Json(ids) => {
            let given = Expr::cust_with_values("(SELECT unhex(value) FROM json_each(?))", [ids]);
            column.binary(BinOper::In, given)
        }
    }
}

/// Ids as a statement takes them.
enum Ids {
    Few(Vec<Uuid>),
    /// PostgreSQL's array.
    Array(Value),
    /// For SQLite, which has no arrays.
    Json(Value),
}

impl Ids {
    fn given<I: Into<Uuid>>(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = I>) -> Self {
        let ids: Vec<Uuid> = ids.into_iter().map(Into::into).collect();
        if ids.len() <= FEW {
            return Self::Few(ids);
        }
        if db.get_database_backend() == DbBackend::Postgres {
            return Self::Array(ids.into());
        }
        let mut text = String::with_capacity(ids.len() * 35 + 2);
        for id in &ids {
            text.push_str(if text.is_empty() { "[\"" } else { ",\"" });
            text.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
            text.push('"');
        }
        text.push_str(if text.is_empty() { "[]" } else { "]" });
        Self::Json(text.into())
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        Self::Internal(Box::new(error))
    }
}
