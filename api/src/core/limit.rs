//! Limits on guessing and on mail: rows, so that all replicas count together. Tries are committed apart from any change;
//! mails are counted by the change that writes them, so that what is refused counts for nothing.

use crate::core::{
    database::sql,
    error::{Error, Result},
    secret::{hex, sha256},
    steward::Steward,
    text::EmailAddress,
    tx::Tx,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use steward_entities::id::{AccountId, OrganizationId};

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
    /// Mail that one organization, or one person, may have sent to one address.
    pub const MAIL_TO_ONE_ADDRESS: Self = Self { name: "mail_to_one_address", most: 10, window: TimeDelta::hours(1) };
    /// Mail that all of them may have sent to one address: nobody's mailbox is flooded through us.
    pub const MAIL_TO_ONE_ADDRESS_BY_ALL: Self =
        Self { name: "mail_to_one_address_by_all", most: 30, window: TimeDelta::hours(1) };
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
        count(&self.write, limit, whom, self.clock.now()).await
    }

    /// Counts nothing, and refuses where all tries of this window are used up.
    ///
    /// # Errors
    /// `RateLimited` then.
    pub async fn check_limit(&self, limit: Limit, whom: &str) -> Result<()> {
        let now = self.clock.now();
        let text = "SELECT used, window_at FROM rate_limit WHERE bucket = $1 AND window_at > $2 AND used >= $3";
        let values = [bucket(limit, whom).into(), (now - limit.window).into(), limit.most.into()];
        let used_up = Used::find_by_statement(sql(&self.read, text, values)).one(&self.read).await?;
        used_up.map_or(Ok(()), |row| Err(limited(limit, &row, now)))
    }
}

/// Whose mail to an address is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// An organization's, whichever of its administrators asks.
    Organization(OrganizationId),
    /// A person's, for their own account.
    Person(AccountId),
    /// The same, of a person whom an organization manages or is about to. It is their way out, which nobody else's mail
    /// may close; organizations are made by operators, so that nobody opens many such ways to flood a mailbox.
    WayOut(AccountId),
}

impl Tx<'_> {
    /// Counts something in the change that makes it, so that what is refused for another reason counts for nothing.
    ///
    /// # Errors
    /// `RateLimited` when there were too many in this window.
    pub async fn count(&self, limit: Limit, whom: &str) -> Result<()> {
        count(self.db(), limit, whom, self.now()).await
    }

    /// Counts a mail to an address of the caller's choice, in the change that writes it.
    ///
    /// # Errors
    /// `RateLimited` when there were too many in this window.
    pub async fn count_mail(&self, sender: Sender, address: &EmailAddress) -> Result<()> {
        let address = address.canonical();
        let by = match sender {
            Sender::Organization(id) => id.to_string(),
            Sender::Person(id) | Sender::WayOut(id) => id.to_string(),
        };
        count(self.db(), Limit::MAIL_TO_ONE_ADDRESS, &format!("{by} {address}"), self.now()).await?;
        match count(self.db(), Limit::MAIL_TO_ONE_ADDRESS_BY_ALL, &address, self.now()).await {
            Err(Error::RateLimited { .. }) if matches!(sender, Sender::WayOut(_)) => Ok(()),
            counted => counted,
        }
    }
}

async fn count(db: &impl ConnectionTrait, limit: Limit, whom: &str, now: DateTime<Utc>) -> Result<()> {
    let text = "INSERT INTO rate_limit (bucket, window_at, used) VALUES ($1, $2, 1) \
                    ON CONFLICT (bucket) DO UPDATE SET \
                    used = CASE WHEN rate_limit.window_at <= $3 THEN 1 ELSE rate_limit.used + 1 END, \
                    window_at = CASE WHEN rate_limit.window_at <= $3 THEN $2 ELSE rate_limit.window_at END \
                    RETURNING used, window_at";
    let values = [bucket(limit, whom).into(), now.into(), (now - limit.window).into()];
    let row = Used::find_by_statement(sql(db, text, values)).one(db).await?;
    match row {
        Some(row) if row.used > limit.most => Err(limited(limit, &row, now)),
        _ => Ok(()),
    }
}

/// Hashed, because addresses of people have no business here.
fn bucket(limit: Limit, whom: &str) -> String {
    format!("{}:{}", limit.name, hex(&sha256(whom.as_bytes())[..16]))
}

fn limited(limit: Limit, row: &Used, now: DateTime<Utc>) -> Error {
    Error::RateLimited { retry_after: (row.window_at + limit.window - now).num_seconds().max(1) }
}
