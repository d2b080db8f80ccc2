//! What is done to an installation in each of its states, and what holds then.

use super::{SEEN, managed, seen, told};
use crate::{
    app_policies::Acme,
    apps::app_input,
    left_behind::{events, last_event, notices},
};
use futures::{future::join, future::join_all};
use sea_orm::{EntityTrait, PaginatorTrait, prelude::Expr};
use serde_json::{Value, json};
use steward_entities::{app_installation, id::AccountId, job, kinds::RoleName};
use steward_tests::{Answer, TestApp, on_both};
use uuid::Uuid;

on_both! {
    async fn more_holds_when_people_know_and_less_at_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let update = async |more: Value| {
            acme.admin.client.run("updateInstallation", acme.on(&id, more), &format!("{SEEN} plan {{ affected added {{ scope }} }}")).await
        };
        let both = json!(["READ_NAME", "READ_EMAIL"]);
        let planned = update(json!({ "scopes": both, "dryRun": true })).await.payload();
        assert_eq!(planned["plan"], json!({ "affected": 1, "added": [{ "scope": "READ_EMAIL" }] }));
        assert_eq!(planned["installation"]["pendingScopes"], Value::Null);
        let done = update(json!({ "scopes": both, "expectedVersion": 2 })).await.payload()["installation"].clone();
        assert_eq!((&done["scopes"], &done["pendingScopes"], &done["effectiveScopes"]), (&json!(["READ_NAME"]), &both, &json!(["READ_NAME"])));
        app.run_jobs().await;
        let now = acme.seen(&id).await;
        assert_eq!((&now["scopes"], &now["pendingScopes"], &now["state"]), (&both, &Value::Null, &json!("INSTALLED")));
        let told = notices(&app, "app_access_widened").await;
        assert_eq!((told.len(), told[0].0, &told[0].2["added"]), (1, Some(acme.ana.id), &json!(["READ_EMAIL"])));

        assert_eq!(update(json!({ "scopes": ["READ_EMAIL"], "expectedVersion": 2 })).await.code(), "STALE");
        let done = update(json!({ "scopes": ["READ_EMAIL"] })).await.payload()["installation"].clone();
        assert_eq!((&done["effectiveScopes"], &done["ungrantedScopes"]), (&json!(["READ_EMAIL"]), &json!(["READ_NAME"])));
        update(json!({ "scopes": ["READ_EMAIL"] })).await.payload();
        app.run_jobs().await;
        assert_eq!(notices(&app, "app_access_widened").await.len(), 1, "less is no news");
        assert_eq!(events(&app, acme.id, "updateInstallation").await, 2);
        for scopes in [json!([]), json!(["WRITE_ITEMS"])] {
            assert_eq!(update(json!({ "scopes": scopes })).await.code(), "INVALID");
        }
        acme.admin.client.done("approveApp", acme.on_app(json!({ "scopes": ["READ_EMAIL"] })), "").await;
        assert_eq!(update(json!({ "scopes": both })).await.code(), "APP_NOT_ALLOWED");
    }
}

on_both! {
    async fn the_organizations_word_holds_at_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let admin = &acme.admin.client;
        let holds = async || {
            let seen = acme.seen(&id).await;
            (seen["effectiveScopes"].clone(), seen["closedBecause"].clone())
        };
        let name = json!(["READ_NAME"]);
        assert_eq!(holds().await, (name.clone(), Value::Null));
        admin.done("approveApp", acme.on_app(json!({ "scopes": ["READ_EMAIL"] })), "").await;
        assert_eq!(holds().await, (json!([]), json!("NOTHING_LEFT")), "the approval doesn't go so far any more");
        let until = app.now() + chrono::TimeDelta::hours(1);
        admin.done("approveApp", acme.on_app(json!({ "expiresAt": until })), "").await;
        assert_eq!(holds().await, (name.clone(), Value::Null));
        app.advance(chrono::TimeDelta::hours(1));
        assert_eq!(holds().await, (json!([]), json!("APPROVAL_OVER")));
        admin.done("blockApp", acme.on_app(json!({})), "").await;
        assert_eq!(holds().await, (json!([]), json!("BLOCKED")));
        admin.done("clearAppDecision", acme.on_app(json!({})), "").await;
        assert_eq!(holds().await, (json!([]), json!("NOT_APPROVED")));
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "ALLOW_ALL" }), "").await;
        assert_eq!(holds().await, (name, Value::Null));
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "BLOCK_ALL" }), "").await;
        assert_eq!(holds().await, (json!([]), json!("ALL_BLOCKED")));
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        for somebody in [&stranger.client, &acme.ana.client, &app.nobody()] {
            assert_eq!(seen(somebody, &id).await, Value::Null);
        }
        let query = "query($id: ID!) { organization(id: $id) { appInstallations(state: INSTALLED) { totalCount nodes { id app { name } workspaceName } } } }";
        let listed = admin.ask(query, json!({ "id": acme.id })).await["organization"]["appInstallations"].clone();
        assert_eq!(listed, json!({ "totalCount": 1, "nodes": [{ "id": id, "app": { "name": "Shifts" }, "workspaceName": "a team" }] }));
    }
}

