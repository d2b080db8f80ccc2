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
use steward_entities::kinds::{DomainStatus, MembershipStatus};

/// The memberships that are a ground.
pub const GROUND: [MembershipStatus; 1] = [MembershipStatus::Active];

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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
}

impl Refusal for PowerRefusal {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::NotManaged => Code::NotManaged,
            Self::HigherRole => Code::HigherRole,
            Self::OnSelf => Code::OnSelf,
            Self::RequiredToday => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "accountId"]
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
    if facts.account.id == administrator.account {
        return Err(PowerRefusal::OnSelf);
    }
    if facts.role.is_some_and(|role| outranked(administrator.role, role)) {
        return Err(PowerRefusal::HigherRole);
    }
    Ok(ground)
}

/// How long an organization waits before it requires a new password again, on the ground of membership.
pub const BETWEEN_RESETS: TimeDelta = TimeDelta::hours(24);

/// Whether the account is in a state that allows `action`, where the ground allows it. Verbs ask it for what is locked,
/// `viewerPermissions` for what is shown.
pub fn state(action: ActionName, ground: Ground, facts: &Facts, now: DateTime<Utc>) -> Result<(), PowerRefusal> {
    if action != ActionName::RequirePasswordReset || ground == Ground::Managed {
        return Ok(());
    }
    if facts.account.managed_by.is_some() {
        return Err(PowerRefusal::NotManaged);
    }
    match facts.reset_required_at {
        Some(at) if now - at < BETWEEN_RESETS => Err(PowerRefusal::RequiredToday),
        _ => Ok(()),
    }
}
