//! Acts on many accounts: one result, one event and one notice for each; nothing twice, nothing half done.

use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{
    event,
    id::{AccountId, OrganizationId},
    job,
    kinds::{BlockKind, JobStatus, RoleName},
    notice, role,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

const JOB: &str = "job { id status action done total failure skipped { reason accounts } resultsPath } \
    plan { affected skipped { reason accounts } }";

/// An organization with an administrator and people whose accounts it manages.
struct Acme {
    id: OrganizationId,
    admin: Somebody,
    people: Vec<AccountId>,
}

impl Acme {
    async fn new(app: &TestApp, people: usize) -> Self {
        let id = app.organization("Acme").await;
        let domain = app.proved_domain(id, "acme.test").await;
        let admin = app.administrator(id, RoleName::UserAdmin).await;
        let mut accounts = Vec::new();
        for number in 0..people {
            let account = app.account(&format!("person{number}@acme.test")).await;
            app.under_control(id, domain, account).await;
            accounts.push(account);
        }
        Self { id, admin, people: accounts }
    }

    async fn ask(&self, client: &Client, selection: Value, action: Value, dry_run: bool) -> Answer {
        let input = json!({
            "organizationId": self.id, "selection": selection, "action": action, "dryRun": dry_run,
        });
        client.run("bulkAccounts", input, JOB).await
    }

    async fn suspend(&self, selection: Value) -> Value {
        let payload = self.ask(&self.admin.client, selection, suspend(), false).await.payload();
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        payload["job"]["id"].clone()
    }
}

fn suspend() -> Value {
    json!({ "suspend": { "reason": "the plant is closed" } })
}

async fn read(client: &Client, job: &Value) -> Value {
    let query = "query($id: ID!) { job(id: $id) { status done total failure skipped { reason accounts } \
        results(first: 100) { nodes { accountId outcome reason message } } } }";
    client.ask(query, json!({ "id": job })).await["job"].clone()
}

async fn events(app: &TestApp, organization: OrganizationId, action: &str) -> u64 {
    let log = event::Entity::find()
        .filter(event::Column::Action.eq(action))
        .filter(event::Column::StreamId.eq(organization.0));
    log.count(&app.database).await.unwrap()
}

async fn notices(app: &TestApp, kind: &str) -> u64 {
    notice::Entity::find().filter(notice::Column::Kind.eq(kind)).count(&app.database).await.unwrap()
}

on_both! {
    async fn each_account_gets_its_result_its_event_and_its_notice(app: TestApp) {
        let acme = Acme::new(&app, 4).await;
        let stranger = app.account("stranger@elsewhere.test").await;
        let member = app.account("contractor@personal.test").await;
        let workspace = app.workspace(acme.id).await;
        app.joined(acme.id, workspace, member, "contractor@personal.test").await;
        app.role(acme.id, acme.people[0], RoleName::Owner).await;
        app.blocked(acme.people[1], BlockKind::Termination, Some(acme.id)).await;
        let mut ids = acme.people.clone();
        ids.extend([stranger, member, acme.people[2]]);
        let selection = json!({ "accountIds": ids });

        let planned = acme.ask(&acme.admin.client, selection.clone(), suspend(), true).await.payload();
        let skipped = json!([
            { "reason": "NOT_FOUND", "accounts": 1 }, { "reason": "NOT_MANAGED", "accounts": 1 },
            { "reason": "HIGHER_ROLE", "accounts": 1 }, { "reason": "TERMINATED", "accounts": 1 },
        ]);
        let sorted = |counts: &Value| {
            let mut counts = counts.as_array().unwrap().clone();
            counts.sort_by_key(ToString::to_string);
            counts
        };
        assert_eq!((&planned["job"], &planned["plan"]["affected"]), (&Value::Null, &json!(2)));
        assert_eq!(sorted(&planned["plan"]["skipped"]), sorted(&skipped));
        app.run_jobs().await;
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 0, "a plan changes nothing");

        let id = acme.suspend(selection).await;
        app.run_jobs().await;
        let done = read(&acme.admin.client, &id).await;
        assert_eq!((&done["status"], &done["done"], &done["total"]), (&json!("COMPLETE"), &json!(6), &json!(6)));
        assert_eq!(sorted(&done["skipped"]), sorted(&skipped));
        assert_eq!(done["results"]["nodes"].as_array().unwrap().len(), 6);
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 2);
        assert_eq!(notices(&app, "account_suspended").await, 2);
        let by = event::Entity::find().filter(event::Column::Action.eq("suspendAccount")).one(&app.database).await;
        let by = by.unwrap().unwrap();
        assert_eq!((by.actor_id, by.actor_role), (Some(acme.admin.id.0), Some(RoleName::UserAdmin)));
    }
}

