//! The loops that do the work.

use crate::{
    core::{Error, Result, Steward, caller::Lease},
    jobs::{
        dispatch::{JobError, run_chunk},
        queue::backoff,
    },
    notices, webhooks,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use std::{any::Any, future::Future, panic::AssertUnwindSafe};
use steward_entities::job;
use tokio_util::sync::CancellationToken;

/// How long a worker waits at most before it looks again. It is woken by changes in its own process; the look finds
/// what others wrote.
const PATIENCE: TimeDelta = TimeDelta::seconds(1);
/// How often old rows are removed.
const CLEAN_UP: TimeDelta = TimeDelta::hours(1);

/// Does everything that is due now, until nothing is: jobs, what they ask for, mail, and what vendors are told. Returns before what is due
/// later.
///
/// # Errors
/// When the database fails. What fails inside a job is written to its row, and the job is due later.
pub async fn run_until_idle(steward: &Steward) -> Result<()> {
    loop {
        let mut idle = true;
        while run_job(steward).await? {
            idle = false;
        }
        while notices::deliver::deliver_batch(steward).await? {
            idle = false;
        }
        // Boxed, as what is waited for here lies on the stack of whoever waits.
        while Box::pin(webhooks::deliver::deliver_batch(steward)).await? {
            idle = false;
        }
        if idle {
            return Ok(());
        }
    }
}

/// Works until `stop`, as long as the clock is right: then finishes what it has in hand. Any number of these may run at
/// once, on any machine.
pub async fn run_forever(steward: &Steward, stop: CancellationToken) {
    tokio::join!(
        repeat(steward, &stop, "jobs", || run_job(steward)),
        // Two, so that one sends while the other waits for the database.
        repeat(steward, &stop, "mail", || notices::deliver::deliver_batch(steward)),
        repeat(steward, &stop, "mail", || notices::deliver::deliver_batch(steward)),
        deliver_webhooks(steward, &stop),
        clean_up(steward, &stop),
    );
}

/// Runs one chunk of the job that has been due longest; false when none is due.
///
/// # Errors
/// When the database fails.
pub async fn run_job(steward: &Steward) -> Result<bool> {
    let Some(job) = steward.lease_job().await? else {
        return Ok(false);
    };
    let outcome = AssertUnwindSafe(Box::pin(run_chunk(steward, &job)))
        .catch_unwind()
        .await
        .unwrap_or_else(|cause| Err(Error::internal(JobError::Panicked(words(cause.as_ref())))));
    let outcome = match outcome {
        Err(error) if !matches!(error, Error::LeaseLost) => postpone(steward, &job, &error).await,
        outcome => outcome,
    };
    match outcome {
        // Another worker goes on with it: it isn't ours to speak of.
        Ok(()) | Err(Error::LeaseLost) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Work that somebody can ask for again. All other is tried for ever: without it people would stay managed, or announced to
/// be, or known though they have left; and what this program doesn't know, be it a kind of work or what it says, waits
/// for a newer one that does.
fn may_be_given_up(kind: &str) -> bool {
    matches!(kind, "answer_sign_up" | "send_password_reset" | "bulk_accounts")
}

async fn postpone(steward: &Steward, job: &job::Model, error: &Error) -> Result<()> {
    // What waits for a newer program hasn't failed: it has all its tries there.
    let is_unknown = JobError::is_unknown(error);
    let failures = if is_unknown { job.attempts } else { job.attempts + 1 };
    let wait = if is_unknown { None } else { backoff(failures) };
    let wait = wait.or_else(|| (is_unknown || !may_be_given_up(&job.kind)).then_some(TimeDelta::hours(1)));
    // A wrong clock can't tell when: the job stays due, for whoever has the right time.
    let again = if steward.clock_agrees() { wait.map(|wait| steward.clock.now() + wait) } else { Some(job.run_at) };
    match again {
        Some(again) => tracing::warn!(job = %job.id, kind = job.kind, failures, %error, %again, "a job failed"),
        None => tracing::error!(job = %job.id, kind = job.kind, failures, %error, "a job is given up"),
    }
    let lease = Lease { job: job.id, number: job.lease };
    steward.postpone_job(lease, failures, &error.to_string(), again).await
}

/// Calls `step` as long as it finds something to do, then waits to be woken, or for a moment.
async fn repeat<F: Future<Output = Result<bool>>>(
    steward: &Steward,
    stop: &CancellationToken,
    what: &'static str,
    step: impl Fn() -> F,
) {
    while !stop.is_cancelled() {
        if !steward.clock_agrees() {
            // What is due can't be known: whoever has the right time does it.
            tokio::select! {
                () = stop.cancelled() => {}
                () = steward.clock.wait_until(steward.clock.now() + PATIENCE) => {}
            }
            continue;
        }
        let woken = steward.wake.notified();
        tokio::pin!(woken);
        // From here on nobody's call is missed, even while we look.
        woken.as_mut().enable();
        if guarded(what, step()).await == Some(true) {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = woken => {}
            () = steward.clock.wait_until(steward.clock.now() + PATIENCE) => {}
        }
    }
}

/// Does a step. A defect costs one try, never the worker.
async fn guarded<T>(what: &'static str, step: impl Future<Output = Result<T>>) -> Option<T> {
    let outcome = AssertUnwindSafe(step)
        .catch_unwind()
        .await
        .unwrap_or_else(|cause| Err(Error::internal(JobError::Panicked(words(cause.as_ref())))));
    outcome.inspect_err(|error| tracing::error!(%error, what, "a worker failed and will try again")).ok()
}

/// Tells vendors what is due. While answers are waited for, what else becomes due is sent as far as there is room: a receiver
/// that is slow keeps what is its own.
async fn deliver_webhooks(steward: &Steward, stop: &CancellationToken) {
    let mut outbox = webhooks::deliver::Outbox::new(steward);
    loop {
        let is_over = stop.is_cancelled();
        if is_over && outbox.is_empty() {
            return;
        }
        let woken = steward.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        if !is_over && steward.clock_agrees() {
            guarded("webhooks", outbox.fill()).await;
        }
        let look_again = steward.clock.now() + PATIENCE;
        tokio::select! {
            Some(first) = outbox.next() => {
                guarded("webhooks", outbox.record(first)).await;
            }
            () = stop.cancelled(), if !is_over => {}
            () = woken, if !is_over => {}
            () = steward.clock.wait_until(look_again), if !is_over => {}
        }
    }
}

async fn clean_up(steward: &Steward, stop: &CancellationToken) {
    let mut next: DateTime<Utc> = steward.clock.now();
    while !stop.is_cancelled() {
        if steward.clock.now() >= next && steward.clock_agrees() {
            match steward.clean_up().await {
                Ok(()) => {}
                Err(error) => tracing::error!(%error, "old rows couldn't be removed"),
            }
            next = steward.clock.now() + CLEAN_UP;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = steward.clock.wait_until(Ord::max(next, steward.clock.now() + PATIENCE)) => {}
        }
    }
}

fn words(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no reason was given").to_owned()
}
