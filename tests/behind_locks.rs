//! Who calls is decided again once the target is locked: a session that ended meanwhile does nothing more.

use crate::{claims::Acme, notices};
use axum::body::Body;
use chrono::TimeDelta;
use http::{Request, StatusCode, header};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    prelude::Expr, sea_query::LockType,
};
use serde_json::json;
use std::sync::Arc;
use steward::{
    jobs::worker,
    notices::content::NoticeKind,
    pages::own::{cookie, mark},
};
use steward_entities::{
    account, account_block, claim, control_assertion, delivery, email_change,
    id::AccountId,
    kinds::{AssertionStatus, BlockKind, ClaimStatus, RoleName},
    session,
};
use steward_tests::{Answer, TestApp, on_both};
use tower::ServiceExt;

/// Waits until somebody waits for a row's lock. SQLite has none: there the whole transaction waits to begin.
async fn somebody_waits(app: &TestApp) {
    somebody_waits_or(app, || false).await;
}

/// The same, or until it is over without having waited.
pub async fn somebody_waits_or(app: &TestApp, is_over: impl Fn() -> bool) {
    so_many_wait_or(app, 1, is_over).await;
}

/// The same of several.
pub async fn so_many_wait_or(app: &TestApp, how_many: i64, is_over: impl Fn() -> bool) {
    if app.database.get_database_backend() != DbBackend::Postgres {
        return;
    }
    // By who waits: what a lock on a transaction is about belongs to no database, and other tests wait for theirs.
    let sql = "SELECT COUNT(*) AS waiting FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
               WHERE NOT l.granted AND a.datname = current_database()";
    loop {
        let row = app.database.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().unwrap();
        if row.try_get::<i64>("", "waiting").unwrap() >= how_many || is_over() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// A transaction that writes. SQLite would refuse one that reads first, and then finds that somebody has written meanwhile.
pub async fn begin(app: &TestApp) -> DatabaseTransaction {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    app.database.begin_with_options(options).await.unwrap()
}

/// What a request answers that begins while somebody holds an account, and whether it waited for them; SQLite can't tell, as
/// everything waits there.
pub async fn beside(
    app: &TestApp,
    held: AccountId,
    request: impl Future<Output = Answer> + Send + 'static,
) -> (Answer, Option<bool>) {
    let before = begin(app).await;
    account::Entity::find_by_id(held).lock(LockType::NoKeyUpdate).one(&before).await.unwrap();
    let request = tokio::spawn(request);
    let mut waited = None;
    if app.database.get_database_backend() == DbBackend::Postgres {
        // For this very lock: others are waited for in passing.
        let sql = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)) LIMIT 1";
        let mut waits = false;
        while !waits && !request.is_finished() {
            let statement = Statement::from_string(DbBackend::Postgres, sql);
            waits = before.query_one_raw(statement).await.unwrap().is_some();
            tokio::task::yield_now().await;
        }
        waited = Some(waits);
    }
    before.commit().await.unwrap();
    (request.await.unwrap(), waited)
}

/// A session that somebody opens, as it is written.
fn just_opened(app: &TestApp, account: AccountId) -> session::ActiveModel {
    session::ActiveModel {
        id: Set(app.id()),
        account_id: Set(account),
        token_hash: Set(vec![7; 32]),
        user_agent: Set(String::new()),
        ip_address: Set(String::new()),
        created_at: Set(app.now()),
        last_used_at: Set(app.now()),
        expires_at: Set(app.now() + TimeDelta::days(30)),
        reauthenticated_at: Set(None),
        ended_at: Set(None),
    }
}

on_both! {
    async fn a_session_that_ends_while_its_request_waits_for_a_lock_does_nothing_more(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let before = begin(&app).await;
        let ended = session::ActiveModel { id: Set(ana.session), ended_at: Set(Some(app.now())), ..Default::default() };
        ended.update(&before).await.unwrap();
        account::Entity::find_by_id(ana.id).lock_exclusive().one(&before).await.unwrap();
        let client = ana.client.clone();
        let request = tokio::spawn(async move {
            client.run("requestEmailChange", json!({ "newEmail": "thief@elsewhere.test" }), "emailChangeId").await
        });
        somebody_waits(&app).await;
        before.commit().await.unwrap();
        assert_eq!(request.await.unwrap().code(), "UNAUTHENTICATED");
        assert_eq!(email_change::Entity::find().count(&app.database).await.unwrap(), 0);
    }
}

on_both! {
    async fn who_rests_while_a_claim_waits_for_their_account_isnt_claimed(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (ana, ben) = (app.account("ana@acme.test").await, app.account("ben@acme.test").await);
        acme.claim(&app).await;
        let before = begin(&app).await;
        account::Entity::find_by_id(ana).lock_exclusive().one(&before).await.unwrap();
        let rest = account_block::ActiveModel {
            id: Set(app.id()),
            account_id: Set(ana),
            kind: Set(BlockKind::Deactivation),
            created_at: Set(app.now()),
            ..Default::default()
        };
        rest.insert(&before).await.unwrap();
        let steward = Arc::clone(&app.steward);
        let chunk = tokio::spawn(async move { worker::run_job(&steward).await });
        somebody_waits(&app).await;
        before.commit().await.unwrap();
        chunk.await.unwrap().unwrap();
        app.run_jobs().await;
        let claimed = control_assertion::Entity::find().all(&app.database).await.unwrap();
        assert_eq!(claimed.iter().map(|assertion| assertion.account_id).collect::<Vec<_>>(), [ben]);
    }
}

