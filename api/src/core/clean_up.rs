//! Rows that have had their day: answers to repeated requests, counters of tries, dead links, ended sessions. What the log
//! says about them stays.

use crate::core::{error::Result, idempotency, steward::Steward};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use steward_entities::{idempotency as answers, rate_limit, session, token};

/// How long counters stay; longer than the longest window of any limit.
const COUNTERS: TimeDelta = TimeDelta::days(2);
/// How long links stay after they were used, revoked or too old.
const LINKS: TimeDelta = TimeDelta::days(30);
/// How long sessions stay after their end.
const SESSIONS: TimeDelta = TimeDelta::days(90);

impl Steward {
    /// Removes what nobody will ask for again.
    pub async fn clean_up(&self) -> Result<()> {
        let now = self.clock.now();
        answers::Entity::delete_many()
            .filter(answers::Column::CreatedAt.lte(now - idempotency::KEPT_FOR))
            .exec(&self.write)
            .await?;
        rate_limit::Entity::delete_many()
            .filter(rate_limit::Column::WindowAt.lte(now - COUNTERS))
            .exec(&self.write)
            .await?;
        let dead = Condition::any()
            .add(token::Column::UsedAt.lte(now - LINKS))
            .add(token::Column::RevokedAt.lte(now - LINKS))
            .add(token::Column::ExpiresAt.lte(now - LINKS));
        token::Entity::delete_many().filter(dead).exec(&self.write).await?;
        let over = Condition::any()
            .add(session::Column::EndedAt.lte(now - SESSIONS))
            .add(session::Column::ExpiresAt.lte(now - SESSIONS));
        session::Entity::delete_many().filter(over).exec(&self.write).await?;
        Ok(())
    }
}
