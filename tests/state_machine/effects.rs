//! What a change leaves behind: an event for each account, a notice to each person whom an administrator's act touches,
//! mail to the right address alone.

use super::{
    Kept,
    changes::{Between, Doing},
    keep,
    powers::had_the_power,
    promises,
    snapshot::Snapshot,
};
use std::collections::BTreeMap;
use steward::core::ActionName;
use steward_entities::event;

/// What the service does by itself may be about several blocks or mails of one account at once.
const BY_ITSELF: [&str; 2] = ["endBlock", "recordDeliveries"];

/// What the service does to people in the name of an organization, and what they have asked for themselves for later.
const CONTROL: [&str; 5] = ["assertControl", "takeControl", "endControl", "endBlock", "eraseAccount"];

/// Everything that must be so after a change.
pub fn is_right(before: &Snapshot, after: &Snapshot, doing: Doing) -> Kept {
    let between = Between { before, after, doing };
    between.is_allowed()?;
    logged(&between)?;
    told(&between)?;
    addressed(&between)?;
    promises::hold(after)
}

/// A refusal has changed nothing. A wrong password is remembered in the log, and what was looked up of a domain.
pub fn is_untouched(before: &Snapshot, after: &Snapshot, action: ActionName, code: &str) -> Kept {
    let mut changed = before.changed(after);
    if code == "WRONG_CREDENTIALS" {
        changed.retain(|table| !table.starts_with("event"));
    }
    if action == ActionName::VerifyDomain && code.starts_with("DOMAIN_") {
        changed.retain(|table| !table.starts_with("event") && !table.starts_with("domain:"));
    }
    keep!(changed.is_empty(), "{action:?} was refused ({code}), and has changed {changed:?}");
    Ok(())
}

fn logged(between: &Between<'_>) -> Kept {
    let mut seen = BTreeMap::new();
    for event in between.events() {
        had_the_power(event, between.before, between.after)?;
        let key = (event.change_id, event.stream_id, event.action.clone(), event.account_id.map(|id| id.0));
        let count = seen.entry(key).or_insert(0);
        *count += 1;
        keep!(
            *count == 1 || event.account_id.is_none() || BY_ITSELF.contains(&event.action.as_str()),
            "{} left several events for one account",
            event.action
        );
    }
    if between.doing.action.is_some() && seen.is_empty() {
        let mut changed = between.before.changed(between.after);
        // What is asked for by an address is answered later and alike, whether or not it has an account.
        changed.retain(|table| !table.starts_with("job:"));
        keep!(changed.is_empty(), "no change without its event: {changed:?}");
    }
    for after in &between.after.account {
        let Some(before) = between.before.person(after.id) else { continue };
        let about = || between.events().any(|event| event.account_id == Some(after.id));
        keep!(before == after || about(), "no change without its event: {before:?} is {after:?}");
    }
    Ok(())
}

fn told(between: &Between<'_>) -> Kept {
    let old: Vec<_> = between.before.notice.iter().map(|notice| notice.id).collect();
    let new: Vec<_> = between.after.notice.iter().filter(|notice| !old.contains(&notice.id)).collect();
    // Who says no to an account wants to hear no more.
    let declined = between.doing.action == Some(ActionName::DeclineAccount);
    let concerns =
        |event: &&event::Model| event.actor_role.is_some() || (CONTROL.contains(&event.action.as_str()) && !declined);
    for event in between.events().filter(concerns) {
        let Some(account) = event.account_id else { continue };
        let is_told = new.iter().any(|notice| notice.account_id == Some(account));
        keep!(is_told, "{} was done to somebody who isn't told", event.action);
    }
    let mut same = BTreeMap::new();
    for notice in new {
        let deliveries = between.after.delivery.iter().filter(|delivery| delivery.notice_id == notice.id);
        for delivery in deliveries {
            let key = (
                notice.kind.clone(),
                delivery.address.clone(),
                notice.content.to_string(),
                notice.account_id.map(|id| id.0),
            );
            let count = same.entry(key).or_insert(0);
            *count += 1;
            keep!(*count == 1, "{} is told the same twice: {}", delivery.address, notice.kind);
        }
    }
    Ok(())
}

/// No word reaches the wrong person.
fn addressed(between: &Between<'_>) -> Kept {
    let known: Vec<_> = between.before.delivery.iter().map(|delivery| delivery.id).collect();
    for delivery in between.after.delivery.iter().filter(|delivery| !known.contains(&delivery.id)) {
        let notice = between.after.notice.iter().find(|notice| notice.id == delivery.notice_id).ok_or("no notice")?;
        let link = between.after.token.iter().find(|link| Some(link.id) == notice.token_id);
        keep!(
            link.is_none_or(|link| link.email == delivery.address),
            "the link of {} goes to {} and isn't for it",
            notice.kind,
            delivery.address
        );
        let Some(account) = notice.account_id else { continue };
        let of = |at: &Snapshot| at.person(account).map(|person| person.email.clone());
        let mut right: Vec<String> = [of(between.before), of(between.after)].into_iter().flatten().collect();
        let changes = between.after.email_change.iter().filter(|change| change.account_id == account);
        right.extend(changes.map(|change| change.new_email.clone()));
        keep!(right.contains(&delivery.address), "{} of {right:?} goes to {}", notice.kind, delivery.address);
    }
    Ok(())
}
