//! The connections on which requests read.
//!
//! A request takes one at its first read, and gives it back at its end. What it is about to ask may be read together with
//! who asks. A pool tests each connection that comes back to it, which costs a round trip to the database, about as much
//! as a read: a connection whose statements have all come to their end is handed to the next request without.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Value,
    Values,
    sqlx::{self, AssertSqlSafe, Executor, Postgres, Sqlite, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
    time::Duration,
};
use steward_entities::id::AccountId;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// The connections of a pool that requests hand to each other.
pub struct Readers {
    pool: DatabaseConnection,
    turns: Arc<Semaphore>,
    // In turn, so that each is used from time to time: what lies between may forget connections that rest.
    idle: std::sync::Mutex<VecDeque<Held>>,
}

impl Readers {
    /// Most connections of this pool. What isn't a request's reading has the others, a quarter of them, and two where there
    /// are four: changes look at what they are about before they begin, and jobs at what there is to do.
    #[must_use]
    pub fn of(pool: &DatabaseConnection) -> Self {
        let all = match pool.get_database_backend() {
            DbBackend::Postgres => pool.get_postgres_connection_pool().options().get_max_connections(),
            _ => pool.get_sqlite_connection_pool().options().get_max_connections(),
        };
        let others = Ord::max(all.div_ceil(4), Ord::min(2, all / 2));
        let handed_on = usize::try_from(all - others).unwrap_or(Semaphore::MAX_PERMITS);
        Self { pool: pool.clone(), turns: Arc::new(Semaphore::new(handed_on)), idle: std::sync::Mutex::default() }
    }

    /// The right to one of them, as soon as one is free.
    async fn turn(self: &Arc<Self>) -> Result<Turn, DbErr> {
        let timed_out = |_| DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout);
        let right = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await.map_err(timed_out)?;
        let right = right.map_err(|_| DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::ConnectionClosed))?;
        Ok(Turn { readers: Arc::clone(self), at_rest: None, _right: right })
    }

    /// One that lies ready, or one more of the pool's: whoever has the right to it doesn't wait, unless somebody has just given
    /// up in the middle of a statement.
    async fn connection(&self) -> Result<Held, DbErr> {
        if let Some(held) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            return Ok(held);
        }
        let acquired = match self.pool.get_database_backend() {
            DbBackend::Postgres => self.pool.get_postgres_connection_pool().acquire().await.map(Held::Postgres),
            _ => self.pool.get_sqlite_connection_pool().acquire().await.map(Held::Sqlite),
        };
        acquired.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::ConnectionClosed),
            error => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
        })
    }
}

/// A request's right to a connection, with the one that it has, between two statements.
struct Turn {
    readers: Arc<Readers>,
    at_rest: Option<Held>,
    // Given back last: by then the connection lies ready for whoever waits.
    _right: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.at_rest.take());
    }
}

/// A connection that can't write, for one request. What the request reads at the same time queues on it.
pub struct ReadConnection {
    readers: Arc<Readers>,
    turn: Mutex<Option<Turn>>,
    ahead: std::sync::Mutex<Option<(AccountId, Vec<QueryResult>)>>,
}

enum Held {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl ReadConnection {
    /// Takes one of these connections when it is first needed.
    #[must_use]
    pub fn new(readers: &Arc<Readers>) -> Self {
        Self { readers: Arc::clone(readers), turn: Mutex::new(None), ahead: std::sync::Mutex::new(None) }
    }

    /// Gives the connection back before the end: for a request that now does what takes long. A later read takes one
    /// again.
    pub async fn give_back(&self) {
        self.turn.lock().await.take();
    }

    /// Keeps what was read of an account for the one who is about to ask for it.
    pub fn keep(&self, account: AccountId, rows: Vec<QueryResult>) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some((account, rows));
    }

    /// What was kept of this account, once.
    pub fn read_ahead(&self, account: AccountId) -> Option<Vec<QueryResult>> {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.take_if(|(of, _)| *of == account).map(|(_, rows)| rows)
    }

    /// The connection, out of its place: whoever stops in the middle of a statement doesn't leave it to others in a state
    /// that nobody knows. It goes back to the pool then, which puts that in order.
    async fn take(&self, turn: &mut Option<Turn>) -> Result<Held, DbErr> {
        let turn = match turn {
            Some(turn) => turn,
            None => turn.insert(self.readers.turn().await?),
        };
        match turn.at_rest.take() {
            Some(held) => Ok(held),
            None => self.readers.connection().await,
        }
    }
}

