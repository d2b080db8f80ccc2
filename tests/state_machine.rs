//! Random sequences of everything that people, administrators and operators can do to accounts, in two organizations
//! whose people and domains touch. After each step the promises are checked, "no ladder" first: nobody gains a power,
//! by whatever sequence, that the table of powers doesn't give them.
//!
//! A sequence that breaks a promise is cut down to the steps that it takes, and printed with its seed. More of them:
//! `STEWARD_SEQUENCES` and `STEWARD_STEPS` say how many and how long, `STEWARD_SEED` where to begin (a printed seed, with
//! one sequence, plays that one again):
//!
//! `STEWARD_SEQUENCES=2000 STEWARD_SEED=77 cargo test -p steward-tests --test steward state_machine`
//!
//! A new act on accounts needs a line in [`acts::ACTS`], or a test says so.

mod acts;
mod changes;
mod effects;
mod hunt;
mod play;
mod powers;
mod promises;
mod snapshot;
mod world;

use std::collections::BTreeSet;
use steward::core::{ActionName, action_name::Who};
use steward_tests::Engine;

/// What is wrong, in words; or nothing.
type Kept = Result<(), String>;

/// Refuses with these words unless the condition holds.
macro_rules! keep {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!($($words)+));
        }
    };
}
use keep;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sequence_breaks_a_promise_on_sqlite() {
    hunt::hunt(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sequence_breaks_a_promise_on_postgres() {
    hunt::hunt(Engine::Postgres).await;
}

#[test]
fn every_act_on_accounts_is_tried() {
    let tried: BTreeSet<ActionName> = acts::ACTS.iter().filter_map(acts::Act::action).collect();
    let own = ActionName::ALL.iter().copied().filter(|action| action.rule().who == Who::Own);
    let on_accounts = ActionName::on_accounts().map(|(action, _)| action);
    let missing: Vec<ActionName> = own.chain(on_accounts).filter(|action| !tried.contains(action)).collect();
    assert_eq!(missing, [], "write their lines in tests/state_machine/acts.rs");
}
