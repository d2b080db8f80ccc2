//! How it goes with an app's receiver: well, badly since when, or not at all.

use crate::{
    core::{Result, Tx, apps::webhooks::held},
    webhooks::{
        record_webhooks::{Outcome, rests_until},
        retries::TRIED_FOR,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use steward_entities::{app_webhook, id::AppId, kinds::WebhooksPausedBecause, webhook_delivery};

/// How it goes, with what some answers have brought to light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Going {
    failing_since: Option<DateTime<Utc>>,
    not_before: Option<DateTime<Utc>>,
    paused: Option<(DateTime<Utc>, WebhooksPausedBecause)>,
    resumed_at: Option<DateTime<Utc>>,
    is_gone: bool,
}

impl Going {
    /// As it is known. Where it goes badly, or is about to, it is held: of two who learn that an app has to be paused, one
    /// pauses it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(tx: &Tx<'_>, app: AppId, is_trouble: bool) -> Result<Self> {
        let known = app_webhook::Entity::find_by_id(app).one(tx.db()).await?;
        if !is_trouble && known.as_ref().is_none_or(|row| Self::from(row).is_well()) {
            return Ok(known.as_ref().map(Self::from).unwrap_or_default());
        }
        if known.is_none() {
            let row = app_webhook::ActiveModel {
                app_id: Set(app),
                failing_since: Set(None),
                not_before: Set(None),
                paused_at: Set(None),
                paused_because: Set(None),
                resumed_at: Set(None),
            };
            // Somebody else may just be doing the same.
            app_webhook::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(tx.db()).await?;
        }
        Ok(held(tx, app).await?.as_ref().map(Self::from).unwrap_or_default())
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
        *self == Self { resumed_at: self.resumed_at, ..Self::default() }
    }

    /// When somebody resumed it last.
    #[must_use]
    pub const fn resumed_at(&self) -> Option<DateTime<Utc>> {
        self.resumed_at
    }

    /// Since when nothing has arrived.
    #[must_use]
    pub const fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.failing_since
    }

    /// Whether nothing is sent.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Sends nothing more, if it has come to that: why. None where it hasn't, or was so already.
    pub fn pause(&mut self, now: DateTime<Utc>) -> Option<WebhooksPausedBecause> {
        let because = match self {
            Self { paused: Some(_), .. } => return None,
            Self { is_gone: true, .. } => WebhooksPausedBecause::Gone,
            Self { failing_since: Some(since), .. } if now - *since >= TRIED_FOR => WebhooksPausedBecause::Failing,
            Self { .. } => return None,
        };
        self.paused = Some((now, because));
        Some(because)
    }

    /// Keeps it, where it is held.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&self, tx: &Tx<'_>, app: AppId) -> Result<()> {
        let change = app_webhook::ActiveModel {
            app_id: Set(app),
            failing_since: Set(self.failing_since),
            not_before: Set(self.not_before),
            paused_at: Set(self.paused.map(|(at, _)| at)),
            paused_because: Set(self.paused.map(|(_, because)| because)),
            ..Default::default()
        };
        change.update(tx.db()).await?;
        Ok(())
    }
}

impl From<&app_webhook::Model> for Going {
    fn from(row: &app_webhook::Model) -> Self {
        Self {
            failing_since: row.failing_since,
            not_before: row.not_before,
            paused: row.paused_at.map(|at| (at, row.paused_because.unwrap_or(WebhooksPausedBecause::Failing))),
            resumed_at: row.resumed_at,
            is_gone: false,
        }
    }
}
