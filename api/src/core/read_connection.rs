//! The connection on which one request reads.
//!
//! A pool tests each connection that comes back to it, which costs a round trip to the database. A request therefore takes
//! one at its first read, and gives it back at its end. What it is about to ask may be read together with who asks.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values,
    sqlx::{self, AssertSqlSafe, Executor, Postgres, Sqlite, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use std::sync::PoisonError;
use steward_entities::id::AccountId;
use tokio::sync::Mutex;

/// A connection that can't write, for one request. What the request reads at the same time queues on it.
pub struct ReadConnection {
    pool: DatabaseConnection,
    held: Mutex<Option<Held>>,
    ahead: std::sync::Mutex<Option<(AccountId, Vec<QueryResult>)>>,
}

enum Held {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl ReadConnection {
    /// Takes a connection from this pool when it is first needed.
    #[must_use]
    pub fn new(pool: &DatabaseConnection) -> Self {
        Self { pool: pool.clone(), held: Mutex::new(None), ahead: std::sync::Mutex::new(None) }
    }

    /// Gives the connection back before the end: for a request that now does what takes long. A later read takes one
    /// again.
    pub async fn give_back(&self) {
        self.held.lock().await.take();
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

    /// The connection, out of its place: whoever stops in the middle of a statement doesn't leave it behind in a state
    /// that nobody knows, but returns it to the pool, which puts that in order.
    async fn take(&self, held: &mut Option<Held>) -> Result<Held, DbErr> {
        if let Some(held) = held.take() {
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

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// Runs a statement on a connection of either kind.
macro_rules! run {
    ($held:expr, $statement:expr, $connection:ident, $query:ident => $run:expr) => {{
        let Statement { sql, values, .. } = $statement;
        let values = SqlxValues(values.unwrap_or(Values(Vec::new())));
        // Statements are written by us or by the query builder; what callers send goes into the values.
        let $query = AssertSqlSafe(sql);
        match $held {
            Held::Sqlite($connection) => {
                let $query = sqlx::query_with($query, values);
                $run
            }
            Held::Postgres($connection) => {
                let $query = sqlx::query_with($query, values);
                $run
            }
        }
    }};
}

#[async_trait]
impl ConnectionTrait for ReadConnection {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut place = self.held.lock().await;
        let mut held = self.take(&mut place).await?;
        let done = run!(&mut held, statement, connection, query => query
            .execute(&mut **connection)
            .await
            .map(Into::into)
            .map_err(failed))?;
        *place = Some(held);
        Ok(done)
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let mut place = self.held.lock().await;
        let mut held = self.take(&mut place).await?;
        let text = AssertSqlSafe(text.to_owned());
        let done = match &mut held {
            Held::Sqlite(connection) => connection.execute(text).await.map(Into::into),
            Held::Postgres(connection) => connection.execute(text).await.map(Into::into),
        };
        let done = done.map_err(failed)?;
        *place = Some(held);
        Ok(done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut place = self.held.lock().await;
        let mut held = self.take(&mut place).await?;
        let row = run!(&mut held, statement, connection, query => query
            .fetch_optional(&mut **connection)
            .await
            .map(|row| row.map(Into::into))
            .map_err(failed))?;
        *place = Some(held);
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut place = self.held.lock().await;
        let mut held = self.take(&mut place).await?;
        let rows = run!(&mut held, statement, connection, query => query
            .fetch_all(&mut **connection)
            .await
            .map(|rows| rows.into_iter().map(Into::into).collect())
            .map_err(failed))?;
        *place = Some(held);
        Ok(rows)
    }
}
