//! Jobs: who has one, what it may write, how often it is tried.

#![expect(clippy::unwrap_used, reason = "tests stop at what they don't expect")]

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::json;
use std::sync::Arc;
use steward::{
    core::{
        Action, ActionName, Authority, Authorized, Done, Error, EventSet, Notices, Progress, Result, Silence, Tx,
        Unlogged, Work,
    },
    jobs::{dispatch, worker},
};
use steward_entities::{
    id::{ClaimId, JobId, TokenId},
    job, job_row,
    kinds::{JobStatus, TokenPurpose},
    rate_limit, session, setting, token,
};
use steward_tests::{TestApp, on_both};
use tokio_util::sync::CancellationToken;

/// A job that is due at once.
async fn ask_for(app: &TestApp, kind: &str, payload: serde_json::Value) -> JobId {
    let id = JobId(app.steward.entropy.uuid(app.now()));
    let row = job::ActiveModel {
        action: Set(None),
        id: Set(id),
        kind: Set(kind.to_owned()),
        organization_id: Set(None),
        payload: Set(payload),
        cursor: Set(None),
        status: Set(JobStatus::Pending),
        run_at: Set(app.now()),
        attempts: Set(0),
        last_error: Set(None),
        leased_until: Set(None),
        lease: Set(0),
        done: Set(0),
        total: Set(None),
        created_at: Set(app.now()),
        ended_at: Set(None),
    };
    row.insert(&app.database).await.unwrap();
    id
}

async fn some_job(app: &TestApp) -> JobId {
    let work = Work::AdvanceClaim { claim: ClaimId(app.steward.entropy.uuid(app.now())) };
    ask_for(app, work.kind(), serde_json::to_value(&work).unwrap()).await
}

/// A job of a known kind that fails each time: it is about a link that says nothing of what was given for it.
async fn broken_job(app: &TestApp) -> JobId {
    let id = TokenId(app.steward.entropy.uuid(app.now()));
    let link = token::ActiveModel {
        id: Set(id),
        purpose: Set(TokenPurpose::SignUp),
        account_id: Set(None),
        email: Set("ana@hofer.example".to_owned()),
        email_canonical: Set("ana@hofer.example".to_owned()),
        subject_id: Set(None),
        context: Set(json!({})),
        created_at: Set(app.now()),
        expires_at: Set(app.now() + TimeDelta::days(3)),
        used_at: Set(None),
        revoked_at: Set(None),
    };
    link.insert(&app.database).await.unwrap();
    let work = Work::AnswerSignUp { token: id };
    ask_for(app, work.kind(), serde_json::to_value(&work).unwrap()).await
}

async fn row(app: &TestApp, id: JobId) -> job::Model {
    job::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap()
}

/// A chunk that leaves a trace, and says this of its progress.
struct Chunk(Option<Progress>);

impl Action for Chunk {
    const NAME: ActionName = ActionName::CompleteClaim;
    type Target = ();
    type Output = ();

    async fn target(&self, _: &Authority, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    async fn run(&self, _: Authorized<()>, tx: &Tx<'_>) -> Result<Done<()>> {
        let name = tx.uuid().to_string();
        setting::ActiveModel { name: Set(name), value: Set("a trace".to_owned()) }.insert(tx.db()).await?;
        let done = Done::new((), EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NobodyIsAffected));
        Ok(match &self.0 {
            Some(progress) => done.progress(progress.clone()),
            None => done,
        })
    }
}

async fn traces(app: &TestApp) -> usize {
    let all = setting::Entity::find().all(&app.database).await.unwrap();
    all.iter().filter(|setting| setting.value == "a trace").count()
}

