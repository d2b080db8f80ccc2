//! `cancelInvitation`: an offer of a role is taken back, and its link is dead.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope,
        Silence, Tx, not_found,
    },
    organizations::{administrators::refusal::RoleRefusal, invite::kill_link},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;
use steward_entities::{
    id::{InvitationId, OrganizationId},
    invitation,
    kinds::RoleName,
};

/// Cancels an invitation. Operators cancel those of owners alone, which are the ones that they make.
pub struct CancelInvitation {
    /// Where.
    pub organization: OrganizationId,
    /// Which one.
    pub invitation: InvitationId,
}

impl Action for CancelInvitation {
    const NAME: ActionName = ActionName::CancelInvitation;
    type Target = invitation::Model;
    type Output = InvitationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<invitation::Model> {
        // So it waits for somebody who is accepting it.
        Administration::lock(tx, authority, self.organization).await?;
        let mut select = invitation::Entity::find_by_id(self.invitation)
            .filter(invitation::Column::OrganizationId.eq(self.organization));
        if !matches!(authority, Authority::Administrator(_)) {
            select = select.filter(invitation::Column::Role.eq(RoleName::Owner));
        }
        let found = tx.lock(select).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "invitationId"]))
    }

    fn check(&self, _: &Authority, invitation: &invitation::Model, _: DateTime<Utc>) -> Result<()> {
        if invitation.accepted_at.is_some() || invitation.canceled_at.is_some() {
            return Err(RoleRefusal::Settled.into());
        }
        Ok(())
    }

    async fn run(&self, invitation: Authorized<invitation::Model>, tx: &Tx<'_>) -> Result<Done<InvitationId>> {
        let invitation = invitation.into_inner();
        let event = EventDraft::within(Some(self.organization))
            .object(InvitationId::PREFIX, invitation.id.0)
            .details(json!({ "email": invitation.email, "role": invitation.role }));
        let mut row = invitation.into_active_model();
        row.canceled_at = Set(Some(tx.now()));
        row.update(tx.db()).await?;
        kill_link(tx, self.invitation).await?;
        Ok(Done::new(self.invitation, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
