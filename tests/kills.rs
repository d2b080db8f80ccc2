//! Servers and workers that are killed in the middle of their work: what was answered is there, nothing is done twice.

use crate::{app_policies, claims::Acme, webhooks};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use steward::{jobs::worker::run_job, startup::Role};
use steward_entities::{
    claim, control_assertion, delivery, event,
    id::{AccountId, ClaimId, WorkspaceId},
    kinds::{ClaimStatus, DeliveryStatus, WebhookStatus},
    notice, webhook_delivery, workspace,
};
use steward_tests::{
    TestApp,
    harness::{Arguments, Harness, post},
    on_both,
    receiver::{Answer, authority},
    smtp::SmtpServer,
};
use tempfile::TempDir;
use tokio::sync::mpsc;

const PROGRAM: &str = env!("CARGO_BIN_EXE_steward-harness");

/// How many servers are killed.
const KILLS: u64 = 20;

const CREATE: &str = "mutation($input: CreateWorkspaceInput!) { \
    it: createWorkspace(input: $input) { workspace { id } userErrors { code } } }";
const CLAIM: &str = "mutation($input: ClaimAccountsInput!) { \
    it: claimAccounts(input: $input) { claim { id } userErrors { code } } }";

fn arguments(app: &TestApp, seed: u64, role: Role) -> Arguments {
    Arguments {
        database_url: app.database_url.clone(),
        now: Some(app.now()),
        seed,
        role,
        dns_server: Some(app.dns.address()),
        authority: Some(STANDARD.encode(authority())),
        smtp_url: None,
        mail_folder: None,
    }
}

/// Sends changes one after the other until the server is gone. The answers go to `acknowledged`.
async fn change(url: String, token: String, bodies: Vec<Value>, acknowledged: mpsc::UnboundedSender<Value>) {
    for body in bodies {
        let Ok(answer) = post(&url, &token, &body.to_string()).await else { return };
        let text = answer.split_once("\r\n\r\n").map_or("", |(_, text)| text);
        let Ok(answer) = serde_json::from_str::<Value>(text) else { return };
        assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
        acknowledged.send(answer["data"]["it"].clone()).unwrap();
    }
}

/// What was acknowledged.
#[derive(Default)]
struct Acknowledged {
    workspaces: Vec<WorkspaceId>,
    claims: Vec<ClaimId>,
}

impl Acknowledged {
    fn count(&mut self, answer: &Value) {
        match answer["workspace"]["id"].as_str() {
            Some(id) => self.workspaces.push(id.parse().unwrap()),
            None => self.claims.push(answer["claim"]["id"].as_str().unwrap().parse().unwrap()),
        }
    }
}

/// Claims over two people each, who are there.
async fn three_claims(app: &TestApp, acme: &Acme, kill: u64) -> Vec<Value> {
    let mut claims = Vec::new();
    for number in 0..3 {
        let first = app.account(&format!("a{kill}-{number}@acme.test")).await;
        let second = app.account(&format!("b{kill}-{number}@acme.test")).await;
        let scope = json!({ "accountIds": [first, second] });
        let input = json!({ "organizationId": acme.organization, "domainId": acme.domain, "scope": scope });
        claims.push(json!({ "query": CLAIM, "variables": { "input": input } }));
    }
    claims
}

