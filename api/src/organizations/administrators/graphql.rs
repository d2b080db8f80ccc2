//! Administrators and invitations in the schema.

use crate::{
    core::text::{EmailAddress, Reason},
    graphql::{
        Settled, Viewer,
        input::{id, optional, text},
        settle,
    },
    organizations::{
        administrators::{
            accept_invitation::AcceptInvitation, assign_role::AssignRole, cancel_invitation::CancelInvitation,
            invite_administrator::InviteAdministrator, resign_role::ResignRole, revoke_role::RevokeRole,
        },
        graphql::{Organization, RoleName},
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use steward_entities::{account, id::OrganizationId, invitation, role};

/// Somebody with a role in an organization.
pub struct Administrator(pub role::Model, pub account::Model);

/// A person with a role in an organization.
#[Object]
impl Administrator {
    /// The id of the role.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What they may do.
    async fn role(&self) -> RoleName {
        self.0.role.into()
    }

    /// Their account.
    async fn account_id(&self) -> ID {
        self.0.account_id.to_string().into()
    }

    /// Their name.
    async fn name(&self) -> &str {
        &self.1.display_name
    }

    /// Their address.
    async fn email(&self) -> &str {
        &self.1.email
    }

    /// Since when they have the role.
    async fn assigned_at(&self) -> DateTime<Utc> {
        self.0.assigned_at
    }

    /// Since when the role gives no power, because their account came under another organization's control. An owner
    /// confirms it with `assignRole`. Null while it counts.
    async fn asleep_at(&self) -> Option<DateTime<Utc>> {
        self.0.asleep_at
    }
}

/// An offer of a role to an address.
pub struct Invitation(pub invitation::Model);

/// An offer of a role, mailed to an address. It says nothing about whether the address has an account.
#[Object]
impl Invitation {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The address, as it was given.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// The role that is offered.
    async fn role(&self) -> RoleName {
        self.0.role.into()
    }

    /// The account of who invited; null for the operators of the platform.
    async fn invited_by_account_id(&self) -> Option<ID> {
        self.0.invited_by.map(|id| id.to_string().into())
    }

    /// When it was first made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Until when it can be accepted. Invite the address again to renew it.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was accepted.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }

    /// When it was canceled.
    async fn canceled_at(&self) -> Option<DateTime<Utc>> {
        self.0.canceled_at
    }
}

/// Whom to invite.
#[derive(InputObject)]
pub struct InviteAdministratorInput {
    /// The organization.
    organization_id: ID,
    /// The address to invite.
    email: String,
    /// The role to offer. Operators of the platform offer `OWNER` alone.
    role: RoleName,
}

/// An invitation to be taken back.
#[derive(InputObject)]
pub struct CancelInvitationInput {
    /// The organization.
    organization_id: ID,
    /// The invitation.
    invitation_id: ID,
}

/// An invitation to be accepted.
#[derive(InputObject)]
pub struct AcceptInvitationInput {
    /// The secret in the link that was mailed.
    token: String,
}

/// A role to be given.
#[derive(InputObject)]
pub struct AssignRoleInput {
    /// The organization.
    organization_id: ID,
    /// Who: somebody with a role here, or whose account the organization manages.
    account_id: ID,
    /// The role that they have from now on.
    role: RoleName,
}

/// A role to be taken.
#[derive(InputObject)]
pub struct RevokeRoleInput {
    /// The organization.
    organization_id: ID,
    /// Whose role.
    account_id: ID,
    /// Why: one line of up to 500 characters, which the person reads.
    reason: Option<String>,
}

/// A role to be given back.
#[derive(InputObject)]
pub struct ResignRoleInput {
    /// The organization.
    organization_id: ID,
}

payload! {
    /// What came of `inviteAdministrator`.
    InviteAdministratorPayload {
        /// The invitation.
        invitation: Option<Invitation>,
    }
}

payload! {
    /// What came of `cancelInvitation`.
    CancelInvitationPayload {
        /// The invitation.
        invitation: Option<Invitation>,
    }
}

payload! {
    /// What came of `acceptInvitation`.
    AcceptInvitationPayload {
        /// You, as an administrator.
        administrator: Option<Administrator>,
        /// The organization that you administer now.
        organization_id: Option<ID>,
    }
}

payload! {
    /// What came of `assignRole`.
    AssignRolePayload {
        /// The person, with their role.
        administrator: Option<Administrator>,
    }
}

payload! {
    /// What came of `revokeRole`.
    RevokeRolePayload {
        /// The organization.
        organization: Option<Organization>,
    }
}

payload! {
    /// What came of `resignRole`.
    ResignRolePayload {
        /// The organization whose administrator you were.
        organization_id: Option<ID>,
    }
}

/// Changes of administrators.
#[derive(Default)]
pub struct AdministratorMutation;

#[Object]
impl AdministratorMutation {
    /// Offers a role to an address, by mail; the link works for 14 days. Inviting an address again renews the offer with
    /// a new link. For owners, and for operators of the platform, who invite owners. Confirm your password first.
    async fn invite_administrator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and with which role.")] input: InviteAdministratorInput,
    ) -> Settled<InviteAdministratorPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let organization = id(&["input", "organizationId"], &input.organization_id)?;
                let action = InviteAdministrator {
                    organization,
                    email: text(&["input", "email"], EmailAddress::parse(&input.email))?,
                    role: input.role.into(),
                };
                let done = viewer.perform(action).await?;
                let invitation = viewer.reader().invitation(organization, done).await?;
                Ok(InviteAdministratorPayload { invitation: invitation.map(Invitation), ..Default::default() })
            }
            .await,
        )
    }

    /// Takes an invitation back; its link is dead. For owners, and for operators of the platform where an owner was
    /// invited. Confirm your password first.
    async fn cancel_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: CancelInvitationInput,
    ) -> Settled<CancelInvitationPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let organization = id(&["input", "organizationId"], &input.organization_id)?;
                let action = CancelInvitation {
                    organization,
                    invitation: id(&["input", "invitationId"], &input.invitation_id)?,
                };
                let done = viewer.perform(action).await?;
                let invitation = viewer.reader().invitation(organization, done).await?;
                Ok(CancelInvitationPayload { invitation: invitation.map(Invitation), ..Default::default() })
            }
            .await,
        )
    }

    /// Takes the role that was offered to your address. A role that you have there already becomes the offered one. An
    /// invitation stands only while the owner who made it is one.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link.")] input: AcceptInvitationInput,
    ) -> Settled<AcceptInvitationPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let action = AcceptInvitation { token: input.token.into() };
                let done = viewer.perform(action).await?;
                let own = viewer.reader().own_role(done.organization).await?;
                Ok(AcceptInvitationPayload {
                    administrator: own.map(|(role, account)| Administrator(role, account)),
                    organization_id: Some(done.organization.to_string().into()),
                    ..Default::default()
                })
            }
            .await,
        )
    }

    /// Gives a role to somebody who has one here, or whose account the organization manages; everybody else is invited.
    /// Giving the same role again wakes one that is asleep. For owners. Confirm your password first.
    async fn assign_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose role, and which.")] input: AssignRoleInput,
    ) -> Settled<AssignRolePayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let organization = id(&["input", "organizationId"], &input.organization_id)?;
                let action = AssignRole {
                    organization,
                    account: id(&["input", "accountId"], &input.account_id)?,
                    role: input.role.into(),
                };
                let account = viewer.perform(action).await?;
                let found = viewer.reader().administrator_of(organization, account).await?;
                Ok(AssignRolePayload {
                    administrator: found.map(|(role, account)| Administrator(role, account)),
                    ..Default::default()
                })
            }
            .await,
        )
    }

    /// Takes somebody's role, that of another owner included. What was offered to them here is taken back too. For
    /// owners. Confirm your password first.
    async fn revoke_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose role.")] input: RevokeRoleInput,
    ) -> Settled<RevokeRolePayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let action = RevokeRole {
                    organization: id(&["input", "organizationId"], &input.organization_id)?,
                    account: id(&["input", "accountId"], &input.account_id)?,
                    reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
                };
                let organization = viewer.perform(action).await?;
                let organization = viewer.reader().organization(organization).await?;
                Ok(RevokeRolePayload { organization: organization.map(Organization::from), ..Default::default() })
            }
            .await,
        )
    }

    /// Gives your own role back. The last owner can't: invite another one first.
    async fn resign_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where.")] input: ResignRoleInput,
    ) -> Settled<ResignRolePayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let organization: OrganizationId = id(&["input", "organizationId"], &input.organization_id)?;
                let organization = viewer.perform(ResignRole { organization }).await?;
                Ok(ResignRolePayload { organization_id: Some(organization.to_string().into()), ..Default::default() })
            }
            .await,
        )
    }
}

impl crate::graphql::plain::Plain for Administrator {}

impl crate::graphql::plain::Plain for Invitation {}
