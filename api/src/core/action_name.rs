//! Every action, and who may run it. A new action doesn't compile without its line in [`ActionName::rule`].

use crate::core::permission::Permission;

/// Who may run an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever asks: what they give (a password, a mailed link) is checked by the action.
    Anyone,
    /// A signed-in person, for their own account.
    Own,
    /// The same, or in their name a service of the platform, while they are a member of one of its workspaces, or an app
    /// with the scope for it, while it sees them.
    OwnOrInTheirName,
    /// An operator of the platform.
    Operator,
    /// An administrator of the organization whose role holds the permission.
    Administrator(Permission),
    /// The same, or an operator of the platform.
    AdministratorOrOperator(Permission),
    /// A third-party app at the OAuth endpoints; who it is, the action checks. No mutation.
    AppClient,
    /// Steward itself: jobs, and whoever has its command line.
    System,
}

/// On which ground an administrator may act on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// Only while the organization manages the account.
    Managed,
    /// Also while the person is a member of one of the organization's workspaces.
    ManagedOrMember,
    /// The same, but on the ground of membership only while no other organization manages the account.
    ManagedOrFreeMember,
}

/// What holds for an action, whatever its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Who may run it.
    pub who: Who,
    /// For acts on accounts: on which ground.
    pub grounds: Option<Grounds>,
    /// Whether the password must have been given in the last ten minutes (API keys need none).
    pub reauthentication: bool,
    /// Whether a limited session (of a deactivated or restricted person) may run it.
    pub limited: bool,
}

impl Rule {
    const fn of(who: Who) -> Self {
        Self { who, grounds: None, reauthentication: false, limited: false }
    }

    const fn on_accounts(permission: Permission, grounds: Grounds) -> Self {
        Self { grounds: Some(grounds), ..Self::of(Who::Administrator(permission)) }
    }

    /// The permission that an administrator needs.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self.who {
            Who::Administrator(permission) | Who::AdministratorOrOperator(permission) => Some(permission),
            Who::Anyone | Who::Own | Who::OwnOrInTheirName | Who::Operator | Who::AppClient | Who::System => None,
        }
    }

    const fn reauthenticated(self) -> Self {
        Self { reauthentication: true, ..self }
    }

    const fn even_limited(self) -> Self {
        Self { limited: true, ..self }
    }
}

