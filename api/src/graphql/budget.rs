//! How many points a credential may spend in a minute, counted in this replica's memory.
//!
//! A bucket per credential: it holds one minute's points at most and fills evenly. What a replica forgets when it
//! ends is at most one minute's worth; limits that guard secrets are rows in the database instead.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::limits::Cost;

/// Credentials that are kept; beyond, full buckets go first, then those that were used longest ago.
const MAX_KEYS: usize = 20_000;
const NANOSECONDS_IN_A_MINUTE: u128 = 60_000_000_000;

/// What is left after a charge; the API's `rateLimit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Points in a minute.
    pub limit: u64,
    /// Points that are left now.
    pub remaining: u64,
    /// When all points are back, if nothing more is spent.
    pub reset_at: DateTime<Utc>,
}

/// The budget is spent; nothing was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimited {
    /// After this time the same charge fits.
    pub retry_after: Duration,
}

/// The budgets of all credentials that this replica has seen lately.
#[derive(Debug)]
pub struct QueryBudget {
    limit: u64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// Points are kept as time: a bucket is full again at `full_at`, and lacks the points that come until then.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    full_at: DateTime<Utc>,
}

impl QueryBudget {
    /// `limit` is points in a minute for each credential.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit: limit.max(1), buckets: Mutex::default() }
    }

    /// Takes `cost` points from the bucket of `key`. A cost above the limit counts as the whole limit, so that
    /// every request fits some time.
    ///
    /// # Errors
    /// [`RateLimited`] when fewer points are left.
    pub fn charge(&self, key: &str, cost: Cost, now: DateTime<Utc>) -> Result<Budget, RateLimited> {
        let minute = TimeDelta::minutes(1);
        let needed = self.time_of(cost.0.min(self.limit));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that jumped back must not lock anybody out for longer than a minute.
        let full_at = buckets.get(key).map_or(now, |bucket| bucket.full_at.clamp(now, now + minute));
        let full_after = full_at + needed;
        if full_after > now + minute {
            let retry_after = (full_after - (now + minute)).to_std().unwrap_or(Duration::ZERO);
            return Err(RateLimited { retry_after });
        }
        match buckets.get_mut(key) {
            Some(bucket) => bucket.full_at = full_after,
            None => {
                if buckets.len() >= MAX_KEYS {
                    drop_idle(&mut buckets, now);
                }
                buckets.insert(key.to_owned(), Bucket { full_at: full_after });
            }
        }
        Ok(Budget { limit: self.limit, remaining: self.limit - self.points_of(full_after - now), reset_at: full_after })
    }

    /// How long a bucket needs to fill by so many points, rounded up.
    fn time_of(&self, points: u64) -> TimeDelta {
        let nanoseconds = (u128::from(points) * NANOSECONDS_IN_A_MINUTE).div_ceil(u128::from(self.limit));
        TimeDelta::nanoseconds(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
    }

    /// How many points are missing for so long, rounded up.
    fn points_of(&self, time: TimeDelta) -> u64 {
        let nanoseconds = u128::try_from(time.num_nanoseconds().unwrap_or(i64::MAX)).unwrap_or(0);
        let points = (nanoseconds * u128::from(self.limit)).div_ceil(NANOSECONDS_IN_A_MINUTE);
        u64::try_from(points).unwrap_or(u64::MAX).min(self.limit)
    }
}

/// Drops full buckets, which say nothing; when all are in use, the half that is nearest to full.
fn drop_idle(buckets: &mut HashMap<String, Bucket>, now: DateTime<Utc>) {
    buckets.retain(|_, bucket| bucket.full_at > now);
    if buckets.len() < MAX_KEYS {
        return;
    }
    let mut times: Vec<_> = buckets.values().map(|bucket| bucket.full_at).collect();
    times.sort_unstable();
    let Some(middle) = times.get(times.len() / 2).copied() else {
        return;
    };
    buckets.retain(|_, bucket| bucket.full_at > middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("in range")
    }

    #[test]
    fn points_are_taken_and_come_back_evenly() {
        let budget = QueryBudget::new(600);
        let after = budget.charge("ana", Cost(200), at(0)).expect("fits");
        assert_eq!(after, Budget { limit: 600, remaining: 400, reset_at: at(20) });
        let after = budget.charge("ana", Cost(400), at(0)).expect("fits");
        assert_eq!(after.remaining, 0);
        assert_eq!(budget.charge("ana", Cost(100), at(5)), Err(RateLimited { retry_after: Duration::from_secs(5) }));
        assert_eq!(budget.charge("ana", Cost(100), at(10)).expect("fits").remaining, 0);
        assert_eq!(budget.charge("ana", Cost(0), at(1_000)).expect("fits").remaining, 600);
    }

    #[test]
    fn a_refusal_takes_nothing() {
        let budget = QueryBudget::new(60);
        budget.charge("ana", Cost(50), at(0)).expect("fits");
        for _ in 0..100 {
            assert!(budget.charge("ana", Cost(20), at(0)).is_err());
        }
        assert_eq!(budget.charge("ana", Cost(10), at(0)).expect("fits").remaining, 0);
    }

    #[test]
    fn credentials_do_not_share() {
        let budget = QueryBudget::new(60);
        budget.charge("ana", Cost(60), at(0)).expect("fits");
        assert_eq!(budget.charge("bob", Cost(60), at(0)).expect("fits").remaining, 0);
    }

    #[test]
    fn a_cost_above_the_limit_fits_into_a_full_bucket() {
        let budget = QueryBudget::new(60);
        assert_eq!(budget.charge("ana", Cost(u64::MAX), at(0)).expect("fits").remaining, 0);
        assert_eq!(
            budget.charge("ana", Cost(u64::MAX), at(0)),
            Err(RateLimited { retry_after: Duration::from_secs(60) })
        );
    }

    #[test]
    fn a_clock_that_jumps_back_locks_nobody_out() {
        let budget = QueryBudget::new(60);
        budget.charge("ana", Cost(60), at(100_000)).expect("fits");
        assert_eq!(budget.charge("ana", Cost(60), at(0)), Err(RateLimited { retry_after: Duration::from_secs(60) }));
        assert!(budget.charge("ana", Cost(60), at(100_060)).is_ok());
    }

    #[test]
    fn a_flood_of_credentials_stays_within_its_memory() {
        let budget = QueryBudget::new(60);
        for number in 0..(3 * MAX_KEYS) {
            budget.charge(&number.to_string(), Cost(1), at(0)).expect("fits");
        }
        budget.charge("spent", Cost(60), at(0)).expect("fits");
        for number in 0..MAX_KEYS {
            budget.charge(&format!("other {number}"), Cost(1), at(0)).expect("fits");
        }
        assert!(budget.buckets.lock().expect("not poisoned").len() <= MAX_KEYS);
        assert!(budget.charge("spent", Cost(60), at(0)).is_err(), "the one who spent most is remembered longest");
    }
}
