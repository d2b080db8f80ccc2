//! By what right an action runs. Decided once before anything is loaded, and again on what is locked.

use crate::core::{
    action_name::{ActionName, Who},
    apps::{
        sight::{NEEDS_WRITE_ITEMS, NOT_FOR_APPS},
        tokens::LiveToken,
    },
    caller::{Caller, REAUTHENTICATED_FOR},
    error::{Error, Result, not_found},
    permission::allows,
};
use chrono::{DateTime, Utc};
use steward_entities::{
    id::{AccountId, OrganizationId, ServiceId},
    kinds::{AppScope, RoleName},
};

/// Where an action takes place, as its input says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In an organization: `organizationId` of the input.
    Organization(OrganizationId),
    /// On the caller's own account, on the platform, or nowhere yet.
    Elsewhere,
}

/// The right by which an action runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// None is needed; the action checks what it is given.
    Anyone,
    /// A person's, over their own account.
    Own(AccountId),
    /// A service's, in the name of people who are members of its workspaces.
    Service(ServiceId),
    /// An app's, in the name of people whom it sees.
    App(LiveToken),
    /// An operator's.
    Operator(AccountId),
    /// An administrator's.
    Administrator(Administrator),
    /// Steward's own.
    System,
}

/// An administrator of one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// The organization.
    pub organization: OrganizationId,
    /// Their role in it.
    pub role: RoleName,
    /// Who they are; for a key who answers for it.
    pub account: AccountId,
}

impl Authority {
    /// The account of a person who acts for themselves.
    pub fn own(&self) -> Result<AccountId> {
        match self {
            Self::Own(account) => Ok(*account),
            _ => Err(Error::Unauthenticated),
        }
    }

    /// The administrator, where that is who acts.
    pub fn administrator(&self) -> Result<Administrator> {
        match self {
            Self::Administrator(administrator) => Ok(*administrator),
            _ => Err(Error::Forbidden("Only an administrator can do this.")),
        }
    }
}

/// Decides by what right `caller` may run `name` in `scope`.
///
/// An organization in which the caller has no role answers as one that doesn't exist.
pub fn authorize(name: ActionName, caller: &Caller, scope: Scope, now: DateTime<Utc>) -> Result<Authority> {
    let rule = name.rule();
    if let Caller::App(token) = caller {
        return app(token, rule.who);
    }
    match rule.who {
        Who::System => match caller {
            Caller::System(_) => return Ok(Authority::System),
            _ => return Err(Error::Forbidden("Only Steward itself does this.")),
        },
        Who::Anyone | Who::AppClient => return Ok(Authority::Anyone),
        Who::Own | Who::OwnOrInTheirName | Who::Operator | Who::Administrator(_) | Who::AdministratorOrOperator(_) => {}
    }
    if let (Caller::System(None), Who::Operator | Who::AdministratorOrOperator(_)) = (caller, rule.who) {
        return Ok(Authority::System);
    }
    if matches!(caller, Caller::Nobody | Caller::System(_)) {
        return Err(Error::Unauthenticated);
    }
    if caller.person().is_some_and(|person| person.limited) && !rule.limited {
        return Err(Error::Forbidden(
            "This account is limited right now. You can still read your notices and use your rights.",
        ));
    }
    let authority = match rule.who {
        Who::Own => match caller {
            Caller::Person(person) => Authority::Own(person.account.id),
            _ => {
                return Err(Error::Forbidden("Only a signed-in person can do this, for their own account."));
            }
        },
        Who::OwnOrInTheirName => match caller {
            Caller::Person(person) => Authority::Own(person.account.id),
            Caller::Service(key) => Authority::Service(key.service),
            _ => {
                return Err(Error::Forbidden(
                    "Only a signed-in person can do this, or a service of the platform in their name.",
                ));
            }
        },
        Who::Operator => operator(caller).ok_or(Error::Forbidden("Only an operator of the platform can do this."))?,
        // An operator who also is an administrator there acts as one: it is the larger right in that organization.
        Who::AdministratorOrOperator(permission) => {
            match (administrator(caller, scope, permission), operator(caller)) {
                (Ok(authority), _) | (Err(_), Some(authority)) => authority,
                (Err(refusal), None) => return Err(refusal),
            }
        }
        Who::Administrator(permission) => administrator(caller, scope, permission)?,
        Who::Anyone | Who::AppClient | Who::System => Authority::Anyone,
    };
    if rule.reauthentication && !reauthenticated(caller, now) {
        return Err(Error::ReauthenticationRequired);
    }
    Ok(authority)
}

/// What an app may change is listed here: nothing that is open to anybody else is open to its tokens.
fn app(token: &LiveToken, who: Who) -> Result<Authority> {
    match who {
        Who::OwnOrInTheirName if token.scopes.has(AppScope::WriteItems) => Ok(Authority::App(*token)),
        Who::OwnOrInTheirName => Err(NEEDS_WRITE_ITEMS),
        _ => Err(NOT_FOR_APPS),
    }
}

fn operator(caller: &Caller) -> Option<Authority> {
    caller.person().filter(|_| caller.is_operator()).map(|person| Authority::Operator(person.account.id))
}

fn administrator(caller: &Caller, scope: Scope, permission: crate::core::permission::Permission) -> Result<Authority> {
    let unseen = || not_found(&["input", "organizationId"]);
    let Scope::Organization(organization) = scope else {
        return Err(unseen());
    };
    let role = caller.role_in(organization).ok_or_else(unseen)?;
    let account = caller.account_id().ok_or_else(unseen)?;
    if !allows(role, permission) {
        return Err(Error::Forbidden("Your role in this organization doesn't allow this."));
    }
    Ok(Authority::Administrator(Administrator { organization, role, account }))
}

fn reauthenticated(caller: &Caller, now: DateTime<Utc>) -> bool {
    match caller {
        Caller::Person(person) => person.session.reauthenticated_at.is_some_and(|at| now - at < REAUTHENTICATED_FOR),
        Caller::Key(_) | Caller::Service(_) | Caller::App(_) | Caller::System(_) => true,
        Caller::Nobody => false,
    }
}

/// Something that its authority may act on. Only [`super::perform`] makes one.
pub struct Authorized<T> {
    target: T,
    authority: Authority,
}

impl<T> Authorized<T> {
    pub(in crate::core) const fn new(target: T, authority: Authority) -> Self {
        Self { target, authority }
    }

    /// By what right.
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The target itself.
    pub fn into_inner(self) -> T {
        self.target
    }
}

impl<T> std::ops::Deref for Authorized<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.target
    }
}
