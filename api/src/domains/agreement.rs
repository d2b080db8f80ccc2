//! What several DNS servers say together.

use super::dns::TxtOutcome;

/// Of the servers that are asked, so many must agree; a single one is believed.
const QUORUM: usize = 2;

/// What one server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ServerAnswer {
    /// Different records, at least one.
    Records(Vec<String>),
    NoRecords,
    HostNotFound,
    Timeout,
    ServerFailure,
}

impl ServerAnswer {
    fn is_known(&self) -> bool {
        !matches!(self, Self::Timeout | Self::ServerFailure)
    }

    fn records(&self) -> &[String] {
        if let Self::Records(records) = self { records } else { &[] }
    }
}

/// Whether the `pending` servers can't change what [`agree`] says: enough servers said the same, and too few are left
/// to agree on anything else. So a dead server doesn't slow down what the others settle.
pub(super) fn is_settled(answers: &[ServerAnswer], pending: usize) -> bool {
    let mut known = answers.iter().filter(|answer| answer.is_known());
    let Some(first) = known.next() else { return false };
    let mut same = 1;
    for answer in known {
        if !is_same(first, answer) {
            return false;
        }
        same += 1;
    }
    same >= QUORUM && pending < QUORUM
}

fn is_same(one: &ServerAnswer, other: &ServerAnswer) -> bool {
    let (ours, theirs) = (one.records(), other.records());
    // Servers rotate their records.
    if ours.is_empty() { one == other } else { ours.len() == theirs.len() && ours.iter().all(|r| theirs.contains(r)) }
}

/// The outcome, the records that count, and those in dispute. `answers` are those of all servers that were asked, or of
/// enough of them ([`is_settled`]).
pub(super) fn agree(answers: &[ServerAnswer]) -> (TxtOutcome, Vec<String>, Vec<String>) {
    let needed = answers.len().clamp(1, QUORUM);
    let count = |wanted: &dyn Fn(&ServerAnswer) -> bool| answers.iter().filter(|answer| wanted(answer)).count();
    let known = count(&ServerAnswer::is_known);

    let (mut confirmed, mut disputed) = (Vec::new(), Vec::new());
    for record in answers.iter().flat_map(ServerAnswer::records) {
        let with = count(&|answer| answer.records().contains(record));
        let without = known - with;
        let list = if with >= needed {
            &mut confirmed
        } else if without < needed {
            &mut disputed
        } else {
            continue;
        };
        if !list.contains(record) {
            list.push(record.clone());
        }
    }

    let outcome = if known < needed {
        // A failure says more to an operator than silence.
        if answers.contains(&ServerAnswer::ServerFailure) { TxtOutcome::ServerFailure } else { TxtOutcome::Timeout }
    } else if !confirmed.is_empty() {
        TxtOutcome::Answered
    } else if count(&|answer| *answer == ServerAnswer::HostNotFound) >= needed {
        TxtOutcome::HostNotFound
    } else if count(&|answer| answer.is_known() && answer.records().is_empty()) >= needed {
        TxtOutcome::NoRecords
    } else if disputed.is_empty() {
        TxtOutcome::Answered
    } else {
        TxtOutcome::ServerFailure
    };
    (outcome, confirmed, disputed)
}

#[cfg(test)]
mod tests {
    use super::ServerAnswer::{HostNotFound, NoRecords, Records, ServerFailure, Timeout};
    use super::*;

    fn says(records: &[&str]) -> ServerAnswer {
        Records(texts(records))
    }

    fn texts(records: &[&str]) -> Vec<String> {
        records.iter().map(|&record| record.to_owned()).collect()
    }

    /// Every order of the answers must say the same (the records' own order aside).
    fn check(answers: &[ServerAnswer], outcome: TxtOutcome, confirmed: &[&str], disputed: &[&str]) {
        for turn in 0..answers.len() {
            let mut turned = answers.to_vec();
            turned.rotate_left(turn);
            for reversed in [false, true] {
                if reversed {
                    turned.reverse();
                }
                let (found, mut strings, mut open) = agree(&turned);
                strings.sort();
                open.sort();
                assert_eq!((found, strings, open), (outcome, texts(confirmed), texts(disputed)), "{turned:?}");
            }
        }
    }

