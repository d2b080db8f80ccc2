//! What administrators hear of apps that operators change, and what becomes of what is on its way.

use super::{SEEN, told};
use crate::{app_policies::Acme, apps::app_input, left_behind::notices};
use serde_json::{Value, json};
use steward_entities::kinds::RoleName;
use steward_tests::{TestApp, on_both};

/// Installs the app on so many workspaces more.
async fn on_many(app: &TestApp, acme: &Acme, many: usize) {
    let mut input = acme.installable().await;
    for _ in 0..many {
        input["target"] = json!({ "workspaceId": app.workspace(acme.id).await });
        acme.admin.client.done("installApp", input.clone(), "").await;
    }
    app.run_jobs().await;
}

on_both! {
    async fn administrators_hear_of_an_app_once_wherever_it_is_installed(app: TestApp) {
        let acme = Acme::new(&app).await;
        // More than one chunk.
        on_many(&app, &acme, 60).await;
        let other = app.organization("Other").await;
        let theirs = app.administrator(other, RoleName::AppAdmin).await;
        let mut input = json!({ "organizationId": other, "appId": acme.app });
        theirs.client.done("approveApp", input.clone(), "").await;
        input["target"] = json!({ "organization": {} });
        input["scopes"] = json!(["READ_NAME"]);
        theirs.client.done("installApp", input, "").await;
        app.run_jobs().await;
        let mut administrators = vec![acme.admin.id, theirs.id];
        administrators.sort();

        let more = app_input("any", &["READ_NAME", "READ_EMAIL", "READ_ITEMS"])["scopes"].clone();
        let input = json!({ "appId": acme.app, "scopes": more, "vendor": "Big Shifts Inc.", "privacyPolicyUrl": "https://bigshifts.example/privacy" });
        acme.operator.client.done("updateApp", input, "").await;
        app.run_jobs().await;
        for kind in ["app_asks_for_more", "app_changed"] {
            assert_eq!(told(&app, kind).await, administrators, "{kind}");
            for (to, _, content) in notices(&app, kind).await {
                let places = &content["places"];
                let (named, more) = if to == Some(theirs.id) { (0, 0) } else { (10, 50) };
                assert_eq!((places["workspaces"].as_array().unwrap().len(), &places["more"]), (named, &json!(more)), "{kind}");
            }
        }
        let changed = notices(&app, "app_changed").await.remove(0).2;
        assert_eq!((&changed["vendor"], &changed["vendor_before"]), (&json!("Big Shifts Inc."), &json!("Shift Works AG")));
        assert_eq!(changed["privacy_policy_before"], "https://shiftworks.example/privacy");

        acme.operator.client.done("retireApp", json!({ "appId": acme.app, "reason": "The vendor is gone" }), "").await;
        app.run_jobs().await;
        assert_eq!(told(&app, "app_retired").await, administrators);
    }
}

on_both! {
    async fn what_a_vendor_says_of_itself_otherwise_is_told_to_nobody(app: TestApp) {
        let acme = Acme::new(&app).await;
        acme.installed(&app).await;
        acme.operator.client.done("updateApp", json!({ "appId": acme.app, "name": "Plans", "webhookUrl": null }), "").await;
        app.run_jobs().await;
        assert_eq!((told(&app, "app_changed").await.len(), told(&app, "app_asks_for_more").await.len()), (0, 0));
        let input = json!({ "appId": acme.app, "privacyPolicyUrl": "https://shiftworks.example/privacy/2" });
        acme.operator.client.done("updateApp", input, "").await;
        app.run_jobs().await;
        assert_eq!(told(&app, "app_changed").await, [acme.admin.id]);
        assert_eq!(notices(&app, "app_changed").await[0].2["vendor_before"], Value::Null);
    }
}

on_both! {
    async fn people_arent_told_of_more_that_was_refused_meanwhile(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let (admin, more) = (&acme.admin.client, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] }));
        admin.done("updateInstallation", acme.on(&id, more.clone()), "").await;
        admin.done("approveApp", acme.on_app(json!({ "scopes": ["READ_NAME"] })), "").await;
        app.run_jobs().await;
        let seen = acme.seen(&id).await;
        assert_eq!((&seen["scopes"], &seen["pendingScopes"]), (&json!(["READ_NAME"]), &Value::Null));
        assert_eq!(told(&app, "app_access_widened").await, []);
        // Allowed again, it has to be agreed to again.
        admin.done("approveApp", acme.on_app(json!({})), "").await;
        assert_eq!(acme.seen(&id).await["effectiveScopes"], json!(["READ_NAME"]));
        admin.done("updateInstallation", acme.on(&id, more), "").await;
        app.run_jobs().await;
        assert_eq!(told(&app, "app_access_widened").await, [acme.ana.id]);
    }
}

on_both! {
    async fn who_joins_while_an_app_goes_hears_nothing_of_it(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        acme.uninstall(&id).await.payload();
        app.advance(chrono::TimeDelta::seconds(1));
        let bo = app.person("bo@home.example").await;
        app.joined(acme.id, acme.workspace, bo.id, &bo.email).await;
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["state"], "UNINSTALLED");
        assert_eq!(told(&app, "app_uninstalled").await, [acme.ana.id]);
    }
}

on_both! {
    async fn a_closed_app_is_refused_at_the_field_that_was_sent(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let admin = &acme.admin.client;
        admin.done("blockApp", acme.on_app(json!({})), "").await;
        let update = admin.run("updateInstallation", acme.on(&id, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] })), SEEN).await;
        assert_eq!((update.code().as_str(), update.field().as_str()), ("APP_NOT_ALLOWED", "input.installationId"));
        acme.uninstall(&id).await.payload();
        app.run_jobs().await;
        let failed = acme.begun().await;
        admin.done("blockApp", acme.on_app(json!({})), "").await;
        app.run_jobs().await;
        let retry = admin.run("retryInstallation", acme.on(&failed, json!({})), SEEN).await;
        assert_eq!((retry.code().as_str(), retry.field().as_str()), ("APP_NOT_ALLOWED", "input.installationId"));
    }
}
