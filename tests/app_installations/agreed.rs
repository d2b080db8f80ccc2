//! What was agreed to, and what comes of it when the app asks for less, or may have less.

use super::told;
use crate::{
    app_policies::Acme,
    apps::app_input,
    left_behind::{events, last_event, notices},
};
use serde_json::{Value, json};
use steward_tests::{TestApp, on_both};

async fn asks_for(app: &TestApp, acme: &Acme, scopes: &[&str]) {
    let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
    let scopes = app_input("any", scopes)["scopes"].clone();
    operator.client.done("updateApp", json!({ "appId": acme.app, "scopes": scopes }), "").await;
}

on_both! {
    async fn what_would_come_to_nothing_isnt_installed_and_nobody_is_told(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.begun().await;
        asks_for(&app, &acme, &["READ_EMAIL"]).await;
        app.run_jobs().await;
        let seen = acme.seen(&id).await;
        assert_eq!((&seen["state"], &seen["failedBecause"]), (&json!("FAILED"), &json!("NOTHING_LEFT")));
        assert_eq!(told(&app, "app_installed").await, []);
        let (_, details) = last_event(&app, acme.id, "failInstallation").await;
        assert_eq!(details, json!({ "state": "FAILED", "because": "NOTHING_LEFT" }));
        assert_eq!(events(&app, acme.id, "completeInstallation").await, 0);
        // Nor where the approval was narrowed meanwhile; and where it is wide enough again, it goes on.
        assert_eq!(acme.uninstall(&id).await.code(), "OK");
        app.run_jobs().await;
        asks_for(&app, &acme, &["READ_NAME", "READ_EMAIL"]).await;
        let id = acme.begun().await;
        acme.admin.client.done("approveApp", acme.on_app(json!({ "scopes": ["READ_EMAIL"] })), "").await;
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["failedBecause"], "NOTHING_LEFT");
        acme.admin.client.done("approveApp", acme.on_app(json!({})), "").await;
        acme.admin.client.done("retryInstallation", acme.on(&id, json!({})), "").await;
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["state"], "INSTALLED");
        assert_eq!(told(&app, "app_installed").await, [acme.ana.id]);
    }
}

on_both! {
    async fn less_can_be_agreed_to_whatever_the_app_may_have(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let update = async |scopes: &[&str]| {
            let input = acme.on(&id, json!({ "scopes": scopes }));
            acme.admin.client.run("updateInstallation", input, "").await.code()
        };
        assert_eq!(update(&["READ_NAME", "READ_EMAIL"]).await, "OK");
        app.run_jobs().await;
        acme.admin.client.done("approveApp", acme.on_app(json!({ "scopes": ["READ_EMAIL"] })), "").await;
        asks_for(&app, &acme, &["READ_NAME", "READ_EMAIL", "READ_ITEMS"]).await;
        assert_eq!(update(&["READ_NAME", "READ_ITEMS"]).await, "APP_NOT_ALLOWED", "what is new has to be allowed");
        assert_eq!(update(&["READ_NAME"]).await, "OK");
        acme.admin.client.done("blockApp", acme.on_app(json!({})), "").await;
        assert_eq!(update(&["READ_NAME", "READ_EMAIL"]).await, "APP_NOT_ALLOWED");
        assert_eq!(update(&["READ_NAME"]).await, "OK", "as it is");
        assert_eq!(update(&[]).await, "APP_NOT_ALLOWED");
        assert_eq!(acme.seen(&id).await["scopes"], json!(["READ_NAME"]));
    }
}

on_both! {
    async fn nobody_asks_for_what_is_there(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let bo = app.person("bo@home.example").await;
        let elsewhere = app.workspace(acme.id).await;
        app.joined(acme.id, elsewhere, bo.id, &bo.email).await;
        let asked = acme.ana.client.run("requestApp", acme.on_app(json!({})), "").await;
        assert_eq!((asked.code().as_str(), asked.field().as_str()), ("INVALID_STATE", "input.appId"));
        assert!(asked.body.to_string().contains("installed where you are"), "{}", asked.body);
        assert_eq!(notices(&app, "app_requested").await.len(), 0);
        assert_eq!(bo.client.run("requestApp", acme.on_app(json!({})), "").await.code(), "OK", "it isn't where they are");
        assert_eq!(acme.uninstall(&id).await.code(), "OK");
        assert_eq!(acme.ana.client.run("requestApp", acme.on_app(json!({})), "").await.code(), "OK");
    }
}

on_both! {
    async fn who_has_left_waits_for_no_answer(app: TestApp) {
        let acme = Acme::new(&app).await;
        let domain = app.proved_domain(acme.id, "acme.example").await;
        let owner = app.administrator(acme.id, steward_entities::kinds::RoleName::Owner).await;
        let second = app.workspace(acme.id).await;
        let statuses = async |by: &steward_tests::Client| {
            let query = "{ viewer { appRequests { nodes { status } } } }";
            let nodes = by.ask(query, json!({})).await["viewer"]["appRequests"]["nodes"].clone();
            nodes.as_array().unwrap().iter().map(|node| node["status"].clone()).collect::<Vec<Value>>()
        };
        for (number, ends) in ["leaveWorkspace", "terminateMembership", "releaseAccounts"].into_iter().enumerate() {
            let person = app.person(&format!("person{number}@acme.example")).await;
            let first = app.joined(acme.id, acme.workspace, person.id, &person.email).await;
            let other = app.joined(acme.id, second, person.id, &person.email).await;
            if ends == "releaseAccounts" {
                app.under_control(acme.id, domain, person.id).await;
            }
            person.client.done("requestApp", acme.on_app(json!({})), "").await;
            let leave = async |membership| {
                person.client.done("leaveWorkspace", json!({ "membershipId": membership }), "").await;
            };
            leave(first).await;
            assert_eq!(statuses(&person.client).await, [json!("WAITING")], "a member elsewhere, {ends}");
            match ends {
                "leaveWorkspace" => leave(other).await,
                "terminateMembership" => {
                    let input = json!({ "organizationId": acme.id, "membershipId": other, "reason": "a project is over" });
                    owner.client.done(ends, input, "").await;
                }
                _ => {
                    leave(other).await;
                    assert_eq!(statuses(&person.client).await, [json!("WAITING")], "the account is managed");
                    let input = json!({ "organizationId": acme.id, "selection": { "accountIds": [person.id] }, "reason": "she goes" });
                    owner.client.done(ends, input, "").await;
                }
            }
            let person = app.signed_in(person.id, &person.email).await;
            assert_eq!(statuses(&person.client).await, [json!("WITHDRAWN")], "{ends}");
        }
    }
}
