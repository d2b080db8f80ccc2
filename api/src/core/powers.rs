//! The table of powers: what an administrator may do to an account, and on which ground. Enforced here alone, asked by
//! `perform` for what is locked and by `viewerPermissions` for what is shown.

pub mod facts;
pub mod table;
pub mod told;

pub use facts::{Facts, covers, gather, load};

use crate::core::{
    action_name::{ActionName, Grounds},
    authority::Administrator,
    error::{Code, Refusal},
    permission::outranked,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use steward_entities::{
    account,
    kinds::{BlockKind, DomainStatus, MembershipStatus, VerificationMethod},
};

/// The memberships that are a ground.
pub const GROUND: [MembershipStatus; 3] =
    [MembershipStatus::Active, MembershipStatus::Restricted, MembershipStatus::Suspended];

/// Those, and what administrators ended: it gives only restoring, and the person can still leave it for good.
pub const LASTING: [MembershipStatus; 4] =
    [MembershipStatus::Active, MembershipStatus::Restricted, MembershipStatus::Suspended, MembershipStatus::Terminated];

/// The state of a membership with a limit that may have ended by itself.
#[must_use]
pub fn standing(status: MembershipStatus, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> MembershipStatus {
    match status {
        MembershipStatus::Restricted | MembershipStatus::Suspended if until.is_some_and(|until| until <= now) => {
            MembershipStatus::Active
        }
        status => status,
    }
}

/// The states in which a domain counts as proved.
pub const PROVED: [DomainStatus; 2] = [DomainStatus::Verified, DomainStatus::Lapsing];

/// The ground on which an administrator acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// The person is a member of one of the organization's workspaces.
    Membership,
    /// The organization manages the account.
    Managed,
}

/// Why an administrator may not act on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PowerRefusal {
    /// There is no such account, as far as this organization sees. In the words of `Common::NotFound`: an account that
    /// exists elsewhere is told like one that doesn't exist.
    #[error("There is nothing under this id that you can see.")]
    NotFound,
    /// The ground is missing.
    #[error("Your organization doesn't manage this account.")]
    NotManaged,
    /// The person holds powers that the caller lacks.
    #[error("This person holds powers in your organization that you lack. Ask an owner.")]
    HigherRole,
    /// Nobody acts on themselves.
    #[error("You can't do this to your own account. Ask another administrator.")]
    OnSelf,
    /// On the ground of membership a reset is required once a day at most.
    #[error("Your organization required a new password of this person in the last 24 hours. Try again later.")]
    RequiredToday,
    /// It is so already.
    #[error("This is so already; nothing was changed.")]
    AlreadySo,
    /// Nothing that the organization could lift.
    #[error("Your organization has restricted, suspended or terminated nothing here that could be restored.")]
    NotBlocked,
    /// There is no membership that could be limited.
    #[error("This person has no membership in your organization's workspaces that is in force.")]
    NotAMember,
    /// The account was closed for good.
    #[error("Your organization has terminated this account. Restore it first.")]
    Terminated,
    /// The account is about to be deleted.
    #[error("The deletion of this account is scheduled. Cancel it first.")]
    BeingDeleted,
    /// Nothing that the organization could cancel.
    #[error("Your organization has scheduled no deletion of this account.")]
    NotBeingDeleted,
    /// The proof that control rests on is missing.
    #[error("Your organization manages this account by a domain whose proof is missing. Prove the domain again first.")]
    ProofMissing,
    /// Nothing waits for an answer.
    #[error("This person has taken up the account already, or nobody made it for them.")]
    TakenUp,
    /// The person still has to answer the invitation.
    #[error("This person hasn't taken up the account yet. Renew its invitation instead.")]
    NotTakenUp,
    /// The change was decided on an older state.
    #[error("The account has changed since you read it. Read it again and decide again.")]
    Stale,
    /// The address lies elsewhere.
    #[error("The address lies outside the domains that your organization has proved.")]
    OutsideDomains,
    /// The address can't be used.
    #[error("This address can't be used here. Choose another one.")]
    AddressTaken,
    /// Nobody has asked for another address, or the answer was given.
    #[error("No change of this person's address waits for an answer.")]
    NoChangeWaits,
    /// What a job goes on with was ended meanwhile.
    #[error("The restriction was lifted before it came to this account.")]
    LiftedMeanwhile,
    /// An invitation would go to the address, and too many did.
    #[error("So much mail has gone to the new address lately that no invitation goes there now. Try again in an hour.")]
    MailedTooOften,
    /// So many restrictions name the person.
    #[error(
        "{} of your organization's edit restrictions in force name this person already: lift those that aren't needed any \
         more first.",
        crate::core::edits::MOST
    )]
    TooManyRestrictions,
    /// An organization keeps an owner.
    #[error("An organization keeps at least one owner. Make somebody else an owner first.")]
    LastOwner,
}