on_both! {
    async fn one_worker_has_a_job_until_its_lease_runs_out(app: TestApp) {
        let id = some_job(&app).await;
        let first = app.steward.lease_job().await.unwrap().unwrap();
        assert_eq!((first.id, first.lease), (id, 1));
        assert!(app.steward.lease_job().await.unwrap().is_none());
        app.advance(TimeDelta::seconds(59));
        assert!(app.steward.lease_job().await.unwrap().is_none());
        app.advance(TimeDelta::seconds(1));
        assert_eq!(app.steward.lease_job().await.unwrap().unwrap().lease, 2);
    }
}

on_both! {
    async fn of_many_workers_at_once_one_takes_each_job(app: TestApp) {
        for _ in 0..5 {
            some_job(&app).await;
        }
        let taken = futures::future::join_all((0..20).map(|_| app.steward.lease_job())).await;
        let mut ids: Vec<JobId> = taken.into_iter().filter_map(|job| job.unwrap()).map(|job| job.id).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((count, ids.len()), (5, 5));
    }
}

on_both! {
    async fn who_has_lost_the_lease_changes_nothing(app: TestApp) {
        let id = some_job(&app).await;
        let old = app.steward.lease_job().await.unwrap().unwrap();
        app.advance(TimeDelta::seconds(60));
        let new = app.steward.lease_job().await.unwrap().unwrap();
        let progress = Progress::More { cursor: Some("7".to_owned()), done: 7 };
        let late = app.steward.perform(&dispatch::origin(&old), Chunk(Some(progress.clone()))).await;
        assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
        assert_eq!((traces(&app).await, row(&app, id).await.done), (0, 0));

        app.steward.perform(&dispatch::origin(&new), Chunk(Some(progress))).await.unwrap();
        let after = row(&app, id).await;
        assert_eq!((after.done, after.cursor.as_deref(), after.leased_until), (7, Some("7"), None));
        assert_eq!(traces(&app).await, 1);
    }
}

on_both! {
    async fn a_chunk_that_says_nothing_of_its_progress_changes_nothing(app: TestApp) {
        some_job(&app).await;
        let job = app.steward.lease_job().await.unwrap().unwrap();
        let silent = app.steward.perform(&dispatch::origin(&job), Chunk(None)).await;
        assert!(matches!(silent, Err(Error::Internal(_))), "{silent:?}");
        assert_eq!(traces(&app).await, 0);
    }
}

on_both! {
    async fn a_long_job_stands_behind_what_has_waited_longer(app: TestApp) {
        let long = some_job(&app).await;
        app.advance(TimeDelta::seconds(1));
        let short = some_job(&app).await;
        app.advance(TimeDelta::seconds(1));
        let job = app.steward.lease_job().await.unwrap().unwrap();
        assert_eq!(job.id, long);
        let more = Progress::More { cursor: None, done: 1 };
        app.steward.perform(&dispatch::origin(&job), Chunk(Some(more))).await.unwrap();
        let next = app.steward.lease_job().await.unwrap().unwrap();
        assert_eq!(next.id, short);
        app.steward.perform(&dispatch::origin(&next), Chunk(Some(Progress::Complete { done: 1 }))).await.unwrap();
        let next = app.steward.lease_job().await.unwrap().unwrap();
        let later = Progress::Later { at: app.now() + TimeDelta::days(14), done: 1 };
        app.steward.perform(&dispatch::origin(&next), Chunk(Some(later))).await.unwrap();
        assert!(app.steward.lease_job().await.unwrap().is_none());
        app.advance(TimeDelta::days(14));
        assert_eq!(app.steward.lease_job().await.unwrap().unwrap().id, long);
        assert_eq!((row(&app, short).await.status, row(&app, long).await.done), (JobStatus::Complete, 2));
    }
}

