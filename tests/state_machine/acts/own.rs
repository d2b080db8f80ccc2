//! What people ask for, for their own account or by what was mailed to them.

use super::{Moment, password};
use crate::state_machine::world::NAMED;
use serde_json::{Value, json};
use steward_entities::kinds::{MembershipStatus, TokenPurpose};

/// The text of the link stands for its id until it is sent: only the service can write it.
fn token(moment: &Moment<'_>, purpose: TokenPurpose) -> Option<Value> {
    Some(json!({ "token": moment.link(purpose)?.id }))
}

pub fn nothing(_: &Moment<'_>) -> Option<Value> {
    Some(json!({}))
}

pub fn confirm(_: &Moment<'_>) -> Option<Value> {
    Some(json!({ "confirm": true }))
}

pub fn delete_my_account(moment: &Moment<'_>) -> Option<Value> {
    Some(json!({ "graceDays": moment.grace() }))
}

pub fn update_my_profile(moment: &Moment<'_>) -> Option<Value> {
    let mut input = json!({ "jobTitle": format!("Job {}", moment.how() % 3) });
    if moment.how().is_multiple_of(2) {
        input["displayName"] = json!(format!("{NAMED}{}", moment.number));
    }
    Some(input)
}

pub fn request_email_change(moment: &Moment<'_>) -> Option<Value> {
    let account = moment.before.person(moment.acting)?;
    // The same once more, after it was approved.
    let open = moment.before.email_change.iter().rfind(|change| change.account_id == account.id);
    let again = open.filter(|_| moment.how().is_multiple_of(5)).map(|change| change.new_email.clone());
    Some(json!({ "newEmail": again.unwrap_or_else(|| moment.address(account)) }))
}

pub fn accept_control(moment: &Moment<'_>) -> Option<Value> {
    let mine = moment.before.control_assertion.iter().filter(|it| it.account_id == moment.acting);
    let mine: Vec<_> = mine.collect();
    let all: Vec<_> = moment.before.control_assertion.iter().collect();
    let chosen = if moment.how().is_multiple_of(8) { moment.one_of(&all) } else { moment.one_of(&mine) };
    Some(json!({ "controlAssertionId": chosen?.id }))
}

pub fn change_password(moment: &Moment<'_>) -> Option<Value> {
    let known = moment.human().passwords.get(&moment.acting)?;
    Some(json!({ "currentPassword": known, "newPassword": password(moment.step.how, moment.number) }))
}

fn offer(moment: &Moment<'_>) -> Option<Value> {
    if moment.how().is_multiple_of(2) {
        return token(moment, TokenPurpose::Membership);
    }
    let offered = moment.before.membership.iter().filter(|it| it.status == MembershipStatus::Invited);
    let offered: Vec<_> = offered.collect();
    let mine = |email: &str| moment.before.person(moment.acting).is_some_and(|account| account.email == email);
    let to_me: Vec<_> = offered.iter().copied().filter(|it| mine(&it.email)).collect();
    let chosen = if to_me.is_empty() { moment.one_of(&offered) } else { moment.one_of(&to_me) };
    Some(json!({ "membershipId": chosen?.id }))
}

pub fn answer_membership(moment: &Moment<'_>) -> Option<Value> {
    offer(moment)
}

pub fn decline_membership(moment: &Moment<'_>) -> Option<Value> {
    token(moment, TokenPurpose::Membership)
}

pub fn leave_workspace(moment: &Moment<'_>) -> Option<Value> {
    let mine: Vec<_> = moment.before.membership.iter().filter(|it| it.account_id == Some(moment.acting)).collect();
    let all: Vec<_> = moment.before.membership.iter().collect();
    let chosen = if mine.is_empty() { moment.one_of(&all) } else { moment.one_of(&mine) };
    Some(json!({ "membershipId": chosen?.id }))
}

pub fn resign_role(moment: &Moment<'_>) -> Option<Value> {
    Some(json!({ "organizationId": moment.organization() }))
}

/// With words that tell who asks: they go with whoever is erased.
pub fn request_app(moment: &Moment<'_>) -> Option<Value> {
    let (app, person) = (moment.before.app.first()?, moment.before.person(moment.acting)?);
    Some(json!({ "organizationId": moment.organization(), "appId": app.id, "reason": person.display_name }))
}

/// The same.
pub fn object_to_app(moment: &Moment<'_>) -> Option<Value> {
    let person = moment.before.person(moment.acting)?;
    let installed = moment.one_of(&moment.before.app_installation.iter().collect::<Vec<_>>())?;
    Some(json!({ "installationId": installed.id, "reason": person.display_name }))
}

pub fn withdraw_app_objection(moment: &Moment<'_>) -> Option<Value> {
    let own = moment.before.app_objection.iter().rfind(|row| row.account_id == moment.acting)?;
    Some(json!({ "appObjectionId": own.id }))
}

pub fn accept_invitation(moment: &Moment<'_>) -> Option<Value> {
    token(moment, TokenPurpose::Invitation)
}

pub fn reauthenticate(moment: &Moment<'_>) -> Option<Value> {
    Some(json!({ "password": moment.human().passwords.get(&moment.acting)? }))
}

pub fn revoke_session(moment: &Moment<'_>) -> Option<Value> {
    if moment.how().is_multiple_of(5) {
        return Some(json!({ "allOthers": true }));
    }
    let all: Vec<_> = moment.before.session.iter().collect();
    let mine: Vec<_> = all.iter().copied().filter(|session| session.account_id == moment.acting).collect();
    let chosen = if moment.how().is_multiple_of(8) { moment.one_of(&all) } else { moment.one_of(&mine) };
    Some(json!({ "sessionId": chosen?.id }))
}

pub fn sign_out(moment: &Moment<'_>) -> Option<Value> {
    Some(json!({ "everywhere": moment.how().is_multiple_of(2) }))
}

pub fn decline_account(moment: &Moment<'_>) -> Option<Value> {
    token(moment, TokenPurpose::AccountInvitation)
}

pub fn confirm_email_change(moment: &Moment<'_>) -> Option<Value> {
    token(moment, TokenPurpose::EmailChange)
}

pub fn sign_in(moment: &Moment<'_>) -> Option<Value> {
    let known: Vec<_> = moment.human().passwords.iter().collect();
    let (account, password) = known.get(moment.how() % known.len().max(1))?;
    let email = &moment.before.person(**account)?.email;
    (!email.is_empty()).then(|| json!({ "email": email, "password": password }))
}

pub fn request_password_reset(moment: &Moment<'_>) -> Option<Value> {
    let reads = moment.before.account.iter().filter(|account| moment.human().reads(&account.email));
    let chosen = moment.one_of(&reads.collect::<Vec<_>>())?;
    Some(json!({ "email": chosen.email }))
}

pub fn reset_password(moment: &Moment<'_>) -> Option<Value> {
    let made = token(moment, TokenPurpose::AccountInvitation).filter(|_| moment.how().is_multiple_of(2));
    let mut input = made.or_else(|| token(moment, TokenPurpose::PasswordReset))?;
    input["newPassword"] = json!(password(moment.step.how, moment.number));
    Some(input)
}