on_both! {
    async fn a_filter_finds_more_than_a_chunk_and_the_log_has_no_gaps(app: TestApp) {
        let acme = Acme::new(&app, 3).await;
        let many: usize = 1_100;
        app.many_managed(acme.id, many).await;
        let id = acme.suspend(json!({ "filter": { "managed": true } })).await;
        app.run_jobs().await;
        let done = read(&acme.admin.client, &id).await;
        let all = json!(many + 3);
        assert_eq!((&done["status"], &done["done"], &done["total"]), (&json!("COMPLETE"), &all, &all));
        assert_eq!(events(&app, acme.id, "suspendAccount").await, (many + 3) as u64);
        let positions = event::Entity::find().filter(event::Column::StreamId.eq(acme.id.0)).all(&app.database).await;
        let mut positions: Vec<i64> = positions.unwrap().into_iter().map(|event| event.position).collect();
        positions.sort_unstable();
        assert_eq!(positions, (1..=positions.len() as i64).collect::<Vec<_>>());

        let (status, text) = acme.admin.client.get(&format!("/jobs/{}/results.jsonl", id.as_str().unwrap())).await;
        assert_eq!(status, 200);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), many + 3);
        assert!(lines.iter().all(|line| line["outcome"] == "DONE" && line["reason"].is_null()));
    }
}

on_both! {
    async fn what_was_done_before_a_crash_is_not_done_again(app: TestApp) {
        let acme = Acme::new(&app, 5).await;
        let id = acme.suspend(json!({ "accountIds": acme.people })).await;
        // A worker that took the job and died: its lease runs out, and another begins where the last chunk ended.
        let leased = app.steward.lease_job().await.unwrap().unwrap();
        assert_eq!(json!(leased.id.to_string()), id);
        app.run_jobs().await;
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 0);
        app.advance(chrono::TimeDelta::minutes(2));
        app.run_jobs().await;
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 5);
        // The first worker wakes up with its old lease: it changes nothing.
        assert!(steward::jobs::dispatch::run_chunk(&app.steward, &leased).await.is_err());
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 5);
        assert_eq!(notices(&app, "account_suspended").await, 5);
    }
}

on_both! {
    async fn who_loses_the_role_stops_the_job(app: TestApp) {
        let acme = Acme::new(&app, 2).await;
        let id = acme.suspend(json!({ "accountIds": acme.people })).await;
        role::Entity::delete_many().filter(role::Column::AccountId.eq(acme.admin.id)).exec(&app.database).await.unwrap();
        app.run_jobs().await;
        let auditor = app.administrator(acme.id, RoleName::Auditor).await;
        let done = read(&auditor.client, &id).await;
        assert_eq!((&done["status"], &done["done"]), (&json!("FAILED"), &json!(0)));
        assert!(done["failure"].as_str().unwrap().contains("may no longer"));
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 0);
    }
}

