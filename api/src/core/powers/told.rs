//! What `viewerPermissions` tells: the answers of the same functions that decide when an act is performed.

use super::{Facts, Ground, PowerRefusal, check, state};
use crate::core::{
    action_name::{ActionName, Grounds, Who},
    authority::Administrator,
    permission::allows,
};
use chrono::{DateTime, Utc};

/// Something that an administrator may do to an account, or read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Reading name, address and profile, and what belongs to the organization's workspaces.
    ReadAccount,
    /// Reading the whole profile, sessions, personal items and apps.
    ReadPersonal,
    /// An action on the account.
    Run(ActionName),
}

impl Act {
    /// All of them, each with the grounds on which it is allowed.
    pub fn all() -> impl Iterator<Item = (Self, Grounds)> {
        [(Self::ReadAccount, Grounds::ManagedOrMember), (Self::ReadPersonal, Grounds::Managed)]
            .into_iter()
            .chain(ActionName::on_accounts().map(|(action, grounds)| (Self::Run(action), grounds)))
    }

    /// Whether one of its grounds is there.
    #[must_use]
    pub fn is_given(grounds: Grounds, ground: Option<Ground>) -> bool {
        match ground {
            None => false,
            // Where another organization manages the account, `check` refuses what asks for a free member.
            Some(Ground::Membership) => grounds != Grounds::Managed,
            Some(Ground::Managed) => true,
        }
    }
}

/// Why something isn't allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The ground is missing.
    NotManaged,
    /// The viewer's role doesn't hold the permission.
    Role,
    /// The person holds powers that the viewer lacks.
    HigherRole,
    /// Nobody acts on themselves.
    OnSelf,
    /// The proof is missing on which the organization's control rests.
    DomainNotProven,
    /// The account is not in a state that allows it.
    InvalidState,
}

/// Whether `administrator` may do `act` now. Where no ground is there at all, that is the reason for everything: it is
/// the one that no other role would change.
pub fn tell(
    act: Act,
    grounds: Grounds,
    administrator: &Administrator,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Result<(), Reason> {
    let ground = facts.ground(administrator.organization).ok_or(Reason::NotManaged)?;
    let Act::Run(action) = act else {
        return if Act::is_given(grounds, Some(ground)) { Ok(()) } else { Err(Reason::NotManaged) };
    };
    match action.rule().who {
        Who::Administrator(permission) | Who::AdministratorOrOperator(permission)
            if allows(administrator.role, permission) => {}
        _ => return Err(Reason::Role),
    }
    check(grounds, administrator, facts).and_then(|ground| state(action, ground, facts, now)).map_err(Reason::from)
}

impl From<PowerRefusal> for Reason {
    fn from(refusal: PowerRefusal) -> Self {
        match refusal {
            // Whoever is told permissions sees the account; what isn't there isn't managed.
            PowerRefusal::NotFound | PowerRefusal::NotManaged => Self::NotManaged,
            PowerRefusal::HigherRole => Self::HigherRole,
            PowerRefusal::OnSelf => Self::OnSelf,
            PowerRefusal::ProofMissing => Self::DomainNotProven,
            _ => Self::InvalidState,
        }
    }
}
