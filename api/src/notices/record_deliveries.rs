//! `recordDeliveries`: what became of a batch of mails. Only who holds the newest lease of a mail marks it.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx, Unlogged,
    account::{
        erase::erase_these,
        notified::{Reached, begin_periods},
    },
    database::one_of,
    secret::hex,
};
use crate::notices::content::NoticeKind;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Set, UpdateMany, prelude::Expr,
    sea_query::CaseStatement,
};
use serde_json::json;
use std::collections::HashMap;
use steward_entities::{
    delivery,
    id::{DeliveryId, NoticeId},
    kinds::DeliveryStatus,
    notice,
};

/// For how long a mail is tried before it is given up.
const TRIED_FOR: TimeDelta = TimeDelta::days(5);
/// How much of a mail server's words is kept.
const WORDS: usize = 500;

/// What became of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has taken it.
    Sent {
        /// SHA-256 of its text without the link.
        text_hash: Vec<u8>,
    },
    /// Not yet; it is tried again.
    Later {
        /// What the try met.
        why: String,
    },
    /// The mail server refuses it for good.
    Refused {
        /// In which words.
        why: String,
    },
    /// It wasn't sent, because what it tells is no longer so.
    Obsolete,
}

/// The outcome of one mail, under the lease with which it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryResult {
    /// Which.
    pub delivery: DeliveryId,
    /// The number of the lease.
    pub lease: i64,
    /// What became of it.
    pub outcome: Outcome,
}

/// Records a batch.
pub struct RecordDeliveries {
    /// What became of each.
    pub results: Vec<DeliveryResult>,
}

/// How long a mail waits after its `tries`-th try.
const fn backoff(tries: i64) -> TimeDelta {
    match tries {
        ..=1 => TimeDelta::minutes(1),
        2 => TimeDelta::minutes(5),
        3 => TimeDelta::minutes(30),
        4 => TimeDelta::hours(2),
        5 => TimeDelta::hours(8),
        _ => TimeDelta::hours(12),
    }
}

/// When a mail is tried again; none when it is given up.
fn again(delivery: &delivery::Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let end = delivery.created_at + TRIED_FOR;
    (now < end).then(|| std::cmp::min(end, now + backoff(delivery.attempts + 1)))
}

impl Action for RecordDeliveries {
    const NAME: ActionName = ActionName::RecordDeliveries;
    /// The mails whose lease is still the one of the result.
    type Target = Vec<(delivery::Model, Outcome)>;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        let outcomes: HashMap<DeliveryId, &DeliveryResult> =
            self.results.iter().map(|result| (result.delivery, result)).collect();
        let select = delivery::Entity::find()
            .filter(one_of(tx.db(), delivery::Column::Id, outcomes.keys().copied()))
            .filter(delivery::Column::Status.eq(DeliveryStatus::Queued))
            .order_by_asc(delivery::Column::Id);
        let rows = tx.lock(select).all(tx.db()).await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let result = outcomes.get(&row.id).filter(|result| result.lease == row.lease)?;
                Some((row, result.outcome.clone()))
            })
            .collect())
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<()>> {
        let mut marks = Marks::default();
        for (row, outcome) in target.into_inner() {
            marks.add(tx, row, outcome).await?;
        }
        let events = marks.write(tx).await?;
        let events = if events.is_empty() { EventSet::none(Unlogged::NothingChanged) } else { EventSet::many(events) };
        Ok(Done::new((), events, Notices::None(Silence::AboutANotice)))
    }
}

/// What is written for a batch.
#[derive(Default)]
struct Marks {
    sent: Vec<(delivery::Model, Vec<u8>)>,
    failed: Vec<delivery::Model>,
    obsolete: Vec<DeliveryId>,
}

impl Marks {
    /// Failures are written one by one, each with its own words; what succeeds is written at once.
    async fn add(&mut self, tx: &Tx<'_>, row: delivery::Model, outcome: Outcome) -> Result<()> {
        let (why, next) = match outcome {
            Outcome::Sent { text_hash } => {
                self.sent.push((row, text_hash));
                return Ok(());
            }
            Outcome::Obsolete => {
                self.obsolete.push(row.id);
                return Ok(());
            }
            Outcome::Later { why } => (why, again(&row, tx.now())),
            Outcome::Refused { why } => (why, None),
        };
        let mut change = delivery::ActiveModel {
            id: Set(row.id),
            attempts: Set(row.attempts + 1),
            last_error: Set(Some(why.chars().take(WORDS).collect())),
            next_attempt_at: Set(next),
            leased_until: Set(None),
            ..Default::default()
        };
        if next.is_none() {
            change.status = Set(DeliveryStatus::Failed);
            change.failed_at = Set(Some(tx.now()));
        }
        let row = change.update(tx.db()).await?;
        if next.is_none() {
            self.failed.push(row);
        }
        Ok(())
    }

