//! Reads by administrators, beside the bare handler: the two take turns, so that a busy machine slows both.

use crate::{
    Size, dataset,
    load::{self, Crowd, Outcome, Requests},
    process::Server,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use steward::graphql::page::cursor;
use steward_entities::kinds::RoleName;
use steward_tests::TestApp;
use uuid::Uuid;

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// W1.
    One,
    /// W2.
    FirstPage,
    /// W3.
    LatePage,
}

const ONE: &str = "query One($id: ID!) { account(id: $id) { id email displayName locale createdAt \
    managedBy { id name } } }";
const PAGE: &str = "query Page($id: ID!, $after: String) { organization(id: $id) { accounts(first: 50, after: $after, \
    filter: { managed: true }) { edges { cursor node { id email displayName locale createdAt } } \
    pageInfo { hasNextPage endCursor } } } }";

impl Work {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::One, Self::FirstPage, Self::LatePage];

    fn name(self) -> &'static str {
        match self {
            Self::One => "W1",
            Self::FirstPage => "W2",
            Self::LatePage => "W3",
        }
    }

    /// After which account the page begins: nobody's, or the last one of page 999.
    fn after(self, accounts: usize) -> Uuid {
        let pages = dataset::in_the_largest(accounts) / 50;
        match (self, pages.min(1_000).checked_sub(1)) {
            (Self::LatePage, Some(before @ 1..)) => dataset::account_id(before * 50 - 1).0,
            _ => Uuid::nil(),
        }
    }

    fn ours(self, accounts: usize, tokens: Arc<Vec<String>>) -> Requests {
        let (most, organization) = (dataset::in_the_largest(accounts) as u64, dataset::largest().to_string());
        let after = cursor(&[self.after(accounts).to_string()]);
        Arc::new(move |caller, n| {
            let token = tokens.get(caller % tokens.len()).map(String::as_str);
            match self {
                Self::One => {
                    let number = (load::scattered(caller, n) % most) as usize;
                    let variables = json!({ "id": dataset::account_id(number).to_string() });
                    load::graphql(token, None, ONE, variables)
                }
                Self::FirstPage => load::graphql(token, None, PAGE, json!({ "id": organization })),
                Self::LatePage => load::graphql(token, None, PAGE, json!({ "id": organization, "after": after })),
            }
        })
    }

    fn bare(self, accounts: usize) -> Requests {
        let most = dataset::in_the_largest(accounts) as u64;
        let page = format!("page/{}/{}", dataset::largest().0, self.after(accounts));
        Arc::new(move |caller, n| {
            let number = (load::scattered(caller, n) % most) as usize;
            let path = match self {
                Self::One => format!("one/{}", dataset::account_id(number).0),
                Self::FirstPage | Self::LatePage => page.clone(),
            };
            format!("GET /{path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: benchmarks/1\r\n\r\n").into_bytes()
        })
    }
}

/// What a server did in all of its turns.
#[derive(Default)]
struct Turns {
    per_second: Vec<f64>,
    middle: Vec<f64>,
    slow: Vec<f64>,
    requests: usize,
    processor: Duration,
}

impl Turns {
    fn add(&mut self, outcome: &Outcome, processor: Duration) {
        self.per_second.push(outcome.per_second());
        self.middle.push(outcome.milliseconds(0.5));
        self.slow.push(outcome.milliseconds(0.99));
        self.requests += outcome.count();
        self.processor += processor;
    }

    fn line(&self, megabytes: f64) -> String {
        format!(
            "{:>6.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.0} µs of the processor each, at most {megabytes:.0} MB",
            median(&self.per_second),
            median(&self.middle),
            median(&self.slow),
            self.processor.as_secs_f64() * 1e6 / self.requests.max(1) as f64,
        )
    }
}

/// The middle one.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Measures these works on each database.
pub async fn run(size: Size, works: &[Work]) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::managed(&app, size.accounts).await;
        let tokens = Arc::new(administrators(&app, size.callers, RoleName::Auditor).await);
        let start = |what: &str| {
            [what, "--database-url", &app.database_url, "--connections", &size.connections.to_string()]
                .map(str::to_owned)
                .to_vec()
        };
        let mut ours = start("serve");
        ours.extend(["--role", "api"].map(str::to_owned));
        let (ours, bare) = (Server::start(&ours).await, Server::start(&start("bare")).await);
        for &work in works {
            let requests = [work.ours(size.accounts, Arc::clone(&tokens)), work.bare(size.accounts)];
            compare(&format!("{}, {engine:?}", work.name()), size, [&ours, &bare], &requests).await;
        }
    }
}

/// Lets our server and the bare one take turns, and prints what each did.
pub async fn compare(name: &str, size: Size, servers: [&Server; 2], requests: &[Requests; 2]) {
    let [our_turns, bare_turns] = turns(size, servers, requests).await;
    let [ours, bare] = servers;
    let ratios: Vec<f64> =
        our_turns.per_second.iter().zip(&bare_turns.per_second).map(|(ours, bare)| ours / bare).collect();
    println!("{name}, Steward: {}", our_turns.line(ours.peak_megabytes()));
    println!("{name}, bare:    {}", bare_turns.line(bare.peak_megabytes()));
    println!("{name}, ratio:   {:.3} (of each round: {ratios:.2?})", median(&ratios));
}

async fn turns(size: Size, servers: [&Server; 2], requests: &[Requests; 2]) -> [Turns; 2] {
    let mut turns = [Turns::default(), Turns::default()];
    // The first round fills caches, and counts for nothing.
    for round in 0..=size.rounds {
        for ((server, requests), turns) in servers.iter().zip(requests).zip(&mut turns) {
            let before = server.processor();
            let stop = load::after_seconds(if round == 0 { 1 } else { size.seconds });
            let outcome = load::run(server.address, Crowd::restless(size.callers), requests, &stop).await;
            if round > 0 {
                turns.add(&outcome, server.processor().saturating_sub(before));
            }
        }
    }
    turns
}

/// Tokens of as many administrators of the largest organization.
pub async fn administrators(app: &TestApp, count: usize, role: RoleName) -> Vec<String> {
    let mut tokens = Vec::with_capacity(count);
    for number in 0..count {
        let person = app.person(&format!("administrator{number}@admins.test")).await;
        app.role(dataset::largest(), person.id, role).await;
        tokens.push(person.token);
    }
    tokens
}