on_both! {
    async fn an_app_that_asks_for_more_waits_for_consent(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let asks = async |scopes: &[&str]| {
            let scopes = app_input("any", scopes)["scopes"].clone();
            acme.operator.client.done("updateApp", json!({ "appId": acme.app, "scopes": scopes }), "").await;
            app.run_jobs().await;
            let seen = acme.seen(&id).await;
            (seen["effectiveScopes"].clone(), seen["ungrantedScopes"].clone())
        };
        let (name, more) = (json!(["READ_NAME"]), json!(["READ_EMAIL", "READ_ITEMS"]));
        assert_eq!(asks(&["READ_NAME", "READ_EMAIL", "READ_ITEMS"]).await, (name.clone(), more));
        let told = notices(&app, "app_asks_for_more").await;
        assert_eq!((told.len(), told[0].0, &told[0].2["scopes"]), (1, Some(acme.admin.id), &json!(["READ_ITEMS"])));
        // What it doesn't ask for any more is gone, and asked for again it has to be agreed to again.
        assert_eq!(asks(&["READ_EMAIL"]).await, (json!([]), json!(["READ_EMAIL"])));
        assert_eq!(asks(&["READ_NAME", "READ_EMAIL"]).await, (json!([]), json!(["READ_NAME", "READ_EMAIL"])));
        assert_eq!(notices(&app, "app_asks_for_more").await.len(), 2);
        acme.admin.client.done("updateInstallation", acme.on(&id, json!({ "scopes": ["READ_NAME"] })), "").await;
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["effectiveScopes"], name);
    }
}

on_both! {
    async fn an_app_goes_and_may_come_back(app: TestApp) {
        let acme = Acme::new(&app).await;
        let id = acme.installed(&app).await;
        let done = acme.uninstall(&id).await.payload()["installation"].clone();
        assert_eq!((&done["state"], &done["effectiveScopes"]), (&json!("UNINSTALLING"), &json!([])));
        assert_eq!(acme.uninstall(&id).await.code(), "INVALID_STATE");
        let again = acme.installable().await;
        assert_eq!(acme.admin.client.run("installApp", again.clone(), "").await.code(), "CONFLICT", "people are being told");
        app.run_jobs().await;
        let now = acme.seen(&id).await;
        assert_eq!((&now["state"], &now["endedBecause"]), (&json!("UNINSTALLED"), &json!("UNINSTALLED")));
        assert_eq!(told(&app, "app_uninstalled").await, [acme.ana.id]);
        let (_, details) = last_event(&app, acme.id, "uninstallApp").await;
        assert_eq!(details["reason"], "Nobody uses it");
        assert_eq!(events(&app, acme.id, "endInstallation").await, 1);
        let back = acme.admin.client.done("installApp", again, SEEN).await["installation"]["id"].clone();
        assert_ne!(back, id);
        app.run_jobs().await;
        assert_eq!(acme.seen(&back).await["state"], "INSTALLED");
        assert_eq!(acme.uninstall(&id).await.code(), "INVALID_STATE", "the one before is over");
        assert_eq!(told(&app, "app_installed").await.len(), 2);
    }
}

on_both! {
    async fn an_app_removed_while_it_is_installed_is_gone(app: TestApp) {
        let acme = Acme::new(&app).await;
        app.many_managed(acme.id, 700).await;
        let mut input = acme.installable().await;
        input["target"] = json!({ "organization": {} });
        let id = acme.admin.client.done("installApp", input, SEEN).await["installation"]["id"].clone();
        steward::jobs::worker::run_job(&app.steward).await.unwrap();
        acme.uninstall(&id).await.payload();
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["state"], "UNINSTALLED");
        assert_eq!(told(&app, "app_installed").await.len(), 500);
        assert_eq!(told(&app, "app_uninstalled").await, told(&app, "app_installed").await, "who heard of it, and nobody else");
        let input = acme.installable().await;
        for round in 0..100 {
            let id = acme.admin.client.done("installApp", input.clone(), SEEN).await["installation"]["id"].clone();
            let (removed, ()) = join(acme.uninstall(&id), app.run_jobs()).await;
            assert_eq!(removed.code(), "OK", "round {round}");
            app.run_jobs().await;
            assert_eq!(acme.seen(&id).await["state"], "UNINSTALLED", "round {round}");
        }
        let heard = told(&app, "app_installed").await.into_iter().filter(|to| *to == acme.ana.id).count();
        let ended = told(&app, "app_uninstalled").await.into_iter().filter(|to| *to == acme.ana.id).count();
        assert_eq!(heard, ended, "each time either both or none");
    }
}