on_both! {
    async fn a_job_that_fails_is_tried_later_and_given_up_in_the_end(app: TestApp) {
        let id = broken_job(&app).await;
        let lasting = ask_for(&app, "advance_claim", json!({ "kind": "what_a_newer_version_knows" })).await;
        app.run_jobs().await;
        let failed = row(&app, id).await;
        assert_eq!((failed.attempts, failed.run_at), (1, app.now() + TimeDelta::seconds(5)));
        assert!(failed.last_error.unwrap().contains("missing field"));
        app.run_jobs().await;
        assert_eq!(row(&app, id).await.attempts, 1);
        app.advance(TimeDelta::seconds(5));
        app.run_jobs().await;
        assert_eq!(row(&app, id).await.run_at, app.now() + TimeDelta::seconds(30));
        for _ in 2..20 {
            app.advance(TimeDelta::hours(1));
            app.run_jobs().await;
        }
        let given_up = row(&app, id).await;
        assert_eq!((given_up.attempts, given_up.status, given_up.ended_at), (20, JobStatus::Failed, Some(app.now())));
        assert_eq!(given_up.payload, json!({}), "what it was to do may name people");
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        let on = row(&app, lasting).await;
        assert_eq!((on.attempts, on.status), (21, JobStatus::Pending), "people's control over their accounts waits for it");
    }
}

on_both! {
    async fn what_a_job_was_to_do_is_forgotten_at_its_end(app: TestApp) {
        for end in [Progress::Complete { done: 1 }, Progress::GivenUp { why: "it can't be done".to_owned() }] {
            let id = some_job(&app).await;
            let more = Progress::More { cursor: None, done: 0 };
            for progress in [more, end] {
                assert_ne!(row(&app, id).await.payload, json!({}));
                let job = app.steward.lease_job().await.unwrap().unwrap();
                app.steward.perform(&dispatch::origin(&job), Chunk(Some(progress))).await.unwrap();
            }
            assert_eq!(row(&app, id).await.payload, json!({}));
        }
    }
}

on_both! {
    async fn workers_are_woken_by_a_change_and_stop_when_told(app: TestApp) {
        let stop = CancellationToken::new();
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let (steward, stop) = (Arc::clone(&app.steward), stop.clone());
                tokio::spawn(async move { worker::run_forever(&steward, stop).await })
            })
            .collect();
        let operator = app.operator().await;
        let input = json!({ "name": "Acme", "ownerEmail": "owner@acme.test" });
        operator.client.done("createOrganization", input, "organization { id }").await;
        // The clock stands still: only the wake-up brings the mail out.
        while app.mailer.mails_to("owner@acme.test").is_empty() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
        assert_eq!(app.mailer.mails().len(), 1);
    }
}

on_both! {
    async fn what_has_had_its_day_is_removed(app: TestApp) {
        let operator = app.operator().await;
        let input = json!({ "name": "Acme", "ownerEmail": "owner@acme.test" });
        operator.client.done("createOrganization", input, "organization { id }").await;
        app.nobody().run("signIn", json!({ "email": "nobody@acme.test", "password": "whatever" }), "token").await;
        let left = async || {
            let counters = rate_limit::Entity::find().all(&app.database).await.unwrap().len();
            let links = token::Entity::find().all(&app.database).await.unwrap().len();
            (counters > 0, links, session::Entity::find().all(&app.database).await.unwrap().len())
        };
        app.steward.clean_up().await.unwrap();
        assert_eq!(left().await, (true, 1, 1));
        app.advance(TimeDelta::days(14 + 30));
        app.steward.clean_up().await.unwrap();
        assert_eq!(left().await, (false, 0, 1));
        app.advance(TimeDelta::days(365 + 90 - 44));
        app.steward.clean_up().await.unwrap();
        assert_eq!(left().await, (false, 0, 0));
        // More than one statement removes.
        let old = (0..2_500).map(|number| rate_limit::ActiveModel {
            bucket: Set(format!("a test:{number}")),
            window_at: Set(app.now() - TimeDelta::days(if number < 2_400 { 3 } else { 1 })),
            used: Set(1),
        });
        rate_limit::Entity::insert_many(old).exec_without_returning(&app.database).await.unwrap();
        app.steward.clean_up().await.unwrap();
        assert_eq!(rate_limit::Entity::find().all(&app.database).await.unwrap().len(), 100);
    }
}

