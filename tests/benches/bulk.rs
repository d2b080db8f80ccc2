//! Everybody in an organization is suspended, by a job and by plain SQL, while others read and sign in.

use crate::{
    Size,
    claim::{People, once, say, until},
    dataset,
    load::{self},
    process::Server,
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, TransactionTrait};
use serde_json::json;
use std::time::Instant;
use steward::core::{
    clock::{Clock, SystemClock},
    database::sql,
};
use steward_entities::{
    account_block, event, job,
    kinds::{JobStatus, RoleName},
};
use steward_tests::{Engine, TestApp};
use tokio_util::sync::CancellationToken;

const BULK: &str = "mutation($input: BulkAccountsInput!) { bulkAccounts(input: $input) { job { id } \
    userErrors { code message } } }";

/// Measures it on each database.
pub async fn run(size: Size) {
    for &engine in size.database.engines() {
        let mut seconds = [0.0; 2];
        for (ours, seconds) in [true, false].into_iter().zip(&mut seconds) {
            let Some(app) = dataset::installation(engine).await else { return };
            *seconds = measure(&app, engine, size, ours).await;
        }
        println!("bulk, {engine:?}: {:.2} times the plain statements", seconds[0] / seconds[1]);
    }
}

async fn measure(app: &TestApp, engine: Engine, size: Size, ours: bool) -> f64 {
    // So many that the largest organization manages as many as are wanted.
    let all = size.accounts * 100 / 60 + 1;
    let count = dataset::in_the_largest(all);
    dataset::managed(app, all).await;
    let administrator = app.person("administrator@admins.test").await;
    app.role(dataset::largest(), administrator.id, RoleName::UserAdmin).await;
    // Those who read and sign in belong to other organizations.
    let people = People::among(app, count..all).await;
    let connections = size.connections.to_string();
    let arguments = ["serve", "--database-url", &app.database_url, "--connections", &connections, "--role", "all"];
    let server = Server::start(&arguments.map(str::to_owned)).await;
    say("bulk", engine, "before", &people.act(&server, &load::after_seconds(size.seconds)).await);
    let (begin, done) = (Instant::now(), CancellationToken::new());
    let work = async {
        if ours {
            let input = json!({
                "organizationId": dataset::largest().to_string(),
                "selection": { "filter": { "managed": true } },
                "action": { "suspend": { "reason": "measured" } },
            });
            once(&server, load::graphql(Some(&administrator.token), None, BULK, json!({ "input": input }))).await;
            until(async || ended(app).await).await;
        } else {
            plain(app).await;
        }
        done.cancel();
        begin.elapsed().as_secs_f64()
    };
    let (seconds, meanwhile) = tokio::join!(work, people.act(&server, &done));
    let what = if ours { "while the job runs" } else { "while plain statements run" };
    say("bulk", engine, what, &meanwhile);
    let blocks = account_block::Entity::find().count(&app.database).await.expect("blocks");
    let events = event::Entity::find().count(&app.database).await.expect("events");
    assert!(blocks as usize == count && events as usize >= count, "{blocks} blocks, {events} events");
    println!("bulk, {engine:?}, {what}: {count} accounts in {seconds:.2} s, {:.0}/s", count as f64 / seconds);
    seconds
}

async fn ended(app: &TestApp) -> bool {
    let jobs = job::Entity::find().all(&app.database).await.expect("jobs");
    let of_bulk = jobs.iter().find(|job| job.kind == "bulk_accounts").expect("the job");
    assert_ne!(of_bulk.status, JobStatus::Failed, "{:?}", of_bulk.last_error);
    of_bulk.status == JobStatus::Complete
}

/// The same rows by as few statements as there are tables, the result of each account included.
async fn plain(app: &TestApp) {
    let backend = app.database.get_database_backend();
    let [id, object, salt] = match backend {
        DbBackend::Postgres => ["gen_random_uuid()", "json_build_object", "decode(md5(random()::text), 'hex')"],
        _ => ["randomblob(16)", "json_object", "randomblob(16)"],
    };
    let ids = "(SELECT id FROM account WHERE managed_by = $1)";
    let statements = [
        format!(
            "INSERT INTO account_block (id, account_id, organization_id, kind, reason, created_at) \
             SELECT {id}, id, managed_by, 'SUSPENSION', 'measured', $2 FROM account WHERE managed_by = $1"
        ),
        format!("UPDATE session SET ended_at = $2 WHERE account_id IN {ids} AND ended_at IS NULL"),
        format!(
            "UPDATE email_change SET status = 'CANCELED', ended_at = $2 WHERE account_id IN {ids} \
             AND status IN ('PENDING', 'WAITING_FOR_APPROVAL', 'APPROVED')"
        ),
        format!(
            "UPDATE token SET revoked_at = $2 WHERE account_id IN {ids} AND used_at IS NULL AND revoked_at IS NULL \
             AND purpose IN ('PASSWORD_RESET', 'ACCOUNT_INVITATION', 'EMAIL_CHANGE')"
        ),
        format!(
            "INSERT INTO notice (id, account_id, organization_id, kind, content, locale, created_at) \
             SELECT {id}, id, managed_by, 'account_suspended', {object}('kind', 'account_suspended', 'email', email, \
             'until', NULL, 'contact', 'admin@example.com', 'message', NULL, 'organization', 'Organization 0'), locale, $2 \
             FROM account WHERE managed_by = $1"
        ),
        format!(
            "INSERT INTO delivery (id, notice_id, channel, address, recipient_name, status, attempts, next_attempt_at, \
             lease, created_at) SELECT {id}, n.id, 'EMAIL', a.email, a.display_name, 'QUEUED', 0, $2, 0, $2 \
             FROM notice n JOIN account a ON a.id = n.account_id WHERE n.organization_id = $1"
        ),
        "INSERT INTO event_stream (id, next_position) SELECT $1, 1 + count(*) FROM account WHERE managed_by = $1 \
         AND created_at <= $2"
            .to_owned(),
        format!(
            "INSERT INTO event (id, stream_id, position, change_id, action, actor_kind, account_id, commitment, \
             request_id, occurred_at) SELECT {id}, managed_by, row_number() OVER (ORDER BY id), id, 'suspendAccount', \
             'ACCOUNT', id, {salt}, 'req_0123456789abcdef', $2 FROM account WHERE managed_by = $1"
        ),
        format!(
            "INSERT INTO event_detail (event_id, account_id, salt, details) SELECT id, account_id, {salt}, \
             {object}('until', NULL, 'reason', 'measured', 'message', NULL) FROM event WHERE stream_id = $1 \
             AND occurred_at = $2"
        ),
        "INSERT INTO job (id, kind, payload, status, run_at, attempts, lease, done, created_at) \
         VALUES ($1, 'measured', '{}', 'COMPLETE', $2, 0, 0, 0, $2)"
            .to_owned(),
        "INSERT INTO job_row (job_id, account_id) SELECT $1, id FROM account WHERE managed_by = $1 AND created_at <= $2"
            .to_owned(),
    ];
    let (organization, now) = (dataset::largest(), SystemClock.now());
    let transaction = app.database.begin().await.expect("a transaction");
    for text in statements {
        let statement = sql(&transaction, &text, [organization.into(), now.into()]);
        transaction.execute_raw(statement).await.expect("a change");
    }
    transaction.commit().await.expect("a change");
}
