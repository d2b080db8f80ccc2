//! What administrators ask for.

use super::Moment;
use crate::state_machine::world::NAMED;
use chrono::TimeDelta;
use serde_json::{Value, json};
use steward_entities::{
    id::AccountId,
    job,
    kinds::{BlockKind, EmailChangeStatus, RoleName},
};

fn reason(moment: &Moment<'_>) -> String {
    format!("reason {}", moment.number)
}

/// An input about the account.
pub fn on_account(moment: &Moment<'_>) -> Option<Value> {
    Some(json!({ "organizationId": moment.organization(), "accountId": moment.account().id }))
}

pub fn with_reason(moment: &Moment<'_>) -> Option<Value> {
    let mut input = on_account(moment)?;
    input["reason"] = json!(reason(moment));
    Some(input)
}

pub fn on_app(moment: &Moment<'_>) -> Option<Value> {
    let here = moment.organization();
    let installed = moment.before.app_installation.iter().find(|row| row.organization_id == here)?;
    let mut input = with_reason(moment)?;
    input["installationId"] = json!(installed.id);
    Some(input)
}

pub fn decide_app_objection(moment: &Moment<'_>) -> Option<Value> {
    let here = moment.before.app_objection.iter().filter(|row| row.organization_id == moment.organization());
    let objection = moment.one_of(&here.collect::<Vec<_>>())?;
    Some(json!({
        "organizationId": moment.organization(),
        "appObjectionId": objection.id,
        "outcome": if moment.how().is_multiple_of(2) { "UPHOLD" } else { "DISMISS" },
        "reason": reason(moment),
    }))
}

pub fn revoke_sessions(moment: &Moment<'_>) -> Option<Value> {
    let mut input = with_reason(moment)?;
    let id = moment.account().id;
    let of = moment.before.session.iter().filter(|session| session.account_id == id && moment.before.is_open(session));
    let first: Vec<_> = of.map(|session| session.id).take(1).collect();
    if moment.how().is_multiple_of(3) && !first.is_empty() {
        input["sessionIds"] = json!(first);
    }
    Some(input)
}

pub fn block(moment: &Moment<'_>) -> Option<Value> {
    let mut input = with_reason(moment)?;
    if moment.how().is_multiple_of(2) {
        input["until"] = json!(moment.before.now + TimeDelta::days(3));
    }
    if moment.how().is_multiple_of(3) {
        input["message"] = json!("Please call us.");
    }
    Some(input)
}

/// Mostly on somebody who is limited.
pub fn restore(moment: &Moment<'_>) -> Option<Value> {
    let mut input = with_reason(moment)?;
    let limited = moment
        .before
        .account_block
        .iter()
        .filter(|block| block.lifted_at.is_none() && block.organization_id == Some(moment.organization()));
    if let Some(block) = moment.one_of(&limited.collect::<Vec<_>>()).filter(|_| !moment.how().is_multiple_of(5)) {
        input["accountId"] = json!(block.account_id);
    }
    Some(input)
}

pub fn delete_account(moment: &Moment<'_>) -> Option<Value> {
    let mut input = with_reason(moment)?;
    input["graceDays"] = json!(moment.grace());
    Some(input)
}

/// Mostly on somebody whose deletion is scheduled, by whomever.
pub fn cancel_account_deletion(moment: &Moment<'_>) -> Option<Value> {
    let mut input = with_reason(moment)?;
    let scheduled = moment
        .before
        .account_block
        .iter()
        .filter(|block| block.lifted_at.is_none() && block.kind == BlockKind::Deletion);
    let scheduled: Vec<_> = scheduled.collect();
    if !moment.how().is_multiple_of(5) {
        let block = moment.one_of(&scheduled)?;
        input["accountId"] = json!(block.account_id);
        // Mostly whose deletion it is cancels.
        let theirs = block.organization_id.filter(|_| !moment.how().is_multiple_of(4));
        input["organizationId"] = json!(theirs.unwrap_or_else(|| moment.organization()));
    }
    Some(input)
}

pub fn terminate(moment: &Moment<'_>) -> Option<Value> {
    with_reason(moment)
}

pub fn change_account_email(moment: &Moment<'_>) -> Option<Value> {
    let mut input = with_reason(moment)?;
    input["newEmail"] = json!(moment.address(moment.account()));
    Some(input)
}

pub fn update_account_profile(moment: &Moment<'_>) -> Option<Value> {
    let mut input = with_reason(moment)?;
    input["jobTitle"] = json!(format!("Job {}", moment.how() % 3));
    if moment.how().is_multiple_of(2) {
        input["displayName"] = json!(format!("{NAMED}{}", moment.number));
    }
    match moment.how() % 4 {
        0 => input["expectedVersion"] = json!(moment.account().version),
        1 => input["expectedVersion"] = json!(1),
        _ => {}
    }
    Some(input)
}

