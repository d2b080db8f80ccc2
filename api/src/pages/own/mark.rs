//! What a page hides in its forms: for whom it was made, and which page it was. A form that was left open while somebody
//! else signed in doesn't act for them, and one that is sent twice at once acts once.
//!
//! The mark tells nobody anything: a random id, and a proof under the installation's key that it was made for an account.

use crate::{
    core::{
        Steward,
        idempotency::Key,
        secret::{hex, sha256},
    },
    pages::visit::{Form, Visit},
};
use chrono::TimeDelta;
use steward_entities::id::AccountId;

/// The name of the hidden field.
pub const FIELD: &str = "made_for";

/// For how long a form that comes again is the same press of a button, and not another. Long enough for a second click
/// while the first is slow; who finds an old tab and sends it means it, and is told what comes of it now.
const TWICE_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// A mark for one page, as this person gets it.
#[must_use]
pub fn new(steward: &Steward, account: AccountId) -> String {
    steward.keys.link(&purpose(account), steward.entropy.uuid(steward.clock.now()))
}

/// Whether a form comes from a page that was made for whoever visits now.
#[must_use]
pub fn fits(visit: &Visit, form: &Form) -> bool {
    let Some(person) = visit.caller().person() else { return false };
    visit.app.steward.keys.read_link(&purpose(person.account.id), form.field(FIELD)).is_some()
}

/// Under what the answer to a form is kept: the same page's form, sent to the same place with the same in it, is the same.
/// What was typed in can't be guessed from it, because nobody knows the mark that goes into it.
#[must_use]
pub fn once(here: &str, form: &Form) -> Key {
    let request_hash = sha256(format!("{here}\n{}", form.text()).as_bytes());
    Key { key: format!("form-{}", hex(&request_hash)), request_hash, counts_for: TWICE_WITHIN }
}

fn purpose(account: AccountId) -> String {
    format!("page of {account}")
}
