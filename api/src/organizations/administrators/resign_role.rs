//! `resignRole`: a person gives a role back. Only the last owner stays, until there is another.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices,
        Result, Tx, joining::Joining, not_found, notice::contact,
    },
    notices::content::RoleRevoked,
    organizations::invite::withdraw,
};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use serde_json::json;
use steward_entities::{
    account,
    id::{OrganizationId, RoleId},
    role,
};

/// Gives the caller's role back.
pub struct ResignRole {
    /// Where it counts.
    pub organization: OrganizationId,
}

/// The caller, and the administrators.
pub struct Resigning {
    account: account::Model,
    administration: Administration,
}

impl Action for ResignRole {
    const NAME: ActionName = ActionName::ResignRole;
    type Target = Resigning;
    type Output = OrganizationId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Resigning> {
        let account = tx.lock(account::Entity::find_by_id(authority.own()?));
        let account = account.one(tx.db()).await?;
        Ok(Resigning {
            account: account.ok_or_else(no_role)?,
            administration: Administration::lock(tx, authority, self.organization).await?,
        })
    }

    fn check(&self, _: &Authority, resigning: &Resigning, _: DateTime<Utc>) -> Result<()> {
        let Resigning { account, administration } = resigning;
        administration.role_of(account.id).ok_or_else(no_role)?;
        administration.keeps_an_owner_without(account.id)?;
        Ok(())
    }

    async fn run(&self, resigning: Authorized<Resigning>, tx: &Tx<'_>) -> Result<Done<OrganizationId>> {
        let Resigning { account, administration } = resigning.into_inner();
        let held = administration.role_of(account.id).ok_or_else(no_role)?;
        let joining = Joining::by_role(tx, self.organization, account.id).await?;
        role::Entity::delete_by_id(held.id).exec(tx.db()).await?;
        let withdrawn =
            withdraw(tx, self.organization, &account, held.role == steward_entities::kinds::RoleName::Owner).await?;
        let event = EventDraft::within(Some(self.organization))
            .about(account.id)
            .object(RoleId::PREFIX, held.id.0)
            .details(json!({
                "before": { "role": held.role, "asleep": held.asleep_at.is_some() },
                "invitationsWithdrawn": withdrawn,
            }));
        // Their own act; told all the same, because somebody else with their session could do it.
        let content = RoleRevoked {
            organization: administration.organization.name.clone(),
            role: held.role.as_str().to_owned(),
            revoked_by: None,
            reason: None,
            contact: contact(&administration.organization),
        };
        let mut notices = vec![NoticeDraft::new(tx, &account, content.into()).on_behalf_of(self.organization)];
        if let Some(joining) = joining {
            notices.extend(joining.tell(tx, [&account]).await?);
        }
        Ok(Done::new(self.organization, EventSet::one(event), Notices::Send(notices)))
    }
}

fn no_role() -> crate::core::Error {
    not_found(&["input", "organizationId"])
}