on_both! {
    async fn a_claim_that_waits_for_one_who_leaves_goes_on_for_the_others(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (ana, ben) = (app.account("ana@acme.test").await, app.account("ben@acme.test").await);
        acme.claim(&app).await;
        app.run_jobs().await;
        app.advance(TimeDelta::hours(2));
        let before = begin(&app).await;
        account::Entity::find_by_id(ana).lock_exclusive().one(&before).await.unwrap();
        control_assertion::Entity::update_many()
            .col_expr(control_assertion::Column::Status, Expr::value(AssertionStatus::Avoided))
            .filter(control_assertion::Column::AccountId.eq(ana))
            .exec(&before)
            .await
            .unwrap();
        let steward = Arc::clone(&app.steward);
        let chunk = tokio::spawn(async move { worker::run_job(&steward).await });
        // It looks at what there is, and waits for nobody; on SQLite the whole transaction waits to begin.
        if app.database.get_database_backend() == DbBackend::Postgres {
            chunk.await.unwrap().unwrap();
            before.commit().await.unwrap();
        } else {
            before.commit().await.unwrap();
            chunk.await.unwrap().unwrap();
        }
        app.run_jobs().await;
        let claim = claim::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(claim.status, ClaimStatus::Notifying, "ben's is still pending");
        let pending = control_assertion::Column::Status.eq(AssertionStatus::Pending);
        let pending = control_assertion::Entity::find().filter(pending).one(&app.database).await.unwrap().unwrap();
        assert_eq!(pending.account_id, ben);
    }
}

on_both! {
    async fn what_is_due_under_a_domain_that_was_removed_keeps_no_other_work_waiting(app: TestApp) {
        let acme = Acme::new(&app).await;
        app.account("ana@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(15));
        let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
        let input = json!({ "organizationId": acme.organization, "domainId": acme.domain });
        owner.client.done("removeDomain", input, "").await;
        app.run_jobs().await;
        let ended = control_assertion::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(ended.status, AssertionStatus::Canceled);
    }
}

on_both! {
    async fn a_session_that_is_opened_just_now_ends_with_all_others(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let before = begin(&app).await;
        // As signing in does: the account first, then the session.
        account::Entity::find_by_id(ana.id).lock_exclusive().one(&before).await.unwrap();
        let opened = just_opened(&app, ana.id);
        let opened = opened.insert(&before).await.unwrap();
        let cookie = format!("{}={}", cookie::name(&ana.token), ana.token);
        let page = Request::post("/account/sessions")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie)
            .body(Body::from(format!("end=others&made_for={}", mark::new(&app.steward, ana.id))));
        let request = tokio::spawn(app.router.clone().oneshot(page.unwrap()));
        somebody_waits_or(&app, || request.is_finished()).await;
        before.commit().await.unwrap();
        assert_eq!(request.await.unwrap().unwrap().status(), StatusCode::SEE_OTHER);
        let row = session::Entity::find_by_id(opened.id).one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.ended_at, Some(app.now()));
    }
}

on_both! {
    async fn signing_out_everywhere_ends_a_session_that_is_opened_just_now(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let before = begin(&app).await;
        account::Entity::find_by_id(ana.id).lock_exclusive().one(&before).await.unwrap();
        let opened = just_opened(&app, ana.id).insert(&before).await.unwrap();
        let client = ana.client.clone();
        let request = tokio::spawn(async move {
            client.run("signOut", json!({ "everywhere": true }), "sessionId").await.code()
        });
        somebody_waits_or(&app, || request.is_finished()).await;
        before.commit().await.unwrap();
        assert_eq!(request.await.unwrap(), "OK");
        let row = session::Entity::find_by_id(opened.id).one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.ended_at, Some(app.now()));
    }
}

on_both! {
    async fn a_notice_is_sent_again_to_the_address_that_the_account_gets_just_now(app: TestApp) {
        let acme = app.organization("Acme").await;
        let admin = app.administrator(acme, RoleName::Owner).await;
        let ana = app.account("ana@acme.test").await;
        let notice = notices::tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        app.run_jobs().await;
        app.advance(TimeDelta::hours(1));
        let before = begin(&app).await;
        let moved = account::ActiveModel { id: Set(ana), email: Set("ana@home.test".to_owned()), ..Default::default() };
        moved.update(&before).await.unwrap();
        let request = tokio::spawn(async move {
            let input = json!({ "organizationId": acme, "noticeId": notice });
            admin.client.run("resendNotice", input, "notice { id }").await.code()
        });
        somebody_waits_or(&app, || request.is_finished()).await;
        before.commit().await.unwrap();
        assert_eq!(request.await.unwrap(), "OK");
        let sent = delivery::Entity::find().order_by_asc(delivery::Column::Id).all(&app.database).await.unwrap();
        let addresses: Vec<&str> = sent.iter().map(|row| row.address.as_str()).collect();
        assert_eq!(addresses, ["ana@acme.test", "ana@home.test"]);
    }
}
