//! `acknowledgeNotice`: a person says that they have read a notice: signed in, or with the link that was mailed to them.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Silence, Tx,
        Unlogged,
        account::{
            link::LinkInvalid,
            notified::{Reached, begin_periods},
        },
        limit::Limit,
        not_found,
    },
    notices::read::find_by_link,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use steward_entities::{id::NoticeId, kinds::ActorKind, notice};

/// Tries with links from one network address.
const PER_ADDRESS: Limit = Limit { name: "notice_link_address", most: 300, window: TimeDelta::minutes(5) };

/// Which notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// One of the signed-in person's own.
    Own(NoticeId),
    /// The one that this mailed link opens, and no other.
    Link(String),
}

/// Acknowledges a notice.
pub struct AcknowledgeNotice {
    /// Which.
    pub which: Which,
}

/// The notice that is acknowledged now.
#[derive(Debug, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Its id.
    pub notice: NoticeId,
}

impl Action for AcknowledgeNotice {
    const NAME: ActionName = ActionName::AcknowledgeNotice;
    type Target = notice::Model;
    type Output = Acknowledged;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        match self.which {
            Which::Own(_) => Ok(()),
            Which::Link(_) => tx.steward().count(PER_ADDRESS, &tx.origin().network()).await,
        }
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<notice::Model> {
        match &self.which {
            Which::Own(id) => {
                let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
                let select = notice::Entity::find_by_id(*id).filter(notice::Column::AccountId.eq(person.account.id));
                let found = tx.lock(select).one(tx.db()).await?;
                found.ok_or_else(|| not_found(&["input", "noticeId"]))
            }
            Which::Link(text) => {
                let found = find_by_link(tx.db(), &tx.steward().keys, text, tx.now()).await?;
                let select = notice::Entity::find_by_id(found.ok_or(LinkInvalid)?.id);
                Ok(tx.lock(select).one(tx.db()).await?.ok_or(LinkInvalid)?)
            }
        }
    }

    async fn run(&self, target: Authorized<notice::Model>, tx: &Tx<'_>) -> Result<Done<Acknowledged>> {
        let notice = target.into_inner();
        let output = Acknowledged { notice: notice.id };
        // Who has read it was reached, whatever the mail server says. The link may have served somebody who reads an
        // address that the person has left: only the person themselves is then still to be reached, and says so again.
        let by = if matches!(self.which, Which::Own(_)) { Reached::InPerson } else { Reached::ByLink };
        let has_begun = begin_periods(tx, &[notice.id], by).await?;
        if notice.acknowledged_at.is_some() && !has_begun {
            let nothing = EventSet::none(Unlogged::NothingChanged);
            return Ok(Done::new(output, nothing, Notices::None(Silence::NothingChanged)));
        }
        let change = notice::ActiveModel {
            id: Set(notice.id),
            seen_at: Set(notice.seen_at.or(Some(tx.now()))),
            acknowledged_at: Set(notice.acknowledged_at.or(Some(tx.now()))),
            ..Default::default()
        };
        change.update(tx.db()).await?;
        let event =
            EventDraft::within(notice.organization_id).about(notice.account_id).object(NoticeId::PREFIX, notice.id.0);
        let done = Done::new(output, EventSet::one(event), Notices::None(Silence::OwnAct));
        Ok(match self.which {
            Which::Own(_) => done,
            Which::Link(_) => done.by(ActorKind::Link, notice.id.0),
        })
    }
}
