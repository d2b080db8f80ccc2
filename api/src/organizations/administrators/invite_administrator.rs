//! `inviteAdministrator`: an owner offers a role to an address; an operator sees to it that an organization has an owner.
//!
//! Whether the address has an account changes nothing in the answer, but for one case: it is that of somebody who has
//! this role here, whom the organization's owners see anyway. An operator, who doesn't, isn't told; but the owners are
//! told of whom an operator invites.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope,
        Tx,
        limit::{Limit, Sender},
        text::EmailAddress,
    },
    notices::content::OwnerAddedBecause,
    organizations::{
        administrators::{new_owner::tell_owners, refusal::RoleRefusal},
        invite::{Offer, invite},
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    account,
    id::{AccountId, InvitationId, OrganizationId},
    invitation,
    kinds::RoleName,
};

/// Invites an administrator. Inviting an address again renews what was offered to it.
pub struct InviteAdministrator {
    /// Where the role will count.
    pub organization: OrganizationId,
    /// The address that is invited.
    pub email: EmailAddress,
    /// The role that is offered.
    pub role: RoleName,
}

/// What decides about an invitation.
pub struct Invited {
    administration: Administration,
    open: Option<invitation::Model>,
    account: Option<AccountId>,
}

impl Action for InviteAdministrator {
    const NAME: ActionName = ActionName::InviteAdministrator;
    type Target = Invited;
    type Output = InvitationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        tx.steward().count(Limit::MAIL_OF_ONE_ORGANIZATION, &self.organization.to_string()).await
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Invited> {
        let administration = Administration::lock(tx, authority, self.organization).await?;
        let canonical = self.email.canonical();
        let open = invitation::Entity::find()
            .filter(invitation::Column::OrganizationId.eq(self.organization))
            .filter(invitation::Column::EmailCanonical.eq(&canonical))
            .filter(invitation::Column::AcceptedAt.is_null())
            .filter(invitation::Column::CanceledAt.is_null());
        let account =
            account::Entity::find().filter(account::Column::EmailCanonical.eq(&canonical)).one(tx.db()).await?;
        Ok(Invited {
            administration,
            open: tx.lock(open).one(tx.db()).await?,
            account: account.map(|account| account.id),
        })
    }

    fn check(&self, authority: &Authority, invited: &Invited, _: DateTime<Utc>) -> Result<()> {
        if !matches!(authority, Authority::Administrator(_)) {
            return if self.role == RoleName::Owner { Ok(()) } else { Err(RoleRefusal::OwnersOnly.into()) };
        }
        let held = invited.account.and_then(|account| invited.administration.role_of(account));
        match held {
            Some(held) if held.role == self.role && held.asleep_at.is_none() => Err(RoleRefusal::HasRole.into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, invited: Authorized<Invited>, tx: &Tx<'_>) -> Result<Done<InvitationId>> {
        let is_administrator = matches!(invited.authority(), Authority::Administrator(_));
        let invited = invited.into_inner();
        tx.count_mail(Sender::Organization(self.organization), &self.email).await?;
        let before = invited.open.as_ref().map(|open| open.role);
        let by = tx.caller().person().filter(|_| is_administrator);
        let offer = Offer {
            organization: &invited.administration.organization,
            address: &self.email,
            role: self.role,
            by: by.map(|person| &person.account),
            renewed: invited.open,
        };
        let (id, notice) = invite(tx, offer).await?;
        let mut notices = vec![notice];
        if !is_administrator {
            let because = OwnerAddedBecause::Invited;
            notices.extend(tell_owners(tx, &invited.administration, self.email.as_str(), because).await?);
        }
        let event = EventDraft::within(Some(self.organization)).object(InvitationId::PREFIX, id.0).details(json!({
            "email": self.email.as_str(),
            "before": before.map(|role| json!({ "role": role })),
            "after": { "role": self.role },
        }));
        Ok(Done::new(id, EventSet::one(event), Notices::Send(notices)))
    }
}