on_both! {
    async fn a_canceled_job_does_nothing_more(app: TestApp) {
        let acme = Acme::new(&app, 2).await;
        let id = acme.suspend(json!({ "accountIds": acme.people })).await;
        let leased = app.steward.lease_job().await.unwrap().unwrap();
        let input = json!({ "organizationId": acme.id, "jobId": id });
        let payload = acme.admin.client.done("cancelJob", input.clone(), "job { status }").await;
        assert_eq!(payload["job"]["status"], "CANCELED");
        assert!(steward::jobs::dispatch::run_chunk(&app.steward, &leased).await.is_err(), "a chunk in hand is undone");
        app.run_jobs().await;
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 0);
        assert_eq!(acme.admin.client.run("cancelJob", input, "").await.code(), "INVALID_STATE");
    }
}

on_both! {
    async fn what_a_role_may_not_do_to_one_it_may_not_do_to_many(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let selection = json!({ "accountIds": acme.people });
        let help = app.administrator(acme.id, RoleName::HelpDesk).await;
        let auditor = app.administrator(acme.id, RoleName::Auditor).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let code = async |client: &Client, selection: &Value| {
            acme.ask(client, selection.clone(), suspend(), false).await.code()
        };
        assert_eq!(code(&app.nobody(), &selection).await, "UNAUTHENTICATED");
        assert_eq!(code(&help.client, &selection).await, "FORBIDDEN");
        assert_eq!(code(&auditor.client, &selection).await, "FORBIDDEN");
        assert_eq!(code(&stranger.client, &selection).await, "NOT_FOUND");
        assert_eq!(code(&acme.admin.client, &json!({ "accountIds": [] })).await, "INVALID");
        let too_many: Vec<String> = vec![acme.people[0].to_string(); 10_001];
        assert_eq!(code(&acme.admin.client, &json!({ "accountIds": too_many })).await, "INVALID");
        let unknown = json!({ "filter": { "domainId": "dom_00000000000000000000000000" } });
        assert_eq!(code(&acme.admin.client, &unknown).await, "NOT_FOUND");
        let past = json!({ "suspend": { "reason": "x", "until": app.now() } });
        assert_eq!(acme.ask(&acme.admin.client, selection.clone(), past, false).await.code(), "INVALID");
        assert_eq!(job::Entity::find().count(&app.database).await.unwrap(), 0, "nothing half done");

        // What another organization has done is not there.
        let id = acme.suspend(selection).await;
        assert_eq!(read(&stranger.client, &id).await, Value::Null);
        let input = json!({ "organizationId": acme.id, "jobId": id });
        assert_eq!(stranger.client.run("cancelJob", input, "").await.code(), "NOT_FOUND");
        let path = format!("/jobs/{}/results.jsonl", id.as_str().unwrap());
        assert_eq!(stranger.client.get(&path).await.0, 404);
        assert_eq!(app.nobody().get(&path).await.0, 404);
    }
}

on_both! {
    async fn the_same_key_asks_once(app: TestApp) {
        let acme = Acme::new(&app, 2).await;
        let client = acme.admin.client.with_key("once");
        let selection = json!({ "accountIds": acme.people });
        let first = acme.ask(&client, selection.clone(), suspend(), false).await.payload();
        let second = acme.ask(&client, selection, suspend(), false).await.payload();
        assert_eq!(first["job"]["id"], second["job"]["id"]);
        assert_eq!(job::Entity::find().filter(job::Column::Status.eq(JobStatus::Pending)).count(&app.database).await.unwrap(), 1);
    }
}

on_both! {
    async fn the_same_key_is_answered_after_what_was_asked_for_has_passed(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let client = acme.admin.client.with_key("until soon");
        let until = app.now() + TimeDelta::minutes(5);
        let act = json!({ "suspend": { "reason": "the plant is closed", "until": until } });
        let selection = json!({ "accountIds": acme.people });
        let first = acme.ask(&client, selection.clone(), act.clone(), false).await.payload();
        app.advance(TimeDelta::minutes(6));
        let second = acme.ask(&client, selection.clone(), act.clone(), false).await.payload();
        assert!(first["job"]["id"].is_string() && first["job"]["id"] == second["job"]["id"], "{first} {second}");
        let other = acme.ask(&client, json!({ "filter": {} }), act.clone(), false).await;
        assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED", "{}", other.body);
        assert_eq!(acme.ask(&acme.admin.client, selection, act, false).await.code(), "INVALID");
    }
}

