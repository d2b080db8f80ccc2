//! The server as a process of its own, which can be killed; and one whose clock is wrong.

use crate::{claims::Acme, deletions::Hofer};
use axum::body::Body;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, StatusCode};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, prelude::Expr};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use steward::{
    core::{
        Steward,
        clock::{Clock, SystemClock},
        database,
        entropy::Entropy,
        hasher::{HashCost, Hasher},
        secret::Keys,
        steward::Parts,
    },
    http::app::App,
    jobs::worker,
    startup::{Role, serve},
};
use steward_entities::{
    account, account_block, control_assertion, delivery, job, kinds::DeliveryStatus, organization, session,
};
use steward_tests::{
    BEGINNING, Client, Engine, Somebody, TestApp,
    harness::{Arguments, Harness, post},
    on_both,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_steward-harness");

const CREATE: &str = r#"{"query":"mutation { createOrganization(input: { name: \"Acme\", ownerEmail: \"ana@acme.example\" }) { userErrors { code message } } }"}"#;

on_both! {
    async fn what_a_killed_server_has_answered_is_there(app: TestApp) {
        let operator = app.operator().await;
        let mails = tempfile::TempDir::new().unwrap();
        let arguments = |seed| Arguments {
            database_url: app.database_url.clone(),
            now: Some(BEGINNING.parse().unwrap()),
            seed,
            role: steward::startup::Role::All,
            dns_server: Some(app.dns.address()),
            authority: None,
            smtp_url: None,
            mail_folder: Some(mails.path().to_owned()),
        };
        for seed in [1, 2] {
            let server = Harness::start(PROGRAM, &arguments(seed)).await;
            let answer = post(&server.url, &operator.token, CREATE).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""userErrors":[]"#), "{answer}");
            server.kill().await;
        }
        // What was answered is there, although both servers were killed at once after their answers.
        assert_eq!(organization::Entity::find().count(&app.database).await.unwrap(), 2);
        let last = Harness::start(PROGRAM, &arguments(3)).await;
        assert!(last.stop().await);
    }
}

/// A machine's clock that a test sets: by how many seconds it is ahead. It never lets anybody wait.
struct Ahead(AtomicI64);

#[async_trait::async_trait]
impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }

    async fn wait_until(&self, _: DateTime<Utc>) {
        tokio::task::yield_now().await;
    }

    fn is_the_machines(&self) -> bool {
        true
    }
}

async fn readiness(app: &App) -> StatusCode {
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    tower::ServiceExt::oneshot(app.clone().router(), request).await.unwrap().status()
}

