//! A page of people: as an app reads it, beside an administrator's.

use crate::{
    Size, dataset,
    load::{self, Requests},
    process::Server,
    reads::administrators,
    turns::{Side, cost},
    workspaces,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use steward::core::{
    apps::Scopes,
    secret::{CredentialKind, new_credential},
};
use steward_entities::{
    app, app_installation, app_policy, app_secret, app_token,
    id::{AccountId, AppId, AppInstallationId, AppSecretId},
    kinds::{AppPolicyMode, AppScope, InstallationState, RoleName},
};
use steward_tests::TestApp;

/// How many people a page has.
const PAGE: usize = 50;

/// What is asked of each person, by an administrator and by an app; without what stands in profiles, and with it.
const FIELDS: [(&str, &str, &str); 2] = [
    ("names and addresses", "id displayName email locale", "id name email locale"),
    (
        "with profiles",
        "id displayName email locale profile { jobTitle department pictureUrl }",
        "id name email locale jobTitle department pictureUrl",
    ),
];

/// Measures it on each database.
pub async fn run(size: Size) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::managed(&app, size.accounts).await;
        // Some are members of a workspace, too.
        workspaces::with_members(&app, dataset::in_the_largest(size.accounts) / 2).await;
        let tokens = administrators(&app, dataset::largest(), size.callers, RoleName::Auditor).await;
        let token = token(&app).await;
        let server = Server::ours(&app, size, "api").await;
        let organization = dataset::largest().to_string();
        for (what, of_administrator, of_app) in FIELDS {
            let page =
                |node: &str| format!("edges {{ cursor node {{ {node} }} }} pageInfo {{ hasNextPage endCursor }}");
            let theirs = format!(
                "query Page($id: ID!) {{ organization(id: $id) {{ accounts(first: {PAGE}) {{ {} }} }} }}",
                page(of_administrator)
            );
            let its = format!("query People {{ people(first: {PAGE}) {{ {} }} }}", page(of_app));
            let by_app = load::graphql(Some(&token), None, &its, json!({}));
            let by_administrators: Vec<Vec<u8>> = tokens
                .iter()
                .map(|token| load::graphql(Some(token), None, &theirs, json!({ "id": organization })))
                .collect();
            let seen = ids(&load::ask(server.address, &by_app).await, "/data/people");
            let expected = ids(&load::ask(server.address, &by_administrators[0]).await, "/data/organization/accounts");
            assert_eq!(seen, expected, "the same people on both pages");
            let administrators: Requests =
                Arc::new(move |caller, _| by_administrators[caller % by_administrators.len()].clone());
            let apps: Requests = Arc::new(move |_, _| by_app.clone());
            let sides = [
                Side { name: "an administrator's page", server: &server, requests: &administrators },
                Side { name: "an app's page", server: &server, requests: &apps },
            ];
            cost(&format!("people, {what}, {engine:?}"), size, &sides).await;
        }
    }
}

fn ids(answer: &Value, path: &str) -> Vec<String> {
    let edges = answer.pointer(path).and_then(|list| list["edges"].as_array());
    let edges = edges.unwrap_or_else(|| panic!("{path}: {answer}"));
    assert!(!edges.is_empty(), "{answer}");
    edges.iter().map(|edge| edge["node"]["id"].as_str().expect("an id").to_owned()).collect()
}

/// A token of an app that is installed on the largest organization, and may everything.
async fn token(app: &TestApp) -> String {
    let now = app.now();
    let all: Scopes = AppScope::ALL.iter().copied().collect();
    let catalogued: AppId = app.catalogued("Rotas").await;
    let asks = app::ActiveModel { id: Set(catalogued), scopes: Set(all.0), ..Default::default() };
    asks.update(&app.database).await.expect("an app");
    let organization = dataset::largest();
    let policy = app_policy::ActiveModel {
        organization_id: Set(organization),
        mode: Set(AppPolicyMode::AllowAll),
        set_at: Set(now),
    };
    app_policy::Entity::insert(policy).exec_without_returning(&app.database).await.expect("a policy");
    let (secret, installation): (AppSecretId, AppInstallationId) = (app.id(), app.id());
    let row = app_secret::ActiveModel {
        id: Set(secret),
        app_id: Set(catalogued),
        secret_hash: Set(vec![7; 32]),
        hint: Set("hint".to_owned()),
        created_at: Set(now),
        ..Default::default()
    };
    row.insert(&app.database).await.expect("a secret");
    let installer: AccountId = dataset::account_id(0);
    let row = app_installation::ActiveModel {
        id: Set(installation),
        organization_id: Set(organization),
        app_id: Set(catalogued),
        state: Set(InstallationState::Installed),
        scopes: Set(all.0),
        installed_by: Set(installer),
        created_at: Set(now),
        installed_at: Set(Some(now)),
        told_at: Set(Some(now)),
        version: Set(1),
        ..Default::default()
    };
    row.insert(&app.database).await.expect("an installation");
    let credential = new_credential(CredentialKind::AppToken, &app.steward.entropy);
    let row = app_token::ActiveModel {
        id: Set(app.id()),
        installation_id: Set(installation),
        secret_id: Set(secret),
        token_hash: Set(credential.hash),
        scopes: Set(all.0),
        created_at: Set(now),
        // However long it is measured.
        expires_at: Set(now + TimeDelta::days(1)),
        revoked_at: Set(None),
    };
    row.insert(&app.database).await.expect("a token");
    credential.text.expose_secret().to_owned()
}
