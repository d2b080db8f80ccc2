//! Roles and what they allow. The rest of the table of powers is in [`super::powers`].

use steward_entities::kinds::RoleName;

/// What a role can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Reading the organization, its people and its log; never the content of items.
    Read,
    /// Roles, keys, contacts, policy.
    Owning,
    /// Proving and removing domains.
    Domains,
    /// Asserting control over accounts.
    Claims,
    /// Acting on accounts.
    Accounts,
    /// Workspaces and memberships.
    Memberships,
    /// Requiring password resets.
    Passwords,
    /// Ending sessions.
    Sessions,
    /// Doing to many accounts at once what the role may do to each of them.
    Bulk,
    /// Installing and removing apps.
    Apps,
    /// Exports, retention, holds, privacy requests, deletion.
    Privacy,
}

impl Permission {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Read,
        Self::Owning,
        Self::Domains,
        Self::Claims,
        Self::Accounts,
        Self::Memberships,
        Self::Passwords,
        Self::Sessions,
        Self::Bulk,
        Self::Apps,
        Self::Privacy,
    ];
}

/// Whether a role holds a permission.
#[must_use]
pub const fn allows(role: RoleName, permission: Permission) -> bool {
    match role {
        RoleName::Owner => true,
        RoleName::UserAdmin => matches!(
            permission,
            Permission::Read
                | Permission::Domains
                | Permission::Claims
                | Permission::Accounts
                | Permission::Memberships
                | Permission::Passwords
                | Permission::Sessions
                | Permission::Bulk
        ),
        RoleName::HelpDesk => {
            matches!(permission, Permission::Read | Permission::Passwords | Permission::Sessions | Permission::Bulk)
        }
        RoleName::AppAdmin => matches!(permission, Permission::Read | Permission::Apps),
        RoleName::PrivacyOfficer => matches!(permission, Permission::Read | Permission::Privacy | Permission::Bulk),
        RoleName::Auditor => matches!(permission, Permission::Read),
    }
}

/// Whether `other` holds a power that `role` lacks: then who has `role` may not act on them.
#[must_use]
pub fn outranked(role: RoleName, other: RoleName) -> bool {
    Permission::ALL.iter().any(|&permission| allows(other, permission) && !allows(role, permission))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_outranks_an_owner_and_equals_may_act_on_each_other() {
        for &role in RoleName::ALL {
            assert!(!outranked(RoleName::Owner, role));
            assert!(!outranked(role, role));
            assert_eq!(outranked(role, RoleName::Owner), role != RoleName::Owner);
        }
        assert!(outranked(RoleName::HelpDesk, RoleName::UserAdmin));
        assert!(!outranked(RoleName::HelpDesk, RoleName::Auditor));
    }
}