/// One account, or some of them.
fn some(moment: &Moment<'_>) -> Vec<AccountId> {
    let first = moment.account().id;
    let others = moment.before.account.iter().map(|account| account.id).filter(|id| *id != first);
    std::iter::once(first).chain(others.skip(moment.number % 5).take(moment.how() % 4)).collect()
}

pub fn restrict_edits(moment: &Moment<'_>) -> Option<Value> {
    let target = match moment.how() % 4 {
        0 => json!({ "organization": {} }),
        1 => json!({ "workspaceId": moment.world.organizations[moment.at].workspace }),
        _ => json!({ "accountIds": some(moment) }),
    };
    let mut input = json!({
        "organizationId": moment.organization(), "target": target,
        "operations": ["EDIT_PROFILE", "CHANGE_EMAIL"], "reason": reason(moment),
    });
    if !moment.how().is_multiple_of(3) {
        input["until"] = json!(moment.before.now + TimeDelta::days(1));
    }
    Some(input)
}

/// Of whomever.
pub fn read_items(moment: &Moment<'_>) -> Option<Value> {
    let all: Vec<_> = moment.before.item.iter().collect();
    let item = moment.one_of(&all)?.id;
    Some(json!({ "organizationId": moment.organization(), "itemIds": [item], "reason": reason(moment) }))
}

/// Mostly on somebody's membership here.
pub fn on_membership(moment: &Moment<'_>) -> Option<Value> {
    let all: Vec<_> = moment.before.membership.iter().collect();
    let here: Vec<_> = all.iter().copied().filter(|it| it.organization_id == moment.organization()).collect();
    let chosen = if moment.how().is_multiple_of(6) { moment.one_of(&all) } else { moment.one_of(&here) };
    let (organization, reason) = (moment.organization(), reason(moment));
    Some(json!({ "organizationId": organization, "membershipId": chosen?.id, "reason": reason }))
}

pub fn limit_membership(moment: &Moment<'_>) -> Option<Value> {
    let mut input = on_membership(moment)?;
    if moment.how().is_multiple_of(2) {
        input["until"] = json!(moment.before.now + TimeDelta::days(2));
    }
    // So that nobody is told the same twice.
    input["message"] = json!(reason(moment));
    Some(input)
}

pub fn release_accounts(moment: &Moment<'_>) -> Option<Value> {
    let ids = if moment.how().is_multiple_of(3) { some(moment) } else { vec![moment.account().id] };
    Some(
        json!({ "organizationId": moment.organization(), "selection": { "accountIds": ids }, "reason": reason(moment) }),
    )
}

pub fn answer(moment: &Moment<'_>) -> Option<Value> {
    let asked = moment.before.email_change.iter().filter(|change| change.organization_id.is_some());
    let mut asked: Vec<_> = asked.collect();
    asked.sort_by_key(|change| change.status == EmailChangeStatus::WaitingForApproval);
    let change = moment.one_of(&asked)?;
    // Mostly whom it concerns answers.
    let organization =
        change.organization_id.filter(|_| !moment.how().is_multiple_of(6)).unwrap_or_else(|| moment.organization());
    Some(json!({ "organizationId": organization, "emailChangeId": change.id, "reason": reason(moment) }))
}

pub fn bulk_accounts(moment: &Moment<'_>) -> Option<Value> {
    let words = json!({ "reason": reason(moment) });
    let until = json!({ "reason": reason(moment), "until": moment.before.now + TimeDelta::days(2) });
    let action = match moment.how() % 11 {
        0 => json!({ "restrict": until }),
        1 => json!({ "suspend": words }),
        2 => json!({ "restore": words }),
        3 => json!({ "terminate": words }),
        4 => json!({ "requirePasswordReset": words }),
        5 => json!({ "revokeSessions": words }),
        6 => json!({ "release": words }),
        10 => json!({ "delete": { "reason": reason(moment), "graceDays": moment.grace() } }),
        7 | 8 => {
            let ours = moment.before.domain.iter().filter(|domain| domain.organization_id == moment.organization());
            let domain = moment.one_of(&ours.collect::<Vec<_>>())?.id;
            json!({ "changeEmailDomain": { "domainId": domain, "reason": reason(moment) } })
        }
        _ => json!({ "updateProfile": { "profile": { "department": reason(moment) }, "reason": reason(moment) } }),
    };
    let selection =
        if moment.how().is_multiple_of(4) { json!({ "filter": {} }) } else { json!({ "accountIds": some(moment) }) };
    Some(json!({ "organizationId": moment.organization(), "selection": selection, "action": action }))
}

pub fn cancel_job(moment: &Moment<'_>) -> Option<Value> {
    let bulk: Vec<&job::Model> = moment.before.job.iter().filter(|job| job.action.is_some()).collect();
    Some(json!({ "organizationId": moment.organization(), "jobId": moment.one_of(&bulk)?.id }))
}

