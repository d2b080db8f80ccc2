//! Rows that have had their day: answers to repeated requests, counters of tries, dead links, ended sessions. What the log
//! says about them stays.

use crate::core::{database::sql, error::Result, idempotency, steward::Steward};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;

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
    pub async fn clean_up(&self) -> Result<()> {
        let now = self.clock.now();
        let answers = Old { table: "idempotency", key: "credential, key", time: "created_at" };
        self.remove(answers, now - idempotency::KEPT_FOR).await?;
        self.remove(Old { table: "rate_limit", key: "bucket", time: "window_at" }, now - COUNTERS).await?;
        self.remove(Old { table: "token", key: "id", time: "expires_at" }, now - LINKS).await?;
        self.remove(Old { table: "session", key: "id", time: "ended_at" }, now - SESSIONS).await?;
        self.remove(Old { table: "session", key: "id", time: "expires_at" }, now - SESSIONS).await
    }

    /// In chunks, each a transaction of its own, until one isn't full.
    async fn remove(&self, old: Old, before: DateTime<Utc>) -> Result<()> {
        let Old { table, key, time } = old;
        let text = format!(
            "DELETE FROM {table} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {time} <= $1 ORDER BY {time} LIMIT {CHUNK})"
        );
        loop {
            let removed = self.write.execute_raw(sql(&self.write, &text, [before.into()])).await?;
            if removed.rows_affected() < CHUNK {
                return Ok(());
            }
        }
    }
}
