//! Limits on guessing: rows, so that all replicas count together, committed apart from any change.

use crate::core::{
    database::sql,
    error::{Error, Result},
    secret::{hex, sha256},
    steward::Steward,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::FromQueryResult;

/// How often something may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub name: &'static str,
    /// Tries in one window.
    pub most: i64,
    /// The window.
    pub window: TimeDelta,
}

impl Limit {
    /// Mail that callers may have sent to one address: nobody's mailbox is flooded through us.
    pub const MAIL_TO_ONE_ADDRESS: Self = Self { name: "mail_to_one_address", most: 10, window: TimeDelta::hours(1) };
    /// Mail to addresses of its choice that one organization may have sent: nobody makes a mailing list of us.
    pub const MAIL_OF_ONE_ORGANIZATION: Self =
        Self { name: "mail_of_one_organization", most: 1_000, window: TimeDelta::days(1) };
}

#[derive(FromQueryResult)]
struct Used {
    used: i64,
    window_at: DateTime<Utc>,
}

impl Steward {
    /// Counts one try by `whom`.
    ///
    /// # Errors
    /// `RateLimited` when there were too many in this window.
    pub async fn count(&self, limit: Limit, whom: &str) -> Result<()> {
        let now = self.clock.now();
        // Hashed, because addresses of people have no business here.
        let bucket = format!("{}:{}", limit.name, hex(&sha256(whom.as_bytes())[..16]));
        let text = "INSERT INTO rate_limit (bucket, window_at, used) VALUES ($1, $2, 1) \
                    ON CONFLICT (bucket) DO UPDATE SET \
                    used = CASE WHEN rate_limit.window_at <= $3 THEN 1 ELSE rate_limit.used + 1 END, \
                    window_at = CASE WHEN rate_limit.window_at <= $3 THEN $2 ELSE rate_limit.window_at END \
                    RETURNING used, window_at";
        let values = [bucket.into(), now.into(), (now - limit.window).into()];
        let row = Used::find_by_statement(sql(&self.write, text, values)).one(&self.write).await?;
        match row {
            Some(row) if row.used > limit.most => {
                let retry_after = (row.window_at + limit.window - now).num_seconds().max(1);
                Err(Error::RateLimited { retry_after })
            }
            _ => Ok(()),
        }
    }
}
