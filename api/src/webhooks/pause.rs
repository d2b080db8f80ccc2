//! How it goes with an app's receiver: well, badly since when, or not at all.

use crate::{
    core::{Result, Tx},
    webhooks::{
        record_webhooks::{Outcome, rests_until},
        retries::TRIED_FOR,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set, prelude::Expr, sea_query::OnConflict};
use steward_entities::{
    app_webhook,
    id::AppId,
    kinds::{WebhookStatus, WebhooksPausedBecause},
    webhook_delivery,
};

/// How it goes, with what a batch has brought to light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Going {
    failing_since: Option<DateTime<Utc>>,
    not_before: Option<DateTime<Utc>>,
    paused: Option<(DateTime<Utc>, Option<WebhooksPausedBecause>)>,
    is_gone: bool,
}

impl Going {
    /// As it is known.
    #[must_use]
    pub fn of(row: Option<&app_webhook::Model>) -> Self {
        let Some(row) = row else { return Self::default() };
        Self {
            failing_since: row.failing_since,
            not_before: row.not_before,
            paused: row.paused_at.map(|at| (at, row.paused_because)),
            is_gone: false,
        }
    }

    /// What one message has met.
    pub fn goes_on(&mut self, row: &webhook_delivery::Model, outcome: &Outcome, now: DateTime<Utc>) {
        match outcome {
            // Patience that was asked for goes on: this message had left before.
            Outcome::Delivered { .. } => {
                self.failing_since = None;
                self.not_before = self.not_before.filter(|at| *at > now);
            }
            // Whatever is wrong here, it isn't the receiver.
            Outcome::Dropped { .. } | Outcome::Later { .. } => {}
            Outcome::Gone => self.is_gone = true,
            Outcome::Refused { .. } | Outcome::Unreached { .. } => {
                self.failing_since = self.failing_since.or(Some(now));
                self.not_before = Ord::max(self.not_before, rests_until(row, outcome, now));
            }
        }
    }

    /// Whether there is nothing to remember.
    #[must_use]
    pub fn is_well(&self) -> bool {
        *self == Self::default()
    }

    /// Since when nothing has arrived.
    #[must_use]
    pub const fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.failing_since
    }

    /// Why nothing more is to be sent, if that isn't so yet.
    #[must_use]
    pub fn has_to_pause(&self, now: DateTime<Utc>) -> Option<WebhooksPausedBecause> {
        match self {
            Self { paused: Some(_), .. } => None,
            Self { is_gone: true, .. } => Some(WebhooksPausedBecause::Gone),
            Self { failing_since: Some(since), .. } if now - *since >= TRIED_FOR => {
                Some(WebhooksPausedBecause::Failing)
            }
            Self { .. } => None,
        }
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&self, tx: &Tx<'_>, app: AppId) -> Result<()> {
        let row = app_webhook::ActiveModel {
            app_id: Set(app),
            failing_since: Set(self.failing_since),
            not_before: Set(self.not_before),
            paused_at: Set(self.paused.map(|(at, _)| at)),
            paused_because: Set(self.paused.and_then(|(_, because)| because)),
        };
        let kept = OnConflict::column(app_webhook::Column::AppId)
            .update_columns([app_webhook::Column::FailingSince, app_webhook::Column::NotBefore])
            .to_owned();
        app_webhook::Entity::insert(row).on_conflict(kept).exec_without_returning(tx.db()).await?;
        Ok(())
    }
}

/// Holds all that an app's vendor would be told.
///
/// # Errors
/// When the database fails.
pub async fn pause(tx: &Tx<'_>, app: AppId, because: WebhooksPausedBecause) -> Result<()> {
    app_webhook::Entity::update_many()
        .col_expr(app_webhook::Column::PausedAt, Expr::value(tx.now()))
        .col_expr(app_webhook::Column::PausedBecause, Expr::value(because))
        .filter(app_webhook::Column::AppId.eq(app))
        .exec(tx.db())
        .await?;
    webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::Status, Expr::value(WebhookStatus::Held))
        .col_expr(webhook_delivery::Column::NextAttemptAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(webhook_delivery::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
        // Who has one in hand marks it no more; it is told again, under the same id.
        .col_expr(webhook_delivery::Column::Lease, Expr::col(webhook_delivery::Column::Lease).add(1))
        .filter(webhook_delivery::Column::AppId.eq(app))
        .filter(webhook_delivery::Column::Status.eq(WebhookStatus::Queued))
        .exec(tx.db())
        .await?;
    Ok(())
}
