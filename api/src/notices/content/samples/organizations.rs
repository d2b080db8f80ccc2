//! Samples of notices about memberships, roles and what organizations hold.

use super::{super::*, CONTACT, ORGANIZATION, days};

const MAKER: &str = "Lena Moser";

impl Sample for MembershipOffered {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            workspace: "Plant planning".into(),
            email: "pia@studio-wald.example".into(),
            expires_at: days(14),
        }
    }
}

impl Sample for MembershipEnded {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            workspace: "Plant planning".into(),
            contact: CONTACT.into(),
            because: MembershipEndedBecause::EndedByOrganization,
            reason: Some("The project is finished. Thank you, Pia!".into()),
        }
    }
}

impl Sample for RoleAssigned {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            role: "USER_ADMIN".into(),
            assigned_by: MAKER.into(),
            contact: CONTACT.into(),
        }
    }
}

impl Sample for RoleChanged {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            old_role: "HELP_DESK".into(),
            new_role: "USER_ADMIN".into(),
            changed_by: MAKER.into(),
            contact: CONTACT.into(),
        }
    }
}

impl Sample for RoleRevoked {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            role: "USER_ADMIN".into(),
            revoked_by: Some(MAKER.into()),
            reason: Some("Ana now works in sales.".into()),
            contact: CONTACT.into(),
        }
    }
}

impl Sample for OwnerAdded {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: "tom.gruber@hofer-maschinen.example".into(),
            because: OwnerAddedBecause::Invited,
            added_by: "the operators".into(),
            added_at: days(0),
        }
    }
}

impl Sample for AdministratorInvitation {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            role: "OWNER".into(),
            invited_by: "the operators".into(),
            email: "lena.moser@hofer-maschinen.example".into(),
            expires_at: days(14),
        }
    }
}

impl Sample for ApiKeyCreated {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            name: "Nightly account report".into(),
            role: "AUDITOR".into(),
            created_by: MAKER.into(),
            created_at: days(0),
            expires_at: days(365),
        }
    }
}

impl Sample for OperatorCreated {
    fn sample() -> Self {
        Self { email: "jonas@platform.example".into(), created_at: days(0) }
    }
}
