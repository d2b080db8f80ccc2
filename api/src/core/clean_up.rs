//! Rows that have had their day: answers to repeated requests, counters of tries, dead links, ended sessions. What the log
//! says about them stays.

use crate::core::{database::sql, error::Result, idempotency, steward::Steward};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, TransactionTrait};

/// How long counters stay; longer than the longest window of any limit.
const COUNTERS: TimeDelta = TimeDelta::days(2);
/// How long links stay after they were too old, whether or not they were used.
const LINKS: TimeDelta = TimeDelta::days(30);
/// How long sessions stay after their end.
const SESSIONS: TimeDelta = TimeDelta::days(90);

/// How many rows one statement removes: few enough that nobody waits for it.
const CHUNK: u64 = 1_000;

/// Rows of one kind.
struct Old {
    table: &'static str,
    /// The columns that tell one row from another.
    key: &'static str,
    /// The time, an index's first column, up to which rows are old.
    time: &'static str,
}

impl Steward {
    /// Removes what nobody will ask for again.
    ///
    /// # Errors
    /// When the database fails, or this machine's clock isn't the database's.
    pub async fn clean_up(&self) -> Result<()> {
        let answers = Old { table: "idempotency", key: "credential, key", time: "created_at" };
        self.remove(answers, idempotency::KEPT_FOR).await?;
        self.remove(Old { table: "rate_limit", key: "bucket", time: "window_at" }, COUNTERS).await?;
        self.remove(Old { table: "token", key: "id", time: "expires_at" }, LINKS).await?;
        self.remove(Old { table: "session", key: "id", time: "ended_at" }, SESSIONS).await?;
        self.remove(Old { table: "session", key: "id", time: "expires_at" }, SESSIONS).await
    }

    /// In chunks, each a transaction of its own, until one isn't full.
    async fn remove(&self, old: Old, age: TimeDelta) -> Result<()> {
        let Old { table, key, time } = old;
        let text = format!(
            "DELETE FROM {table} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {time} <= $1 ORDER BY {time} LIMIT {CHUNK})"
        );
        loop {
            let chunk = self.write.begin().await?;
            let now = self.clock.now();
            self.agree_on_time(&chunk, now).await?;
            let removed = chunk.execute_raw(sql(&chunk, &text, [(now - age).into()])).await?;
            chunk.commit().await?;
            if removed.rows_affected() < CHUNK {
                return Ok(());
            }
        }
    }
}
