//! Signing in.

use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::json;
use std::sync::atomic::Ordering;
use steward_entities::idempotency;
use steward_tests::{TestApp, on_both, seed::PASSWORD};

on_both! {
    async fn an_unknown_address_is_answered_like_a_wrong_password(app: TestApp) {
        let answer = app.nobody().run("signIn", json!({ "email": "nobody@acme.test", "password": "whatever it may be" }), "token").await;
        assert_eq!(answer.code(), "WRONG_CREDENTIALS", "{}", answer.body);
        let answer = app.nobody().run("createOrganization", json!({ "name": "Acme", "ownerEmail": "a@acme.test" }), "organization { id }").await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn a_known_and_an_unknown_address_cost_the_same(app: TestApp) {
        app.account("ana@acme.test").await;
        let mut costs = Vec::new();
        for email in ["ana@acme.test", "nobody@acme.test"] {
            for (mutation, input) in [
                ("signIn", json!({ "email": email, "password": "whatever it may be" })),
                ("requestPasswordReset", json!({ "email": email })),
            ] {
                let (rows, hashes) = (rows(&app).await, app.steward.hasher.computed());
                app.nobody().run(mutation, input, "").await;
                let written = rows_since(&app, &rows).await;
                costs.push((email, mutation, written, app.steward.hasher.computed() - hashes));
            }
        }
        let of = |email: &str| costs.iter().filter(|cost| cost.0 == email).map(|cost| (cost.1, &cost.2, cost.3)).collect::<Vec<_>>();
        assert_eq!(of("ana@acme.test"), of("nobody@acme.test"));
        assert_eq!(costs[0].3, 1, "a password is compared in both cases");
    }
}

/// The tables that a request can leave something in, but for counters, which the first request of all makes.
const TABLES: [&str; 8] = ["event", "event_detail", "job", "token", "notice", "delivery", "session", "idempotency"];

async fn rows(app: &TestApp) -> Vec<u64> {
    let mut counts = Vec::new();
    for table in TABLES {
        let sql = format!("SELECT * FROM {table}");
        let rows = app.database.query_all_raw(Statement::from_string(app.database.get_database_backend(), sql)).await;
        counts.push(rows.unwrap().len() as u64);
    }
    counts
}

async fn rows_since(app: &TestApp, before: &[u64]) -> Vec<u64> {
    rows(app).await.iter().zip(before).map(|(after, before)| after - before).collect()
}

on_both! {
    async fn what_anyone_may_ask_isnt_answered_from_a_record(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let client = ana.client.with_key("once");
        let input = json!({ "email": "ana@acme.test", "password": PASSWORD });
        let first = client.done("signIn", input.clone(), "token").await;
        let second = client.done("signIn", input, "token").await;
        assert!(first["token"].is_string() && second["token"].is_string() && first != second);
        // Nor is another request refused under the same key.
        client.done("requestPasswordReset", json!({ "email": "ana@acme.test" }), "accepted").await;
        client.done("signUp", json!({ "email": "new@acme.test", "displayName": "New" }), "accepted").await;
        assert!(idempotency::Entity::find().all(&app.database).await.unwrap().is_empty());
        // The same key still serves what is repeated by right.
        client.done("signOut", json!({}), "sessionId").await;
    }
}

on_both! {
    async fn a_wrong_password_takes_the_same_statements_whether_or_not_the_address_is_known(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        app.account("ana@acme.test").await;
        // At home: known by its network, and by a session.
        app.person("home@acme.test").await;
        app.nobody().done("signIn", json!({ "email": "home@acme.test", "password": PASSWORD }), "token").await;
        let managed = app.account("managed@acme.test").await;
        app.under_control(acme, domain, managed).await;
        let mut costs = Vec::new();
        // The first one makes the counters of its network.
        for email in ["first@acme.test", "nobody@acme.test", "ana@acme.test", "home@acme.test", "managed@acme.test"] {
            app.steward.bookkeeping_done().await;
            let (sent, hashes) = (app.statements.load(Ordering::Relaxed), app.steward.hasher.computed());
            let answer = app.nobody().run("signIn", json!({ "email": email, "password": "not the right one" }), "").await;
            assert_eq!(answer.code(), "WRONG_CREDENTIALS");
            let sent = app.statements.load(Ordering::Relaxed) - sent;
            costs.push((email, sent, app.steward.hasher.computed() - hashes));
        }
        assert!(costs[1].1 > 5, "statements are counted: {costs:?}");
        for cost in &costs[2..] {
            assert_eq!((cost.1, cost.2), (costs[1].1, costs[1].2), "{costs:?}");
        }
    }
}
