//! A claim over a whole domain, while people read and sign in; and its mail.

use crate::{
    Size, dataset,
    load::{self, Crowd, Outcome, Requests},
    process::Server,
};
use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::json;
use std::{ops::Range, sync::Arc, time::Instant};
use steward::core::clock::{Clock, SystemClock};
use steward_entities::{
    claim,
    kinds::{ClaimStatus, RoleName},
};
use steward_tests::{Engine, TestApp, seed::PASSWORD, smtp::SmtpServer};
use tokio_util::sync::CancellationToken;

/// People who read: up to 400 requests a second.
pub const READERS: Crowd = Crowd { callers: 8, rest: TimeDelta::milliseconds(20) };
/// People who sign in: up to ten a second.
const SIGNERS: Crowd = Crowd { callers: 1, rest: TimeDelta::milliseconds(100) };
/// How often we look how far it has come.
const LOOK: TimeDelta = TimeDelta::milliseconds(20);

const OWN: &str = "query Own($id: ID!) { account(id: $id) { id email displayName locale createdAt managedBy { id } } }";
const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }";
const CLAIM: &str = "mutation($input: ClaimAccountsInput!) { claimAccounts(input: $input) { claim { id } \
    userErrors { code message } } }";

/// Measures a claim on each database.
pub async fn run(size: Size) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::unmanaged(&app, size.accounts).await;
        measure(&app, engine, size).await;
    }
}

/// What people do meanwhile.
pub struct People {
    /// Everybody reads about themselves.
    pub read: Requests,
    /// Somebody signs in.
    pub sign_in: Requests,
}

impl People {
    /// People among these accounts.
    pub async fn among(app: &TestApp, numbers: Range<usize>) -> Self {
        let (first, accounts) = (numbers.start, numbers.len());
        let mut readers = Vec::new();
        for number in numbers.take(READERS.callers) {
            let id = dataset::account_id(number);
            let token = app.signed_in(id, &dataset::email(number)).await.token;
            readers.push(load::graphql(Some(&token), None, OWN, json!({ "id": id.to_string() })));
        }
        let read: Requests = Arc::new(move |caller, _| readers[caller % readers.len()].clone());
        let sign_in: Requests = Arc::new(move |caller, n| {
            let number = load::scattered(caller, n);
            let account = first + (number % accounts as u64) as usize;
            let ip_address = format!("10.{}.{}.{}", number >> 8 & 0xff, number >> 16 & 0xff, number >> 24 & 0xff);
            let input = json!({ "email": dataset::email(account), "password": PASSWORD });
            load::graphql(None, Some(&ip_address), SIGN_IN, json!({ "input": input }))
        });
        Self { read, sign_in }
    }

    /// Reads and signs in until `stop`.
    pub async fn act(&self, server: &Server, stop: &CancellationToken) -> [(&'static str, Outcome); 2] {
        let (reads, sign_ins) = tokio::join!(
            load::run(server.address, READERS, &self.read, stop),
            load::run(server.address, SIGNERS, &self.sign_in, stop)
        );
        [("reads", reads), ("sign-ins", sign_ins)]
    }
}

/// Prints what people met.
pub fn say(work: &str, engine: Engine, when: &str, outcomes: &[(&'static str, Outcome)]) {
    for (what, outcome) in outcomes {
        let (middle, slow) = (outcome.milliseconds(0.5), outcome.milliseconds(0.99));
        let (rate, count) = (outcome.per_second(), outcome.count());
        println!("{work}, {engine:?}, {when}: {count} {what}, {rate:.0}/s, p50 {middle:.2} ms, p99 {slow:.2} ms");
    }
}

async fn measure(app: &TestApp, engine: Engine, size: Size) {
    let organization = app.organization("Acme").await;
    let domain = app.proved_domain(organization, "acme.test").await;
    let owner = app.administrator(organization, RoleName::Owner).await;
    let people = People::among(app, 0..size.accounts).await;
    let smtp = SmtpServer::start().await.expect("a mail server");
    let (connections, smtp_url) = (size.connections.to_string(), smtp.url());
    let arguments = ["serve", "--database-url", &app.database_url, "--connections", &connections];
    let arguments = arguments.into_iter().chain(["--role", "all", "--smtp-url", &smtp_url]).map(str::to_owned);
    let server = Server::start(&arguments.collect::<Vec<_>>()).await;
    say("claim", engine, "before", &people.act(&server, &load::after_seconds(size.seconds)).await);

    let input = json!({
        "organizationId": organization.to_string(), "domainId": domain.to_string(), "scope": { "everyone": {} },
    });
    let request = load::graphql(Some(&owner.token), None, CLAIM, json!({ "input": input }));
    let begin = Instant::now();
    once(&server, request).await;
    let written = CancellationToken::new();
    let writing = async {
        until(async || claim_status(app).await == Some(ClaimStatus::Notifying)).await;
        written.cancel();
        (begin.elapsed().as_secs_f64(), smtp.mails())
    };
    let ((seconds, mails), meanwhile) = tokio::join!(writing, people.act(&server, &written));
    say("claim", engine, "while it is written", &meanwhile);
    let rate = size.accounts as f64 / seconds;
    println!(
        "claim, {engine:?}: {} accounts in {seconds:.2} s, {rate:.0}/s; {mails} mails sent by then",
        size.accounts
    );

    let (begin, before, mails) = (Instant::now(), server.processor(), smtp.mails());
    let wanted = (mails + size.mails).min(size.accounts);
    until(async || smtp.mails() >= wanted).await;
    let (sent, seconds) = (smtp.mails() - mails, begin.elapsed().as_secs_f64());
    println!(
        "claim, {engine:?}: then {sent} mails in {seconds:.2} s, {:.0}/s, {:.0} µs of the processor each; at most {:.0} MB",
        sent as f64 / seconds,
        (server.processor() - before).as_secs_f64() * 1e6 / sent.max(1) as f64,
        server.peak_megabytes()
    );
}

/// Sends one request, which must succeed.
pub async fn once(server: &Server, request: Vec<u8>) {
    let stop = CancellationToken::new();
    let cancel = stop.clone();
    let requests: Requests = Arc::new(move |_, _| {
        cancel.cancel();
        request.clone()
    });
    load::run(server.address, Crowd::restless(1), &requests, &stop).await;
}

async fn claim_status(app: &TestApp) -> Option<ClaimStatus> {
    claim::Entity::find().one(&app.database).await.expect("the claim").map(|row| row.status)
}

/// Looks again and again until something is done.
pub async fn until(mut done: impl AsyncFnMut() -> bool) {
    while !done().await {
        SystemClock.wait_until(SystemClock.now() + LOOK).await;
    }
}