impl PowerRefusal {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::NotFound,
        Self::NotManaged,
        Self::HigherRole,
        Self::OnSelf,
        Self::RequiredToday,
        Self::AlreadySo,
        Self::NotBlocked,
        Self::NotAMember,
        Self::Terminated,
        Self::BeingDeleted,
        Self::NotBeingDeleted,
        Self::ProofMissing,
        Self::TakenUp,
        Self::NotTakenUp,
        Self::Stale,
        Self::OutsideDomains,
        Self::AddressTaken,
        Self::NoChangeWaits,
        Self::LiftedMeanwhile,
        Self::MailedTooOften,
        Self::TooManyRestrictions,
        Self::LastOwner,
    ];
}

impl Refusal for PowerRefusal {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::NotManaged => Code::NotManaged,
            Self::HigherRole => Code::HigherRole,
            Self::OnSelf => Code::OnSelf,
            Self::RequiredToday
            | Self::AlreadySo
            | Self::NotBlocked
            | Self::NotAMember
            | Self::Terminated
            | Self::BeingDeleted
            | Self::NotBeingDeleted
            | Self::NoChangeWaits
            | Self::NotTakenUp
            | Self::LiftedMeanwhile
            | Self::TakenUp => Code::InvalidState,
            Self::ProofMissing => Code::DomainNotProven,
            Self::Stale => Code::Stale,
            Self::OutsideDomains => Code::OutsideDomains,
            Self::AddressTaken => Code::Conflict,
            Self::MailedTooOften | Self::TooManyRestrictions => Code::LimitReached,
            Self::LastOwner => Code::LastOwner,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::Stale => &["input", "expectedVersion"],
            Self::OutsideDomains | Self::AddressTaken => &["input", "newEmail"],
            _ => &["input", "accountId"],
        }
    }
}

/// Whether `administrator` may act on the account, and on which ground.
pub fn check(grounds: Grounds, administrator: &Administrator, facts: &Facts) -> Result<Ground, PowerRefusal> {
    if !facts.is_visible(administrator.organization) {
        return Err(PowerRefusal::NotFound);
    }
    let ground = facts.ground(administrator.organization).ok_or(PowerRefusal::NotManaged)?;
    let suffices = match grounds {
        Grounds::Managed => ground == Ground::Managed,
        Grounds::ManagedOrMember => true,
        Grounds::ManagedOrFreeMember => ground == Ground::Managed || facts.account.managed_by.is_none(),
    };
    if !suffices {
        return Err(PowerRefusal::NotManaged);
    }
    rank(administrator, facts).map(|()| ground)
}

/// Nobody acts on themselves, nor on whoever holds powers that they lack.
pub fn rank(administrator: &Administrator, facts: &Facts) -> Result<(), PowerRefusal> {
    if facts.account.id == administrator.account {
        return Err(PowerRefusal::OnSelf);
    }
    if facts.role.is_some_and(|role| outranked(administrator.role, role)) {
        return Err(PowerRefusal::HigherRole);
    }
    Ok(())
}

