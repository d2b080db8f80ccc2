//! When a job is tried again after a failure.

use chrono::TimeDelta;

/// After how many failures in a row a job is given up.
const MOST_FAILURES: i64 = 20;

/// How long a job waits after its `failures`-th failure in a row; none when it is given up.
#[must_use]
pub const fn backoff(failures: i64) -> Option<TimeDelta> {
    match failures {
        ..=1 => Some(TimeDelta::seconds(5)),
        2 => Some(TimeDelta::seconds(30)),
        3 => Some(TimeDelta::minutes(2)),
        4 => Some(TimeDelta::minutes(10)),
        5..MOST_FAILURES => Some(TimeDelta::hours(1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_waits_longer_each_time_and_is_given_up_in_the_end() {
        assert_eq!(backoff(1), Some(TimeDelta::seconds(5)));
        let waits: Vec<_> = (1..20).map(backoff).collect();
        assert!(waits.is_sorted() && !waits.contains(&None), "{waits:?}");
        assert_eq!(backoff(20), None);
    }
}
