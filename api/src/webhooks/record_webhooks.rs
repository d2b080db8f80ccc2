//! `recordWebhooks`: what became of messages to vendors, as answers come. Only who holds the newest lease of one marks it.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, Notices, Result, Silence, Tx,
        Unlogged, Work, apps::webhooks::since_resumed, database::one_of,
    },
    webhooks::{
        pause::Going,
        retries::{TRIED_FOR, UNREACHED_FOR, backoff},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use steward_entities::{
    id::{AppId, WebhookDeliveryId},
    kinds::{WebhookStatus, WebhooksPausedBecause},
    webhook_delivery,
};

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its receiver has it.
    Delivered {
        /// With which status.
        status: u16,
    },
    /// Its receiver answered, and doesn't have it.
    Refused {
        /// With which status.
        status: u16,
        /// In our words.
        why: String,
        /// Until when the receiver asks for patience.
        not_before: Option<DateTime<Utc>>,
    },
    /// Nobody answered.
    Unreached {
        /// In our words.
        why: String,
    },
    /// It couldn't be sent, for a reason of ours.
    Later {
        /// Which.
        why: String,
    },
    /// Nobody wants it any more.
    Dropped {
        /// In our words.
        why: String,
    },
    /// Its receiver says that it is gone for good.
    Gone,
}

impl Outcome {
    /// It couldn't be sent, for a reason of ours.
    #[must_use]
    pub fn later(why: &str) -> Self {
        Self::Later { why: why.to_owned() }
    }

    /// Whether it says something bad of the receiver.
    const fn is_trouble(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Unreached { .. } | Self::Gone)
    }

    const fn status(&self) -> Option<u16> {
        match self {
            Self::Delivered { status } | Self::Refused { status, .. } => Some(*status),
            Self::Gone => Some(410),
            Self::Unreached { .. } | Self::Later { .. } | Self::Dropped { .. } => None,
        }
    }

    fn words(&self) -> Option<&str> {
        match self {
            Self::Delivered { .. } => None,
            Self::Refused { why, .. } | Self::Unreached { why } | Self::Later { why } | Self::Dropped { why } => {
                Some(why)
            }
            Self::Gone => Some("the receiver says that it is gone (410)"),
        }
    }
}

/// The outcome of one message, under the lease with which it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookResult {
    /// Which.
    pub delivery: WebhookDeliveryId,
    /// The number of the lease.
    pub lease: i64,
    /// What became of it.
    pub outcome: Outcome,
}

/// Records some.
pub struct RecordWebhooks {
    /// What became of each.
    pub results: Vec<WebhookResult>,
}

