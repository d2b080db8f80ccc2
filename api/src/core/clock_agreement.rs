//! Whether this machine's clock can be trusted. Periods of notice end by it: a replica whose clock is ahead would let
//! control take effect too early. All replicas share the database, so that its clock is the one to compare with.

use crate::core::{database::sql, error::Result, steward::Steward};
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

impl Steward {
    /// Compares this machine's clock with the database's and remembers the outcome, for [`Steward::clock_agrees`]. A file
    /// has no clock of its own, nor has anything a clock that is moved by hand.
    ///
    /// # Errors
    /// When the database fails; then what was found before still holds.
    pub async fn compare_clocks(&self) -> Result<()> {
        if !self.clock.is_the_machines() || self.read.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let before = self.clock.now();
        let row = self.read.query_one_raw(sql(&self.read, "SELECT clock_timestamp() AS now", [])).await?;
        let after = self.clock.now();
        let Some(theirs) = row.map(|row| row.try_get::<DateTime<Utc>>("", "now")).transpose()? else {
            return Ok(());
        };
        let found = disagreement(before, theirs, after);
        let agreed = self.clock_agrees.swap(found.is_none(), Ordering::Relaxed);
        match found {
            Some(ahead) => tracing::error!(
                seconds_ahead = ahead.num_seconds(),
                "this machine's clock isn't the database's: no jobs are done and no mail is sent here until it is set right"
            ),
            None if !agreed => tracing::info!("this machine's clock is right again"),
            None => {}
        }
        Ok(())
    }

    /// Whether this machine's clock was that of the database when they were last compared.
    #[must_use]
    pub fn clock_agrees(&self) -> bool {
        self.clock_agrees.load(Ordering::Relaxed)
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
