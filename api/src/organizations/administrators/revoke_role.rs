//! `revokeRole`: an owner takes a role from another administrator, an owner included.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Result, Scope, Tx,
        joining::Joining,
        notice::{Named, contact},
        text::Reason,
    },
    notices::content::RoleRevoked,
    organizations::{
        administrators::{assign_role::Somebody, refusal::RoleRefusal},
        invite::withdraw,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use serde_json::json;
use steward_entities::{
    id::{AccountId, OrganizationId, RoleId},
    role,
};

/// Takes somebody's role.
pub struct RevokeRole {
    /// Where it counts.
    pub organization: OrganizationId,
    /// Whose.
    pub account: AccountId,
    /// Why; the person reads it.
    pub reason: Option<Reason>,
}

impl Action for RevokeRole {
    const NAME: ActionName = ActionName::RevokeRole;
    type Target = Somebody;
    type Output = OrganizationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Somebody> {
        Somebody::lock(tx, authority, self.organization, self.account).await
    }

    fn check(&self, authority: &Authority, target: &Somebody, _: DateTime<Utc>) -> Result<()> {
        let account = target.visible()?;
        if account.id == authority.administrator()?.account {
            return Err(RoleRefusal::OnSelf.into());
        }
        target.administration.role_of(account.id).ok_or(RoleRefusal::NoRole)?;
        // The caller is an owner, awake, and isn't the target; so this refuses only what can't come.
        target.administration.keeps_an_owner_without(account.id)?;
        Ok(())
    }

    async fn run(&self, target: Authorized<Somebody>, tx: &Tx<'_>) -> Result<Done<OrganizationId>> {
        let target = target.into_inner();
        let account = target.visible()?;
        let held = target.administration.role_of(account.id).ok_or(RoleRefusal::NoRole)?;
        let joining = Joining::by_role(tx, self.organization, account.id).await?;
        role::Entity::delete_by_id(held.id).exec(tx.db()).await?;
        // Asleep or awake: what an owner had begun must not come back with the next role.
        let stops_owning = held.role == steward_entities::kinds::RoleName::Owner;
        let withdrawn = withdraw(tx, self.organization, account, stops_owning).await?;
        let reason = self.reason.as_ref().map(|reason| reason.as_str().to_owned());
        let event = EventDraft::within(Some(self.organization))
            .about(account.id)
            .object(RoleId::PREFIX, held.id.0)
            .details(json!({
                "before": { "role": held.role, "asleep": held.asleep_at.is_some() },
                "reason": reason,
                "invitationsWithdrawn": withdrawn,
            }));
        let organization = &target.administration.organization;
        let content = RoleRevoked {
            organization: organization.name.clone(),
            role: held.role.as_str().to_owned(),
            revoked_by: tx.caller().person().map(|person| person.account.display_name.clone()),
            reason,
            contact: contact(organization),
        };
        let notice = NoticeDraft::new(tx, account, content.into()).on_behalf_of(self.organization);
        let mut notices = vec![notice.naming(Named::caller(tx), &["revoked_by"])];
        if let Some(joining) = joining {
            notices.extend(joining.tell(tx, [account]).await?);
        }
        Ok(Done::new(self.organization, EventSet::one(event), Notices::Send(notices)))
    }
}
