//! `createOrganization`: an operator makes a customer, and invites its first owner by mail.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Tx,
        text::{EmailAddress, OrganizationName},
    },
    organizations::invite::{Offer, invite},
};
use sea_orm::{ActiveModelTrait, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    id::{InvitationId, OrganizationId},
    kinds::RoleName,
    organization,
};

/// Makes an organization.
pub struct CreateOrganization {
    /// Its name, as people see it.
    pub name: OrganizationName,
    /// Who is invited to own it.
    pub owner_email: EmailAddress,
}

/// What it made.
#[derive(Serialize, Deserialize)]
pub struct CreatedOrganization {
    /// The organization.
    pub organization: OrganizationId,
    /// The invitation of its first owner.
    pub invitation: InvitationId,
}

impl Action for CreateOrganization {
    const NAME: ActionName = ActionName::CreateOrganization;
    type Target = ();
    type Output = CreatedOrganization;

    async fn target(&self, _: &Authority, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    async fn run(&self, _: Authorized<()>, tx: &Tx<'_>) -> Result<Done<CreatedOrganization>> {
        let id: OrganizationId = tx.id();
        let row = organization::ActiveModel {
            id: Set(id),
            name: Set(self.name.as_str().to_owned()),
            administrative_email: Set(None),
            technical_email: Set(None),
            billing_email: Set(None),
            policy_url: Set(None),
            created_at: Set(tx.now()),
            version: Set(1),
        };
        let organization = row.insert(tx.db()).await?;
        let offer = Offer {
            organization: &organization,
            address: &self.owner_email,
            role: RoleName::Owner,
            by: None,
            renewed: None,
        };
        let (invitation, notice) = invite(tx, offer).await?;
        let details = json!({ "name": organization.name, "ownerEmail": self.owner_email.as_str() });
        let event = EventDraft::within(Some(id)).object(OrganizationId::PREFIX, id.0).details(details);
        Ok(Done::new(CreatedOrganization { organization: id, invitation }, EventSet::one(event), Notices::one(notice)))
    }
}
