//! What a service asks: one decision beside bare handlers that answer the same from one statement, and a hundred at once
//! beside one.

use crate::{
    Size, dataset,
    load::{self, Requests},
    process::Server,
    turns::{Side, compare, cost},
    workspaces::{self, ONE_READS_OF, Service, workspace_of},
};
use serde_json::{Value, json};
use std::sync::Arc;
use steward::core::edits::Operations;
use steward_entities::{
    id::EditRestrictionId,
    kinds::{EditOperation, RoleName},
};
use steward_tests::TestApp;
use uuid::Uuid;

const ONE: &str = "query Decision($account: ID!, $workspace: ID!) { decision(accountId: $account, operation: EDIT_ITEMS, \
    workspaceId: $workspace) { allowed rules { code effect reason until } validUntil version } }";
const MANY: &str = "query Decisions($questions: [DecisionQuestionInput!]!) { decisions(questions: $questions) { \
    allowed rules { code effect reason until } validUntil version } }";

/// What bare handlers do: run the statement that answers rightly whatever there is, or a lesser one that is right here.
const BARE: [(&str, &str); 2] = [("known", "the same statement"), ("decision", "a lesser statement")];

/// How many questions are asked at once.
const AT_ONCE: usize = 100;
/// Of so many people one may not edit: administrators have said so by name.
const ONE_IS_NAMED_OF: usize = 7;
/// How many requests with many questions are made beforehand, as making one costs more than answering one question.
const PREPARED: usize = 64;

/// Measures both on each database.
pub async fn run(size: Size) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::managed(&app, size.accounts).await;
        let members = dataset::in_the_largest(size.accounts);
        let service = Arc::new(workspaces::with_members(&app, members).await);
        restrict(&app, members).await;
        let (ours, bare) = (Server::ours(&app, size, "api").await, Server::bare(&app, size).await);
        let denied = check(&ours, &bare, &service, members).await;
        println!("decision, {engine:?}: {denied} of the first {} are denied, by both", members.min(AT_ONCE));
        let one = one_of_ours(&service, members);
        for (route, name) in BARE {
            let requests = [one.clone(), one_of_bare(route, &service, members)];
            compare(&format!("decision beside {name}, {engine:?}"), size, [&ours, &bare], &requests).await;
        }
        let many = many_of_ours(&service, members);
        let sides = [
            Side { name: "one", server: &ours, requests: &one },
            Side { name: "a hundred", server: &ours, requests: &many },
        ];
        cost(&format!("decisions, {engine:?}"), size, &sides).await;
    }
}

/// One restriction over everybody, of what isn't asked for; and one on people by name, of what is.
async fn restrict(app: &TestApp, members: usize) {
    let administrator = app.administrator(dataset::largest(), RoleName::UserAdmin).await;
    let ids = [1, 2].map(|number| EditRestrictionId(Uuid::from_u128(number)));
    let named = Operations::from_iter([EditOperation::EditItems]);
    let all = Operations::from_iter([EditOperation::DeleteItems]);
    for (id, target, operations) in [(ids[0], "ACCOUNTS", named), (ids[1], "ORGANIZATION", all)] {
        let statement = "INSERT INTO edit_restriction (id, organization_id, target, operations, reason, created_at, set_by, \
                         set_by_role, told_at) VALUES ($1, $2, $3, $4, 'The yearly audit.', $5, $6, 'USER_ADMIN', $5)";
        let then = dataset::long_ago(app);
        let values = vec![
            id.into(),
            dataset::largest().into(),
            target.into(),
            operations.0.into(),
            then.into(),
            administrator.id.into(),
        ];
        dataset::execute(app, statement, values).await;
    }
    let statement = format!(
        "{} INSERT INTO edit_restriction_account (restriction_id, account_id) SELECT $1, {} FROM n \
         WHERE i % {ONE_IS_NAMED_OF} = 0",
        dataset::numbers(members),
        dataset::id(app.database.get_database_backend(), dataset::ACCOUNT, "i"),
    );
    dataset::execute(app, &statement, vec![ids[0].into()]).await;
    dataset::analyze(app).await;
}

/// Whether the account with this number is named by the restriction.
const fn is_named(account: usize) -> bool {
    account.is_multiple_of(ONE_IS_NAMED_OF)
}

/// Whether the account with this number may edit where it is a member.
fn is_allowed(account: usize) -> bool {
    let (of, rest) = ONE_READS_OF;
    !is_named(account) && account % of != rest
}

/// Asks both servers about the first accounts, and gives how many are denied.
async fn check(ours: &Server, bare: &Server, service: &Service, members: usize) -> usize {
    let first: Vec<usize> = (0..members.min(AT_ONCE)).collect();
    let together = load::ask(ours.address, &many(service, &first)).await;
    for &account in &first {
        let alone = load::ask(ours.address, &one(service, account)).await;
        let mut told = vec![alone["data"]["decision"].clone(), together["data"]["decisions"][account].clone()];
        for (route, _) in BARE {
            let plainly = load::ask(bare.address, &plain(route, service, account)).await;
            told.push(plainly["data"]["found"].clone());
        }
        let expected = json!(is_allowed(account));
        assert!(told.iter().all(|told| told["allowed"] == expected), "of {account} {expected} is true, told: {told:?}");
        let said = |told: &Value| told["rules"].to_string().contains("The yearly audit.");
        assert!(
            told.iter().all(|told| said(told) == is_named(account)),
            "of {account} the reason is missing: {told:?}"
        );
    }
    let denied = first.iter().filter(|account| !is_allowed(**account)).count();
    assert!((1..first.len()).contains(&denied), "{denied} of {}", first.len());
    denied
}

fn any(members: usize, caller: usize, n: u64) -> usize {
    (load::scattered(caller, n) % members as u64) as usize
}

fn one(service: &Service, account: usize) -> Vec<u8> {
    let variables =
        json!({ "account": dataset::account_id(account).to_string(), "workspace": workspace_of(account).to_string() });
    load::graphql(Some(&service.key), None, ONE, variables)
}

fn many(service: &Service, accounts: &[usize]) -> Vec<u8> {
    let question = |account: &usize| {
        json!({
            "accountId": dataset::account_id(*account).to_string(),
            "operation": "EDIT_ITEMS",
            "workspaceId": workspace_of(*account).to_string(),
        })
    };
    let questions: Vec<_> = accounts.iter().map(question).collect();
    load::graphql(Some(&service.key), None, MANY, json!({ "questions": questions }))
}

fn plain(route: &str, service: &Service, account: usize) -> Vec<u8> {
    let (account, workspace) = (dataset::account_id(account).0, workspace_of(account).0);
    load::get(&format!("{route}/{}/{account}/{workspace}", service.id.0))
}

fn one_of_ours(service: &Arc<Service>, members: usize) -> Requests {
    let service = Arc::clone(service);
    Arc::new(move |caller, n| one(&service, any(members, caller, n)))
}

fn one_of_bare(route: &'static str, service: &Arc<Service>, members: usize) -> Requests {
    let service = Arc::clone(service);
    Arc::new(move |caller, n| plain(route, &service, any(members, caller, n)))
}

fn many_of_ours(service: &Service, members: usize) -> Requests {
    let prepared: Vec<Vec<u8>> = (0..PREPARED)
        .map(|request| {
            let accounts: Vec<usize> = (0..AT_ONCE as u64).map(|n| any(members, request, n)).collect();
            many(service, &accounts)
        })
        .collect();
    Arc::new(move |caller, n| prepared[(caller + n as usize) % prepared.len()].clone())
}
