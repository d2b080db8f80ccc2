//! What a notice says.
//!
//! A notice is stored as its [`Content`]: what happened, in typed fields, without words and without secrets. The words
//! come from `api/templates/notices/<kind>/<language>.txt` whenever it is rendered: one source per language, from which
//! both the text and the HTML of the mail, and the page of the notice, are made. To add a notice: a line in the list
//! below, a struct for its fields, a template for each language.

mod access;
mod accounts;
mod apps;
mod control;
mod data_deletions;
mod deletions;
mod edits;
mod email_changes;
mod environment;
mod items;
mod made_accounts;
mod markup;
mod memberships;
mod objections;
mod organizations;
mod profiles;
mod render;
mod samples;
mod words;

#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use access::*;
pub use accounts::*;
pub use apps::*;
pub use control::*;
pub use data_deletions::*;
pub use deletions::*;
pub use edits::*;
pub use email_changes::*;
pub(crate) use environment::set_value_rules;
pub use items::*;
pub use made_accounts::*;
pub use memberships::*;
pub use objections::*;
pub use organizations::*;
pub use profiles::*;
pub(crate) use render::language;
pub use render::{Fragment, RenderError, Rendered, Sender};

/// The languages in which every notice exists, as BCP 47 primary tags. The first one stands in for all others.
pub const LANGUAGES: &[&str] = &["en"];

/// A notice's fields that can show themselves: plausible values for previews and tests.
pub trait Sample {
    /// One plausible value, always the same.
    fn sample() -> Self;
}

/// Where the secret link of a mail leads. Tokens are made for a purpose, and the purpose follows from the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// The page that shows this notice and lets the person acknowledge it.
    Notice,
    /// Completing a sign-up.
    SignUp,
    /// Setting a new password.
    PasswordReset,
    /// Confirming a new e-mail address.
    EmailChange,
    /// Accepting a role in an organization.
    Invitation,
    /// Accepting or declining a membership.
    Membership,
    /// Taking up or declining an account that administrators made.
    AccountInvitation,
}

macro_rules! notices {
    ($( $(#[doc = $doc:literal])+ $kind:ident = $name:literal, $purpose:expr; )+) => {
        /// Which notice it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NoticeKind { $( $(#[doc = $doc])+ $kind, )+ }

        impl NoticeKind {
            /// Every kind, in the order of the list.
            pub const ALL: &[NoticeKind] = &[$( NoticeKind::$kind, )+];

            /// The name under which the kind is stored, and the name of its template's folder.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $name, )+ }
            }

            /// What the mail's link is for; `None` when the mail has none.
            pub const fn link_purpose(self) -> Option<LinkPurpose> {
                match self { $( Self::$kind => $purpose, )+ }
            }

            /// The template's source. A new language is one more arm here, and the compiler then asks for its files.
            const fn source(self, language: &str) -> Option<&'static str> {
                match (language.as_bytes(), self) {
                    $( (b"en", Self::$kind) => Some(include_str!(concat!("../../templates/notices/", $name, "/en.txt"))), )+
                    _ => None,
                }
            }
        }

        /// What one notice says: its kind and that kind's fields. Stored as JSON, tagged by `kind`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Content { $( $(#[doc = $doc])+ $kind($kind), )+ }

        impl Content {
            /// Which notice this is.
            pub const fn kind(&self) -> NoticeKind {
                match self { $( Self::$kind(_) => NoticeKind::$kind, )+ }
            }

            /// Plausible content for previews and tests, always the same for a kind.
            pub fn sample(kind: NoticeKind) -> Self {
                match kind { $( NoticeKind::$kind => Self::$kind(Sample::sample()), )+ }
            }
        }

        $( impl From<$kind> for Content {
            fn from(fields: $kind) -> Self { Self::$kind(fields) }
        } )+
    };
}

