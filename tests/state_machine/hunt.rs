//! Drawing sequences, playing them, and cutting down those that break a promise.

use super::{
    acts::{ACTS, Act, Step},
    play::Play,
    snapshot::Snapshot,
};
use futures::FutureExt;
use proptest::{
    prelude::{Just, Strategy, any},
    sample::select,
    strategy::{Union, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{ConnectionTrait, Statement};
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
};
use steward_tests::{Engine, TestApp};

/// How many sequences are played on each database, and how long they are, where nobody says otherwise.
const SEQUENCES: u64 = 20;
const STEPS: u64 = 50;

/// After how many different breaches the hunt ends.
const BREACHES: usize = 6;

/// How often a sequence that breaks a promise is tried again, shorter.
const CUTS: usize = 120;

fn setting(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok().filter(|text| !text.is_empty());
    given.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Sequences of steps. In each only some acts can happen, each as often as its weight says, and only some people act
/// and are acted on: so they get into each other's way more often.
fn sequences(steps: usize) -> impl Strategy<Value = Vec<Step>> {
    let few = || proptest::collection::vec(any::<u8>(), 6);
    let shape = (proptest::collection::vec(any::<bool>(), ACTS.len()), few(), few());
    shape.prop_flat_map(move |(can_happen, who, on)| {
        let happens = move |(at, act): &(usize, &Act)| act.action().is_none() || can_happen[*at];
        let acts: Vec<(u32, Just<usize>)> =
            ACTS.iter().enumerate().filter(happens).map(|(at, act)| (act.weight, Just(at))).collect();
        let one = (Union::new_weighted(acts), select(who), select(on), any::<u8>());
        let step = one.prop_map(|(act, who, on, how)| Step { act, who, on, how });
        proptest::collection::vec(step, steps)
    })
}

/// The same sequence for the same seed.
fn drawn(seed: u64, steps: usize) -> Vec<Step> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
    sequences(steps).new_tree(&mut runner).expect("a sequence").current()
}

/// Plays a sequence on a fresh database: how many requests were made, or what broke, with the story so far.
async fn played(engine: Engine, steps: &[Step]) -> Option<Result<Vec<String>, String>> {
    let app = TestApp::start(engine).await?;
    let mut play = Play::new(&app).await;
    let outcome = AssertUnwindSafe(async {
        for &step in steps {
            play.step(step).await?;
        }
        play.end().await
    });
    let outcome = outcome.catch_unwind().await.unwrap_or_else(|_| Err("it stopped; why is said above".to_owned()));
    let story = play.story;
    Some(match outcome {
        Ok(()) => Ok(story),
        Err(broken) => {
            let told: Vec<_> = story.iter().enumerate().map(|(at, line)| format!("{:3}. {line}", at + 1)).collect();
            Err(format!("{broken}\n{}", told.join("\n")))
        }
    })
}

/// What is broken, in the first line, without whom it concerns.
fn broken(outcome: &str) -> String {
    let is_word = |word: &&str| word.chars().all(|letter| letter.is_ascii_lowercase() || letter == ':');
    outcome.lines().next().unwrap_or_default().split(' ').filter(is_word).take(9).collect::<Vec<_>>().join(" ")
}

/// Plays them all.
pub async fn hunt(engine: Engine) {
    let steps = usize::try_from(setting("STEWARD_STEPS", STEPS)).expect("a length");
    let first = setting("STEWARD_SEED", 1);
    let (mut done, mut requests) = (BTreeMap::<String, usize>::new(), 0);
    let mut breaches: BTreeMap<String, String> = BTreeMap::new();
    for seed in first..first + setting("STEWARD_SEQUENCES", SEQUENCES) {
        let steps = drawn(seed, steps);
        let Some(outcome) = played(engine, &steps).await else { return };
        let Err(first) = outcome else {
            let story = outcome.unwrap_or_default();
            requests += story.len();
            for act in story.iter().filter_map(|line| named(line)) {
                *done.entry(act).or_default() += 1;
            }
            continue;
        };
        if breaches.contains_key(&broken(&first)) {
            continue;
        }
        let shortest = cut_down(engine, steps, first).await;
        breaches.insert(broken(&shortest), format!("seed {seed} on {engine:?}: {shortest}"));
        if breaches.len() == BREACHES {
            break;
        }
    }
    let told: Vec<String> = breaches.into_values().collect();
    assert!(told.is_empty(), "promises are broken.\n\n{}\n", told.join("\n\n"));
    println!("{engine:?}: {requests} lines of story; acts and what came of them: {done:?}");
}

/// `olga (olga@acme.test) suspendAccount {…} = OK` is counted as `suspendAccount OK`. Erasures are
/// counted, too, which come by themselves.
fn named(line: &str) -> Option<String> {
    if line.contains("eraseAccount") {
        return Some("eraseAccount".to_owned());
    }
    let (request, code) = line.rsplit_once(" = ")?;
    Some(format!("{} {code}", request.split(") ").nth(1)?.split(' ').next()?))
}

/// Takes steps away as long as the same promise breaks.
async fn cut_down(engine: Engine, mut steps: Vec<Step>, mut shortest: String) -> String {
    let mut tries = 0;
    let mut size = steps.len() / 2;
    while size > 0 && tries < CUTS {
        let mut at = 0;
        while at < steps.len() && tries < CUTS {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(steps.len()));
            tries += 1;
            match played(engine, &fewer).await {
                Some(Err(again)) if broken(&again) == broken(&shortest) => (steps, shortest) = (fewer, again),
                _ => at += size,
            }
        }
        size /= 2;
    }
    shortest
}

/// Tables that no promise is about: what they hold is counted or repeated, by the database or where refusals write, too.
const APART: [&str; 6] = ["rate_limit", "idempotency", "setting", "seaql_migrations", "item_tally", "departure"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_looked_at() {
    let app = TestApp::start(Engine::Sqlite).await.expect("SQLite is always there");
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let rows = app.database.query_all_raw(Statement::from_string(app.database.get_database_backend(), sql)).await;
    let mut names: BTreeSet<String> =
        rows.unwrap().iter().map(|row| row.try_get::<String>("", "name").unwrap()).collect();
    names.retain(|name| !APART.contains(&name.as_str()));
    let known: BTreeSet<String> = Snapshot::tables().into_iter().map(ToOwned::to_owned).collect();
    assert_eq!(names, known, "the tables, and those in tests/state_machine/snapshot.rs");
}