on_both! {
    async fn a_retired_app_is_gone_everywhere(app: TestApp) {
        let acme = Acme::new(&app).await;
        let first = acme.installed(&app).await;
        let other = app.organization("Other").await;
        let theirs = app.administrator(other, RoleName::AppAdmin).await;
        let cleo = managed(&app, other, "cleo@other.example").await;
        let on_app = json!({ "organizationId": other, "appId": acme.app });
        theirs.client.done("approveApp", on_app.clone(), "").await;
        let mut input = on_app;
        input["target"] = json!({ "organization": {} });
        input["scopes"] = json!(["READ_EMAIL"]);
        let second = theirs.client.done("installApp", input, SEEN).await["installation"]["id"].clone();
        app.run_jobs().await;
        acme.operator.client.done("retireApp", json!({ "appId": acme.app, "reason": "The vendor is gone" }), "").await;
        let at_once = acme.seen(&first).await;
        assert_eq!((&at_once["effectiveScopes"], &at_once["closedBecause"]), (&json!([]), &json!("RETIRED")));
        app.run_jobs().await;
        for (by, id) in [(&acme.admin, &first), (&theirs, &second)] {
            let seen = seen(&by.client, id).await;
            assert_eq!((&seen["state"], &seen["endedBecause"]), (&json!("UNINSTALLED"), &json!("RETIRED")));
        }
        let mut administrators = vec![acme.admin.id, theirs.id];
        administrators.sort();
        assert_eq!(told(&app, "app_retired").await, administrators);
        let mut people = vec![acme.ana.id, cleo];
        people.sort();
        assert_eq!(told(&app, "app_uninstalled").await, people);
        assert_eq!((events(&app, acme.id, "uninstallApp").await, events(&app, other, "endInstallation").await), (1, 1));
    }
}

/// What the jobs were to do is lost, as if no worker ever took it.
async fn lose_jobs(app: &TestApp) {
    job::Entity::delete_many().exec(&app.database).await.unwrap();
}

async fn codes(acme: &Acme, mutation: &str, id: &Value) -> Answer {
    acme.admin.client.run(mutation, acme.on(id, json!({})), SEEN).await
}

on_both! {
    async fn what_is_on_its_way_is_taken_back_in_every_state(app: TestApp) {
        let acme = Acme::new(&app).await;
        let cancel = async |id: &Value| codes(&acme, "cancelInstallation", id).await;
        // Being installed: nobody has heard of it, and nobody hears of its end.
        let id = acme.begun().await;
        cancel(&id).await.payload();
        assert_eq!(cancel(&id).await.code(), "INVALID_STATE", "it is uninstalling");
        app.run_jobs().await;
        let seen = acme.seen(&id).await;
        assert_eq!((&seen["state"], &seen["endedBecause"]), (&json!("UNINSTALLED"), &json!("CANCELED")));
        assert_eq!((told(&app, "app_installed").await.len(), told(&app, "app_uninstalled").await.len()), (0, 0));
        assert_eq!(cancel(&id).await.code(), "INVALID_STATE", "it is over");
        // It couldn't be installed.
        let id = acme.begun().await;
        acme.admin.client.done("blockApp", acme.on_app(json!({})), "").await;
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["failedBecause"], "BLOCKED");
        cancel(&id).await.payload();
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["state"], "UNINSTALLED");
        // Installed: what is on its way are more scopes.
        let id = acme.installed(&app).await;
        assert_eq!(cancel(&id).await.code(), "INVALID_STATE");
        let more = acme.on(&id, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] }));
        acme.admin.client.done("updateInstallation", more, "").await;
        let kept = cancel(&id).await.payload()["installation"].clone();
        assert_eq!((&kept["pendingScopes"], &kept["scopes"], &kept["state"]), (&Value::Null, &json!(["READ_NAME"]), &json!("INSTALLED")));
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["scopes"], json!(["READ_NAME"]));
        assert_eq!(told(&app, "app_access_widened").await.len(), 0);
    }
}

