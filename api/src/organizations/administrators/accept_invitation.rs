//! `acceptInvitation`: a signed-in person takes the role that was offered to their address.
//!
//! A role that they hold here already becomes the offered one, and wakes if it was asleep. An offer stands only while
//! the owner who made it is one: what somebody offered before they lost the role is no way back in. And a role offered
//! before another organization took control of the account doesn't come along.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result,
        Silence, Tx,
        account::link::{self, LinkInvalid},
        joining::Joining,
    },
    notices::content::OwnerAddedBecause,
    organizations::{administrators::new_owner::tell_owners, invite::withdraw},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account,
    id::{InvitationId, OrganizationId, RoleId, TokenId},
    invitation,
    kinds::{RoleName, TokenPurpose},
    role, token,
};

/// Accepts an invitation.
pub struct AcceptInvitation {
    /// The secret text of the link.
    pub token: SecretString,
}

/// What accepting gave.
#[derive(Serialize, Deserialize)]
pub struct AcceptedInvitation {
    /// The role.
    pub role: RoleId,
    /// Where it counts.
    pub organization: OrganizationId,
}

/// What decides about accepting.
pub struct Offered {
    link: TokenId,
    account: account::Model,
    invitation: invitation::Model,
    administration: Administration,
}

impl Action for AcceptInvitation {
    const NAME: ActionName = ActionName::AcceptInvitation;
    type Target = Offered;
    type Output = AcceptedInvitation;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Offered> {
        let account = tx.lock(account::Entity::find_by_id(authority.own()?));
        let account = account.one(tx.db()).await?.ok_or(LinkInvalid)?;
        let link = link::read(tx, &[TokenPurpose::Invitation], self.token.expose_secret()).await?;
        let id = link.subject_id.map(InvitationId).ok_or(LinkInvalid)?;
        // Its organization first, so that whoever changes roles or cancels the invitation comes before or after.
        let seen = invitation::Entity::find_by_id(id).one(tx.db()).await?;
        let organization = seen.ok_or(LinkInvalid)?.organization_id;
        let administration = Administration::lock(tx, authority, organization).await?;
        let invitation = tx.lock(invitation::Entity::find_by_id(id));
        let invitation = invitation.one(tx.db()).await?.ok_or(LinkInvalid)?;
        if !is_for(&link, &invitation, &account, tx.now())
            || !still_stands(&link, &invitation, &account, &administration)
        {
            return Err(LinkInvalid.into());
        }
        Ok(Offered { link: link.id, account, invitation, administration })
    }

    fn check(&self, _: &Authority, offered: &Offered, _: DateTime<Utc>) -> Result<()> {
        if offered.invitation.role != RoleName::Owner {
            offered.administration.keeps_an_owner_without(offered.account.id)?;
        }
        Ok(())
    }

    async fn run(&self, offered: Authorized<Offered>, tx: &Tx<'_>) -> Result<Done<AcceptedInvitation>> {
        let Offered { link, account, invitation, administration } = offered.into_inner();
        link::take(tx, link).await?;
        let (organization, role) = (invitation.organization_id, invitation.role);
        let held = administration.role_of(account.id);
        let stops_owning = administration.is_owner(account.id) && role != RoleName::Owner;
        let starts_owning = role == RoleName::Owner && !administration.is_owner(account.id);
        // Who accepts less than they hold may come under what left them out.
        let joining = match held {
            Some(_) => Joining::by_role(tx, organization, account.id).await?,
            None => None,
        };
        let id = give(tx, organization, &account, held, role).await?;
        let event = EventDraft::within(Some(organization))
            .about(account.id)
            .object(InvitationId::PREFIX, invitation.id.0)
            .details(json!({
                "email": invitation.email,
                "before": held.map(|held| json!({ "role": held.role, "asleep": held.asleep_at.is_some() })),
                "after": { "role": role },
            }));
        let mut row = invitation.into_active_model();
        row.accepted_at = Set(Some(tx.now()));
        row.update(tx.db()).await?;
        if stops_owning {
            withdraw(tx, organization, &account, true).await?;
        }
        let mut notices = if starts_owning {
            tell_owners(tx, &administration, &account.email, OwnerAddedBecause::Accepted).await?
        } else {
            Vec::new()
        };
        if let Some(joining) = joining {
            notices.extend(joining.tell(tx, [&account]).await?);
        }
        Ok(Done::new(
            AcceptedInvitation { role: id, organization },
            EventSet::one(event),
            Notices::many(notices, Silence::OwnAct),
        ))
    }
}

/// Whether the open invitation and the address that its link was mailed to are the person's, proved address.
fn is_for(link: &token::Model, invitation: &invitation::Model, account: &account::Model, now: DateTime<Utc>) -> bool {
    invitation.accepted_at.is_none()
        && invitation.canceled_at.is_none()
        && invitation.expires_at > now
        && account.verified_at.is_some()
        && invitation.email_canonical == account.email_canonical
        && link.email_canonical == account.email_canonical
}

fn still_stands(
    link: &token::Model,
    invitation: &invitation::Model,
    account: &account::Model,
    administration: &Administration,
) -> bool {
    let from_an_owner = invitation.invited_by.is_none_or(|by| administration.is_owner(by));
    let controlled_since = account.managed_by.is_some_and(|by| by != invitation.organization_id)
        && account.managed_at.is_some_and(|at| at > link.created_at);
    from_an_owner && !controlled_since
}

/// Gives a role, in place of the one that is held.
pub async fn give(
    tx: &Tx<'_>,
    organization: OrganizationId,
    account: &account::Model,
    held: Option<&role::Model>,
    name: RoleName,
) -> Result<RoleId> {
    if let Some(held) = held {
        let mut row = held.clone().into_active_model();
        row.role = Set(name);
        row.asleep_at = Set(None);
        if held.role != name {
            row.assigned_at = Set(tx.now());
        }
        row.update(tx.db()).await?;
        return Ok(held.id);
    }
    let row = role::ActiveModel {
        id: Set(tx.id()),
        organization_id: Set(organization),
        account_id: Set(account.id),
        role: Set(name),
        assigned_at: Set(tx.now()),
        asleep_at: Set(None),
    };
    Ok(row.insert(tx.db()).await?.id)
}