/// Another replica on the same database, with this clock.
async fn replica(app: &TestApp, clock: &Arc<Ahead>) -> Arc<Steward> {
    Arc::new(Steward::new(Parts {
        pools: database::open(&app.database_url, 4).await.unwrap(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Entropy::seeded(8),
        keys: Keys::new("a key for tests alone".to_owned().into()),
        policy: app.steward.policy.clone(),
        hasher: Hasher::new(HashCost::Cheapest, 2).unwrap(),
        dns: Arc::clone(&app.steward.dns),
        mailer: Arc::clone(&app.steward.mailer),
        https: Arc::clone(&app.steward.https),
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_with_a_wrong_clock_does_no_work_until_it_is_set_right() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let operator = app.operator().await;
    let input = serde_json::json!({ "name": "Acme", "ownerEmail": "ana@acme.example" });
    operator.client.done("createOrganization", input, "organization { id }").await;

    let clock = Arc::new(Ahead(AtomicI64::new(600)));
    let replica = replica(&app, &clock).await;
    let service = App::new(Arc::clone(&replica), 0);
    assert_eq!(readiness(&service).await, StatusCode::SERVICE_UNAVAILABLE, "not before clocks were compared");
    let stopping = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn({
        let (service, stopping) = (service.clone(), stopping.clone());
        async move { serve::run(service, None, Role::Worker, &stopping).await }
    });
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(readiness(&service).await, StatusCode::SERVICE_UNAVAILABLE);
    let answers_only = App { does_jobs: false, ..service.clone() };
    assert_eq!(readiness(&answers_only).await, StatusCode::OK, "requests end nobody's period");
    let waiting = delivery::Entity::find().all(&app.database).await.unwrap();
    assert_eq!(waiting.iter().map(|row| row.status).collect::<Vec<_>>(), [DeliveryStatus::Queued]);

    // Set right, it is compared again, and the work is done.
    clock.0.store(0, Ordering::Relaxed);
    while app.mailer.mails().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(readiness(&service).await, StatusCode::OK);
    stopping.cancel();
    running.await.unwrap();
}

async fn takes_effect_at(app: &TestApp, time: DateTime<Utc>) {
    let assertions = control_assertion::Entity::update_many()
        .col_expr(control_assertion::Column::TakesEffectAt, Expr::value(time))
        .exec(&app.database);
    assert_eq!(assertions.await.unwrap().rows_affected, 1);
    let due = job::Entity::update_many()
        .col_expr(job::Column::RunAt, Expr::value(DateTime::UNIX_EPOCH))
        .filter(job::Column::Kind.eq("advance_claim"))
        .exec(&app.database);
    assert_eq!(due.await.unwrap().rows_affected, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_between_two_comparisons_ends_nobodys_period() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let acme = Acme::new(&app).await;
    let ana = app.account("ana@acme.test").await;
    acme.claim(&app).await;
    app.run_jobs().await;
    takes_effect_at(&app, SystemClock.now() + TimeDelta::minutes(5)).await;

    let clock = Arc::new(Ahead(AtomicI64::new(0)));
    let replica = replica(&app, &clock).await;
    assert!(!replica.clock_agrees(), "not before clocks were compared");
    replica.compare_clocks().await.unwrap();
    assert!(replica.clock_agrees());
    clock.0.store(600, Ordering::Relaxed);
    assert!(worker::run_job(&replica).await.unwrap());
    let managed_by = async || account::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap().managed_by;
    assert_eq!(managed_by().await, None);
    assert!(!replica.clock_agrees(), "what was found stops all other work here, too");
    replica.compare_clocks().await.unwrap();
    assert!(!replica.clock_agrees());
    let refused = replica.clean_up().await.unwrap_err();
    assert!(refused.to_string().contains("seconds ahead of the database's"), "{refused}");
    let left = job::Entity::find().filter(job::Column::Kind.eq("advance_claim")).one(&app.database).await;
    assert_eq!(left.unwrap().unwrap().run_at, DateTime::UNIX_EPOCH, "it is due for whoever has the right time");

    clock.0.store(0, Ordering::Relaxed);
    replica.compare_clocks().await.unwrap();
    takes_effect_at(&app, SystemClock.now() - TimeDelta::seconds(1)).await;
    while worker::run_job(&replica).await.unwrap() {}
    assert_eq!(managed_by().await, Some(acme.organization));
    replica.clean_up().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_ahead_erases_nobody() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let ana = app.person("ana@home.test").await;
    ana.client.done("deleteMyAccount", serde_json::json!({}), "").await;
    let ends_at = async |time: DateTime<Utc>| {
        let set = account_block::Entity::update_many().col_expr(account_block::Column::Until, Expr::value(time));
        assert_eq!(set.exec(&app.database).await.unwrap().rows_affected, 1);
        let due = job::Entity::update_many()
            .col_expr(job::Column::RunAt, Expr::value(DateTime::UNIX_EPOCH))
            .filter(job::Column::Kind.eq("erase_account"));
        assert_eq!(due.exec(&app.database).await.unwrap().rows_affected, 1);
    };
    ends_at(SystemClock.now() + TimeDelta::minutes(5)).await;
    let clock = Arc::new(Ahead(AtomicI64::new(0)));
    let replica = replica(&app, &clock).await;
    replica.compare_clocks().await.unwrap();
    clock.0.store(600, Ordering::Relaxed);
    assert!(worker::run_job(&replica).await.unwrap());
    let name = async || account::Entity::find_by_id(ana.id).one(&app.database).await.unwrap().unwrap().display_name;
    assert_eq!(name().await, "ana");
    assert!(!replica.clock_agrees());

    clock.0.store(0, Ordering::Relaxed);
    replica.compare_clocks().await.unwrap();
    ends_at(SystemClock.now() - TimeDelta::seconds(1)).await;
    while worker::run_job(&replica).await.unwrap() {}
    assert_eq!(name().await, "Former user");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_schedules_no_deletion() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let hofer = Hofer::new(&app).await;
    let own = app.person("ana@home.test").await;
    // On this machine's time, everybody has just given their password.
    let now = session::Entity::update_many()
        .col_expr(session::Column::ReauthenticatedAt, Expr::value(SystemClock.now()))
        .col_expr(session::Column::ExpiresAt, Expr::value(SystemClock.now() + TimeDelta::days(1)));
    now.exec(&app.database).await.unwrap();
    let delete = async |ahead: i64| {
        let replica = replica(&app, &Arc::new(Ahead(AtomicI64::new(ahead)))).await;
        let through =
            |person: &Somebody| Client::new(App::new(Arc::clone(&replica), 0).router(), Some(person.token.clone()));
        let managed = hofer.delete(&through(&hofer.officer), hofer.ana.id, serde_json::json!({})).await;
        let own = through(&own).run("deleteMyAccount", serde_json::json!({}), "").await;
        let blocks = account_block::Entity::find().count(&app.database).await.unwrap();
        let jobs = job::Entity::find().count(&app.database).await.unwrap();
        (managed.code(), own.code(), blocks, jobs)
    };
    for ahead in [300, -300] {
        assert_eq!(delete(ahead).await, ("INTERNAL".to_owned(), "INTERNAL".to_owned(), 0, 0), "{ahead} seconds ahead");
    }
    assert_eq!(delete(0).await, ("OK".to_owned(), "OK".to_owned(), 2, 2));
}