on_both! {
    async fn a_job_races_the_mutation_on_one_of_its_accounts(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let person = acme.people[0];
        for _ in 0..20 {
            acme.suspend(json!({ "accountIds": [person] })).await;
            let one = json!({ "organizationId": acme.id, "accountId": person, "reason": "the plant is closed" });
            let ((), answer) = tokio::join!(app.run_jobs(), acme.admin.client.run("suspendAccount", one.clone(), ""));
            assert!(["OK", "INVALID_STATE"].contains(&answer.code().as_str()), "{}", answer.body);
            let blocks = steward_entities::account_block::Entity::find()
                .filter(steward_entities::account_block::Column::AccountId.eq(person))
                .filter(steward_entities::account_block::Column::LiftedAt.is_null());
            assert_eq!(blocks.count(&app.database).await.unwrap(), 1);
            acme.admin.client.done("restoreAccount", one, "").await;
        }
    }
}

on_both! {
    async fn each_act_does_to_many_what_it_does_to_one(app: TestApp) {
        let acme = Acme::new(&app, 3).await;
        let second = app.proved_domain(acme.id, "acme-group.test").await;
        app.account("person1@acme-group.test").await;
        let client = &acme.admin.client;
        client.done("reauthenticate", json!({ "password": steward_tests::seed::PASSWORD }), "").await;
        let selection = json!({ "accountIds": acme.people });
        let run = async |action: Value| {
            let payload = acme.ask(client, selection.clone(), action, false).await.payload();
            assert_eq!(payload["userErrors"], json!([]), "{payload}");
            app.run_jobs().await;
            let done = read(client, &payload["job"]["id"]).await;
            assert_eq!((&done["status"], &done["done"]), (&json!("COMPLETE"), &json!(3)), "{done}");
            done["skipped"].clone()
        };
        app.signed_in(acme.people[0], "person0@acme.test").await;
        let none = json!([{ "reason": "ALREADY_SO", "accounts": 2 }]);
        assert_eq!(run(json!({ "revokeSessions": { "reason": "a lost laptop" } })).await, none);
        assert_eq!((events(&app, acme.id, "revokeSessions").await, notices(&app, "sessions_ended").await), (1, 1));

        assert_eq!(run(json!({ "requirePasswordReset": { "reason": "a phishing mail" } })).await, json!([]));
        assert_eq!(notices(&app, "password_reset_required").await, 3);
        assert_eq!(notices(&app, "password_reset").await, 3);
        let link = app.mailed_link("person0@acme.test", steward::notices::content::NoticeKind::PasswordReset).await;
        let input = json!({ "token": link, "newPassword": "meadow copper winter thimble" });
        app.nobody().done("resetPassword", input, "changed").await;

        let profile = json!({ "updateProfile": { "profile": { "department": "Press 4" } } });
        assert_eq!(run(profile).await, json!([]));
        assert_eq!((events(&app, acme.id, "updateAccountProfile").await, notices(&app, "profile_changed").await), (3, 3));

        let moved = json!({ "changeEmailDomain": { "domainId": second, "reason": "one name for all" } });
        assert_eq!(run(moved).await, json!([{ "reason": "ADDRESS_TAKEN", "accounts": 1 }]));
        assert_eq!(events(&app, acme.id, "changeAccountEmail").await, 2);

        assert_eq!(run(json!({ "release": { "reason": "the plant is sold" } })).await, json!([]));
        assert_eq!(notices(&app, "account_released").await, 3);
        // Once more: one isn't managed, and two, whose addresses only the domain had proved, aren't seen any more.
        assert_eq!(run(json!({ "release": { "reason": "the plant is sold" } })).await.as_array().unwrap().len(), 2);
    }
}