/// A job that ended some days ago, with what it did to so many accounts.
async fn ended(app: &TestApp, days: i64, status: JobStatus, results: usize) -> JobId {
    let id = some_job(app).await;
    let end = (status != JobStatus::Pending).then(|| app.now() - TimeDelta::days(days));
    let row = job::ActiveModel { id: Set(id), status: Set(status), ended_at: Set(end), ..Default::default() };
    row.update(&app.database).await.unwrap();
    let rows: Vec<_> = (0..results)
        .map(|_| job_row::ActiveModel { job_id: Set(id), account_id: Set(app.id()), refusal: Set(None) })
        .collect();
    for rows in rows.chunks(1_000) {
        job_row::Entity::insert_many(rows.to_vec()).exec_without_returning(&app.database).await.unwrap();
    }
    id
}

on_both! {
    async fn jobs_and_their_results_are_kept_for_ninety_days_after_their_end(app: TestApp) {
        let mut kept = vec![ended(&app, 89, JobStatus::Complete, 10).await, ended(&app, 0, JobStatus::Pending, 10).await];
        ended(&app, 90, JobStatus::Complete, 2_300).await;
        for status in [JobStatus::Failed, JobStatus::Canceled] {
            ended(&app, 91, status, 10).await;
        }
        for _ in 0..250 {
            ended(&app, 120, JobStatus::Complete, 0).await;
        }
        // Two replicas at once.
        let (first, second) = tokio::join!(app.steward.clean_up(), app.steward.clean_up());
        first.and(second).unwrap();
        app.steward.clean_up().await.unwrap();
        let mut left: Vec<JobId> = job::Entity::find().all(&app.database).await.unwrap().iter().map(|job| job.id).collect();
        left.sort();
        kept.sort();
        assert_eq!(left, kept);
        assert_eq!(job_row::Entity::find().all(&app.database).await.unwrap().len(), 20);
    }
}

on_both! {
    async fn work_that_this_program_doesnt_know_waits_for_one_that_does(app: TestApp) {
        // Kinds of work, and what known kinds say.
        let later = [
            ("later_work", json!({ "kind": "later_work", "what": "kept" })),
            ("answer_sign_up", json!({ "kind": "answer_sign_up", "what": "kept" })),
            ("bulk_accounts", json!({ "kind": "bulk_accounts", "bulk": { "act": { "LaterAct": {} } }, "what": "kept" })),
        ];
        let mut unknown = Vec::new();
        for (kind, payload) in later {
            unknown.push((kind, ask_for(&app, kind, payload).await));
        }
        let known = broken_job(&app).await;
        for _ in 0..25 {
            app.advance(TimeDelta::hours(1));
            app.run_jobs().await;
        }
        for (kind, unknown) in unknown {
            let waits = row(&app, unknown).await;
            assert_eq!((waits.status, waits.attempts, &waits.payload["what"]), (JobStatus::Pending, 25, &json!("kept")), "{kind}");
            assert!(waits.last_error.unwrap().contains(kind));
        }
        assert_eq!(row(&app, known).await.status, JobStatus::Failed, "somebody can ask for it again");
    }
}

on_both! {
    async fn claims_and_erasures_take_turns_behind_what_somebody_waits_for(app: TestApp) {
        let kinds = ["erase_account", "advance_claim", "finish_erasure", "bulk_accounts", "leave_domain", "send_password_reset"];
        for kind in kinds {
            ask_for(&app, kind, json!({ "kind": kind })).await;
            app.advance(TimeDelta::seconds(1));
        }
        let mut leased = Vec::new();
        while let Some(job) = app.steward.lease_job().await.unwrap() {
            leased.push(job.kind);
        }
        assert_eq!(leased[0], "send_password_reset", "one person waits for it");
        assert_eq!(leased[1..], kinds[..5], "the others in the order in which they were due");
    }
}