impl Action for RecordWebhooks {
    const NAME: ActionName = ActionName::RecordWebhooks;
    /// By app how it goes, and those whose lease is still the one of the result.
    type Target = BTreeMap<AppId, (Going, Vec<(webhook_delivery::Model, Outcome)>)>;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let outcomes: HashMap<WebhookDeliveryId, &WebhookResult> =
            self.results.iter().map(|result| (result.delivery, result)).collect();
        let select = || {
            webhook_delivery::Entity::find()
                .filter(one_of(tx.db(), webhook_delivery::Column::Id, outcomes.keys().copied()))
                .filter(webhook_delivery::Column::Status.eq(WebhookStatus::Queued))
                .order_by_asc(webhook_delivery::Column::Id)
        };
        let mut trouble = BTreeMap::<AppId, bool>::new();
        for row in select().all(tx.db()).await? {
            let is_trouble = outcomes.get(&row.id).is_some_and(|result| result.outcome.is_trouble());
            *trouble.entry(row.app_id).or_default() |= is_trouble;
        }
        // The receivers before the messages, as by whoever resumes them.
        let mut by_app = Self::Target::new();
        for (app, is_trouble) in trouble {
            by_app.insert(app, (Going::of(tx, app, is_trouble).await?, Vec::new()));
        }
        for row in tx.lock(select()).all(tx.db()).await? {
            let (result, of_app) = (outcomes.get(&row.id), by_app.get_mut(&row.app_id));
            if let (Some(result), Some((going, results))) = (result.filter(|result| result.lease == row.lease), of_app)
            {
                // Resumed while it was under way, it has all its tries, too.
                results.push((since_resumed(row, going.resumed_at()), result.outcome.clone()));
            }
        }
        Ok(by_app)
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<()>> {
        let (mut events, mut jobs) = (Vec::new(), Vec::new());
        for (app, (before, results)) in target.into_inner() {
            let mut going = before;
            for (row, outcome) in &results {
                going.goes_on(row, outcome, tx.now());
            }
            let because = going.pause(tx.now());
            for (row, outcome) in results {
                mark(tx, row, &outcome, going.is_paused()).await?;
            }
            if going != before {
                going.write(tx, app).await?;
            }
            if let Some(because) = because {
                events.push(paused(app, because, &going));
                jobs.push(JobDraft::new(tx, Work::TellOfPausedWebhooks { app, paused_at: tx.now() }));
            }
        }
        let events = if events.is_empty() { EventSet::none(Unlogged::AboutAWebhook) } else { EventSet::many(events) };
        let done = Done::new((), events, Notices::None(Silence::JobTells));
        Ok(jobs.into_iter().fold(done, Done::then))
    }
}

fn paused(app: AppId, because: WebhooksPausedBecause, going: &Going) -> EventDraft {
    let details = json!({ "because": because, "failingSince": going.failing_since() });
    EventDraft::within(None).object(AppId::PREFIX, app.0).named(ActionName::PauseWebhooks).details(details)
}

/// When a message is tried again; none when it is given up.
#[must_use]
pub fn again(delivery: &webhook_delivery::Model, outcome: &Outcome, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let end = delivery.tried_since + TRIED_FOR;
    let asked = match outcome {
        Outcome::Refused { not_before, .. } => *not_before,
        _ => None,
    };
    let usual = now + backoff(delivery.attempts + 1);
    (now < end).then(|| asked.map_or(usual, |asked| Ord::max(asked, usual)).min(end))
}

/// For how long nothing else goes to the receiver.
#[must_use]
pub fn rests_until(delivery: &webhook_delivery::Model, outcome: &Outcome, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match outcome {
        Outcome::Refused { not_before, .. } => *not_before,
        Outcome::Unreached { .. } => Some(now + Ord::min(backoff(delivery.attempts + 1), UNREACHED_FOR)),
        _ => None,
    }
}

async fn mark(tx: &Tx<'_>, row: webhook_delivery::Model, outcome: &Outcome, is_paused: bool) -> Result<()> {
    let (status, next) = match outcome {
        Outcome::Delivered { .. } => (WebhookStatus::Delivered, None),
        Outcome::Dropped { .. } => (WebhookStatus::Failed, None),
        // Sent when the receiver is back.
        _ if is_paused => (WebhookStatus::Queued, Some(tx.now())),
        Outcome::Gone | Outcome::Refused { .. } | Outcome::Unreached { .. } | Outcome::Later { .. } => {
            match again(&row, outcome, tx.now()) {
                Some(next) => (WebhookStatus::Queued, Some(next)),
                None => (WebhookStatus::Failed, None),
            }
        }
    };
    let change = webhook_delivery::ActiveModel {
        id: Set(row.id),
        status: Set(status),
        attempts: Set(row.attempts + 1),
        next_attempt_at: Set(next),
        tried_since: Set(row.tried_since),
        last_status: Set(outcome.status().map(i64::from)),
        last_error: Set(outcome.words().map(ToOwned::to_owned)),
        leased_until: Set(None),
        ended_at: Set(next.is_none().then_some(tx.now())),
        ..Default::default()
    };
    change.update(tx.db()).await?;
    Ok(())
}
