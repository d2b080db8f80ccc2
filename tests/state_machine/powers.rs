//! The table of powers, written down a second time, by hand, from the contract: what the service decides is compared
//! with it, event by event.

use super::{Kept, keep, snapshot::Snapshot};
use steward_entities::{
    event,
    id::{AccountId, OrganizationId},
    kinds::{
        ActorKind,
        RoleName::{self, Auditor, HelpDesk, Owner, PrivacyOfficer, UserAdmin},
    },
};

/// On which ground.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// The organization manages the account.
    Managed,
    /// The same, or nobody does and the person is a member.
    FreeMember,
    /// The same, or the person is a member; a membership that was ended can be restored, too.
    Member,
    /// None is needed: it isn't an act on an account.
    None,
}

/// Who may do what, on which ground. An act that isn't here isn't an administrator's.
fn table(action: &str) -> Option<(&'static [RoleName], Ground)> {
    const ACCOUNTS: &[RoleName] = &[Owner, UserAdmin];
    const DESK: &[RoleName] = &[Owner, UserAdmin, HelpDesk];
    Some(match action {
        "requirePasswordReset" => (DESK, Ground::FreeMember),
        "revokeSessions" => (DESK, Ground::Managed),
        "restrictAccount"
        | "suspendAccount"
        | "terminateAccount"
        | "restoreAccount"
        | "changeAccountEmail"
        | "updateAccountProfile"
        | "releaseAccounts"
        | "approveEmailChange"
        | "rejectEmailChange"
        | "restrictEdits"
        | "renewAccountInvitation" => (ACCOUNTS, Ground::Managed),
        "deleteAccount" | "cancelAccountDeletion" => (&[Owner, PrivacyOfficer], Ground::Managed),
        "restrictMembership" | "suspendMembership" | "terminateMembership" | "restoreMembership" => {
            (ACCOUNTS, Ground::Member)
        }
        "revokeAppAccess" | "restoreAppAccess" => (&[Owner, RoleName::AppAdmin], Ground::Member),
        "decideAppObjection" => (&[Owner, RoleName::AppAdmin], Ground::None),
        "readItems" => (&[Owner, PrivacyOfficer], Ground::Member),
        "createAccount" | "addDomain" | "verifyDomain" | "removeDomain" | "claimAccounts" | "cancelClaim"
        | "addMember" => (ACCOUNTS, Ground::None),
        "bulkAccounts" | "cancelJob" => (&[Owner, UserAdmin, HelpDesk, PrivacyOfficer], Ground::None),
        "inviteAdministrator" | "cancelInvitation" | "assignRole" | "revokeRole" | "createApiKey" | "revokeApiKey" => {
            (&[Owner], Ground::None)
        }
        _ => return None,
    })
}

/// What a role can do that others can't.
fn powers(role: RoleName) -> &'static [&'static str] {
    match role {
        Owner => &["owning", "accounts", "desk", "apps", "privacy"],
        UserAdmin => &["accounts", "desk"],
        HelpDesk => &["desk"],
        RoleName::AppAdmin => &["apps"],
        PrivacyOfficer => &["privacy"],
        Auditor => &[],
    }
}

/// Whether a role allows an act at all.
pub fn may(action: &str, role: RoleName) -> bool {
    table(action).is_some_and(|(roles, _)| roles.contains(&role))
}

/// Whether `other` can do something that `role` can't.
pub fn is_above(other: RoleName, role: RoleName) -> bool {
    powers(other).iter().any(|power| !powers(role).contains(power))
}

/// Whether the administrator who did this had the power to, as it was before. Also true where the ground came by what
/// went on in the same step.
pub fn had_the_power(event: &event::Model, before: &Snapshot, after: &Snapshot) -> Kept {
    let Some(role) = event.actor_role else { return Ok(()) };
    let organization = OrganizationId(event.stream_id);
    let action = event.action.as_str();
    let id = event.actor_id.ok_or("an administrator without a name")?;
    let account = match event.actor_kind {
        ActorKind::Account => {
            let held = before.role_in_use(organization, AccountId(id));
            keep!(held == Some(role), "no ladder: {action} by a {role:?} whose role was {held:?}");
            AccountId(id)
        }
        ActorKind::ApiKey => {
            let key = before.api_key.iter().find(|key| key.id.0 == id).ok_or("a key that isn't there")?;
            keep!(before.opens(key), "no ladder: {action} by a dead key");
            keep!(key.role == role && key.organization_id == organization, "no ladder: a key does {action} elsewhere");
            key.made_by
        }
        other => return Err(format!("{action} as {role:?} by {other:?}")),
    };
    let (roles, ground) = match table(action) {
        Some(known) => known,
        // What follows from an act, and is named in the log by itself.
        None if action == "endControl" => return Ok(()),
        None => return Err(format!("no ladder: {action} isn't an administrator's act")),
    };
    keep!(roles.contains(&role), "no ladder: {action} by a {role:?}");
    let (Some(target), true) = (event.account_id, ground != Ground::None) else { return Ok(()) };
    keep!(target != account, "no ladder: {action} on oneself");
    if let Some(held) = before.held(organization, target) {
        keep!(!is_above(held.role, role), "no ladder: {action} by a {role:?} on a {:?}", held.role);
    }
    let manager = |at: &Snapshot| at.person(target).and_then(|person| person.managed_by);
    let managed = [before, after].iter().any(|at| manager(at) == Some(organization));
    let free_member = manager(before).is_none() && before.is_member(organization, target);
    keep!(
        managed
            || (ground == Ground::FreeMember && free_member)
            || (ground == Ground::Member && (before.is_member(organization, target) || action == "restoreMembership")),
        "no ladder: {action} on an account that the organization has no ground for"
    );
    Ok(())
}
