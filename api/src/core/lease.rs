//! Leases: which worker has which job, which mails, which messages to vendors. They are bookkeeping and no changes: nobody
//! is told of them, and a lost one is only taken again.
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
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Statement, Value, prelude::Expr};
use std::sync::LazyLock;
use steward_entities::{delivery, id::AppId, job, kinds::JobStatus, webhook_delivery};

/// For how long a worker has a job before others may take over. A chunk takes seconds.
pub const JOB_LEASE: TimeDelta = TimeDelta::seconds(60);

/// For how long a worker has a mail. A mail server may take minutes for its answers.
pub const DELIVERY_LEASE: TimeDelta = TimeDelta::minutes(5);

/// For how long a worker has a message to a vendor. A receiver has a quarter of a minute.
pub const WEBHOOK_LEASE: TimeDelta = TimeDelta::minutes(2);
/// How many messages to the vendor of one app are under way at once, whoever has them.
const OF_ONE_APP: i64 = 8;

/// A message that nobody has at `$1`.
const FREE: &str = "status = 'QUEUED' AND (leased_until IS NULL OR leased_until <= $1)";

/// The apps of which something waits, as the table `waiting`. From one app the index leads to the next: what waits isn't read.
pub const WAITING_APPS: &str = "RECURSIVE waiting (app_id) AS (\
    SELECT (SELECT app_id FROM webhook_delivery WHERE status = 'QUEUED' ORDER BY app_id LIMIT 1) \
    UNION ALL SELECT (SELECT d.app_id FROM webhook_delivery d WHERE d.status = 'QUEUED' AND d.app_id > waiting.app_id \
    ORDER BY d.app_id LIMIT 1) FROM waiting WHERE waiting.app_id IS NOT NULL)";

/// Of each app that waits and isn't paused: when it was resumed, if something has waited since before; when the first of the
/// rest is due; and how many are under way at `$1`.
const TURNS: &str = "SELECT w.app_id, \
    CASE WHEN (SELECT d.id FROM webhook_delivery d WHERE d.app_id = w.app_id AND d.status = 'QUEUED' \
    AND (d.leased_until IS NULL OR d.leased_until <= $1) AND d.tried_since < g.resumed_at \
    ORDER BY d.tried_since, d.id LIMIT 1) IS NOT NULL THEN g.resumed_at END AS resumed_at, \
    (SELECT d.next_attempt_at FROM webhook_delivery d WHERE d.app_id = w.app_id AND d.status = 'QUEUED' \
    AND (d.leased_until IS NULL OR d.leased_until <= $1) ORDER BY d.next_attempt_at, d.id LIMIT 1) AS first_at, \
    (SELECT COUNT(*) FROM webhook_delivery d WHERE d.app_id = w.app_id AND d.status = 'QUEUED' \
    AND d.leased_until IS NOT NULL AND d.leased_until > $1) AS in_hand \
    FROM waiting w LEFT JOIN app_webhook g ON g.app_id = w.app_id \
    WHERE w.app_id IS NOT NULL AND g.paused_at IS NULL AND (g.not_before IS NULL OR g.not_before <= $1)";

/// The apps that have something due at `$1` and of which less than `$2` are under way, `$3` of them at most: first those with
/// the least under way, then those that have waited longest.
pub static APPS_IN_TURN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH {WAITING_APPS}, turn AS MATERIALIZED ({TURNS}) SELECT app_id, resumed_at, in_hand FROM turn \
         WHERE COALESCE(resumed_at, first_at) <= $1 AND in_hand < $2 \
         ORDER BY in_hand, COALESCE(resumed_at, first_at), app_id LIMIT $3"
    )
});

/// An app whose turn it is.
#[derive(FromQueryResult)]
struct AppInTurn {
    app_id: AppId,
    /// When it was resumed, while something waits from before: all of that is due, and comes first.
    resumed_at: Option<DateTime<Utc>>,
    /// How many of its messages are under way.
    in_hand: i64,
}

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

    /// Takes up to `most` messages to vendors that are due and that nobody has: of each app those that have been due longest,
    /// and so few that with what is under way, here and elsewhere, there are [`OF_ONE_APP`]. None of an app that is paused,
    /// or whose receiver has asked for patience.
    ///
    /// However many wait, it reads of each app that has any the few that it takes.
    pub async fn lease_webhooks(&self, most: u32) -> Result<Vec<webhook_delivery::Model>> {
        match self.webhooks_in_turn(most).await? {
            Some(taking) => Ok(webhook_delivery::Model::find_by_statement(taking).all(&self.write).await?),
            None => Ok(Vec::new()),
        }
    }

    /// The statement that takes them; none where it is no app's turn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhooks_in_turn(&self, most: u32) -> Result<Option<Statement>> {
        let (now, most) = (self.clock.now(), i64::from(most));
        let values = [now.into(), OF_ONE_APP.into(), most.into()];
        let apps = AppInTurn::find_by_statement(sql(&self.read, &APPS_IN_TURN, values)).all(&self.read).await?;
        if apps.is_empty() {
            return Ok(None);
        }
        let each = Ord::max(most / i64::try_from(apps.len()).unwrap_or(most), 1);
        let mut values: Vec<Value> = vec![now.into(), (now + WEBHOOK_LEASE).into()];
        let first_of = |app: &AppInTurn| {
            values.extend([app.app_id.into(), app.resumed_at.unwrap_or(now).into()]);
            let (of, time, few) = (values.len() - 1, values.len(), Ord::min(each, OF_ONE_APP - app.in_hand));
            let (due, order) = match app.resumed_at {
                Some(_) => (format!("tried_since < ${time}"), "tried_since"),
                None => (format!("next_attempt_at <= ${time}"), "next_attempt_at"),
            };
            format!(
                "SELECT id FROM (SELECT id FROM webhook_delivery WHERE app_id = ${of} AND {FREE} AND {due} \
                 ORDER BY {order}, id LIMIT {few}) AS of_{of}"
            )
        };
        let due: Vec<String> = apps.iter().map(first_of).collect();
        let (due, passing_over_locked) = (due.join(" UNION ALL "), self.passing_over_locked());
        let text = format!(
            "WITH due AS MATERIALIZED ({due}), taken AS MATERIALIZED (SELECT id FROM webhook_delivery \
             WHERE id IN (SELECT id FROM due) AND {FREE}{passing_over_locked}) \
             UPDATE webhook_delivery SET lease = lease + 1, leased_until = $2 \
             WHERE id IN (SELECT id FROM taken) RETURNING *"
        );
        Ok(Some(sql(&self.write, &text, values)))
    }

    /// On PostgreSQL what another worker is just taking is passed over. On SQLite one statement writes at a time.
    pub fn passing_over_locked(&self) -> &'static str {
        match self.write.get_database_backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        }
    }
}
