//! What people see of the apps that see them.

use super::{ALL, World, seen};
use chrono::TimeDelta;
use serde_json::{Value, json};
use steward_tests::{Client, on_both};

const APPS: &str = "{ viewer { apps { totalCount nodes { installationId app { name vendor privacyPolicyUrl supportEmail } \
    organization { name administratorsContact } workspaceName state scopes includesPersonal firstReadAt lastReadAt } } } }";

async fn apps(by: &Client) -> Vec<Value> {
    by.ask(APPS, json!({})).await["viewer"]["apps"]["nodes"].as_array().unwrap().clone()
}

on_both! {
    async fn people_see_which_apps_see_them_and_when_they_did(app: TestApp) {
        let it = World::new(&app).await;
        let outside = app.person("outside@home.example").await;
        let contact = it.on(json!({ "administrativeEmail": "it@hofer.example" }));
        it.admin.client.done("updateOrganization", contact, "").await;
        assert_eq!(apps(&it.ana.client).await, [] as [Value; 0]);
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let ana = apps(&it.ana.client).await;
        assert_eq!(ana, [json!({
            "installationId": whole,
            "app": {
                "name": "Rotas", "vendor": "Shift Works AG", "privacyPolicyUrl": "https://shiftworks.example/privacy",
                "supportEmail": "help@shiftworks.example",
            },
            "organization": { "name": "Hofer", "administratorsContact": "it@hofer.example" },
            "workspaceName": null, "state": "INSTALLED", "scopes": ALL, "includesPersonal": true,
            "firstReadAt": null, "lastReadAt": null,
        })]);
        assert_eq!(apps(&outside.client).await, [] as [Value; 0]);
        assert_eq!(it.client(&app, &whole, &["READ_NAME"]).await.ask(APPS, json!({})).await["viewer"]["apps"], Value::Null);

        let by = it.client(&app, &whole, &["READ_NAME"]).await;
        seen(&by).await;
        let read_at = json!(app.now().to_rfc3339());
        app.advance(TimeDelta::minutes(10));
        seen(&by).await;
        let ben = apps(&it.ben.client).await.remove(0);
        assert_eq!((&ben["firstReadAt"], &ben["lastReadAt"]), (&read_at, &read_at));
        assert_eq!((&ben["includesPersonal"], &ben["scopes"]), (&json!(false), &json!(ALL)));

        // Hidden, narrowed, gone: what it may is what holds, and that it has seen them stays.
        it.objects(&app, &whole, it.ben.id).await;
        assert_eq!(apps(&it.ben.client).await[0]["scopes"], json!([]));
        let narrower = it.on(json!({ "installationId": whole, "scopes": ["READ_NAME"] }));
        it.admin.client.done("updateInstallation", narrower, "").await;
        assert_eq!(apps(&it.ana.client).await[0]["scopes"], json!(["READ_NAME"]));
        it.admin.client.done("uninstallApp", it.on(json!({ "installationId": whole, "reason": "over" })), "").await;
        app.run_jobs().await;
        for person in [&it.ana, &it.ben] {
            let left = apps(&person.client).await.remove(0);
            assert_eq!((&left["state"], &left["scopes"]), (&json!("UNINSTALLED"), &json!([])));
            assert_ne!(left["lastReadAt"], Value::Null);
        }
        let late = it.managed(&app, "late").await;
        assert_eq!(apps(&late.client).await, [] as [Value; 0], "it is gone, and never saw them");
    }
}

on_both! {
    async fn an_app_on_a_workspace_is_seen_by_its_members(app: TestApp) {
        let it = World::new(&app).await;
        let there = it.installed(&app, json!({ "workspaceId": it.workspace })).await;
        assert_eq!(apps(&it.ana.client).await, [] as [Value; 0]);
        let ben = apps(&it.ben.client).await.remove(0);
        assert_eq!((&ben["installationId"], &ben["workspaceName"]), (&there, &json!("a team")));
        assert_eq!((&ben["scopes"], &ben["includesPersonal"]), (&json!(ALL), &json!(false)));
    }
}
