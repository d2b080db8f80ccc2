//! Time is handed in, so that tests are exact and the demo can let weeks pass.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How far ahead somebody can set an end: whoever wants more wants none. Beyond the year 9999 times have no order as texts.
pub const FURTHEST: TimeDelta = TimeDelta::days(3_660);

/// Where the current time comes from.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// The current time in UTC, to the microsecond (what both databases can keep).
    fn now(&self) -> DateTime<Utc>;

    /// Returns once [`Clock::now`] is at or past `at`.
    async fn wait_until(&self, at: DateTime<Utc>);

    /// Whether it is a machine's, which can be wrong; one that is moved by hand is right by definition.
    fn is_the_machines(&self) -> bool {
        false
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait::async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
    async fn wait_until(&self, at: DateTime<Utc>) {
        let left = at.signed_duration_since(self.now()).to_std().unwrap_or(Duration::ZERO);
        tokio::time::sleep(left).await;
    }

    fn is_the_machines(&self) -> bool {
        true
    }
}

/// A clock that moves only when it is told to. The server can't be started with one: it serves tests and the demo.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<watch::Sender<DateTime<Utc>>>,
}

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now: Arc::new(watch::Sender::new(now.trunc_subsecs(6))) }
    }

    /// Moves the clock forward, or back.
    pub fn advance(&self, by: TimeDelta) {
        self.now.send_modify(|now| *now += by);
    }
}

#[async_trait::async_trait]
impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    async fn wait_until(&self, at: DateTime<Utc>) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.now.subscribe().wait_for(|now| *now >= at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_ends_when_the_clock_is_moved() {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.wait_until(DateTime::UNIX_EPOCH + TimeDelta::days(14)).await }
        });
        clock.advance(TimeDelta::days(13));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(TimeDelta::days(1));
        waiting.await.unwrap();
    }
}
