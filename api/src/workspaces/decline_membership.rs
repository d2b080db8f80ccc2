//! `declineMembership`: a person says no to the offer of a membership. The organization learns that, and not who they
//! are: the event names the offer as its actor, never the account.

use crate::{
    core::{Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx},
    workspaces::{
        accept_membership::Answered,
        offer::{Which, is_for},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    id::MembershipId,
    kinds::{ActorKind, MembershipStatus},
};

/// Declines an offer.
pub struct DeclineMembership(pub Which);

impl Action for DeclineMembership {
    const NAME: ActionName = ActionName::DeclineMembership;
    type Target = Answered;
    type Output = MembershipId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Answered> {
        Answered::lock(tx, authority, &self.0).await
    }

    fn check(&self, _: &Authority, answered: &Answered, now: DateTime<Utc>) -> Result<()> {
        if !is_for(&answered.membership, &answered.account, now) {
            return Err(self.0.unknown());
        }
        Ok(())
    }

    async fn run(&self, answered: Authorized<Answered>, tx: &Tx<'_>) -> Result<Done<MembershipId>> {
        answered.take_links(tx).await?;
        let membership = answered.into_inner().membership;
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