notices! {
    /// An organization will manage the account, unless the person decides otherwise in time.
    ControlAsserted = "control_asserted", Some(LinkPurpose::Notice);
    /// From now on an organization manages the account.
    ControlInEffect = "control_in_effect", Some(LinkPurpose::Notice);
    /// An organization will not manage the account after all.
    AssertionCanceled = "assertion_canceled", Some(LinkPurpose::Notice);
    /// An organization no longer manages the account.
    AccountReleased = "account_released", Some(LinkPurpose::Notice);
    /// Administrators ask for a new password.
    PasswordResetRequired = "password_reset_required", None;
    /// Administrators ended the person's sessions.
    SessionsEnded = "sessions_ended", None;
    /// Administrators let the account only read.
    AccountRestricted = "account_restricted", None;
    /// Administrators closed the account for a time.
    AccountSuspended = "account_suspended", None;
    /// Administrators closed the account for good.
    AccountTerminated = "account_terminated", None;
    /// What administrators had restricted, suspended or terminated is open again.
    AccountRestored = "account_restored", None;
    /// The account will be deleted.
    AccountDeletionScheduled = "account_deletion_scheduled", None;
    /// The account will not be deleted after all.
    AccountDeletionCanceled = "account_deletion_canceled", None;
    /// The account was deleted; the last word to its address.
    AccountDeleted = "account_deleted", None;
    /// Administrators made an account for the person; the link sets its password, or declines.
    AccountCreated = "account_created", Some(LinkPurpose::AccountInvitation);
    /// Administrators wanted to make an account for somebody who has one already, which they don't see.
    AccountExisting = "account_existing", None;
    /// The person declined the account; goes to administrators.
    AccountDeclined = "account_declined", None;
    /// Administrators changed what is known of the person.
    ProfileChanged = "profile_changed", None;
    /// Administrators restricted what the person can edit.
    EditRestrictionSet = "edit_restriction_set", None;
    /// What administrators had restricted is open again, as far as nothing else closes it.
    EditRestrictionLifted = "edit_restriction_lifted", None;
    /// Administrators read what items of the person say.
    ItemsRead = "items_read", None;
    /// An organization offers a membership in a workspace.
    MembershipOffered = "membership_offered", Some(LinkPurpose::Membership);
    /// Administrators let the person only read in a workspace.
    MembershipRestricted = "membership_restricted", None;
    /// Administrators closed a workspace to the person for a time.
    MembershipSuspended = "membership_suspended", None;
    /// A workspace is open to the person as before.
    MembershipRestored = "membership_restored", None;
    /// A membership in a workspace is over.
    MembershipEnded = "membership_ended", None;
    /// The person holds a role in an organization now.
    RoleAssigned = "role_assigned", None;
    /// The person's role in an organization is another one now.
    RoleChanged = "role_changed", None;
    /// The person's role in an organization is gone.
    RoleRevoked = "role_revoked", None;
    /// Somebody is an owner of the organization now, or may become one; goes to its owners.
    OwnerAdded = "owner_added", None;
    /// An invitation to become an administrator; the address may have no account yet.
    AdministratorInvitation = "administrator_invitation", Some(LinkPurpose::Invitation);
    /// The link that completes a sign-up.
    SignUp = "sign_up", Some(LinkPurpose::SignUp);
    /// Somebody tried to sign up with the address of an existing account.
    SignUpExisting = "sign_up_existing", None;
    /// The link that sets a new password.
    PasswordReset = "password_reset", Some(LinkPurpose::PasswordReset);
    /// The password is another one now.
    PasswordChanged = "password_changed", None;
    /// Somebody signed in from a device that was never seen on this account before.
    NewDeviceSignIn = "new_device_sign_in", None;
    /// The link that confirms a new address; goes to the new address.
    EmailChangeConfirm = "email_change_confirm", Some(LinkPurpose::EmailChange);
    /// A change of address was asked for; goes to the address in force.
    EmailChangeRequested = "email_change_requested", None;
    /// The address is another one now; goes to the old and to the new one.
    EmailChanged = "email_changed", None;
    /// Administrators gave the account another address; goes to the old and to the new one.
    EmailChangedByAdministrators = "email_changed_by_administrators", None;
    /// A person asks for another address; goes to the administrators, later to the operators.
    EmailChangeApproval = "email_change_approval", None;
    /// Administrators agree to another address.
    EmailChangeApproved = "email_change_approved", None;
    /// Administrators refuse another address.
    EmailChangeRejected = "email_change_rejected", None;
    /// A request for another address came to nothing.
    EmailChangeExpired = "email_change_expired", None;
    /// The person deactivated the account.
    AccountDeactivated = "account_deactivated", None;
    /// The person took the account into use again.
    AccountReactivated = "account_reactivated", None;
    /// Somebody made an API key; goes to the organization's owners.
    ApiKeyCreated = "api_key_created", None;
    /// A person asks for an app; goes to the administrators of apps.
    AppRequested = "app_requested", None;
    /// Administrators answered who had asked for an app.
    AppRequestAnswered = "app_request_answered", None;
    /// Administrators installed an app, which concerns the person.
    AppInstalled = "app_installed", None;
    /// Administrators let an app see more of the person.
    AppAccessWidened = "app_access_widened", None;
    /// An app that concerned the person is gone.
    AppUninstalled = "app_uninstalled", None;
    /// The platform has taken an app out of use; goes to the administrators of apps.
    AppRetired = "app_retired", None;
    /// An app asks for more than was agreed to; goes to the administrators of apps.
    AppAsksForMore = "app_asks_for_more", None;
    /// An app's vendor can't be told anything any more; goes to the administrators of apps.
    WebhooksPaused = "webhooks_paused", None;
    /// An app's vendor hasn't confirmed in time that it has deleted something; goes to the administrators of apps.
    DataDeletionOverdue = "data_deletion_overdue", None;
    /// An app that is installed has another vendor, or another privacy policy; goes to the administrators of apps.
    AppChanged = "app_changed", None;
    /// An approval of an app is about to be over; goes to the administrators of apps.
    AppApprovalEnding = "app_approval_ending", None;
    /// A person objects to an app; goes to the administrators of apps.
    AppObjected = "app_objected", None;
    /// An objection was decided or withdrawn; goes to the administrators of apps.
    AppObjectionClosed = "app_objection_closed", None;
    /// Administrators decided about a person's objection to an app.
    AppObjectionDecided = "app_objection_decided", None;
    /// Administrators keep an app from seeing the person.
    AppAccessRevoked = "app_access_revoked", None;
    /// Administrators let an app see the person again.
    AppAccessRestored = "app_access_restored", None;
    /// A claim has nothing pending any more; goes to administrators.
    ClaimFinished = "claim_finished", None;
    /// The person became an operator of the platform.
    OperatorCreated = "operator_created", None;
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is no notice's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no notice is called “{0}”")]
pub struct UnknownNoticeKind(String);

impl FromStr for NoticeKind {
    type Err = UnknownNoticeKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().find(|kind| kind.as_str() == name).copied().ok_or_else(|| UnknownNoticeKind(name.to_owned()))
    }
}
