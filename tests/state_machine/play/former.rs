//! Whoever was erased: what was theirs alone, which nothing may tell any more until somebody says it again.

use crate::state_machine::{Kept, snapshot::Snapshot, world::NAMED};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use steward_entities::{id::AccountId, job, kinds::DeliveryStatus};

/// What is known of people by their addresses and names.
#[derive(Default)]
pub struct Known {
    /// Who had them, at any time, or wanted to have them.
    whose: BTreeMap<String, BTreeSet<AccountId>>,
    /// Who really had them.
    held: BTreeMap<String, BTreeSet<AccountId>>,
    /// What is to be forgotten.
    former: BTreeSet<String>,
}

impl Known {
    /// What somebody writes is there again, by their own hand.
    pub fn written(&mut self, input: &Value) {
        let input = input.to_string();
        self.former.retain(|word| !tells(&input, word));
    }

    /// Looks for what was erased, in every table.
    pub fn is_forgotten(&mut self, before: &Snapshot, after: &Snapshot) -> Kept {
        self.learn(before);
        self.learn(after);
        let erased = after.event.iter().filter(|event| event.action == "eraseAccount" && !before.event.contains(event));
        for account in erased.filter_map(|event| event.account_id) {
            let theirs = |word: &&String| self.held[*word].contains(&account) && self.whose[*word].len() == 1;
            let words: Vec<String> = self.held.keys().filter(theirs).cloned().collect();
            self.former.extend(words);
        }
        // What somebody else has by now is theirs.
        self.former.retain(|word| self.whose[word].len() == 1);
        if self.former.is_empty() {
            return Ok(());
        }
        for (table, text) in without_what_is_to_do(after).texts() {
            let word = self.former.iter().find(|word| tells(&text, word));
            let Some(word) = word else { continue };
            let at = text.find(word.as_str()).unwrap_or_default();
            let around: String = text.chars().skip(text[..at].chars().count().saturating_sub(300)).take(500).collect();
            return Err(format!("what is erased is told in the table {table} of {word} still: …{around}…"));
        }
        Ok(())
    }

    /// The addresses that somebody had.
    pub fn addresses(&self, account: AccountId) -> Vec<String> {
        let theirs = self.held.iter().filter(|(word, whose)| word.contains('@') && whose.contains(&account));
        theirs.map(|(word, _)| word.clone()).collect()
    }

    fn learn(&mut self, at: &Snapshot) {
        for account in at.account.iter().filter(|account| !account.email.is_empty()) {
            let name = Some(&account.display_name).filter(|name| name.starts_with(NAMED));
            for word in [Some(&account.email), name].into_iter().flatten() {
                self.whose.entry(word.clone()).or_default().insert(account.id);
                self.held.entry(word.clone()).or_default().insert(account.id);
            }
        }
        for change in at.email_change.iter().filter(|change| !change.new_email.is_empty()) {
            self.whose.entry(change.new_email.clone()).or_default().insert(change.account_id);
        }
    }
}

/// What still has to be done needs to know for whom: the last word to who was erased, and jobs that wait. Words in notices go
/// last, by a job of their own.
fn without_what_is_to_do(at: &Snapshot) -> Snapshot {
    let mut at = at.clone();
    let last = |id| at.notice.iter().any(|notice| notice.id == id && notice.kind == "account_deleted");
    at.delivery.retain(|delivery| delivery.status != DeliveryStatus::Queued || !last(delivery.notice_id));
    let goes_on = |job: &job::Model| job.kind == "finish_erasure" && job.ended_at.is_none();
    if at.job.iter().any(goes_on) {
        at.notice.clear();
        at.delivery.clear();
    }
    at.job.retain(|job| job.ended_at.is_some());
    at
}

/// Whether a text holds a word, and not only within a longer one.
fn tells(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || "._-".contains(letter);
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_part);
        let after = text[at + word.len()..].chars().next().is_some_and(|letter| letter.is_alphanumeric());
        !before && !after
    })
}
