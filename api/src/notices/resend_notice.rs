//! `resendNotice`: the same notice goes out once more, to the address that the person has today.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Recipient, Refusal,
        Result, Scope, Silence, Tx, not_found, notice::queued,
    },
    notices::read::obsolete,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, prelude::Expr};
use serde::{Deserialize, Serialize};
use steward_entities::{
    account, delivery,
    id::{NoticeId, OrganizationId},
    kinds::DeliveryStatus,
    notice, token,
};

/// How long after it was sent a notice can be sent again.
const PAUSE: TimeDelta = TimeDelta::hours(1);

/// Sends a notice again.
pub struct ResendNotice {
    /// On whose behalf it was sent.
    pub organization: OrganizationId,
    /// Which.
    pub notice: NoticeId,
}

/// What is sent again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Resent {
    /// The notice.
    pub notice: NoticeId,
}

/// The notice, with what became of it so far.
pub struct Past {
    notice: notice::Model,
    deliveries: Vec<delivery::Model>,
    /// To whom it goes now; none when there is nobody, or its link belongs to another address.
    to: Option<Recipient>,
    is_obsolete: bool,
}

/// Why a notice isn't sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResendRefusal {
    /// What it tells is over.
    #[error("What this notice tells is no longer so. It isn't sent again.")]
    Obsolete,
    /// The last one has only just gone.
    #[error("This notice was sent less than an hour ago. Please wait before you send it again.")]
    JustSent,
    /// It hasn't even been tried.
    #[error("This notice is on its way already.")]
    OnItsWay,
}

impl Refusal for ResendRefusal {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "noticeId"]
    }
}

impl Action for ResendNotice {
    const NAME: ActionName = ActionName::ResendNotice;
    type Target = Past;
    type Output = Resent;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Past> {
        let select =
            notice::Entity::find_by_id(self.notice).filter(notice::Column::OrganizationId.eq(self.organization));
        // The account first, as everybody locks: it must not be erased between our reading and writing.
        if let Some(account) = select.clone().one(tx.db()).await?.and_then(|notice| notice.account_id) {
            tx.lock(account::Entity::find_by_id(account)).one(tx.db()).await?;
        }
        let notice = tx.lock(select).one(tx.db()).await?;
        let notice = notice.ok_or_else(|| not_found(&["input", "noticeId"]))?;
        let deliveries = delivery::Entity::find()
            .filter(delivery::Column::NoticeId.eq(notice.id))
            .order_by_asc(delivery::Column::Id);
        let deliveries = tx.lock(deliveries).all(tx.db()).await?;
        let is_obsolete = obsolete(tx.db(), std::slice::from_ref(&notice), tx.now()).await?.contains(&notice.id);
        let to = recipient(tx, &notice, &deliveries).await?;
        Ok(Past { notice, deliveries, to, is_obsolete })
    }

    fn check(&self, _: &Authority, past: &Past, now: DateTime<Utc>) -> Result<()> {
        if past.is_obsolete || past.to.is_none() {
            return Err(ResendRefusal::Obsolete.into());
        }
        let just_sent = |delivery: &delivery::Model| delivery.sent_at.is_some_and(|at| now - at < PAUSE);
        if past.deliveries.iter().any(just_sent) {
            return Err(ResendRefusal::JustSent.into());
        }
        let untried = |delivery: &delivery::Model| delivery.status == DeliveryStatus::Queued && delivery.attempts == 0;
        if past.deliveries.iter().any(untried) {
            return Err(ResendRefusal::OnItsWay.into());
        }
        Ok(())
    }

    async fn run(&self, target: Authorized<Past>, tx: &Tx<'_>) -> Result<Done<Resent>> {
        let past = target.into_inner();
        let to = past.to.ok_or(ResendRefusal::Obsolete)?;
        // What still waits for another try is replaced; a new lease number keeps a try under way from marking it.
        delivery::Entity::update_many()
            .filter(delivery::Column::NoticeId.eq(past.notice.id))
            .filter(delivery::Column::Status.eq(DeliveryStatus::Queued))
            .col_expr(delivery::Column::Status, Expr::value(DeliveryStatus::Suppressed))
            .col_expr(delivery::Column::NextAttemptAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(delivery::Column::Lease, Expr::col(delivery::Column::Lease).add(1))
            .exec(tx.db())
            .await?;
        let row = queued(tx, past.notice.id, &to);
        row.insert(tx.db()).await?;
        let event = EventDraft::within(Some(self.organization))
            .about(past.notice.account_id)
            .object(NoticeId::PREFIX, past.notice.id.0);
        let output = Resent { notice: past.notice.id };
        Ok(Done::new(output, EventSet::one(event), Notices::None(Silence::AboutANotice)))
    }
}

/// The person as they are today; where there is no account yet, the address that was given. A notice with a link goes to
/// the exact address of the link, or nowhere.
async fn recipient(tx: &Tx<'_>, notice: &notice::Model, past: &[delivery::Model]) -> Result<Option<Recipient>> {
    let to = match notice.account_id {
        Some(id) => account::Entity::find_by_id(id).one(tx.db()).await?.as_ref().map(Recipient::from),
        None => past.last().map(|delivery| Recipient {
            account: None,
            address: delivery.address.clone(),
            name: delivery.recipient_name.clone(),
            locale: notice.locale.clone(),
        }),
    };
    // Who was erased is told nothing more.
    let to = to.filter(|to| !to.address.is_empty());
    let Some(link) = notice.token_id else { return Ok(to) };
    let link = token::Entity::find_by_id(link).one(tx.db()).await?;
    Ok(to.filter(|to| link.is_some_and(|link| link.email == to.address)))
}
