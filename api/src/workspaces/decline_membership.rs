//! `declineMembership`: a person says no to the offer of a membership. The organization learns that, and not who they
//! are: the event names the offer as its actor, never the account.
//!
//! The mailed link alone is enough: nobody has to open an account, or to find an old password, to say no.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Silence, Tx,
        account::link::{self, LinkInvalid},
    },
    workspaces::offer::{Which, is_for, stands, take_links},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use secrecy::ExposeSecret;
use serde_json::json;
use steward_entities::{
    account,
    id::{MembershipId, TokenId},
    kinds::{ActorKind, MembershipStatus, TokenPurpose},
    membership, token,
};

/// Declines an offer.
pub struct DeclineMembership(pub Which);

/// An offer, and who answers it.
pub struct Declined {
    membership: membership::Model,
    by: Answering,
}

/// Who answers.
enum Answering {
    Person(Box<account::Model>),
    Link(Box<token::Model>),
}

impl Declined {
    fn stands(&self, now: DateTime<Utc>) -> bool {
        match &self.by {
            Answering::Person(account) => is_for(&self.membership, account, now),
            Answering::Link(link) => {
                stands(&self.membership, now) && link.email_canonical == self.membership.email_canonical
            }
        }
    }

    fn link(&self) -> Option<TokenId> {
        match &self.by {
            Answering::Person(_) => None,
            Answering::Link(link) => Some(link.id),
        }
    }
}

impl Action for DeclineMembership {
    const NAME: ActionName = ActionName::DeclineMembership;
    type Target = Declined;
    type Output = MembershipId;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        match self.0 {
            Which::Id(_) => Ok(()),
            Which::Link(_) => tx.steward().count(link::PER_ADDRESS, &tx.origin().network()).await,
        }
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Declined> {
        let (id, by) = match &self.0 {
            Which::Id(id) => {
                let person = tx.caller().person().ok_or(Error::Unauthenticated)?;
                let account = tx.lock(account::Entity::find_by_id(person.account.id)).one(tx.db()).await?;
                (*id, Answering::Person(Box::new(account.ok_or_else(|| self.0.unknown())?)))
            }
            Which::Link(secret) => {
                let link = link::read(tx, &[TokenPurpose::Membership], secret.expose_secret()).await?;
                (link.subject_id.map(MembershipId).ok_or(LinkInvalid)?, Answering::Link(Box::new(link)))
            }
        };
        let membership = tx.lock(membership::Entity::find_by_id(id)).one(tx.db()).await?;
        Ok(Declined { membership: membership.ok_or_else(|| self.0.unknown())?, by })
    }

    fn check(&self, _: &Authority, declined: &Declined, now: DateTime<Utc>) -> Result<()> {
        if declined.stands(now) { Ok(()) } else { Err(self.0.unknown()) }
    }

    async fn run(&self, declined: Authorized<Declined>, tx: &Tx<'_>) -> Result<Done<MembershipId>> {
        take_links(tx, declined.membership.id, declined.link()).await?;
        let membership = declined.into_inner().membership;
        let (id, version) = (membership.id, membership.version);
        let event = EventDraft::within(Some(membership.organization_id))
            .object(MembershipId::PREFIX, id.0)
            .details(json!({ "email": membership.email, "workspaceId": membership.workspace_id }));
        let mut row = membership.into_active_model();
        row.status = Set(MembershipStatus::Declined);
        row.ended_at = Set(Some(tx.now()));
        row.version = Set(version + 1);
        row.update(tx.db()).await?;
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::OwnAct)).by(ActorKind::Link, id.0))
    }
}
