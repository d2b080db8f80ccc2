//! Whether this machine's clock can be trusted. Periods of notice end by it: a replica whose clock is ahead would let
//! control take effect too early. All replicas share the database, so that its clock is the one to compare with.

use crate::core::{
    database::sql,
    error::{Error, Result},
    steward::Steward,
    tx::Tx,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend};
use std::sync::atomic::Ordering;

/// By how much the clocks may differ: far more than machines that ask a time server do.
const TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// By how much our clock is ahead of the database's (behind, where negative), if it is too much. Ours was read `before`
/// and `after` the database's: what lies between them is no difference.
#[must_use]
pub fn disagreement(before: DateTime<Utc>, theirs: DateTime<Utc>, after: DateTime<Utc>) -> Option<TimeDelta> {
    let ahead = if theirs < before {
        before - theirs
    } else if theirs > after {
        after - theirs
    } else {
        TimeDelta::zero()
    };
    (ahead.abs() > TOLERANCE).then_some(ahead)
}

/// This machine's clock isn't the database's, so that nothing may be ended by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine's clock is {} seconds ahead of the database's: whoever has the right time does it", .0.num_seconds())]
pub struct WrongClock(pub TimeDelta);

impl Tx<'_> {
    /// Compares the time of this change with the database's, in its transaction: for what ends somebody's period and
    /// can't be undone. What was found a moment ago isn't enough, because a clock jumps at once.
    ///
    /// # Errors
    /// [`WrongClock`] where they disagree.
    pub async fn agree_on_time(&self) -> Result<()> {
        self.steward().agree_on_time(self.db(), self.now()).await
    }

    /// The time from which a period counts that mustn't begin too early: the later of this machine's and the database's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_time(&self) -> Result<DateTime<Utc>> {
        if !self.steward().has_two_clocks() {
            return Ok(self.now());
        }
        let behind = self.steward().look_at_both(self.db()).await?.filter(|ahead| *ahead < TimeDelta::zero());
        Ok(behind.map_or(self.now(), |ahead| self.now() - ahead))
    }
}

impl Steward {
    pub(in crate::core) async fn agree_on_time(&self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<()> {
        if !self.has_two_clocks() {
            return Ok(());
        }
        let found = self.look_at_both(db).await?;
        // The change may have begun while the clock was ahead, and waited until it was set right.
        let found = found.or_else(|| Some(now - self.clock.now()).filter(|ahead| *ahead > TOLERANCE));
        let Some(ahead) = found else { return Ok(()) };
        self.clock_agrees.store(false, Ordering::Relaxed);
        Err(Error::internal(WrongClock(ahead)))
    }

    /// A file has no clock of its own, nor has anything a clock that is moved by hand.
    fn has_two_clocks(&self) -> bool {
        self.clock.is_the_machines() && self.read.get_database_backend() == DbBackend::Postgres
    }

    async fn look_at_both(&self, db: &impl ConnectionTrait) -> Result<Option<TimeDelta>> {
        let before = self.clock.now();
        let row = db.query_one_raw(sql(db, "SELECT clock_timestamp() AS now", [])).await?;
        let after = self.clock.now();
        let row = row.ok_or_else(|| Error::internal("the database didn't tell the time"))?;
        Ok(disagreement(before, row.try_get("", "now")?, after))
    }

    /// Compares this machine's clock with the database's and remembers the outcome, for [`Steward::clock_agrees`].
    ///
    /// # Errors
    /// When the database fails; then what was found before still holds.
    pub async fn compare_clocks(&self) -> Result<()> {
        if !self.has_two_clocks() {
            return Ok(());
        }
        let found = self.look_at_both(&self.read).await?;
        let agreed = self.clock_agrees.swap(found.is_none(), Ordering::Relaxed);
        match found {
            Some(ahead) => tracing::error!(
                seconds_ahead = ahead.num_seconds(),
                "this machine's clock isn't the database's: no jobs are done and no mail is sent here until it is set right"
            ),
            None if !agreed => tracing::info!("this machine's clock is the database's"),
            None => {}
        }
        Ok(())
    }

    /// Whether this machine's clock was that of the database when they were last compared; not before they were.
    #[must_use]
    pub fn clock_agrees(&self) -> bool {
        !self.has_two_clocks() || self.clock_agrees.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn clocks_disagree_from_a_minute_on_and_waiting_for_the_database_is_no_difference() {
        assert_eq!(disagreement(at(1_000), at(1_000), at(1_001)), None);
        assert_eq!(disagreement(at(1_000), at(940), at(1_001)), None);
        assert_eq!(disagreement(at(1_000), at(939), at(1_001)), Some(TimeDelta::seconds(61)));
        assert_eq!(disagreement(at(1_000), at(1_061), at(1_001)), None);
        assert_eq!(disagreement(at(1_000), at(1_062), at(1_001)), Some(TimeDelta::seconds(-61)));
        // The answer took two minutes: the clocks may be the same.
        assert_eq!(disagreement(at(1_000), at(1_100), at(1_120)), None);
    }
}
