//! What administrators may do to an account, as callers see it.

use crate::core::{ActionName, powers::told::Act};
use async_graphql::Enum;

/// What an administrator may do to an account, named as the mutation, or read of it. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AccountAction {
    /// Read name, address and profile, and what belongs to the organization's workspaces.
    ReadAccount,
    /// Read the whole profile, sessions and activity.
    ReadPersonal,
    /// `requirePasswordReset`: make the person set a new password.
    RequirePasswordReset,
    /// `revokeSessions`: end all sessions of the account.
    RevokeSessions,
    /// `releaseAccounts`: end the organization's control of the account.
    ReleaseAccounts,
    /// `restrictAccount`: let the account only read.
    RestrictAccount,
    /// `suspendAccount`: close the account for a time.
    SuspendAccount,
    /// `restoreAccount`: lift the organization's restriction, suspension or termination.
    RestoreAccount,
    /// `terminateAccount`: close the account for good.
    TerminateAccount,
    /// `deleteAccount`: schedule the deletion of the account.
    DeleteAccount,
    /// `cancelAccountDeletion`: cancel it.
    CancelAccountDeletion,
    /// `changeAccountEmail`: give the account another address in the organization's domains.
    ChangeAccountEmail,
    /// `approveEmailChange`: agree to the address that the person asks for.
    ApproveEmailChange,
    /// `rejectEmailChange`: refuse it.
    RejectEmailChange,
    /// `updateAccountProfile`: change what is known of the person.
    UpdateAccountProfile,
    /// `restrictEdits`: take the right to edit from the person. Of members only what is about items in the organization's
    /// workspaces.
    RestrictEdits,
    /// `readItems`: learn what the person's items say. Of members only those in the organization's workspaces.
    ReadItems,
    /// `revokeAppAccess`: keep an app from seeing the person.
    RevokeAppAccess,
    /// `restoreAppAccess`: let it see them again.
    RestoreAppAccess,
    /// `restrictMembership`: let the person only read in a workspace of the organization.
    RestrictMembership,
    /// `suspendMembership`: close a workspace to the person for a time.
    SuspendMembership,
    /// `terminateMembership`: end a membership.
    TerminateMembership,
    /// `restoreMembership`: lift what limits a membership, or take its end back.
    RestoreMembership,
    /// `renewAccountInvitation`: mail a fresh link to somebody who hasn't taken up the account that was made for them.
    RenewAccountInvitation,
}

impl AccountAction {
    /// The action's name in the schema; none for what is no act on an account.
    #[must_use]
    pub const fn of(act: Act) -> Option<Self> {
        match act {
            Act::ReadAccount => Some(Self::ReadAccount),
            Act::ReadPersonal => Some(Self::ReadPersonal),
            Act::Run(ActionName::RequirePasswordReset) => Some(Self::RequirePasswordReset),
            Act::Run(ActionName::RevokeSessions) => Some(Self::RevokeSessions),
            Act::Run(ActionName::ReleaseAccounts) => Some(Self::ReleaseAccounts),
            Act::Run(ActionName::RestrictAccount) => Some(Self::RestrictAccount),
            Act::Run(ActionName::SuspendAccount) => Some(Self::SuspendAccount),
            Act::Run(ActionName::RestoreAccount) => Some(Self::RestoreAccount),
            Act::Run(ActionName::TerminateAccount) => Some(Self::TerminateAccount),
            Act::Run(ActionName::DeleteAccount) => Some(Self::DeleteAccount),
            Act::Run(ActionName::CancelAccountDeletion) => Some(Self::CancelAccountDeletion),
            Act::Run(ActionName::ChangeAccountEmail) => Some(Self::ChangeAccountEmail),
            Act::Run(ActionName::ApproveEmailChange) => Some(Self::ApproveEmailChange),
            Act::Run(ActionName::RejectEmailChange) => Some(Self::RejectEmailChange),
            Act::Run(ActionName::UpdateAccountProfile) => Some(Self::UpdateAccountProfile),
            Act::Run(ActionName::RestrictEdits) => Some(Self::RestrictEdits),
            Act::Run(ActionName::ReadItems) => Some(Self::ReadItems),
            Act::Run(ActionName::RevokeAppAccess) => Some(Self::RevokeAppAccess),
            Act::Run(ActionName::RestoreAppAccess) => Some(Self::RestoreAppAccess),
            Act::Run(ActionName::RestrictMembership) => Some(Self::RestrictMembership),
            Act::Run(ActionName::SuspendMembership) => Some(Self::SuspendMembership),
            Act::Run(ActionName::TerminateMembership) => Some(Self::TerminateMembership),
            Act::Run(ActionName::RestoreMembership) => Some(Self::RestoreMembership),
            Act::Run(ActionName::RenewAccountInvitation) => Some(Self::RenewAccountInvitation),
            Act::Run(_) => None,
        }
    }
}
