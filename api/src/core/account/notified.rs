//! When the notice of coming control has reached the person: from then on the notice period counts.

use crate::core::{Result, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, prelude::Expr};
use std::collections::BTreeMap;
use steward_entities::{
    claim, control_assertion as assertion,
    id::{ClaimId, NoticeId},
    job,
    kinds::{AssertionStatus, JobStatus},
};

/// How a notice has reached the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The mail server has taken the mail to the address in force. One that went to an address which the person has left
    /// meanwhile has told somebody else.
    ByMail,
    /// Somebody has opened the link in the mail. It counts where no mail with that link went elsewhere.
    ByLink,
    /// The signed-in person has opened it.
    InPerson,
}

impl Reached {
    const fn condition(self) -> &'static str {
        match self {
            Self::ByMail => {
                "EXISTS (SELECT 1 FROM delivery d JOIN account a ON a.id = control_assertion.account_id \
                 WHERE d.notice_id = control_assertion.notice_id AND d.status = 'SENT' AND d.address = a.email)"
            }
            Self::ByLink => {
                "NOT EXISTS (SELECT 1 FROM delivery d JOIN account a ON a.id = control_assertion.account_id \
                 WHERE d.notice_id = control_assertion.notice_id AND d.address <> a.email)"
            }
            Self::InPerson => "1 = 1",
        }
    }
}

/// Lets the period begin for what these notices announce, where it hasn't yet. Control takes effect at the later of the
/// announced date and now plus the claim's period; the claim's job is brought forward to the first of them.
pub async fn begin_periods(tx: &Tx<'_>, notices: &[NoticeId], by: Reached) -> Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let waiting = assertion::Entity::find()
        .filter(assertion::Column::NoticeId.is_in(notices.iter().copied()))
        .filter(assertion::Column::Status.eq(AssertionStatus::Pending))
        .filter(assertion::Column::NoticeDeliveredAt.is_null())
        .filter(Expr::cust(by.condition()))
        .all(tx.db())
        .await?;
    let mut announced: BTreeMap<ClaimId, DateTime<Utc>> = BTreeMap::new();
    for row in &waiting {
        let first = announced.entry(row.claim_id).or_insert(row.announced_at);
        *first = std::cmp::min(row.announced_at, *first);
    }
    if announced.is_empty() {
        return Ok(());
    }
    // Locked, so that a chunk of the claim's job, which sets when it goes on, can't be between our reading and writing.
    let claims = claim::Entity::find()
        .filter(claim::Column::Id.is_in(announced.keys().copied()))
        .order_by_asc(claim::Column::Id);
    for claim in tx.lock(claims).all(tx.db()).await? {
        let period_over = tx.now() + TimeDelta::days(claim.notice_days);
        assertion::Entity::update_many()
            .col_expr(assertion::Column::NoticeDeliveredAt, Expr::value(tx.now()))
            .col_expr(
                assertion::Column::TakesEffectAt,
                Expr::case(
                    Expr::col(assertion::Column::AnnouncedAt).gt(period_over),
                    Expr::col(assertion::Column::AnnouncedAt),
                )
                .finally(Expr::value(period_over))
                .into(),
            )
            .col_expr(assertion::Column::Version, Expr::col(assertion::Column::Version).add(1))
            .filter(assertion::Column::ClaimId.eq(claim.id))
            .filter(assertion::Column::NoticeId.is_in(notices.iter().copied()))
            .filter(assertion::Column::Status.eq(AssertionStatus::Pending))
            .filter(assertion::Column::NoticeDeliveredAt.is_null())
            .filter(Expr::cust(by.condition()))
            .exec(tx.db())
            .await?;
        let first = announced.get(&claim.id).map_or(period_over, |at| std::cmp::max(period_over, *at));
        let Some(id) = claim.job_id else { continue };
        job::Entity::update_many()
            .col_expr(job::Column::RunAt, Expr::value(first))
            .filter(job::Column::Id.eq(id))
            .filter(job::Column::Status.eq(JobStatus::Pending))
            .filter(job::Column::RunAt.gt(first))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