macro_rules! actions {
    ($($name:ident = $text:literal,)*) => {
        /// Everything that changes something. An action, its mutation and its event have one name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each is documented where it is implemented")]
        pub enum ActionName { $($name,)* }

        impl ActionName {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name of the mutation and of the event.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

actions! {
    SignUp = "signUp",
    CompleteSignUp = "completeSignUp",
    SignIn = "signIn",
    SignOut = "signOut",
    Reauthenticate = "reauthenticate",
    RequestPasswordReset = "requestPasswordReset",
    ResetPassword = "resetPassword",
    ChangePassword = "changePassword",
    RevokeSession = "revokeSession",
    UpdateMyProfile = "updateMyProfile",
    RequestEmailChange = "requestEmailChange",
    ConfirmEmailChange = "confirmEmailChange",
    CancelEmailChange = "cancelEmailChange",
    DeactivateMyAccount = "deactivateMyAccount",
    ReactivateMyAccount = "reactivateMyAccount",
    DeleteMyAccount = "deleteMyAccount",
    CancelMyAccountDeletion = "cancelMyAccountDeletion",
    AcceptControl = "acceptControl",
    AcknowledgeNotice = "acknowledgeNotice",
    AcceptMembership = "acceptMembership",
    DeclineMembership = "declineMembership",
    LeaveWorkspace = "leaveWorkspace",
    ResignRole = "resignRole",
    CreateItem = "createItem",
    UpdateItem = "updateItem",
    SetItemVisibility = "setItemVisibility",
    DeleteItem = "deleteItem",
    AcceptInvitation = "acceptInvitation",
    CreateOrganization = "createOrganization",
    CreateService = "createService",
    CreateServiceKey = "createServiceKey",
    RevokeServiceKey = "revokeServiceKey",
    RegisterItemKind = "registerItemKind",
    RegisterApp = "registerApp",
    UpdateApp = "updateApp",
    RotateAppSecret = "rotateAppSecret",
    RevokeAppSecret = "revokeAppSecret",
    RetireApp = "retireApp",
    RotateAppWebhookSecret = "rotateAppWebhookSecret",
    UpdateOrganization = "updateOrganization",
    InviteAdministrator = "inviteAdministrator",
    CancelInvitation = "cancelInvitation",
    AssignRole = "assignRole",
    RevokeRole = "revokeRole",
    CreateApiKey = "createApiKey",
    RevokeApiKey = "revokeApiKey",
    CreateWorkspace = "createWorkspace",
    AddMember = "addMember",
    RestrictMembership = "restrictMembership",
    SuspendMembership = "suspendMembership",
    TerminateMembership = "terminateMembership",
    RestoreMembership = "restoreMembership",
    CreateAccount = "createAccount",
    RenewAccountInvitation = "renewAccountInvitation",
    DeclineAccount = "declineAccount",
    AddDomain = "addDomain",
    VerifyDomain = "verifyDomain",
    RegenerateDomainChallenge = "regenerateDomainChallenge",
    RemoveDomain = "removeDomain",
    ClaimAccounts = "claimAccounts",
    CancelClaim = "cancelClaim",
    ReleaseAccounts = "releaseAccounts",
    RequirePasswordReset = "requirePasswordReset",
    RevokeSessions = "revokeSessions",
    RestrictAccount = "restrictAccount",
    SuspendAccount = "suspendAccount",
    RestoreAccount = "restoreAccount",
    TerminateAccount = "terminateAccount",
    DeleteAccount = "deleteAccount",
    CancelAccountDeletion = "cancelAccountDeletion",
    BulkAccounts = "bulkAccounts",
    CancelJob = "cancelJob",
    ChangeAccountEmail = "changeAccountEmail",
    ApproveEmailChange = "approveEmailChange",
    RejectEmailChange = "rejectEmailChange",
    UpdateAccountProfile = "updateAccountProfile",
    RestrictEdits = "restrictEdits",
    LiftEditRestriction = "liftEditRestriction",
    ReadItems = "readItems",
    SetAppPolicy = "setAppPolicy",
    ApproveApp = "approveApp",
    BlockApp = "blockApp",
    ClearAppDecision = "clearAppDecision",
    RequestApp = "requestApp",
    AnswerAppRequest = "answerAppRequest",
    ObjectToApp = "objectToApp",
    WithdrawAppObjection = "withdrawAppObjection",
    DecideAppObjection = "decideAppObjection",
    RevokeAppAccess = "revokeAppAccess",
    RestoreAppAccess = "restoreAppAccess",
    InstallApp = "installApp",
    UpdateInstallation = "updateInstallation",
    UninstallApp = "uninstallApp",
    CancelInstallation = "cancelInstallation",
    RetryInstallation = "retryInstallation",
    ReplayWebhookDelivery = "replayWebhookDelivery",
    ResumeWebhooks = "resumeWebhooks",
    ConfirmDataDeletion = "confirmDataDeletion",
    ResendNotice = "resendNotice",
    CreateOperator = "createOperator",
    RevokeOperator = "revokeOperator",
    ImportAccounts = "importAccounts",
    AnswerSignUp = "answerSignUp",
    SendPasswordReset = "sendPasswordReset",
    AssertControl = "assertControl",
    CompleteClaim = "completeClaim",
    TakeControl = "takeControl",
    EndControl = "endControl",
    RecordDeliveries = "recordDeliveries",
    EndBlock = "endBlock",
    EraseAccount = "eraseAccount",
    EndEditRestriction = "endEditRestriction",
    EndMembershipLimit = "endMembershipLimit",
    CompleteInstallation = "completeInstallation",
    EndInstallation = "endInstallation",
    FailInstallation = "failInstallation",
    AuthenticateApp = "authenticateApp",
    IssueAppToken = "issueAppToken",
    RevokeAppToken = "revokeAppToken",
    RecordWebhooks = "recordWebhooks",
    PauseWebhooks = "pauseWebhooks",
    RemindOfDataDeletion = "remindOfDataDeletion",
    ExpireDataDeletion = "expireDataDeletion",
    RemindOfApproval = "remindOfApproval",
    RunBulk = "runBulk",
    RemindOfEmailChange = "remindOfEmailChange",
    EscalateEmailChange = "escalateEmailChange",
    ExpireEmailChange = "expireEmailChange",
}

impl ActionName {
    /// Who may run it, on which ground, and what else must hold.
    #[must_use]
    pub const fn rule(self) -> Rule {
        use Grounds::{Managed, ManagedOrFreeMember, ManagedOrMember};
        use Permission::{Accounts, Apps, Bulk, Claims, Domains, Memberships, Owning, Passwords, Privacy, Sessions};
        match self {
            Self::SignUp | Self::CompleteSignUp | Self::SignIn | Self::RequestPasswordReset | Self::ResetPassword => {
                Rule::of(Who::Anyone)
            }
            Self::ConfirmEmailChange => Rule::of(Who::Anyone),
            Self::AcknowledgeNotice => Rule::of(Who::Anyone).even_limited(),
            Self::SignOut | Self::Reauthenticate | Self::RevokeSession => Rule::of(Who::Own).even_limited(),
            Self::UpdateMyProfile | Self::ChangePassword => Rule::of(Who::Own),
            Self::ReactivateMyAccount => Rule::of(Who::Own).even_limited(),
            // Also for who has put the account to rest; and asked again, it is answered from the record.
            Self::DeleteMyAccount => Rule::of(Who::Own).reauthenticated().even_limited(),
            Self::CancelMyAccountDeletion => Rule::of(Who::Own).even_limited(),
            Self::RequestEmailChange => Rule::of(Who::Own).reauthenticated().even_limited(),
            Self::CancelEmailChange => Rule::of(Who::Own).even_limited(),
            Self::AcceptControl => Rule::of(Who::Own).reauthenticated(),
            Self::DeactivateMyAccount | Self::AcceptInvitation => Rule::of(Who::Own),
            Self::AcceptMembership => Rule::of(Who::Own),
            // By its mailed link, which needs no account; by its id only whose it is, which the action checks.
            Self::DeclineMembership => Rule::of(Who::Anyone).even_limited(),
            // By its mailed link, which needs no session.
            Self::DeclineAccount => Rule::of(Who::Anyone).even_limited(),
            Self::LeaveWorkspace | Self::ResignRole => Rule::of(Who::Own).even_limited(),
            Self::CreateItem | Self::UpdateItem | Self::SetItemVisibility | Self::DeleteItem => {
                Rule::of(Who::OwnOrInTheirName)
            }
            Self::CreateOrganization | Self::CreateService | Self::RegisterItemKind => Rule::of(Who::Operator),
            Self::CreateServiceKey | Self::RevokeServiceKey => Rule::of(Who::Operator).reauthenticated(),
            // An app is a key to people's information, and its webhook tells of them.
            Self::RegisterApp
            | Self::UpdateApp
            | Self::RotateAppSecret
            | Self::RevokeAppSecret
            | Self::RotateAppWebhookSecret
            | Self::RetireApp => Rule::of(Who::Operator).reauthenticated(),
            Self::UpdateOrganization => Rule::of(Who::Administrator(Owning)),
            Self::InviteAdministrator | Self::CancelInvitation => {
                Rule::of(Who::AdministratorOrOperator(Owning)).reauthenticated()
            }
            Self::AssignRole | Self::RevokeRole | Self::CreateApiKey | Self::RevokeApiKey => {
                Rule::of(Who::Administrator(Owning)).reauthenticated()
            }
            Self::CreateWorkspace | Self::AddMember => Rule::of(Who::Administrator(Memberships)),
            Self::RestrictMembership
            | Self::SuspendMembership
            | Self::TerminateMembership
            | Self::RestoreMembership => Rule::on_accounts(Memberships, ManagedOrMember),
            Self::AddDomain | Self::VerifyDomain | Self::RegenerateDomainChallenge => {
                Rule::of(Who::Administrator(Domains))
            }
            Self::RemoveDomain => Rule::of(Who::Administrator(Domains)).reauthenticated(),
            Self::ClaimAccounts | Self::CancelClaim => Rule::of(Who::Administrator(Claims)).reauthenticated(),
            Self::ReleaseAccounts => Rule::on_accounts(Accounts, Managed),
            Self::RequirePasswordReset => Rule::on_accounts(Passwords, ManagedOrFreeMember),
            Self::RevokeSessions => Rule::on_accounts(Sessions, Managed),
            Self::RestrictAccount | Self::SuspendAccount | Self::RestoreAccount | Self::TerminateAccount => {
                Rule::on_accounts(Accounts, Managed)
            }
            Self::DeleteAccount => Rule::on_accounts(Privacy, Managed).reauthenticated(),
            Self::CancelAccountDeletion => Rule::on_accounts(Privacy, Managed),
            Self::BulkAccounts | Self::CancelJob => Rule::of(Who::Administrator(Bulk)),
            Self::ChangeAccountEmail => Rule::on_accounts(Accounts, Managed).reauthenticated(),
            // An operator only where the organization's administrators haven't answered, which the action checks.
            Self::ApproveEmailChange | Self::RejectEmailChange => {
                Rule { grounds: Some(Managed), ..Rule::of(Who::AdministratorOrOperator(Accounts)) }.reauthenticated()
            }
            Self::CreateAccount => Rule::of(Who::Administrator(Accounts)),
            Self::UpdateAccountProfile | Self::RenewAccountInvitation => Rule::on_accounts(Accounts, Managed),
            // Of a member only what is about items in the organization's workspaces, which the act checks.
            Self::RestrictEdits => Rule::on_accounts(Accounts, ManagedOrMember),
            Self::LiftEditRestriction => Rule::of(Who::Administrator(Accounts)),
            // On the ground of membership only those in the organization's workspaces, which the action checks.
            Self::ReadItems => Rule::on_accounts(Privacy, ManagedOrMember),
            // Asked of an organization to which the person belongs, which the action checks.
            Self::RequestApp => Rule::of(Who::Own),
            // To say no to being seen is a right, whatever limits the account.
            Self::ObjectToApp | Self::WithdrawAppObjection => Rule::of(Who::Own).even_limited(),
            // Nobody decides about themselves, nor about who holds powers that they lack, which the action checks.
            Self::DecideAppObjection => Rule::of(Who::Administrator(Apps)),
            Self::RevokeAppAccess | Self::RestoreAppAccess => Rule::on_accounts(Apps, ManagedOrMember),
            Self::SetAppPolicy
            | Self::ApproveApp
            | Self::BlockApp
            | Self::ClearAppDecision
            | Self::AnswerAppRequest => Rule::of(Who::Administrator(Apps)),
            Self::InstallApp
            | Self::UpdateInstallation
            | Self::UninstallApp
            | Self::CancelInstallation
            | Self::RetryInstallation => Rule::of(Who::Administrator(Apps)),
            // Of an installation of the organization's; an operator of each.
            Self::ReplayWebhookDelivery | Self::ResumeWebhooks => Rule::of(Who::AdministratorOrOperator(Apps)),
            // With the app's id and secret: its tokens have ended with the installation.
            Self::ConfirmDataDeletion => Rule::of(Who::Anyone),
            Self::ResendNotice => Rule::of(Who::Administrator(Claims)),
            Self::AuthenticateApp | Self::IssueAppToken | Self::RevokeAppToken => Rule::of(Who::AppClient),
            Self::CreateOperator
            | Self::RevokeOperator
            | Self::ImportAccounts
            | Self::AnswerSignUp
            | Self::SendPasswordReset
            | Self::AssertControl
            | Self::CompleteClaim
            | Self::TakeControl
            | Self::EndControl
            | Self::RecordDeliveries
            | Self::EndBlock
            | Self::EraseAccount
            | Self::EndEditRestriction
            | Self::EndMembershipLimit
            | Self::CompleteInstallation
            | Self::EndInstallation
            | Self::FailInstallation
            | Self::RecordWebhooks
            | Self::PauseWebhooks
            | Self::RemindOfDataDeletion
            | Self::ExpireDataDeletion
            | Self::RemindOfApproval
            | Self::RunBulk
            | Self::RemindOfEmailChange
            | Self::EscalateEmailChange
            | Self::ExpireEmailChange => Rule::of(Who::System),
        }
    }

    /// Whether callers of the API run it, as a mutation.
    #[must_use]
    pub fn is_mutation(self) -> bool {
        !matches!(self.rule().who, Who::System | Who::AppClient)
    }

    /// The acts on one account whose allowance `viewerPermissions` tells.
    pub fn on_accounts() -> impl Iterator<Item = (Self, Grounds)> {
        Self::ALL.iter().filter_map(|&name| Some((name, name.rule().grounds?)))
    }
}