/// For somebody who isn't there yet, who is there unused, or anywhere.
pub fn create_account(moment: &Moment<'_>) -> Option<Value> {
    let (human, at) = (moment.human().name, moment.at);
    let email = match (moment.how() % 6, at) {
        (0, _) => moment.address(moment.account()),
        (1, _) => {
            let unproved = moment.before.account.iter().filter(|it| it.verified_at.is_none() && !it.email.is_empty());
            moment.one_of(&unproved.collect::<Vec<_>>())?.email.clone()
        }
        (2, 0) => format!("{human}.box@acme-two.test"),
        (2, _) => format!("{human}.box@globex.test"),
        (3, _) => "fay@lab.acme.test".to_owned(),
        (_, 0) => "fay@acme.test".to_owned(),
        (_, _) => "fay@globex.test".to_owned(),
    };
    let workspaces =
        if moment.how().is_multiple_of(2) { vec![moment.world.organizations[at].workspace] } else { vec![] };
    Some(json!({ "organizationId": moment.organization(), "email": email, "workspaceIds": workspaces }))
}

pub fn claim_accounts(moment: &Moment<'_>) -> Option<Value> {
    let domains = moment.before.domain.iter().filter(|domain| {
        domain.removed_at.is_none()
            && (domain.organization_id == moment.organization() || moment.how().is_multiple_of(8))
    });
    let domains: Vec<_> = domains.collect();
    let domain = domains.get(usize::from(moment.step.on) % domains.len().max(1))?;
    let scope =
        if moment.how().is_multiple_of(3) { json!({ "accountIds": some(moment) }) } else { json!({ "everyone": {} }) };
    let days = if moment.how().is_multiple_of(2) { 7 } else { 14 };
    let organization = moment.organization();
    Some(json!({ "organizationId": organization, "domainId": domain.id, "scope": scope, "noticePeriodDays": days }))
}

pub fn cancel_claim(moment: &Moment<'_>) -> Option<Value> {
    let mut claims: Vec<_> = moment.before.claim.iter().collect();
    claims.sort_by_key(|claim| claim.organization_id == moment.organization());
    Some(json!({ "organizationId": moment.organization(), "claimId": moment.one_of(&claims)?.id }))
}

pub fn remove_domain(moment: &Moment<'_>) -> Option<Value> {
    let domains: Vec<_> = moment.before.domain.iter().collect();
    let domain = domains[usize::from(moment.step.on) % domains.len()];
    Some(json!({ "organizationId": moment.organization(), "domainId": domain.id }))
}

pub fn add_member(moment: &Moment<'_>) -> Option<Value> {
    let workspace = moment.world.organizations[moment.at].workspace;
    let email = moment.address(moment.account());
    Some(json!({ "organizationId": moment.organization(), "workspaceId": workspace, "email": email }))
}

fn role(moment: &Moment<'_>) -> RoleName {
    RoleName::ALL[moment.how() % RoleName::ALL.len()]
}

pub fn invite_administrator(moment: &Moment<'_>) -> Option<Value> {
    let account = &moment.before.account[usize::from(moment.step.on) % moment.before.account.len()];
    let email = if moment.how().is_multiple_of(4) { moment.address(account) } else { account.email.clone() };
    Some(json!({ "organizationId": moment.organization(), "email": email, "role": role(moment) }))
}

pub fn cancel_invitation(moment: &Moment<'_>) -> Option<Value> {
    let all: Vec<_> = moment.before.invitation.iter().collect();
    Some(json!({ "organizationId": moment.organization(), "invitationId": moment.one_of(&all)?.id }))
}

/// Somebody with a role here, or anybody.
fn administrator(moment: &Moment<'_>) -> AccountId {
    let here = moment.before.role.iter().filter(|role| role.organization_id == moment.organization());
    let here: Vec<_> = here.map(|role| role.account_id).collect();
    match moment.step.on {
        on if on < 128 && !here.is_empty() => here[usize::from(on) % here.len()],
        _ => moment.account().id,
    }
}

pub fn assign_role(moment: &Moment<'_>) -> Option<Value> {
    let account = administrator(moment);
    let held = moment.before.held(moment.organization(), account).map(|held| held.role);
    // The same once more wakes a role that is asleep.
    let role = held.filter(|_| moment.how().is_multiple_of(3)).unwrap_or_else(|| role(moment));
    Some(json!({ "organizationId": moment.organization(), "accountId": account, "role": role }))
}

pub fn revoke_role(moment: &Moment<'_>) -> Option<Value> {
    Some(json!({ "organizationId": moment.organization(), "accountId": administrator(moment) }))
}

pub fn create_api_key(moment: &Moment<'_>) -> Option<Value> {
    Some(json!({ "organizationId": moment.organization(), "name": reason(moment), "role": role(moment) }))
}

pub fn revoke_api_key(moment: &Moment<'_>) -> Option<Value> {
    let all: Vec<_> = moment.before.api_key.iter().collect();
    Some(json!({ "organizationId": moment.organization(), "apiKeyId": moment.one_of(&all)?.id }))
}
