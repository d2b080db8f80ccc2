//! The closed sets of values that columns take, stored as their names.

use sea_orm::entity::prelude::*;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $($(#[$variant_doc])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name, as it is stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The name as a literal: for what a statement asks whoever it is about. The planner then knows it when it makes
            /// one plan for all values, and finds the partial indexes that have it in their words.
            #[must_use]
            pub fn literal(self) -> Expr {
                Expr::Constant(self.as_str().into())
            }
        }
    )*};
}

kinds! {
    /// How an address was proved.
    VerificationMethod {
        /// By a link that was mailed to it.
        Link = "LINK",
        /// By the proof of its domain.
        Domain = "DOMAIN",
        /// By the word of the operator who imported it.
        Attested = "ATTESTED",
    }
    /// What a mailed link serves.
    TokenPurpose {
        /// Completing a sign-up.
        SignUp = "SIGN_UP",
        /// Setting a new password.
        PasswordReset = "PASSWORD_RESET",
        /// Confirming a new address.
        EmailChange = "EMAIL_CHANGE",
        /// Accepting an invitation to administer.
        Invitation = "INVITATION",
        /// Accepting a membership.
        Membership = "MEMBERSHIP",
        /// Taking up or declining an account that administrators made.
        AccountInvitation = "ACCOUNT_INVITATION",
        /// Reading and acknowledging one notice.
        Notice = "NOTICE",
    }
    /// A role in an organization.
    RoleName {
        /// Everything.
        Owner = "OWNER",
        /// Domains, claims, accounts, memberships, restrictions.
        UserAdmin = "USER_ADMIN",
        /// Reading, password resets, sessions.
        HelpDesk = "HELP_DESK",
        /// Apps.
        AppAdmin = "APP_ADMIN",
        /// Exports, retention, holds, privacy requests, deletion.
        PrivacyOfficer = "PRIVACY_OFFICER",
        /// Reads all, changes nothing.
        Auditor = "AUDITOR",
    }
    /// The state of a membership.
    MembershipStatus {
        /// Offered; gives no power yet.
        Invited = "INVITED",
        /// In force.
        Active = "ACTIVE",
        /// In force: the person reads, and changes nothing.
        Restricted = "RESTRICTED",
        /// The workspace is closed to the person for a time.
        Suspended = "SUSPENDED",
        /// The person said no.
        Declined = "DECLINED",
        /// The person left.
        Left = "LEFT",
        /// The organization ended it.
        Terminated = "TERMINATED",
    }
    /// The state of a domain.
    DomainStatus {
        /// Not proved yet.
        Pending = "PENDING",
        /// Proved.
        Verified = "VERIFIED",
        /// Proved once; the proof is missing now.
        Lapsing = "LAPSING",
        /// The proof has been missing for thirty days.
        Lapsed = "LAPSED",
    }
    /// What came of a check of a domain.
    CheckOutcome {
        /// The token was found.
        Found = "FOUND",
        /// The name doesn't exist.
        HostNotFound = "HOST_NOT_FOUND",
        /// The name exists; the token isn't there.
        TokenNotFound = "TOKEN_NOT_FOUND",
        /// Nobody answered in time.
        Timeout = "TIMEOUT",
        /// The name server failed.
        ServerFailure = "SERVER_FAILURE",
        /// The address is one that we don't connect to.
        RefusedAddress = "REFUSED_ADDRESS",
    }
    /// The state of a claim.
    ClaimStatus {
        /// Its assertions and notices are being written.
        Preparing = "PREPARING",
        /// People are being told, and have their time.
        Notifying = "NOTIFYING",
        /// Nothing is pending any more.
        Complete = "COMPLETE",
        /// It was canceled.
        Canceled = "CANCELED",
    }
    /// The state of one account in a claim.
    AssertionStatus {
        /// The person has been or is being told.
        Pending = "PENDING",
        /// The organization controls the account.
        InEffect = "IN_EFFECT",
        /// The person moved away or deactivated the account in time.
        Avoided = "AVOIDED",
        /// It was called off.
        Canceled = "CANCELED",
        /// Control ended.
        Released = "RELEASED",
    }
    /// What limits an account.
    BlockKind {
        /// A new password must be set before the organization's workspaces open again.
        PasswordReset = "PASSWORD_RESET",
        /// It reads, and changes nothing but what its rights are.
        Restriction = "RESTRICTION",
        /// An organization closed it for a time.
        Suspension = "SUSPENSION",
        /// The person put the account to rest.
        Deactivation = "DEACTIVATION",
        /// An organization closed it for good.
        Termination = "TERMINATION",
        /// Its deletion is scheduled.
        Deletion = "DELETION",
    }
    /// What an edit restriction takes from people.
    EditOperation {
        /// Changing one's own profile.
        EditProfile = "EDIT_PROFILE",
        /// Changing one's own address.
        ChangeEmail = "CHANGE_EMAIL",
        /// Making and changing items.
        EditItems = "EDIT_ITEMS",
        /// Changing who sees items.
        ChangeVisibility = "CHANGE_VISIBILITY",
        /// Deleting items.
        DeleteItems = "DELETE_ITEMS",
        /// Having one's own account deleted.
        DeleteAccount = "DELETE_ACCOUNT",
    }
    /// From whom an edit restriction takes it.
    EditTarget {
        /// Everybody whom the organization manages, and the members of its workspaces.
        Organization = "ORGANIZATION",
        /// The members of one workspace.
        Workspace = "WORKSPACE",
        /// People who were named.
        Accounts = "ACCOUNTS",
    }
    /// What an app asks to see or do.
    AppScope {
        /// Names.
        ReadName = "READ_NAME",
        /// Addresses.
        ReadEmail = "READ_EMAIL",
        /// The rest of the profile.
        ReadProfile = "READ_PROFILE",
        /// Items.
        ReadItems = "READ_ITEMS",
        /// Making, changing and deleting items.
        WriteItems = "WRITE_ITEMS",
    }
    /// What an organization says to apps about which it has decided nothing.
    AppPolicyMode {
        /// Each may be installed.
        AllowAll = "ALLOW_ALL",
        /// Only those that are approved.
        AllowApproved = "ALLOW_APPROVED",
        /// None, and those that are installed can do nothing.
        BlockAll = "BLOCK_ALL",
    }
    /// What an organization says to one app.
    AppVerdict {
        /// It may be installed.
        Approved = "APPROVED",
        /// It may not, and can do nothing.
        Blocked = "BLOCKED",
    }
    /// The state of an app's presence somewhere.
    InstallationState {
        /// People are being told; it sees nothing yet.
        Installing = "INSTALLING",
        /// It is there.
        Installed = "INSTALLED",
        /// It couldn't be installed.
        Failed = "FAILED",
        /// It sees nothing any more; people are being told.
        Uninstalling = "UNINSTALLING",
        /// It is over.
        Uninstalled = "UNINSTALLED",
    }
    /// Why an installation ended.
    InstallationEnd {
        /// Administrators removed the app.
        Uninstalled = "UNINSTALLED",
        /// Administrators took it back before it was finished.
        Canceled = "CANCELED",
        /// The platform has taken the app out of use.
        Retired = "RETIRED",
    }
    /// Why an app may do nothing in an organization.
    AppClosedBecause {
        /// The platform has taken it out of use.
        Retired = "RETIRED",
        /// The organization allows no app.
        AllBlocked = "ALL_BLOCKED",
        /// It is blocked there.
        Blocked = "BLOCKED",
        /// Nobody there has approved it.
        NotApproved = "NOT_APPROVED",
        /// Its approval is over.
        ApprovalOver = "APPROVAL_OVER",
        /// Of what was agreed to nothing is left: it isn't asked for any more, or not approved.
        NothingLeft = "NOTHING_LEFT",
    }
    /// Of what an app's vendor is told, as the message names it.
    WebhookKind {
        /// The app is installed.
        AppInstalled = "app.installed",
        /// It may more, or less, than before.
        AppScopesChanged = "app.scopes_changed",
        /// It is gone, and so must be what came by it.
        AppUninstalled = "app.uninstalled",
        /// What an app knows of somebody is another by now.
        AccountChanged = "account.changed",
        /// Somebody whom an app has seen is gone for good.
        AccountClosed = "account.closed",
        /// An app may not see somebody any more whom it has seen.
        AccountOutOfSight = "account.out_of_sight",
        /// Something has to be deleted, and nobody has said that it is.
        DataDeletionReminder = "data_deletion.reminder",
        /// What was to be deleted doesn't have to be.
        DataDeletionWithdrawn = "data_deletion.withdrawn",
    }
    /// The state of something that a vendor is told.
    WebhookStatus {
        /// Waiting for its next try, and until the app's webhooks are resumed where they are paused.
        Queued = "QUEUED",
        /// The receiver has it.
        Delivered = "DELIVERED",
        /// Given up.
        Failed = "FAILED",
    }
    /// Why a vendor is told nothing more.
    WebhooksPausedBecause {
        /// Nothing has arrived for days.
        Failing = "FAILING",
        /// The receiver says that it is gone.
        Gone = "GONE",
    }
    /// Why a vendor has to delete something.
    DataDeletionCause {
        /// The app's installation is over.
        InstallationEnded = "INSTALLATION_ENDED",
        /// The account is closed for good, which could still be taken back.
        AccountTerminated = "ACCOUNT_TERMINATED",
        /// The account is erased.
        AccountErased = "ACCOUNT_ERASED",
        /// The app may not see the person any more.
        OutOfSight = "OUT_OF_SIGHT",
    }
    /// The state of somebody's request for an app.
    AppRequestStatus {
        /// Nobody has answered yet.
        Waiting = "WAITING",
        /// Administrators said yes.
        Approved = "APPROVED",
        /// Administrators said no.
        Declined = "DECLINED",
        /// The person has left.
        Withdrawn = "WITHDRAWN",
    }
    /// The state of somebody's objection to an app.
    AppObjectionStatus {
        /// Nobody has decided yet; the app doesn't see the person.
        Open = "OPEN",
        /// Administrators agreed: the app doesn't see the person.
        Upheld = "UPHELD",
        /// Administrators decided that the app may see the person.
        Dismissed = "DISMISSED",
        /// The person took it back, or has left for good.
        Withdrawn = "WITHDRAWN",
    }
    /// Who sees an item.
    ItemVisibility {
        /// The person, and the service in which it is kept.
        Private = "PRIVATE",
        /// Also the members of its workspace.
        Workspace = "WORKSPACE",
        /// Whoever is signed in to the platform.
        Public = "PUBLIC",
    }
    /// The state of a change of address.
    EmailChangeStatus {
        /// A link was mailed to the new address.
        Pending = "PENDING",
        /// The new address is in force.
        Confirmed = "CONFIRMED",
        /// The person took it back, or something newer replaced it.
        Canceled = "CANCELED",
        /// Administrators haven't answered yet.
        WaitingForApproval = "WAITING_FOR_APPROVAL",
        /// Administrators agree; a link was mailed to the new address.
        Approved = "APPROVED",
        /// Administrators refused.
        Rejected = "REJECTED",
        /// Nobody answered, or the new address wasn't confirmed in time.
        Expired = "EXPIRED",
    }
    /// Who did something.
    ActorKind {
        /// A person with an account.
        Account = "ACCOUNT",
        /// An API key.
        ApiKey = "API_KEY",
        /// A service of the platform, with its key.
        ServiceKey = "SERVICE_KEY",
        /// A third-party app, through one of its installations.
        App = "APP",
        /// The holder of a mailed link.
        Link = "LINK",
        /// Somebody who wasn't signed in.
        Anonymous = "ANONYMOUS",
        /// Steward itself, or who has its command line.
        System = "SYSTEM",
    }
    /// How a notice travels.
    Channel {
        /// By mail.
        Email = "EMAIL",
    }
    /// The state of a delivery.
    DeliveryStatus {
        /// Waiting for its next try.
        Queued = "QUEUED",
        /// Accepted by the mail server.
        Sent = "SENT",
        /// Failed for good.
        Failed = "FAILED",
        /// Not sent, because what it tells is no longer so.
        Suppressed = "SUPPRESSED",
    }
    /// The state of a job.
    JobStatus {
        /// Waiting or running.
        Pending = "PENDING",
        /// Done.
        Complete = "COMPLETE",
        /// Given up.
        Failed = "FAILED",
        /// Canceled.
        Canceled = "CANCELED",
    }
}