/// Puts the connection back into its place, for the next statement.
fn put(turn: &mut Option<Turn>, held: Held) {
    if let Some(turn) = turn {
        turn.at_rest = Some(held);
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// Writes the numbers of rows that are wanted into the text. Of a parameter in their place PostgreSQL expects a tenth of all
/// that there is: a plan for all values then looks dear to it, and it plans a page anew each time that one is read.
#[must_use]
pub fn with_limits(sql: String, values: &Values) -> String {
    const LIMIT: &str = " LIMIT $";
    if !sql.contains(LIMIT) {
        return sql;
    }
    let mut parts = sql.split(LIMIT);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let value = number.parse::<usize>().ok().and_then(|number| values.0.get(number.checked_sub(1)?));
        match value {
            Some(Value::BigUnsigned(Some(limit))) => text.extend([" LIMIT ", &limit.to_string(), rest]),
            _ => text.extend([LIMIT, part]),
        }
    }
    text
}

/// Runs a statement on a connection of either kind.
macro_rules! run {
    ($held:expr, $statement:expr, $connection:ident, $query:ident => $run:expr) => {{
        let Statement { sql, values, .. } = $statement;
        let values = SqlxValues(values.unwrap_or(Values(Vec::new())));
        // Statements are written by us or by the query builder; what callers send goes into the values, and of those only
        // numbers of rows into the text.
        match $held {
            Held::Sqlite($connection) => {
                let $query = sqlx::query_with(AssertSqlSafe(sql), values);
                $run
            }
            Held::Postgres($connection) => {
                let sql = with_limits(sql, &values.0);
                let $query = sqlx::query_with(AssertSqlSafe(sql), values);
                $run
            }
        }
    }};
}

#[async_trait]
impl ConnectionTrait for ReadConnection {
    fn get_database_backend(&self) -> DbBackend {
        self.readers.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut turn = self.turn.lock().await;
        let mut held = self.take(&mut turn).await?;
        let done = run!(&mut held, statement, connection, query => query
            .execute(&mut **connection)
            .await
            .map(Into::into)
            .map_err(failed))?;
        put(&mut turn, held);
        Ok(done)
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let mut turn = self.turn.lock().await;
        let mut held = self.take(&mut turn).await?;
        let text = AssertSqlSafe(text.to_owned());
        let done = match &mut held {
            Held::Sqlite(connection) => connection.execute(text).await.map(Into::into),
            Held::Postgres(connection) => connection.execute(text).await.map(Into::into),
        };
        let done = done.map_err(failed)?;
        put(&mut turn, held);
        Ok(done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut turn = self.turn.lock().await;
        let mut held = self.take(&mut turn).await?;
        let row = run!(&mut held, statement, connection, query => query
            .fetch_optional(&mut **connection)
            .await
            .map(|row| row.map(Into::into))
            .map_err(failed))?;
        put(&mut turn, held);
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut turn = self.turn.lock().await;
        let mut held = self.take(&mut turn).await?;
        let rows = run!(&mut held, statement, connection, query => query
            .fetch_all(&mut **connection)
            .await
            .map(|rows| rows.into_iter().map(Into::into).collect())
            .map_err(failed))?;
        put(&mut turn, held);
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_rows_stand_in_the_text_and_nothing_else_does() {
        let values = Values(vec![1_u64.into(), "LIMIT $1".into(), 51_u64.into(), 7_i64.into()]);
        let written = |text: &str| with_limits(text.to_owned(), &values);
        assert_eq!(written("SELECT 1 WHERE a = $1 AND b = $2"), "SELECT 1 WHERE a = $1 AND b = $2");
        assert_eq!(
            written("SELECT (SELECT 1 LIMIT $1), $2 LIMIT $3 OFFSET $4"),
            "SELECT (SELECT 1 LIMIT 1), $2 LIMIT 51 OFFSET $4"
        );
        // Another type, another number, and what isn't one at all.
        for kept in ["SELECT 1 LIMIT $4", "SELECT 1 LIMIT $12", "SELECT 1 LIMIT $0", "SELECT 1 LIMIT $x LIMIT $"] {
            assert_eq!(written(kept), kept);
        }
        assert_eq!(written("SELECT 1 LIMIT $3 - $3 / 4"), "SELECT 1 LIMIT 51 - $3 / 4");
    }
}
