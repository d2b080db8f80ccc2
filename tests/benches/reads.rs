//! Reads by administrators, beside the bare handler.

use crate::{
    Size, dataset,
    load::{self, Requests},
    process::Server,
    turns::compare,
};
use serde_json::json;
use std::sync::Arc;
use steward::graphql::page::cursor;
use steward_entities::{id::OrganizationId, kinds::RoleName};
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
            load::get(&path)
        })
    }
}

/// Measures these works on each database.
pub async fn run(size: Size, works: &[Work]) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::managed(&app, size.accounts).await;
        let tokens = Arc::new(administrators(&app, dataset::largest(), size.callers, RoleName::Auditor).await);
        let (ours, bare) = (Server::ours(&app, size, "api").await, Server::bare(&app, size).await);
        for &work in works {
            let requests = [work.ours(size.accounts, Arc::clone(&tokens)), work.bare(size.accounts)];
            compare(&format!("{}, {engine:?}", work.name()), size, [&ours, &bare], &requests).await;
        }
    }
}

/// Tokens of as many administrators of an organization.
pub async fn administrators(app: &TestApp, organization: OrganizationId, count: usize, role: RoleName) -> Vec<String> {
    let mut tokens = Vec::with_capacity(count);
    for number in 0..count {
        let person = app.person(&format!("administrator{number}@{organization}.test").replace('_', "-")).await;
        app.role(organization, person.id, role).await;
        tokens.push(person.token);
    }
    tokens
}
