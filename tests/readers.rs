//! Connections that requests hand to each other: each goes on as if it had its own.

use crate::behind_locks::somebody_waits_or;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TransactionTrait};
use std::sync::Arc;
use steward::core::ReadConnection;
use steward_tests::{Engine, TestApp, on_both};
use tokio::sync::Barrier;

/// How many connections requests have in tests: two of the pool's four.
const ALL: usize = 2;

fn connection(app: &TestApp) -> Arc<ReadConnection> {
    Arc::new(ReadConnection::new(&app.steward.readers))
}

async fn ask(db: &impl ConnectionTrait, text: &str) -> Result<QueryResult, sea_orm::DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), text);
    Ok(db.query_one_raw(statement).await?.expect("a row"))
}

async fn pid(db: &impl ConnectionTrait) -> Result<i32, sea_orm::DbErr> {
    ask(db, "SELECT pg_backend_pid() AS pid").await?.try_get("", "pid")
}

on_both! { async fn requests_share_few_connections_and_each_reads_its_own(app: TestApp) {
    let all = 20 * ALL;
    let together = Arc::new(Barrier::new(all));
    let reading = (0..all).map(|number| {
        let (own, together) = (connection(&app), Arc::clone(&together));
        tokio::spawn(async move {
            together.wait().await;
            for round in 0..20 {
                let asked = format!("SELECT {number} * 1000 + {round} AS told");
                let told: i32 = ask(own.as_ref(), &asked).await.unwrap().try_get("", "told").unwrap();
                assert_eq!(told as usize, number * 1000 + round);
                own.give_back().await;
            }
        })
    });
    for task in reading.collect::<Vec<_>>() {
        task.await.unwrap();
    }
} }

on_both! { async fn who_finds_none_free_waits_for_the_first_that_is(app: TestApp) {
    let mut held: Vec<_> = (0..ALL).map(|_| connection(&app)).collect();
    for one in &held {
        ask(one.as_ref(), "SELECT 1 AS one").await.unwrap();
    }
    let another = connection(&app);
    let mut waits = Box::pin(ask(another.as_ref(), "SELECT 1 AS one"));
    assert!(futures::poll!(&mut waits).is_pending(), "all are taken");
    // What isn't a request's reading goes on meanwhile.
    ask(&app.steward.read, "SELECT 1 AS one").await.unwrap();
    assert!(futures::poll!(&mut waits).is_pending());
    drop(held.pop());
    waits.await.unwrap();
} }

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_handed_on_after_its_last_statement_and_not_in_the_middle_of_one() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let app = Arc::new(app);
    let first = pid(connection(&app).as_ref()).await.unwrap();
    assert_eq!(pid(connection(&app).as_ref()).await.unwrap(), first, "the next request has the same");

    // Somebody holds a lock for which a request waits on that connection; then it is given up.
    let holder = app.database.begin().await.unwrap();
    ask(&holder, "SELECT pg_advisory_xact_lock(7)::text AS locked").await.unwrap();
    let gives_up = connection(&app);
    let waiting = tokio::spawn({
        let gives_up = Arc::clone(&gives_up);
        async move { ask(gives_up.as_ref(), "SELECT pg_advisory_lock_shared(7)::text AS locked").await }
    });
    somebody_waits_or(&app, || waiting.is_finished()).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    // The request itself and others go on, each on a connection that nothing is running on.
    let (own, others) = (pid(gives_up.as_ref()).await.unwrap(), connection(&app));
    let others_pid = pid(others.as_ref()).await.unwrap();
    assert!(own != first && others_pid != first && own != others_pid, "{first}, {own}, {others_pid}");
    holder.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_died_fails_once() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let dead = pid(connection(&app).as_ref()).await.unwrap();
    let ends =
        Statement::from_string(DbBackend::Postgres, format!("SELECT pg_terminate_backend({dead}, 5000) AS ended"));
    let ended = app.database.query_one_raw(ends).await.unwrap().unwrap();
    assert!(ended.try_get::<bool>("", "ended").unwrap());
    assert!(pid(connection(&app).as_ref()).await.is_err(), "it is gone");
    let (one, other) = (connection(&app), connection(&app));
    assert_ne!(pid(one.as_ref()).await.unwrap(), dead);
    assert_ne!(pid(other.as_ref()).await.unwrap(), dead);
}
