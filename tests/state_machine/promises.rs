//! What holds at every moment, whatever went before.

use super::{
    Kept, keep,
    snapshot::{LIMITING, Snapshot, covers, is_proved},
};
use std::collections::{BTreeMap, BTreeSet};
use steward_entities::{
    control_assertion,
    id::DomainId,
    kinds::{AssertionStatus, DomainStatus, EmailChangeStatus, TokenPurpose, VerificationMethod},
};

/// All of them.
pub fn hold(at: &Snapshot) -> Kept {
    accounts(at)?;
    claims(at)?;
    changes(at)?;
    former(at)?;
    log(at)
}

/// Domains that were given up, while the job that releases their accounts hasn't run yet.
fn leaving(at: &Snapshot) -> BTreeSet<DomainId> {
    let gone = |status| matches!(status, DomainStatus::Lapsed | DomainStatus::Pending);
    let left = at.domain.iter().filter(|domain| domain.removed_at.is_some() || gone(domain.status));
    let open = at.job.iter().any(|job| job.kind == "leave_domain" && job.ended_at.is_none());
    if open { left.map(|domain| domain.id).collect() } else { BTreeSet::new() }
}

fn accounts(at: &Snapshot) -> Kept {
    let leaving = leaving(at);
    for account in &at.account {
        let name = &account.email;
        keep!(
            account.managed_by.is_some() == account.managed_domain_id.is_some()
                && account.managed_by.is_some() == account.managed_at.is_some(),
            "{name} is managed by half"
        );
        keep!(
            account.operator_at.is_none() || account.managed_by.is_none(),
            "{name} is an operator's, and managed all the same"
        );
        let by_domain = account.verified_by == Some(VerificationMethod::Domain);
        keep!(account.verified_at.is_some() == account.verified_by.is_some(), "{name} is proved by half");
        keep!(!by_domain || account.managed_by.is_some(), "{name} is nobody's, and a domain's proof counts for it");
        let (Some(manager), Some(domain)) = (account.managed_by, account.managed_domain_id) else { continue };
        keep!(account.verified_at.is_some(), "no control without proof: {name} isn't proved");
        let domain = at.domain.iter().find(|it| it.id == domain).ok_or("managed by no domain")?;
        keep!(domain.organization_id == manager, "no control without proof: {name} rests on another's domain");
        keep!(
            leaving.contains(&domain.id) || (is_proved(domain) && covers(domain, name)),
            "no control without proof: {} of {name} isn't proved, or doesn't cover it",
            domain.name
        );
    }
    Ok(())
}

fn claims(at: &Snapshot) -> Kept {
    let mut pending = BTreeSet::new();
    for assertion in &at.control_assertion {
        let account = at.person(assertion.account_id).ok_or("an assertion over nobody")?;
        match assertion.status {
            AssertionStatus::Pending => {
                keep!(pending.insert(account.id), "two claims over {} are pending", account.email);
                keep!(account.managed_by.is_none(), "{} is managed, and claimed", account.email);
                keep!(account.operator_at.is_none(), "the operator {} is claimed", account.email);
                let away = at.account_block.iter().any(|block| {
                    block.account_id == account.id && block.organization_id.is_none() && block.lifted_at.is_none()
                });
                keep!(!away, "{} is away, and claimed meanwhile", account.email);
            }
            AssertionStatus::InEffect => {
                keep!(
                    account.managed_by == Some(assertion.organization_id),
                    "a claim over {} is in effect, and it isn't managed",
                    account.email
                );
            }
            AssertionStatus::Avoided | AssertionStatus::Canceled | AssertionStatus::Released => {}
        }
    }
    Ok(())
}