    #[test]
    fn one_server_is_believed() {
        check(&[says(&["a", "b"])], TxtOutcome::Answered, &["a", "b"], &[]);
        check(&[NoRecords], TxtOutcome::NoRecords, &[], &[]);
        check(&[HostNotFound], TxtOutcome::HostNotFound, &[], &[]);
        check(&[Timeout], TxtOutcome::Timeout, &[], &[]);
        check(&[ServerFailure], TxtOutcome::ServerFailure, &[], &[]);
    }

    #[test]
    fn two_servers_must_agree() {
        check(&[says(&["a", "b"]), says(&["b", "a"])], TxtOutcome::Answered, &["a", "b"], &[]);
        check(&[says(&["a", "b"]), says(&["b"])], TxtOutcome::Answered, &["b"], &["a"]);
        check(&[says(&["a"]), says(&["b"])], TxtOutcome::ServerFailure, &[], &["a", "b"]);
        check(&[says(&["a"]), HostNotFound], TxtOutcome::ServerFailure, &[], &["a"]);
        check(&[NoRecords, HostNotFound], TxtOutcome::NoRecords, &[], &[]);
        check(&[HostNotFound, HostNotFound], TxtOutcome::HostNotFound, &[], &[]);
    }

    #[test]
    fn one_answer_of_two_is_unknown() {
        check(&[says(&["a"]), Timeout], TxtOutcome::Timeout, &[], &["a"]);
        check(&[HostNotFound, Timeout], TxtOutcome::Timeout, &[], &[]);
        check(&[NoRecords, ServerFailure], TxtOutcome::ServerFailure, &[], &[]);
        check(&[Timeout, ServerFailure], TxtOutcome::ServerFailure, &[], &[]);
    }

    #[test]
    fn one_of_three_may_lie_or_be_dead() {
        check(&[says(&["a"]), says(&["a"]), says(&["forged"])], TxtOutcome::Answered, &["a"], &[]);
        check(&[says(&["a"]), says(&["a"]), HostNotFound], TxtOutcome::Answered, &["a"], &[]);
        check(&[says(&["a"]), says(&["a"]), Timeout], TxtOutcome::Answered, &["a"], &[]);
        check(&[says(&["forged"]), NoRecords, NoRecords], TxtOutcome::NoRecords, &[], &[]);
        check(&[says(&["forged"]), HostNotFound, HostNotFound], TxtOutcome::HostNotFound, &[], &[]);
        check(&[says(&["a"]), HostNotFound, Timeout], TxtOutcome::ServerFailure, &[], &["a"]);
        check(&[says(&["a"]), Timeout, Timeout], TxtOutcome::Timeout, &[], &["a"]);
        check(&[says(&["a"]), says(&["b"]), says(&["c"])], TxtOutcome::Answered, &[], &[]);
    }

    #[test]
    fn what_is_settled_stays() {
        let all = [says(&["a"]), says(&["b"]), says(&["a", "b"]), NoRecords, HostNotFound, Timeout, ServerFailure];
        let (mut settled, mut open) = (0, 0);
        for (one, two, three) in all.iter().flat_map(|x| {
            all.iter().flat_map(|y| all.iter().map(|z| (x.clone(), y.clone(), z.clone()))).collect::<Vec<_>>()
        }) {
            let first = [one.clone(), two.clone()];
            if is_settled(&first, 1) {
                settled += 1;
                assert_eq!(agree(&first), agree(&[one, two, three]));
            } else {
                open += 1;
            }
        }
        assert_eq!((settled, open), (5 * 7, 44 * 7), "two that say the same settle it, and nothing else does");
        assert!(!is_settled(&[NoRecords, NoRecords], 2));
        assert!(!is_settled(&[NoRecords], 0));
    }
}
