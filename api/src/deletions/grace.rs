//! How long a deletion waits before it can't be undone.

use crate::core::{Result, invalid};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The days that a deletion waits where nobody says otherwise.
pub const USUAL_DAYS: i32 = 14;
/// The most.
const MOST_DAYS: i32 = 30;

/// A grace period in whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grace(i32);

impl Grace {
    /// Of this many days, which were given as `graceDays`.
    ///
    /// # Errors
    /// `INVALID` for less than none or more than 30.
    pub fn days(days: i32) -> Result<Self> {
        if (0..=MOST_DAYS).contains(&days) {
            Ok(Self(days))
        } else {
            Err(invalid(&["input", "graceDays"], "must be between 0 and 30"))
        }
    }

    /// When it ends, for a deletion that is scheduled now.
    #[must_use]
    pub fn ends(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::days(self.0.into())
    }

    /// How many days.
    #[must_use]
    pub const fn in_days(self) -> i32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_period_has_none_to_thirty_days() {
        for days in [0, 14, 30] {
            assert_eq!(
                Grace::days(days).unwrap().ends(DateTime::UNIX_EPOCH),
                DateTime::UNIX_EPOCH + TimeDelta::days(days.into())
            );
        }
        for days in [-1, 31, i32::MIN, i32::MAX] {
            assert!(Grace::days(days).is_err(), "{days}");
        }
    }
}