on_both! {
    async fn what_needs_the_password_needs_it_for_many_too(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let domain = app.proved_domain(acme.id, "acme-group.test").await;
        let moved = json!({ "changeEmailDomain": { "domainId": domain, "reason": "one name for all" } });
        app.advance(chrono::TimeDelta::minutes(11));
        let answer = acme.ask(&acme.admin.client, json!({ "accountIds": acme.people }), moved, false).await;
        assert_eq!(answer.code(), "REAUTHENTICATION_REQUIRED");
        assert_eq!(job::Entity::find().count(&app.database).await.unwrap(), 0);
    }
}

on_both! {
    async fn five_jobs_at_once_are_enough(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let selection = json!({ "accountIds": acme.people });
        let asked = futures::future::join_all((0..8).map(|number| {
            let action = json!({ "suspend": { "reason": format!("reason {number}") } });
            acme.ask(&acme.admin.client, selection.clone(), action, false)
        }));
        let codes: Vec<String> = asked.await.iter().map(Answer::code).collect();
        assert_eq!(codes.iter().filter(|code| *code == "OK").count(), 5, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| *code == "INVALID_STATE").count(), 3, "{codes:?}");
        app.run_jobs().await;
        acme.suspend(selection).await;
    }
}

on_both! {
    async fn what_would_be_over_before_it_begins_isnt_begun(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let session = app.signed_in(acme.people[0], "person0@acme.test").await;
        let action = json!({ "suspend": { "reason": "a day off", "until": app.now() + chrono::TimeDelta::minutes(2) } });
        let payload = acme.ask(&acme.admin.client, json!({ "accountIds": acme.people }), action, false).await.payload();
        app.advance(chrono::TimeDelta::minutes(3));
        app.run_jobs().await;
        let done = read(&acme.admin.client, &payload["job"]["id"]).await;
        assert_eq!((&done["status"], &done["done"]), (&json!("FAILED"), &json!(0)));
        assert_eq!(notices(&app, "account_suspended").await, 0);
        session.client.done("signOut", json!({}), "sessionId").await;
    }
}

on_both! {
    async fn who_stole_a_session_asked_in_vain(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let id = acme.suspend(json!({ "accountIds": acme.people })).await;
        app.advance(chrono::TimeDelta::minutes(1));
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        app.nobody().done("requestPasswordReset", json!({ "email": acme.admin.email }), "").await;
        // The mail goes before the many.
        let leased = app.steward.lease_job().await.unwrap().unwrap();
        assert_eq!(leased.kind, "send_password_reset");
        steward::jobs::dispatch::run_chunk(&app.steward, &leased).await.unwrap();
        while steward::notices::deliver::deliver_batch(&app.steward).await.unwrap() {}
        let kind = steward::notices::content::NoticeKind::PasswordReset;
        let link = app.mailed_link(&acme.admin.email, kind).await;
        let input = json!({ "token": link, "newPassword": "meadow copper winter thimble" });
        app.nobody().done("resetPassword", input, "changed").await;
        app.run_jobs().await;
        assert_eq!(read(&owner.client, &id).await["status"], "FAILED");
        assert_eq!(events(&app, acme.id, "suspendAccount").await, 0);
    }
}

on_both! {
    async fn who_couldnt_do_it_to_one_cant_cancel_it_for_all(app: TestApp) {
        let acme = Acme::new(&app, 1).await;
        let id = acme.suspend(json!({ "accountIds": acme.people })).await;
        let help = app.administrator(acme.id, RoleName::HelpDesk).await;
        let input = json!({ "organizationId": acme.id, "jobId": id });
        assert_eq!(help.client.run("cancelJob", input, "").await.code(), "FORBIDDEN");
        let listed = "query($id: ID!) { organization(id: $id) { jobs(last: 1) { nodes { action status } } } }";
        let jobs = help.client.ask(listed, json!({ "id": acme.id })).await["organization"]["jobs"]["nodes"].clone();
        assert_eq!(jobs, json!([{ "action": "suspendAccount", "status": "PENDING" }]));
    }
}