fn changes(at: &Snapshot) -> Kept {
    let mut open = BTreeSet::new();
    for change in &at.email_change {
        let is_open = matches!(
            change.status,
            EmailChangeStatus::Pending | EmailChangeStatus::WaitingForApproval | EmailChangeStatus::Approved
        );
        keep!(!is_open || open.insert(change.account_id), "two changes of one address are open");
        let account = at.person(change.account_id).ok_or("a change of nobody's address")?;
        let waits = change.status == EmailChangeStatus::WaitingForApproval;
        keep!(
            !waits || account.managed_by == change.organization_id,
            "{} waits for the answer of who doesn't manage it",
            account.email
        );
    }
    let mut blocks = BTreeSet::new();
    for block in at.account_block.iter().filter(|block| block.lifted_at.is_none()) {
        let side = (block.account_id, block.organization_id.map(|id| id.0), block.kind.as_str());
        keep!(blocks.insert(side), "two blocks of one kind from one side");
        let account = at.person(block.account_id).ok_or("a block on nobody")?;
        let of_manager = block.organization_id.is_none() || block.organization_id == account.managed_by;
        keep!(
            of_manager || !LIMITING.contains(&block.kind),
            "{} is limited by an organization that doesn't manage it",
            account.email
        );
    }
    Ok(())
}

/// Of who was erased nothing is left that opens, limits or counts.
fn former(at: &Snapshot) -> Kept {
    for account in at.account.iter().filter(|account| account.email.is_empty()) {
        let id = account.id;
        let password = account.password_hash.is_some() || account.retired_password_hash.is_some();
        keep!(!password, "who was erased still has a password");
        keep!(account.display_name == "Former user", "who was erased is called {}", account.display_name);
        let proved = account.verified_at.is_some() || account.managed_by.is_some() || account.operator_at.is_some();
        keep!(!proved, "who was erased is managed, proved or an operator");
        keep!(!at.session.iter().any(|session| session.account_id == id), "who was erased has a session");
        keep!(!at.profile.iter().any(|profile| profile.account_id == id), "who was erased has a profile");
        keep!(!at.role.iter().any(|role| role.account_id == id), "who was erased has a role");
        let purposes = [
            TokenPurpose::PasswordReset,
            TokenPurpose::AccountInvitation,
            TokenPurpose::EmailChange,
            TokenPurpose::Membership,
            TokenPurpose::Invitation,
            TokenPurpose::SignUp,
        ];
        keep!(at.links(id, &purposes).next().is_none(), "a link of who was erased works");
        let organizations = at.organization.iter().map(|organization| organization.id);
        keep!(!organizations.into_iter().any(|it| at.is_member(it, id)), "who was erased is a member");
        let key = at.api_key.iter().any(|key| key.made_by == id && key.revoked_at.is_none());
        keep!(!key, "a key of who was erased lives");
        let invitation = at.invitation.iter().any(|invitation| {
            invitation.invited_by == Some(id) && invitation.accepted_at.is_none() && invitation.canceled_at.is_none()
        });
        keep!(!invitation, "an invitation by who was erased is open");
        let mut blocks = at.account_block.iter().filter(|block| block.account_id == id);
        keep!(blocks.all(|block| block.lifted_at.is_some()), "who was erased is blocked");
        let ended =
            |it: &control_assertion::Model| !matches!(it.status, AssertionStatus::Pending | AssertionStatus::InEffect);
        let mut assertions = at.control_assertion.iter().filter(|it| it.account_id == id);
        keep!(assertions.all(ended), "control over who was erased goes on");
        let mut changes = at.email_change.iter().filter(|it| it.account_id == id);
        keep!(changes.all(|change| change.ended_at.is_some()), "a change of address of who was erased is open");
    }
    Ok(())
}

/// The log is whole: positions without a gap, and the next one known.
fn log(at: &Snapshot) -> Kept {
    let mut streams: BTreeMap<uuid::Uuid, Vec<i64>> = BTreeMap::new();
    for event in &at.event {
        streams.entry(event.stream_id).or_default().push(event.position);
    }
    for (stream, mut positions) in streams {
        positions.sort_unstable();
        let count = i64::try_from(positions.len()).unwrap();
        keep!(positions == (1..=count).collect::<Vec<_>>(), "the log has a gap: {positions:?}");
        let next = at.event_stream.iter().find(|it| it.id == stream).map(|it| it.next_position);
        keep!(next == Some(count + 1), "the next position is {next:?} after {count}");
    }
    Ok(())
}
