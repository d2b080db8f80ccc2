//! Access to accounts in the schema.

use crate::{
    access::{
        block_account::{BlockAccount, Restriction, Suspension, Termination},
        restore_account::RestoreAccount,
    },
    accounts::{
        graphql::{Account, OrganizationSummary},
        view::Sight,
    },
    core::{
        AccountAct, OnOne, Result as CoreResult,
        text::{Message, Reason},
    },
    graphql::{
        Viewer,
        error::{Settled, settle},
        input::{id, optional, text},
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::{account_block, kinds, organization};

/// What limits an account. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::BlockKind")]
pub enum BlockKind {
    /// A new password must be set before the organization's workspaces open again.
    PasswordReset,
    /// The account reads, and changes nothing but what its rights are.
    Restriction,
    /// An organization closed it for a time.
    Suspension,
    /// The person put it to rest.
    Deactivation,
    /// An organization closed it for good.
    Termination,
    /// Its deletion is scheduled.
    Deletion,
}

/// One fact that limits an account. Each stands by itself, and the strictest of all decides what is open.
#[derive(SimpleObject)]
pub struct AccountBlock {
    /// What it is.
    kind: BlockKind,
    /// Who set it; null for the person and the platform.
    organization: Option<OrganizationSummary>,
    /// Why, as the log has it. For administrators of that organization.
    reason: Option<String>,
    /// The administrators' words to the person.
    message: Option<String>,
    /// Since when.
    since: DateTime<Utc>,
    /// When it ends by itself; of a deletion, when the account is deleted. Null while somebody has to lift it.
    until: Option<DateTime<Utc>>,
}

impl AccountBlock {
    /// A block, as somebody with this sight of the account is shown it.
    #[must_use]
    pub fn new((block, by): (account_block::Model, Option<organization::Model>), sight: Sight) -> Self {
        Self {
            kind: block.kind.into(),
            organization: by.map(Into::into),
            reason: block.reason.filter(|_| sight != Sight::Own),
            message: block.message,
            since: block.created_at,
            until: block.until,
        }
    }
}

macro_rules! inputs {
    ($($(#[$doc:meta])* $input:ident, $payload:ident, $name:literal $({ $(#[$until_doc:meta])* $until:ident })?;)+) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $input {
            /// Your organization, which manages the account.
            organization_id: ID,
            /// The person's account.
            account_id: ID,
            /// Why, for the log; 1 to 500 characters. The person doesn't see it.
            reason: String,
            /// Your words to the person; up to 2,000 characters. They read them in the notice, and when they sign in.
            message: Option<String>,
            $($(#[$until_doc])* $until: Option<DateTime<Utc>>,)?
            /// Whether everything is checked, and nothing is changed or sent.
            #[graphql(default)]
            dry_run: bool,
        }

        payload! {
            #[doc = concat!("What came of `", $name, "`.")]
            $payload {
                /// The account, as it is now.
                account: Option<Account>,
            }
        }

        impl $input {
            fn words(&self) -> CoreResult<(Reason, Option<Message>)> {
                let reason = text(&["input", "reason"], Reason::parse(&self.reason))?;
                Ok((reason, optional(&["input", "message"], self.message.as_deref(), Message::parse)?))
            }

            async fn run(&self, viewer: &Viewer, act: impl AccountAct) -> CoreResult<$payload> {
                let organization = id(&["input", "organizationId"], &self.organization_id)?;
                let account = id(&["input", "accountId"], &self.account_id)?;
                let acted = viewer.perform(OnOne { organization, account, act, dry_run: self.dry_run }).await?;
                let account = viewer.reader().account(acted.account).await?.map(Account);
                Ok($payload { account, ..Default::default() })
            }
        }
    )+};
}

inputs! {
    /// Whose account is restricted, and for how long.
    RestrictAccountInput, RestrictAccountPayload, "restrictAccount" {
        /// When it ends by itself; left out, it lasts until somebody restores the account.
        until
    };
    /// Whose account is suspended, and for how long.
    SuspendAccountInput, SuspendAccountPayload, "suspendAccount" {
        /// When it ends by itself; left out, it lasts until somebody restores the account.
        until
    };
    /// Whose account is terminated.
    TerminateAccountInput, TerminateAccountPayload, "terminateAccount";
    /// Whose account is restored.
    RestoreAccountInput, RestoreAccountPayload, "restoreAccount";
}

/// Changes of access.
#[derive(Default)]
pub struct AccessMutation;

#[Object]
impl AccessMutation {
    /// Lets an account that your organization manages only read: the person changes nothing but what their rights are.
    /// They are told, with your message.
    async fn restrict_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account, why, and until when.")] input: RestrictAccountInput,
    ) -> Settled<RestrictAccountPayload> {
        settle(restrict(Viewer::of(ctx), input).await)
    }

    /// Closes an account that your organization manages for a time. Sessions, links and pending changes of address end
    /// at once. The person is told, with your message, and can sign in to read notices and use their rights.
    async fn suspend_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account, why, and until when.")] input: SuspendAccountInput,
    ) -> Settled<SuspendAccountPayload> {
        settle(suspend(Viewer::of(ctx), input).await)
    }

    /// Closes an account that your organization manages for good. Nothing is deleted, and it can be restored. Sessions,
    /// links and pending changes of address end at once; the person is told.
    async fn terminate_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account, and why.")] input: TerminateAccountInput,
    ) -> Settled<TerminateAccountPayload> {
        settle(terminate(Viewer::of(ctx), input).await)
    }

    /// Lifts your organization's restriction, suspension and termination of an account. What others have set, the person
    /// included, stays in force.
    async fn restore_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account, and why.")] input: RestoreAccountInput,
    ) -> Settled<RestoreAccountPayload> {
        settle(restore(Viewer::of(ctx), input).await)
    }
}

async fn restrict(viewer: &Viewer, input: RestrictAccountInput) -> CoreResult<RestrictAccountPayload> {
    let (reason, message) = input.words()?;
    input.run(viewer, BlockAccount::<Restriction>::new(reason, message, input.until)).await
}

async fn suspend(viewer: &Viewer, input: SuspendAccountInput) -> CoreResult<SuspendAccountPayload> {
    let (reason, message) = input.words()?;
    input.run(viewer, BlockAccount::<Suspension>::new(reason, message, input.until)).await
}

async fn terminate(viewer: &Viewer, input: TerminateAccountInput) -> CoreResult<TerminateAccountPayload> {
    let (reason, message) = input.words()?;
    input.run(viewer, BlockAccount::<Termination>::new(reason, message, None)).await
}

async fn restore(viewer: &Viewer, input: RestoreAccountInput) -> CoreResult<RestoreAccountPayload> {
    let (reason, message) = input.words()?;
    input.run(viewer, RestoreAccount { reason, message }).await
}
