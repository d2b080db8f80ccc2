//! When a message is tried again, and when its receiver counts as lost.

use chrono::{DateTime, TimeDelta, Utc};

/// For how long a message is tried before it is given up, and for how long nothing may arrive before an app's messages are
/// held.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(3);
/// How long a receiver may ask for patience at most.
const MOST_PATIENCE: TimeDelta = TimeDelta::days(1);
/// For how long nothing else is sent to a receiver that doesn't answer at all, at most.
pub const UNREACHED_FOR: TimeDelta = TimeDelta::minutes(5);

/// How long a message waits after its `tries`-th try, as Standard Webhooks recommends.
#[must_use]
pub const fn backoff(tries: i64) -> TimeDelta {
    match tries {
        ..=1 => TimeDelta::seconds(5),
        2 => TimeDelta::minutes(5),
        3 => TimeDelta::minutes(30),
        4 => TimeDelta::hours(2),
        5 => TimeDelta::hours(5),
        _ => TimeDelta::hours(10),
    }
}

/// Until when a receiver asks for patience: in seconds, or at a time (RFC 9110, 10.2.3). None for what nobody understands, or
/// is past.
#[must_use]
pub fn patience(retry_after: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = retry_after.trim();
    let at = match text.parse::<u32>() {
        Ok(seconds) => now + TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc(),
    };
    (at > now).then(|| Ord::min(at, now + MOST_PATIENCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_waits_longer_each_time() {
        let waits: Vec<_> = (1..12).map(backoff).collect();
        assert!(waits.is_sorted(), "{waits:?}");
        assert_eq!((waits[0], waits[10]), (TimeDelta::seconds(5), TimeDelta::hours(10)));
        let tries = waits.iter().scan(TimeDelta::zero(), |at, wait| {
            *at += *wait;
            Some(*at)
        });
        assert_eq!(tries.filter(|at| *at < TRIED_FOR).count(), 11, "often enough, before it is given up");
    }

    #[test]
    fn patience_is_asked_for_in_seconds_or_by_a_time() {
        let now: DateTime<Utc> = "2026-11-21T09:00:00Z".parse().unwrap();
        assert_eq!(patience("120", now), Some(now + TimeDelta::minutes(2)));
        assert_eq!(patience(" Sat, 21 Nov 2026 10:00:00 GMT ", now), Some(now + TimeDelta::hours(1)));
        assert_eq!(patience("4294967295", now), Some(now + TimeDelta::days(1)), "nobody waits for a century");
        assert_eq!(patience("Sat, 21 Nov 2099 10:00:00 GMT", now), Some(now + TimeDelta::days(1)));
        for nothing in ["", "0", "-5", "soon", "99999999999999999999", "Sat, 21 Nov 2026 08:00:00 GMT"] {
            assert_eq!(patience(nothing, now), None, "{nothing}");
        }
    }
}