on_both! {
    async fn what_twenty_killed_servers_have_answered_is_there(app: TestApp) {
        let acme = Acme::new(&app).await;
        let operator = app.operator().await;
        let service = operator.client.done("createService", json!({ "name": "Wiki" }), "service { id }").await;
        let service = service["service"]["id"].clone();
        let workspace = json!({ "organizationId": acme.organization, "serviceId": service, "name": "a team" });
        let workspaces = vec![json!({ "query": CREATE, "variables": { "input": workspace } }); 20];
        let (mails, mut kept) = (TempDir::new().unwrap(), Acknowledged::default());
        for kill in 0..KILLS {
            // Later than the leases of what was killed before.
            app.advance(TimeDelta::hours(1));
            let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
            let claims = three_claims(&app, &acme, kill).await;
            let workspaces = workspaces.clone();
            let folder = Some(mails.path().to_owned());
            let server = Arguments { mail_folder: folder, ..arguments(&app, 100 + kill, Role::All) };
            let server = Harness::start(PROGRAM, &server).await;
            let (sender, mut answers) = mpsc::unbounded_channel();
            let callers = [claims, workspaces.clone(), workspaces]
                .map(|bodies| tokio::spawn(change(server.url.clone(), owner.token.clone(), bodies, sender.clone())));
            drop(sender);
            // Each is killed at another moment, while the callers go on.
            for _ in 0..=kill % 7 {
                kept.count(&answers.recv().await.unwrap());
            }
            server.kill().await;
            for caller in callers {
                caller.await.unwrap();
            }
            while let Some(answer) = answers.recv().await {
                kept.count(&answer);
            }
        }
        assert!(kept.claims.len() >= 5 && kept.workspaces.len() >= 5, "too few to say anything");
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        for id in kept.workspaces {
            assert!(workspace::Entity::find_by_id(id).one(&app.database).await.unwrap().is_some(), "{id}");
        }
        for id in kept.claims {
            let claim = claim::Entity::find_by_id(id).one(&app.database).await.unwrap();
            assert_eq!(claim.map(|claim| claim.status), Some(ClaimStatus::Notifying), "{id}");
        }
        each_is_asserted_and_told_once(&app).await;
        positions_have_no_gap(&app).await;
    }
}

/// Each assertion has one event and one notice, and each claim its two assertions.
async fn each_is_asserted_and_told_once(app: &TestApp) {
    let count = |accounts: Vec<Option<AccountId>>| {
        let mut counts = BTreeMap::new();
        for account in accounts {
            *counts.entry(account.unwrap()).or_insert(0) += 1;
        }
        counts
    };
    let assertions = control_assertion::Entity::find().all(&app.database).await.unwrap();
    let events =
        event::Entity::find().filter(event::Column::Action.eq("assertControl")).all(&app.database).await.unwrap();
    let notices =
        notice::Entity::find().filter(notice::Column::Kind.eq("control_asserted")).all(&app.database).await.unwrap();
    let asserted = count(assertions.iter().map(|assertion| Some(assertion.account_id)).collect());
    assert!(asserted.values().all(|&times| times == 1), "{asserted:?}");
    assert_eq!(count(events.iter().map(|event| event.account_id).collect()), asserted);
    assert_eq!(count(notices.iter().map(|notice| notice.account_id).collect()), asserted);
    let claims = claim::Entity::find().all(&app.database).await.unwrap();
    assert_eq!(assertions.len(), claims.len() * 2);
}

async fn positions_have_no_gap(app: &TestApp) {
    let mut streams: HashMap<_, BTreeSet<i64>> = HashMap::new();
    for event in event::Entity::find().all(&app.database).await.unwrap() {
        assert!(streams.entry(event.stream_id).or_default().insert(event.position), "a position twice");
    }
    for positions in streams.values() {
        let last = i64::try_from(positions.len()).unwrap();
        assert!(positions.iter().copied().eq(1..=last), "{positions:?}");
    }
}

on_both! {
    async fn a_worker_killed_after_sending_and_before_marking_loses_no_mail(app: TestApp) {
        let acme = Acme::new(&app).await;
        for number in 0..100 {
            app.account(&format!("person{number}@acme.test")).await;
        }
        acme.claim(&app).await;
        // The notices are written, and not sent.
        while run_job(&app.steward).await.unwrap() {}
        let smtp = SmtpServer::start().await.unwrap();
        let worker = Arguments { smtp_url: Some(smtp.url()), ..arguments(&app, 100, Role::Worker) };
        let worker = Harness::start(PROGRAM, &worker).await;
        smtp.wait_for(1).await;
        smtp.fall_silent();
        worker.kill().await;

        let id = |text: &str| text.trim_matches(['<', '>']).to_owned();
        let first: BTreeSet<_> = smtp.received().iter().map(|mail| id(&mail.header("Message-ID").unwrap())).collect();
        let queued = delivery::Entity::find().filter(delivery::Column::Status.eq(DeliveryStatus::Queued));
        let unmarked = queued.all(&app.database).await.unwrap().len();
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        let sent = app.mailer.mails();
        let again: BTreeSet<_> = sent.iter().map(|mail| id(&mail.message_id)).collect();
        assert_eq!((sent.len(), again.len()), (unmarked, unmarked), "each that wasn't marked is sent once more");
        assert!(first.intersection(&again).count() > 0, "under the Message-ID of the first time");
        assert_eq!(first.union(&again).count(), 100, "none is lost");
    }
}