/// How long an organization waits before it requires a new password again, on the ground of membership.
pub const BETWEEN_RESETS: TimeDelta = TimeDelta::hours(24);

/// Whether the account is in a state that allows `action`, where the ground allows it. Verbs ask it for what is locked,
/// `viewerPermissions` for what is shown.
pub fn state(action: ActionName, ground: Ground, facts: &Facts, now: DateTime<Utc>) -> Result<(), PowerRefusal> {
    let own = |kinds: &[BlockKind]| {
        facts.account.managed_by.is_some_and(|manager| facts.blocks_of(manager, kinds, now).next().is_some())
    };
    // That a person leaves is known to who manages the account alone.
    let leaves = ground == Ground::Managed && facts.in_force(&[BlockKind::Deletion], now).next().is_some();
    match action {
        ActionName::CancelAccountDeletion if !own(&[BlockKind::Deletion]) => Err(PowerRefusal::NotBeingDeleted),
        // What is about to go can still be read.
        ActionName::CancelAccountDeletion | ActionName::ReleaseAccounts => Ok(()),
        _ if ground == Ground::Managed && !facts.proved && !GIVES.contains(&action) => Err(PowerRefusal::ProofMissing),
        ActionName::ReadItems => Ok(()),
        _ if leaves => Err(PowerRefusal::BeingDeleted),
        ActionName::RequirePasswordReset if is_waiting(&facts.account) => Err(PowerRefusal::NotTakenUp),
        ActionName::RequirePasswordReset if ground == Ground::Membership => required_lately(facts, now),
        ActionName::RestrictAccount | ActionName::SuspendAccount if own(&[BlockKind::Termination]) => {
            Err(PowerRefusal::Terminated)
        }
        ActionName::TerminateAccount if own(&[BlockKind::Termination]) => Err(PowerRefusal::AlreadySo),
        ActionName::RenewAccountInvitation if !is_waiting(&facts.account) => Err(PowerRefusal::TakenUp),
        ActionName::RestoreAccount if !own(&RESTORED) => Err(PowerRefusal::NotBlocked),
        ActionName::RestrictMembership | ActionName::SuspendMembership | ActionName::TerminateMembership
            if !facts.has_membership(&GROUND, now) =>
        {
            Err(PowerRefusal::NotAMember)
        }
        ActionName::RestoreMembership if !facts.has_membership(&LIMITED, now) => Err(PowerRefusal::NotBlocked),
        ActionName::ApproveEmailChange | ActionName::RejectEmailChange if !facts.email_change_waits => {
            Err(PowerRefusal::NoChangeWaits)
        }
        _ => Ok(()),
    }
}

/// What administrators may do while the proof is missing on which their control rests: nothing that takes something from
/// people.
const GIVES: [ActionName; 4] = [
    ActionName::RestoreAccount,
    ActionName::ApproveEmailChange,
    ActionName::RestoreMembership,
    ActionName::RestoreAppAccess,
];

/// Whether the person still has to take the account up: the domain's proof counts for its address, and nobody has ever
/// set a password.
fn is_waiting(account: &account::Model) -> bool {
    account.verified_by == Some(VerificationMethod::Domain) && account.password_changed_at.is_none()
}

/// What `restoreMembership` lifts.
pub const LIMITED: [MembershipStatus; 3] =
    [MembershipStatus::Restricted, MembershipStatus::Suspended, MembershipStatus::Terminated];

/// What `restoreAccount` lifts.
pub const RESTORED: [BlockKind; 3] = [BlockKind::Restriction, BlockKind::Suspension, BlockKind::Termination];

fn required_lately(facts: &Facts, now: DateTime<Utc>) -> Result<(), PowerRefusal> {
    if facts.account.managed_by.is_some() {
        return Err(PowerRefusal::NotManaged);
    }
    match facts.reset_required_at {
        Some(at) if now - at < BETWEEN_RESETS => Err(PowerRefusal::RequiredToday),
        _ => Ok(()),
    }
}
