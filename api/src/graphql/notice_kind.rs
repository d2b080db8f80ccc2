//! The kinds of notices, as callers see them.

use crate::notices::content::NoticeKind;
use async_graphql::Enum;

/// What a notice tells. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "NoticeKind", remote = "NoticeKind")]
pub enum NoticeKindName {
    /// An organization will manage the account, unless the person decides otherwise in time.
    ControlAsserted,
    /// From now on an organization manages the account.
    ControlInEffect,
    /// An organization will not manage the account after all.
    AssertionCanceled,
    /// An organization no longer manages the account.
    AccountReleased,
    /// Administrators ask for a new password.
    PasswordResetRequired,
    /// Administrators ended the person's sessions.
    SessionsEnded,
    /// Administrators let the account only read.
    AccountRestricted,
    /// Administrators closed the account for a time.
    AccountSuspended,
    /// Administrators closed the account for good.
    AccountTerminated,
    /// What administrators had restricted, suspended or terminated is open again.
    AccountRestored,
    /// The account will be deleted.
    AccountDeletionScheduled,
    /// The account will not be deleted after all.
    AccountDeletionCanceled,
    /// The account was deleted; the last word to its address.
    AccountDeleted,
    /// Administrators made an account for the person; the link sets its password, or declines.
    AccountCreated,
    /// Administrators wanted to make an account for somebody who has one already, which they don't see.
    AccountExisting,
    /// The person declined the account; goes to administrators.
    AccountDeclined,
    /// Administrators changed what is known of the person.
    ProfileChanged,
    /// Administrators restricted what the person can edit.
    EditRestrictionSet,
    /// What administrators had restricted is open again, as far as nothing else closes it.
    EditRestrictionLifted,
    /// Administrators read what items of the person say.
    ItemsRead,
    /// An organization offers a membership in a workspace.
    MembershipOffered,
    /// Administrators let the person only read in a workspace.
    MembershipRestricted,
    /// Administrators closed a workspace to the person for a time.
    MembershipSuspended,
    /// A workspace is open to the person as before.
    MembershipRestored,
    /// A membership in a workspace is over.
    MembershipEnded,
    /// The person holds a role in an organization now.
    RoleAssigned,
    /// The person's role in an organization is another one now.
    RoleChanged,
    /// The person's role in an organization is gone.
    RoleRevoked,
    /// Somebody is an owner of the organization now, or may become one; goes to its owners.
    OwnerAdded,
    /// An invitation to become an administrator; the address may have no account yet.
    AdministratorInvitation,
    /// The link that completes a sign-up.
    SignUp,
    /// Somebody tried to sign up with the address of an existing account.
    SignUpExisting,
    /// The link that sets a new password.
    PasswordReset,
    /// The password is another one now.
    PasswordChanged,
    /// Somebody signed in from a device that was never seen on this account before.
    NewDeviceSignIn,
    /// The link that confirms a new address; goes to the new address.
    EmailChangeConfirm,
    /// A change of address was asked for; goes to the address in force.
    EmailChangeRequested,
    /// The address is another one now; goes to the old and to the new one.
    EmailChanged,
    /// Administrators gave the account another address; goes to the old and to the new one.
    EmailChangedByAdministrators,
    /// A person asks for another address; goes to the administrators, later to the operators.
    EmailChangeApproval,
    /// Administrators agree to another address.
    EmailChangeApproved,
    /// Administrators refuse another address.
    EmailChangeRejected,
    /// A request for another address came to nothing.
    EmailChangeExpired,
    /// The person deactivated the account.
    AccountDeactivated,
    /// The person took the account into use again.
    AccountReactivated,
    /// Somebody made an API key; goes to the organization's owners.
    ApiKeyCreated,
    /// A person asks for an app; goes to the administrators of apps.
    AppRequested,
    /// Administrators answered who had asked for an app.
    AppRequestAnswered,
    /// Administrators installed an app, which concerns the person.
    AppInstalled,
    /// Administrators let an app see more of the person.
    AppAccessWidened,
    /// An app that concerned the person is gone.
    AppUninstalled,
    /// The platform has taken an app out of use; goes to the administrators of apps.
    AppRetired,
    /// An app asks for more than was agreed to; goes to the administrators of apps.
    AppAsksForMore,
    /// An app's vendor can't be told anything any more; goes to the administrators of apps.
    WebhooksPaused,
    /// An app's vendor hasn't confirmed in time that it has deleted something; goes to the administrators of apps.
    DataDeletionOverdue,
    /// An app that is installed has another vendor, or another privacy policy; goes to the administrators of apps.
    AppChanged,
    /// An approval of an app is about to be over; goes to the administrators of apps.
    AppApprovalEnding,
    /// A person objects to an app; goes to the administrators of apps.
    AppObjected,
    /// An objection was decided or withdrawn; goes to the administrators of apps.
    AppObjectionClosed,
    /// Administrators decided about a person's objection to an app.
    AppObjectionDecided,
    /// Administrators keep an app from seeing the person.
    AppAccessRevoked,
    /// Administrators let an app see the person again.
    AppAccessRestored,
    /// A claim has nothing pending any more; goes to administrators.
    ClaimFinished,
    /// The person became an operator of the platform.
    OperatorCreated,
}
