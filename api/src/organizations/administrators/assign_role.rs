//! `assignRole`: an owner changes an administrator's role, confirms one that is asleep, or makes a managed person an
//! administrator. Everybody else is invited.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices,
        Result, Scope, Silence, Tx, Unlogged,
        joining::Joining,
        notice::{Named, contact},
        powers::{self, Facts},
    },
    notices::content::{Content, OwnerAddedBecause, RoleAssigned, RoleChanged},
    organizations::{
        administrators::{accept_invitation::give, new_owner::tell_owners, refusal::RoleRefusal},
        invite::withdraw,
    },
};
use chrono::{DateTime, Utc};
use serde_json::json;
use steward_entities::{
    account,
    id::{AccountId, OrganizationId, RoleId},
    kinds::RoleName,
};

/// Gives somebody a role.
pub struct AssignRole {
    /// Where it counts.
    pub organization: OrganizationId,
    /// Who.
    pub account: AccountId,
    /// What.
    pub role: RoleName,
}

/// Somebody, and the organization's administrators.
pub struct Somebody {
    /// What the organization has to do with them; none if there is no such account.
    pub facts: Option<Facts>,
    /// The administrators.
    pub administration: Administration,
}

impl Somebody {
    /// Locks the account, then the administrators.
    pub async fn lock(
        tx: &Tx<'_>,
        authority: &Authority,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Self> {
        let facts = powers::load(tx.db(), organization, &[account], true).await?;
        Ok(Self {
            facts: facts.into_iter().next(),
            administration: Administration::lock(tx, authority, organization).await?,
        })
    }

    /// The account, if this organization can see it.
    pub fn visible(&self) -> Result<&account::Model, RoleRefusal> {
        self.facts
            .as_ref()
            .filter(|facts| facts.is_visible(self.administration.organization.id))
            .map(|facts| &facts.account)
            .ok_or(RoleRefusal::NobodySeen)
    }
}

impl Action for AssignRole {
    const NAME: ActionName = ActionName::AssignRole;
    type Target = Somebody;
    type Output = AccountId;

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
        if target.administration.role_of(account.id).is_none() && account.managed_by != Some(self.organization) {
            return Err(RoleRefusal::InviteInstead.into());
        }
        if account.password_hash.is_none() && account.password_changed_at.is_none() {
            return Err(RoleRefusal::NotTakenUp.into());
        }
        Ok(())
    }

    async fn run(&self, target: Authorized<Somebody>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let target = target.into_inner();
        let account = target.visible()?;
        let held = target.administration.role_of(account.id);
        if held.is_some_and(|held| held.role == self.role && held.asleep_at.is_none()) {
            return Ok(Done::new(
                account.id,
                EventSet::none(Unlogged::NothingChanged),
                Notices::None(Silence::NothingChanged),
            ));
        }
        let joining = Joining::by_role(tx, self.organization, account.id).await?;
        let id = give(tx, self.organization, account, held, self.role).await?;
        // An owner who was asleep begins anew as well: what somebody in their place had begun must not come back.
        let stops_owning = held.is_some_and(|held| held.role == RoleName::Owner);
        let withdrawn = withdraw(tx, self.organization, account, stops_owning).await?;
        let before = held.map(|held| json!({ "role": held.role, "asleep": held.asleep_at.is_some() }));
        let event =
            EventDraft::within(Some(self.organization)).about(account.id).object(RoleId::PREFIX, id.0).details(json!({
                "before": before,
                "after": { "role": self.role, "asleep": false },
                "invitationsWithdrawn": withdrawn,
            }));
        let by = tx.caller().person().map_or_else(String::new, |person| person.account.display_name.clone());
        let organization = &target.administration.organization;
        let content: Content = match held {
            Some(held) if held.role != self.role => RoleChanged {
                organization: organization.name.clone(),
                old_role: held.role.as_str().to_owned(),
                new_role: self.role.as_str().to_owned(),
                changed_by: by,
                contact: contact(organization),
            }
            .into(),
            _ => RoleAssigned {
                organization: organization.name.clone(),
                role: self.role.as_str().to_owned(),
                assigned_by: by,
                contact: contact(organization),
            }
            .into(),
        };
        let notice = NoticeDraft::new(tx, account, content).on_behalf_of(self.organization);
        let mut notices = vec![notice.naming(Named::caller(tx), &["assigned_by", "changed_by"])];
        if self.role == RoleName::Owner {
            let because = OwnerAddedBecause::Assigned;
            notices.extend(tell_owners(tx, &target.administration, &account.email, because).await?);
        }
        if let Some(joining) = joining {
            notices.extend(joining.tell(tx, [account]).await?);
        }
        Ok(Done::new(account.id, EventSet::one(event), Notices::Send(notices)))
    }
}