on_both! {
    async fn what_stopped_goes_on_in_every_state(app: TestApp) {
        let acme = Acme::new(&app).await;
        let retry = async |id: &Value| codes(&acme, "retryInstallation", id).await;
        let state = async |id: &Value| acme.seen(id).await["state"].clone();
        let id = acme.begun().await;
        lose_jobs(&app).await;
        app.run_jobs().await;
        assert_eq!(state(&id).await, "INSTALLING");
        let all = join_all((0..3).map(|_| retry(&id))).await;
        assert!(all.iter().all(|answer| answer.code() == "OK"));
        app.run_jobs().await;
        assert_eq!((state(&id).await, told(&app, "app_installed").await.len()), (json!("INSTALLED"), 1));
        assert_eq!(retry(&id).await.code(), "INVALID_STATE", "nothing is left to do");
        let more = acme.on(&id, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] }));
        acme.admin.client.done("updateInstallation", more, "").await;
        lose_jobs(&app).await;
        retry(&id).await.payload();
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["scopes"], json!(["READ_NAME", "READ_EMAIL"]));
        acme.uninstall(&id).await.payload();
        lose_jobs(&app).await;
        app.run_jobs().await;
        assert_eq!(state(&id).await, "UNINSTALLING");
        retry(&id).await.payload();
        app.run_jobs().await;
        assert_eq!(state(&id).await, "UNINSTALLED");
        assert_eq!(retry(&id).await.code(), "INVALID_STATE", "it is over");

        let id = acme.begun().await;
        acme.admin.client.done("blockApp", acme.on_app(json!({})), "").await;
        app.run_jobs().await;
        assert_eq!(state(&id).await, "FAILED");
        assert_eq!(retry(&id).await.code(), "APP_NOT_ALLOWED", "it is blocked still");
        acme.admin.client.done("approveApp", acme.on_app(json!({})), "").await;
        retry(&id).await.payload();
        app.run_jobs().await;
        assert_eq!(state(&id).await, "INSTALLED");
        assert_eq!(app_installation::Entity::find().count(&app.database).await.unwrap(), 2);
    }
}

on_both! {
    async fn who_joins_while_it_has_failed_is_told_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let bo = app.person("bo@home.example").await;
        let id = acme.begun().await;
        // The job has passed everybody.
        let passed = app_installation::Entity::update_many()
            .col_expr(app_installation::Column::ToldTo, Expr::value(AccountId(Uuid::max())));
        passed.exec(&app.database).await.unwrap();
        acme.admin.client.done("blockApp", acme.on_app(json!({})), "").await;
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["state"], "FAILED");
        let input = json!({ "organizationId": acme.id, "workspaceId": acme.workspace, "email": bo.email });
        let made = owner.client.done("addMember", input, "membership { id }").await;
        bo.client.done("acceptMembership", json!({ "membershipId": made["membership"]["id"] }), "").await;
        acme.admin.client.done("approveApp", acme.on_app(json!({})), "").await;
        codes(&acme, "retryInstallation", &id).await.payload();
        app.run_jobs().await;
        assert_eq!(acme.seen(&id).await["state"], "INSTALLED");
        assert_eq!(told(&app, "app_installed").await.into_iter().filter(|to| *to == bo.id).count(), 1);
    }
}

on_both! {
    async fn who_joins_while_more_is_on_its_way_is_told_of_it(app: TestApp) {
        let acme = Acme::new(&app).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let bo = app.person("bo@home.example").await;
        app.many_managed(acme.id, 700).await;
        let mut input = acme.installable().await;
        input["target"] = json!({ "organization": {} });
        let id = acme.admin.client.done("installApp", input, SEEN).await["installation"]["id"].clone();
        app.run_jobs().await;
        let more = acme.on(&id, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] }));
        acme.admin.client.done("updateInstallation", more, "").await;
        steward::jobs::worker::run_job(&app.steward).await.unwrap();
        // The job has passed the place where they stand.
        let offer = json!({ "organizationId": acme.id, "workspaceId": acme.workspace, "email": bo.email });
        let made = owner.client.done("addMember", offer, "membership { id }").await;
        bo.client.done("acceptMembership", json!({ "membershipId": made["membership"]["id"] }), "").await;
        app.run_jobs().await;
        let to_bo: Vec<Value> = notices(&app, "app_installed").await.into_iter().filter(|(to, ..)| *to == Some(bo.id)).map(|(.., content)| content).collect();
        assert_eq!(to_bo.len(), 1);
        assert_eq!(to_bo[0]["scopes"], json!(["READ_NAME", "READ_EMAIL"]));
        assert!(!told(&app, "app_access_widened").await.contains(&bo.id));
        assert_eq!(told(&app, "app_access_widened").await.len(), 701);
    }
}
