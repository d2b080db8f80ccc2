//! When the notice of coming control has reached the person: from then on the notice period counts.

use crate::core::{Result, Tx, database::one_of};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Expr};
use std::collections::{BTreeSet, HashMap};
use steward_entities::{
    account, claim, control_assertion as assertion, delivery,
    id::{AccountId, ClaimId, ControlAssertionId, NoticeId},
    kinds::{AssertionStatus, DeliveryStatus},
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

/// Lets the period begin for what these notices announce, where it hasn't yet. Control takes effect at the later of the
/// announced date and now plus the claim's period; the claim's job, which looks every hour, finds it in time. Tells
/// whether a period has begun by it.
pub async fn begin_periods(tx: &Tx<'_>, notices: &[NoticeId], by: Reached) -> Result<bool> {
    if notices.is_empty() {
        return Ok(false);
    }
    let waiting = assertion::Entity::find()
        .filter(one_of(tx.db(), assertion::Column::NoticeId, notices.iter().copied()))
        .filter(assertion::Column::Status.eq(AssertionStatus::Pending))
        .filter(assertion::Column::NoticeDeliveredAt.is_null())
        .all(tx.db())
        .await?;
    let reached = reached(tx, waiting, by).await?;
    if reached.is_empty() {
        return Ok(false);
    }
    let announced: BTreeSet<ClaimId> = reached.iter().map(|row| row.claim_id).collect();
    let claims = claim::Entity::find()
        .filter(one_of(tx.db(), claim::Column::Id, announced.iter().copied()))
        .order_by_asc(claim::Column::Id);
    let now = tx.latest_time().await?;
    let mut begun = 0;
    for claim in claims.all(tx.db()).await? {
        let period_over = now + TimeDelta::days(claim.notice_days);
        let update = assertion::Entity::update_many()
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
            // By id alone: a planner who knows little of a table that is being filled walks the whole claim otherwise.
            .filter(one_of(tx.db(), assertion::Column::Id, of_claim(&reached, claim.id)))
            .filter(assertion::Column::Status.eq(AssertionStatus::Pending))
            .filter(assertion::Column::NoticeDeliveredAt.is_null());
        begun += update.exec(tx.db()).await?.rows_affected;
    }
    Ok(begun > 0)
}

fn of_claim(reached: &[assertion::Model], claim: ClaimId) -> impl Iterator<Item = ControlAssertionId> {
    reached.iter().filter(move |row| row.claim_id == claim).map(|row| row.id)
}

/// Those of these assertions whose people the notice has reached. Each statement looks rows up by what is indexed: a
/// joined condition would leave it to the planner, which knows little of tables that a claim has just filled.
async fn reached(tx: &Tx<'_>, waiting: Vec<assertion::Model>, by: Reached) -> Result<Vec<assertion::Model>> {
    if by == Reached::InPerson || waiting.is_empty() {
        return Ok(waiting);
    }
    let in_force: HashMap<AccountId, String> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Email])
        .filter(one_of(tx.db(), account::Column::Id, waiting.iter().map(|row| row.account_id)))
        .into_tuple()
        .all(tx.db())
        .await?
        .into_iter()
        .collect();
    let mut mails: HashMap<NoticeId, Vec<(String, DeliveryStatus)>> = HashMap::new();
    let sent = delivery::Entity::find()
        .select_only()
        .columns([delivery::Column::NoticeId, delivery::Column::Address, delivery::Column::Status])
        .filter(one_of(tx.db(), delivery::Column::NoticeId, waiting.iter().filter_map(|row| row.notice_id)));
    for (notice, address, status) in sent.into_tuple::<(NoticeId, String, DeliveryStatus)>().all(tx.db()).await? {
        mails.entry(notice).or_default().push((address, status));
    }
    let has_reached = |row: &assertion::Model| {
        let (Some(mails), Some(address)) =
            (row.notice_id.and_then(|notice| mails.get(&notice)), in_force.get(&row.account_id))
        else {
            return by == Reached::ByLink;
        };
        match by {
            Reached::ByMail => mails.iter().any(|(to, status)| to == address && *status == DeliveryStatus::Sent),
            Reached::ByLink => mails.iter().all(|(to, _)| to == address),
            Reached::InPerson => true,
        }
    };
    Ok(waiting.into_iter().filter(has_reached).collect())
}
