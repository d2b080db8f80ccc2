//! What administrators do to memberships, in the schema.

use super::membership;
use crate::{
    core::{
        Result as CoreResult,
        text::{Message, Reason},
    },
    graphql::{
        Settled, Viewer,
        input::{id, optional, text},
        settle,
    },
    payload,
    workspaces::{
        graphql::Membership,
        limit_membership::{Limit, LimitMembership, Restriction, Suspension, Termination},
        restore_membership::RestoreMembership,
    },
};
use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use std::marker::PhantomData;
use steward_entities::id::{MembershipId, OrganizationId};

macro_rules! inputs {
    ($($(#[$doc:meta])* $input:ident, $payload:ident, $name:literal $({ $(#[$until_doc:meta])* $until:ident })?;)+) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $input {
            /// Your organization, whose workspace it is.
            organization_id: ID,
            /// The membership, from `workspace { members }`.
            membership_id: ID,
            /// Why, for the log; 1 to 500 characters. The person doesn't see it.
            reason: String,
            /// Your words to the person; up to 2,000 characters.
            message: Option<String>,
            $($(#[$until_doc])* $until: Option<DateTime<Utc>>,)?
            /// Whether everything is checked, and nothing is changed or sent.
            #[graphql(default)]
            dry_run: bool,
        }

        payload! {
            #[doc = concat!("What came of `", $name, "`.")]
            $payload {
                /// The membership, as it is now.
                membership: Option<Membership>,
            }
        }

        impl $input {
            fn read(&self) -> CoreResult<Asked> {
                Ok(Asked {
                    organization: id(&["input", "organizationId"], &self.organization_id)?,
                    membership: id(&["input", "membershipId"], &self.membership_id)?,
                    reason: text(&["input", "reason"], Reason::parse(&self.reason))?,
                    message: optional(&["input", "message"], self.message.as_deref(), Message::parse)?,
                    dry_run: self.dry_run,
                })
            }
        }
    )+};
}

inputs! {
    /// Whose membership to restrict.
    RestrictMembershipInput, RestrictMembershipPayload, "restrictMembership" {
        /// When it ends by itself; left out, it lasts until somebody restores the membership.
        until
    };
    /// Whose membership to suspend.
    SuspendMembershipInput, SuspendMembershipPayload, "suspendMembership" {
        /// When it ends by itself; left out, it lasts until somebody restores the membership.
        until
    };
    /// Whose membership to end.
    TerminateMembershipInput, TerminateMembershipPayload, "terminateMembership";
    /// Whose membership to restore.
    RestoreMembershipInput, RestoreMembershipPayload, "restoreMembership";
}

/// What all of them say.
struct Asked {
    organization: OrganizationId,
    membership: MembershipId,
    reason: Reason,
    message: Option<Message>,
    dry_run: bool,
}

impl Asked {
    async fn limit<L: Limit>(self, viewer: &Viewer, until: Option<DateTime<Utc>>) -> CoreResult<Option<Membership>> {
        let Self { organization, membership: id, reason, message, dry_run } = self;
        let limit = PhantomData::<fn() -> L>;
        let action = LimitMembership { organization, membership: id, reason, message, until, dry_run, limit };
        membership(viewer, viewer.perform(action).await?).await
    }

    async fn restore(self, viewer: &Viewer) -> CoreResult<Option<Membership>> {
        let Self { organization, membership: id, reason, message, dry_run } = self;
        let action = RestoreMembership { organization, membership: id, reason, message, dry_run };
        membership(viewer, viewer.perform(action).await?).await
    }
}

/// What administrators do to memberships.
#[derive(Default)]
pub struct MembershipLimitMutation;

#[Object]
impl MembershipLimitMutation {
    /// Lets a member of your workspace only read there. The account, and other workspaces, are as they were; the person is
    /// told. For administrators of memberships.
    async fn restrict_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose membership, why, and until when.")] input: RestrictMembershipInput,
    ) -> Settled<RestrictMembershipPayload> {
        settle(
            async {
                let membership = input.read()?.limit::<Restriction>(Viewer::of(ctx), input.until).await?;
                Ok(RestrictMembershipPayload { membership, ..Default::default() })
            }
            .await,
        )
    }

    /// Closes your workspace to a member for a time. What they made there stays; the person is told. For administrators of
    /// memberships.
    async fn suspend_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose membership, why, and until when.")] input: SuspendMembershipInput,
    ) -> Settled<SuspendMembershipPayload> {
        settle(
            async {
                let membership = input.read()?.limit::<Suspension>(Viewer::of(ctx), input.until).await?;
                Ok(SuspendMembershipPayload { membership, ..Default::default() })
            }
            .await,
        )
    }

    /// Ends a membership. It is no ground for anything any more, and can be restored while the person hasn't left it; the
    /// person is told. For administrators of memberships.
    async fn terminate_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose membership, and why.")] input: TerminateMembershipInput,
    ) -> Settled<TerminateMembershipPayload> {
        settle(
            async {
                let membership = input.read()?.limit::<Termination>(Viewer::of(ctx), None).await?;
                Ok(TerminateMembershipPayload { membership, ..Default::default() })
            }
            .await,
        )
    }

    /// Lifts what limits a membership, or takes its end back; the person is told. What was left or declined only a new
    /// invitation revives. For administrators of memberships.
    async fn restore_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose membership, and why.")] input: RestoreMembershipInput,
    ) -> Settled<RestoreMembershipPayload> {
        settle(
            async {
                let membership = input.read()?.restore(Viewer::of(ctx)).await?;
                Ok(RestoreMembershipPayload { membership, ..Default::default() })
            }
            .await,
        )
    }
}
