//! Leases: which worker has which job, which mails, which messages to vendors. They are bookkeeping and no changes: nobody is told of them, and
//! a lost one is only taken again.
//!
//! A lease is a time by the application's clock and a number that grows. The time says when others may take over; the
//! number alone decides who may write: clocks that disagree give a second try, never a wrong mark.

use crate::core::{
    caller::Lease,
    database::sql,
    error::{Error, Result},
    job::nothing_more,
    steward::Steward,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, prelude::Expr};
use steward_entities::{delivery, job, kinds::JobStatus, webhook_delivery};

/// For how long a worker has a job before others may take over. A chunk takes seconds.
pub const JOB_LEASE: TimeDelta = TimeDelta::seconds(60);

/// For how long a worker has a mail. A mail server may take minutes for its answers.
pub const DELIVERY_LEASE: TimeDelta = TimeDelta::minutes(5);

/// For how long a worker has a message to a vendor. A receiver has a quarter of a minute.
pub const WEBHOOK_LEASE: TimeDelta = TimeDelta::minutes(2);
/// How many messages to the vendor of one app a worker takes at once.
const OF_ONE_APP: i64 = 8;

/// For how long mail of large changes waits at most while others are being written.
pub const MAIL_WAITS: TimeDelta = TimeDelta::minutes(10);

/// What one person doesn't wait for.
const LARGE_KINDS: &str = "'advance_claim', 'advance_data_deletion', 'bulk_accounts', 'erase_account', 'finish_erasure', \
    'leave_domain'";

/// Work over many accounts that is due at `$1`, or in hand: who takes it leaves its time as it is.
const LARGE_WORK: &str = "SELECT 1 FROM job WHERE status = 'PENDING' AND run_at <= $1 \
    AND kind IN ('advance_claim', 'bulk_accounts', 'leave_domain')";

impl Steward {
    /// Takes the job that has been due longest, if there is one that nobody has. Work over many accounts comes after what
    /// one person waits for.
    pub async fn lease_job(&self) -> Result<Option<job::Model>> {
        let text = format!(
            "WITH due AS MATERIALIZED (SELECT id FROM job WHERE status = 'PENDING' AND run_at <= $1 \
             AND (leased_until IS NULL OR leased_until <= $1) \
             ORDER BY CASE WHEN kind IN ({LARGE_KINDS}) THEN 1 ELSE 0 END, run_at, id LIMIT 1{}) \
             UPDATE job SET lease = lease + 1, leased_until = $2 WHERE id IN (SELECT id FROM due) RETURNING *",
            self.passing_over_locked()
        );
        let now = self.clock.now();
        let statement = sql(&self.write, &text, [now.into(), (now + JOB_LEASE).into()]);
        Ok(job::Model::find_by_statement(statement).one(&self.write).await?)
    }

    /// Writes that a try of a job failed, how many have in a row, and when it is tried again (never, if `again` is none).
    ///
    /// # Errors
    /// `LeaseLost` when another worker has taken over; then nothing is written.
    pub async fn postpone_job(
        &self,
        lease: Lease,
        failures: i64,
        why: &str,
        again: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let update = job::Entity::update_many()
            .filter(job::Column::Id.eq(lease.job))
            .filter(job::Column::Lease.eq(lease.number))
            .filter(job::Column::Status.eq(JobStatus::Pending))
            .col_expr(job::Column::Attempts, Expr::value(failures))
            .col_expr(job::Column::LastError, Expr::value(why))
            .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>));
        let update = match again {
            Some(again) => update.col_expr(job::Column::RunAt, Expr::value(again)),
            None => update
                .col_expr(job::Column::Status, Expr::value(JobStatus::Failed))
                .col_expr(job::Column::Payload, Expr::value(nothing_more()))
                .col_expr(job::Column::EndedAt, Expr::value(self.clock.now())),
        };
        if update.exec(&self.write).await?.rows_affected == 0 {
            return Err(Error::LeaseLost);
        }
        Ok(())
    }

    /// Takes up to `most` mails that are due and that nobody has: first those that somebody waits for, then those of
    /// large changes, to which a quarter is left; in each kind those that have been due longest.
    ///
    /// Mail of a large change waits while large changes are being written, but for [`MAIL_WAITS`] at most: it would only
    /// slow them down.
    pub async fn lease_deliveries(&self, most: u32) -> Result<Vec<delivery::Model>> {
        let due =
            "SELECT id FROM delivery WHERE status = 'QUEUED' AND (leased_until IS NULL OR leased_until <= $1) AND";
        let passing_over_locked = self.passing_over_locked();
        let text = format!(
            "WITH awaited AS MATERIALIZED ({due} priority = 0 AND next_attempt_at <= $1 \
             ORDER BY next_attempt_at, id LIMIT $3 - $3 / 4{passing_over_locked}), \
             others AS MATERIALIZED ({due} priority = 1 AND next_attempt_at <= (SELECT CASE WHEN EXISTS ({LARGE_WORK}) \
             THEN $4 ELSE $1 END) ORDER BY next_attempt_at, id \
             LIMIT (SELECT $3 - count(*) FROM awaited){passing_over_locked}) \
             UPDATE delivery SET lease = lease + 1, leased_until = $2 \
             WHERE id IN (SELECT id FROM awaited UNION ALL SELECT id FROM others) RETURNING *"
        );
        let now = self.clock.now();
        let values = [now.into(), (now + DELIVERY_LEASE).into(), i64::from(most).into(), (now - MAIL_WAITS).into()];
        let statement = sql(&self.write, &text, values);
        Ok(delivery::Model::find_by_statement(statement).all(&self.write).await?)
    }

    /// Takes up to `most` messages to vendors that are due and that nobody has, of each app a few, so that one with very many
    /// leaves room for others. None of an app that is paused, or has asked for patience.
    pub async fn lease_webhooks(&self, most: u32) -> Result<Vec<webhook_delivery::Model>> {
        let passing_over_locked = self.passing_over_locked();
        let free = "status = 'QUEUED' AND (leased_until IS NULL OR leased_until <= $1)";
        let text = format!(
            "WITH due AS MATERIALIZED (SELECT id, next_attempt_at, \
             ROW_NUMBER() OVER (PARTITION BY app_id ORDER BY next_attempt_at, id) AS place FROM webhook_delivery \
             WHERE {free} AND next_attempt_at <= $1 AND app_id NOT IN \
             (SELECT app_id FROM app_webhook WHERE paused_at IS NOT NULL OR not_before > $1)), \
             first AS MATERIALIZED (SELECT id FROM due WHERE place <= $4 ORDER BY place, next_attempt_at, id LIMIT $3), \
             taken AS MATERIALIZED (SELECT id FROM webhook_delivery \
             WHERE id IN (SELECT id FROM first) AND {free}{passing_over_locked}) \
             UPDATE webhook_delivery SET lease = lease + 1, leased_until = $2 \
             WHERE id IN (SELECT id FROM taken) RETURNING *"
        );
        let now = self.clock.now();
        let values = [now.into(), (now + WEBHOOK_LEASE).into(), i64::from(most).into(), OF_ONE_APP.into()];
        let statement = sql(&self.write, &text, values);
        Ok(webhook_delivery::Model::find_by_statement(statement).all(&self.write).await?)
    }

    /// On PostgreSQL what another worker is just taking is passed over. On SQLite one statement writes at a time.
    pub fn passing_over_locked(&self) -> &'static str {
        match self.write.get_database_backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        }
    }
}
