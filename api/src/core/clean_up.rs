//! Rows that have had their day: answers to repeated requests, counters of tries, dead links, ended sessions, dead tokens of
//! apps, what vendors were told, jobs that are over and their results. What the log says about them stays.

use crate::core::{database::sql, error::Result, idempotency, lease::WAITING_APPS, steward::Steward};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, TransactionTrait};

/// How long counters stay; longer than the longest window of any limit.
const COUNTERS: TimeDelta = TimeDelta::days(2);
/// How long links stay after they were too old, whether or not they were used.
const LINKS: TimeDelta = TimeDelta::days(30);
/// How long sessions stay after their end.
const SESSIONS: TimeDelta = TimeDelta::days(90);
/// How long jobs stay after their end, with what they did to each account.
const JOBS: TimeDelta = TimeDelta::days(90);
/// How long messages to vendors wait where nobody resumes them, and how long they stay after they have arrived or were given up;
/// so do the secrets that signed them after their end.
const WEBHOOKS: TimeDelta = TimeDelta::days(90);
/// What administrators read of a message that was given up as nobody has resumed the app's webhooks.
const WAITED_TOO_LONG: &str = "it has waited for 90 days, as the app's webhooks are paused";
/// How long tokens of apps stay after they were too old.
const APP_TOKENS: TimeDelta = TimeDelta::days(1);

/// How many rows one statement removes: few enough that nobody waits for it.
const CHUNK: u64 = 1_000;
/// How many jobs are looked at together.
const JOBS_AT_ONCE: u64 = 100;

/// The messages that have waited since `$1`, of an app that has any, and that nobody has resumed since. From one app the index
/// leads to the next.
pub const WAITED: &str = "SELECT d.id FROM webhook_delivery d WHERE d.status = 'QUEUED' AND d.tried_since <= $1 \
    AND d.app_id = (SELECT w.app_id FROM waiting w WHERE (SELECT o.id FROM webhook_delivery o WHERE o.app_id = w.app_id \
    AND o.status = 'QUEUED' AND o.tried_since <= $1 ORDER BY o.tried_since, o.id LIMIT 1) IS NOT NULL \
    AND NOT EXISTS (SELECT 1 FROM app_webhook g WHERE g.app_id = w.app_id AND g.resumed_at > $1) LIMIT 1) \
    ORDER BY d.tried_since, d.id";

/// Rows of one kind.
struct Old {
    table: &'static str,
    /// The columns that tell one row from another.
    key: &'static str,
    /// The time, an index's first column, up to which rows are old.
    time: &'static str,
}

impl Steward {
    /// Removes what nobody will ask for again, and unmarks what was left behind in workspaces.
    ///
    /// # Errors
    /// When the database fails, or this machine's clock isn't the database's.
    pub async fn clean_up(&self) -> Result<()> {
        let answers = Old { table: "idempotency", key: "credential, key", time: "created_at" };
        self.remove(answers, idempotency::KEPT_FOR).await?;
        self.remove(Old { table: "rate_limit", key: "bucket", time: "window_at" }, COUNTERS).await?;
        self.remove(Old { table: "token", key: "id", time: "expires_at" }, LINKS).await?;
        self.remove(Old { table: "session", key: "id", time: "ended_at" }, SESSIONS).await?;
        self.remove(Old { table: "session", key: "id", time: "expires_at" }, SESSIONS).await?;
        self.remove(Old { table: "app_token", key: "id", time: "expires_at" }, APP_TOKENS).await?;
        self.give_webhooks_up().await?;
        self.remove(Old { table: "webhook_delivery", key: "id", time: "ended_at" }, WEBHOOKS).await?;
        self.remove(Old { table: "app_webhook_secret", key: "id", time: "expires_at" }, WEBHOOKS).await?;
        self.unmark_departed().await?;
        self.remove_jobs().await
    }

    /// What waits for a vendor whose webhooks nobody resumes: it is told to nobody any more, and seen as given up for as long
    /// as what has ended. Where somebody has resumed them since, it waits from then on.
    async fn give_webhooks_up(&self) -> Result<()> {
        let text = format!(
            "WITH {WAITING_APPS} UPDATE webhook_delivery SET status = 'FAILED', next_attempt_at = NULL, \
             leased_until = NULL, lease = lease + 1, ended_at = $2, last_error = $3 WHERE id IN ({WAITED} LIMIT {CHUNK})"
        );
        loop {
            let chunk = self.write.begin().await?;
            let now = self.clock.now();
            self.agree_on_time(&chunk, now).await?;
            let values = [(now - WEBHOOKS).into(), now.into(), WAITED_TOO_LONG.into()];
            let given_up = chunk.execute_raw(sql(&chunk, &text, values)).await?;
            chunk.commit().await?;
            if given_up.rows_affected() == 0 {
                return Ok(());
            }
        }
    }

    /// A job goes when its results are gone, of which there may be very many.
    async fn remove_jobs(&self) -> Result<()> {
        let old = format!("SELECT id FROM job WHERE ended_at <= $1 ORDER BY ended_at, id LIMIT {JOBS_AT_ONCE}");
        let results = format!(
            "DELETE FROM job_row WHERE (job_id, account_id) IN \
             (SELECT job_id, account_id FROM job_row WHERE job_id IN ({old}) LIMIT {CHUNK})"
        );
        // Another replica may just be removing the rest of the results.
        let jobs = format!(
            "DELETE FROM job WHERE id IN ({old}) AND NOT EXISTS (SELECT 1 FROM job_row WHERE job_row.job_id = job.id)"
        );
        loop {
            let chunk = self.write.begin().await?;
            let now = self.clock.now();
            self.agree_on_time(&chunk, now).await?;
            let mut removed = 0;
            for text in [&results, &jobs] {
                removed += chunk.execute_raw(sql(&chunk, text, [(now - JOBS).into()])).await?.rows_affected();
            }
            chunk.commit().await?;
            if removed == 0 {
                return Ok(());
            }
        }
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