/// What waits for vendors.
async fn unmarked(app: &TestApp) -> BTreeSet<String> {
    let queued = webhook_delivery::Entity::find().filter(webhook_delivery::Column::Status.eq(WebhookStatus::Queued));
    queued.all(&app.database).await.unwrap().into_iter().map(|row| row.id.to_string()).collect()
}

fn ids(vendor: &webhooks::Vendor) -> BTreeSet<String> {
    vendor.told().iter().map(|message| message.header("webhook-id").to_owned()).collect()
}

/// An app with a receiver, for which so many messages wait.
async fn waiting(app: &TestApp, count: u128) -> webhooks::Vendor {
    let acme = app_policies::Acme::new(app).await;
    let vendor = webhooks::Vendor::of(app, &acme).await;
    let installation = acme.installed(app).await;
    vendor.told();
    webhooks::waiting(app, acme.app.parse().unwrap(), &installation, count).await;
    vendor
}

on_both! {
    async fn a_worker_killed_while_it_tells_vendors_loses_no_message_and_sends_what_it_had_under_the_same_ids(app: TestApp) {
        let vendor = waiting(&app, 300).await;
        let told_before = vendor.receiver.count();
        let worker = Arguments { mail_folder: Some(std::env::temp_dir()), ..arguments(&app, 100, Role::Worker) };
        let worker = Harness::start(PROGRAM, &worker).await;
        vendor.receiver.wait_for(told_before + 20).await;
        // From now on what is sent is received, and never answered.
        vendor.receiver.answers(Answer::Nothing);
        vendor.receiver.wait_for(vendor.receiver.count() + 1).await;
        worker.kill().await;

        let (first, unmarked_then) = (ids(&vendor), unmarked(&app).await);
        assert!(first.len() < 300 && unmarked_then.len() < 300, "in the middle of it");
        vendor.receiver.answers_with(204);
        app.run_jobs().await;
        let others = ids(&vendor);
        assert!(others.is_disjoint(&first), "what it had is its own until the leases are over");
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        let again: BTreeSet<_> = ids(&vendor).union(&others).cloned().collect();
        assert_eq!(again, unmarked_then, "each that wasn't marked is sent once more");
        assert!(first.intersection(&again).count() > 0, "under the id of the first time");
        assert_eq!(first.union(&again).count(), 300, "none is lost");
        let rows = webhook_delivery::Entity::find().all(&app.database).await.unwrap();
        assert!(rows.iter().all(|row| (row.status, row.attempts) == (WebhookStatus::Delivered, 1)), "no try was counted that nobody answered");
    }
}

on_both! {
    async fn a_worker_that_is_told_to_stop_begins_nothing_more_and_records_what_it_had(app: TestApp) {
        let vendor = waiting(&app, 50).await;
        let told_before = vendor.receiver.count();
        vendor.receiver.answers(Answer::Nothing);
        let worker = Arguments { mail_folder: Some(std::env::temp_dir()), ..arguments(&app, 100, Role::Worker) };
        let worker = Harness::start(PROGRAM, &worker).await;
        vendor.receiver.wait_for(told_before + 1).await;
        assert!(worker.stop().await);
        let first = ids(&vendor);
        assert!(first.len() <= 8, "few at once, and none after that: {}", first.len());
        let rows = webhook_delivery::Entity::find().all(&app.database).await.unwrap();
        let tried = rows.iter().filter(|row| row.status == WebhookStatus::Queued && row.attempts == 1);
        assert_eq!(tried.map(|row| row.id.to_string()).collect::<BTreeSet<_>>(), first, "their answers were waited for");
        vendor.receiver.answers_with(204);
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        assert_eq!(ids(&vendor).len(), 50, "all of them arrive");
    }
}
