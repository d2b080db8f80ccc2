//! Mutations of services, workspaces and memberships.

mod limits;

pub use limits::*;

use crate::{
    core::{
        Result as CoreResult,
        text::{EmailAddress, Label},
    },
    graphql::{
        Settled, Viewer,
        input::{id, text},
        settle,
    },
    payload,
    workspaces::{
        accept_membership::AcceptMembership,
        add_member::AddMember,
        create_service::CreateService,
        create_workspace::CreateWorkspace,
        decline_membership::DeclineMembership,
        graphql::{Membership, Service, Workspace},
        leave_workspace::LeaveWorkspace,
        offer::Which,
    },
};
use async_graphql::{Context, ID, InputObject, Object, OneofObject};
use steward_entities::id::MembershipId;

/// A service to be made.
#[derive(InputObject)]
pub struct CreateServiceInput {
    /// Its name: one line of 1 to 100 characters. There is one service of each name.
    name: String,
}

/// A workspace to be made.
#[derive(InputObject)]
pub struct CreateWorkspaceInput {
    /// Whose it is.
    organization_id: ID,
    /// The product in which it is.
    service_id: ID,
    /// Its name: one line of 1 to 100 characters.
    name: String,
}

/// Whom to offer a membership.
#[derive(InputObject)]
pub struct AddMemberInput {
    /// The organization.
    organization_id: ID,
    /// Its workspace.
    workspace_id: ID,
    /// The address.
    email: String,
}

/// An offer to be accepted: by its id, or by the link that was mailed.
#[derive(OneofObject)]
pub enum AcceptMembershipInput {
    /// The membership, from `viewer { memberships }`.
    MembershipId(ID),
    /// The secret in the link that was mailed.
    Token(String),
}

/// An offer to be declined: by its id, or by the link that was mailed.
#[derive(OneofObject)]
pub enum DeclineMembershipInput {
    /// The membership, from `viewer { memberships }`.
    MembershipId(ID),
    /// The secret in the link that was mailed.
    Token(String),
}

/// A membership to be ended.
#[derive(InputObject)]
pub struct LeaveWorkspaceInput {
    /// The membership, from `viewer { memberships }`.
    membership_id: ID,
}

payload! {
    /// What came of `createService`.
    CreateServicePayload {
        /// The service.
        service: Option<Service>,
    }
}

payload! {
    /// What came of `createWorkspace`.
    CreateWorkspacePayload {
        /// The workspace.
        workspace: Option<Workspace>,
    }
}

payload! {
    /// What came of `addMember`.
    AddMemberPayload {
        /// The membership that is offered.
        membership: Option<Membership>,
    }
}

payload! {
    /// What came of `acceptMembership`.
    AcceptMembershipPayload {
        /// The membership, in force from now on.
        membership: Option<Membership>,
    }
}

payload! {
    /// What came of `declineMembership`.
    DeclineMembershipPayload {
        /// The id of the membership that was offered.
        membership_id: Option<ID>,
    }
}

payload! {
    /// What came of `leaveWorkspace`.
    LeaveWorkspacePayload {
        /// The membership, which is over.
        membership: Option<Membership>,
    }
}

fn which_by_id(given: &ID) -> CoreResult<Which> {
    Ok(Which::Id(id(&["input", "membershipId"], given)?))
}

async fn membership(viewer: &Viewer, id: MembershipId) -> CoreResult<Option<Membership>> {
    Ok(viewer.reader().membership(id).await?.map(Membership))
}

/// Changes of services, workspaces and memberships.
#[derive(Default)]
pub struct WorkspaceMutation;

#[Object]
impl WorkspaceMutation {
    /// Adds a product of the platform. For operators of the platform.
    async fn create_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name.")] input: CreateServiceInput,
    ) -> Settled<CreateServicePayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let name = text(&["input", "name"], Label::parse(&input.name))?;
                let done = viewer.perform(CreateService { name }).await?;
                Ok(CreateServicePayload {
                    service: viewer.reader().service(done).await?.map(Service),
                    ..Default::default()
                })
            }
            .await,
        )
    }

    /// Opens a team or site of the organization in a service. For administrators of memberships.
    async fn create_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, for which service, under which name.")] input: CreateWorkspaceInput,
    ) -> Settled<CreateWorkspacePayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let action = CreateWorkspace {
                    organization: id(&["input", "organizationId"], &input.organization_id)?,
                    service: id(&["input", "serviceId"], &input.service_id)?,
                    name: text(&["input", "name"], Label::parse(&input.name))?,
                };
                let done = viewer.perform(action).await?;
                let workspace = viewer.reader().workspace(done).await?;
                Ok(CreateWorkspacePayload {
                    workspace: workspace.map(|(workspace, service)| Workspace(workspace, service)),
                    ..Default::default()
                })
            }
            .await,
        )
    }

    /// Offers an address the membership in a workspace, by mail; the offer stands for 14 days, and adding the address
    /// again renews it. It is answered alike whether or not the address has an account, and gives no power before it is
    /// accepted. For administrators of memberships.
    async fn add_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and into which workspace.")] input: AddMemberInput,
    ) -> Settled<AddMemberPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let action = AddMember {
                    organization: id(&["input", "organizationId"], &input.organization_id)?,
                    workspace: id(&["input", "workspaceId"], &input.workspace_id)?,
                    email: text(&["input", "email"], EmailAddress::parse(&input.email))?,
                };
                let done = viewer.perform(action).await?;
                Ok(AddMemberPayload { membership: membership(viewer, done).await?, ..Default::default() })
            }
            .await,
        )
    }

    /// Says yes to a membership that was offered to your address. The organization then sees who you are, and has the
    /// powers that it has over members.
    async fn accept_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which offer.")] input: AcceptMembershipInput,
    ) -> Settled<AcceptMembershipPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let which = match input {
                    AcceptMembershipInput::MembershipId(given) => which_by_id(&given)?,
                    AcceptMembershipInput::Token(token) => Which::Link(token.into()),
                };
                let done = viewer.perform(AcceptMembership(which)).await?;
                Ok(AcceptMembershipPayload { membership: membership(viewer, done).await?, ..Default::default() })
            }
            .await,
        )
    }

    /// Says no to a membership that was offered to your address. The organization sees that the offer was declined, and
    /// nothing of your account. By the token of its mailed link this needs no session.
    async fn decline_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which offer.")] input: DeclineMembershipInput,
    ) -> Settled<DeclineMembershipPayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let which = match input {
                    DeclineMembershipInput::MembershipId(given) => which_by_id(&given)?,
                    DeclineMembershipInput::Token(token) => Which::Link(token.into()),
                };
                let done = viewer.perform(DeclineMembership(which)).await?;
                Ok(DeclineMembershipPayload { membership_id: Some(done.to_string().into()), ..Default::default() })
            }
            .await,
        )
    }

    /// Ends a membership of yours. Nobody can keep you from it.
    async fn leave_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which membership.")] input: LeaveWorkspaceInput,
    ) -> Settled<LeaveWorkspacePayload> {
        let viewer = Viewer::of(ctx);
        settle(
            async {
                let action = LeaveWorkspace { membership: id(&["input", "membershipId"], &input.membership_id)? };
                let done = viewer.perform(action).await?;
                Ok(LeaveWorkspacePayload { membership: membership(viewer, done).await?, ..Default::default() })
            }
            .await,
        )
    }
}