    async fn write(self, tx: &Tx<'_>) -> Result<Vec<EventDraft>> {
        if !self.obsolete.is_empty() {
            ended(tx, DeliveryStatus::Suppressed, self.obsolete.iter().copied()).exec(tx.db()).await?;
        }
        if !self.sent.is_empty() {
            let hashes = self.sent.iter().fold(CaseStatement::new(), |hashes, (row, hash)| {
                hashes.case(Expr::col(delivery::Column::Id).eq(row.id), Expr::value(hash.clone()))
            });
            ended(tx, DeliveryStatus::Sent, self.sent.iter().map(|(row, _)| row.id))
                .col_expr(delivery::Column::SentAt, Expr::value(tx.now()))
                .col_expr(delivery::Column::Attempts, Expr::col(delivery::Column::Attempts).add(1))
                .col_expr(delivery::Column::LastError, Expr::value(None::<String>))
                .col_expr(delivery::Column::TextHash, hashes.into())
                .exec(tx.db())
                .await?;
            let reached: Vec<NoticeId> = self.sent.iter().map(|(row, _)| row.notice_id).collect();
            if tx.steward().mailer.reaches_people() {
                begin_periods(tx, &reached, Reached::ByMail).await?;
            }
        }
        self.events(tx).await
    }

    async fn events(&self, tx: &Tx<'_>) -> Result<Vec<EventDraft>> {
        let told = self.sent.iter().map(|(row, hash)| (row, row.attempts + 1, Some(hash)));
        let told: Vec<_> = told.chain(self.failed.iter().map(|row| (row, row.attempts, None))).collect();
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let notices: HashMap<NoticeId, notice::Model> = notice::Entity::find()
            .filter(one_of(tx.db(), notice::Column::Id, told.iter().map(|(row, ..)| row.notice_id)))
            .all(tx.db())
            .await?
            .into_iter()
            .map(|notice| (notice.id, notice))
            .collect();
        // Sent, or given up: nothing keeps their address any more.
        let told_last = told.iter().filter_map(|(row, ..)| notices.get(&row.notice_id));
        erase_these(tx, told_last.filter(|notice| is_last_word(notice)).cloned().collect()).await?;
        let event = |(row, attempts, hash): (&delivery::Model, i64, Option<&Vec<u8>>)| {
            let notice = notices.get(&row.notice_id)?;
            // Not the address: it may be a private one by now. Nor a hash by which to guess who was told a last word.
            let text_hash = hash.filter(|_| !is_last_word(notice));
            let details = json!({
                "kind": notice.kind,
                "channel": row.channel.as_str(),
                "status": if hash.is_some() { DeliveryStatus::Sent } else { DeliveryStatus::Failed }.as_str(),
                "attempts": attempts,
                "textHash": text_hash.map(|hash| hex(hash)),
            });
            let draft = EventDraft::within(notice.organization_id)
                .about(notice.account_id)
                .object(NoticeId::PREFIX, notice.id.0)
                .details(details);
            Some(draft)
        };
        Ok(told.into_iter().filter_map(event).collect())
    }
}

/// The last word to who is erased.
fn is_last_word(notice: &notice::Model) -> bool {
    notice.kind == NoticeKind::AccountDeleted.as_str()
}

/// Mails that aren't tried any more.
fn ended(tx: &Tx<'_>, status: DeliveryStatus, ids: impl Iterator<Item = DeliveryId>) -> UpdateMany<delivery::Entity> {
    delivery::Entity::update_many()
        .filter(one_of(tx.db(), delivery::Column::Id, ids))
        .col_expr(delivery::Column::Status, Expr::value(status))
        .col_expr(delivery::Column::NextAttemptAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(delivery::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_waits_longer_each_time() {
        let waits: Vec<_> = (1..10).map(backoff).collect();
        assert!(waits.is_sorted(), "{waits:?}");
        assert_eq!(waits[0], TimeDelta::minutes(1));
    }
}
