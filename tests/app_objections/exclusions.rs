//! People whom administrators keep from an app, and let it see again.

use super::{hidden, object};
use crate::{
    app_installations::managed,
    app_policies::Acme,
    left_behind::{events, last_event, notices},
};
use futures::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use steward_entities::{app_exclusion, id::AccountId, kinds::RoleName};
use steward_tests::on_both;

fn on(acme: &Acme, account: AccountId, installation: &Value) -> Value {
    acme.on(installation, json!({ "accountId": account, "reason": "Other work" }))
}

on_both! {
    async fn administrators_keep_somebody_from_an_app_and_let_it_see_them_again(app: TestApp) {
        let acme = Acme::new(&app).await;
        let bo = managed(&app, acme.id, "bo@acme.example").await;
        let installation = acme.installed(&app).await;
        let admin = &acme.admin.client;
        let mut planned = on(&acme, acme.ana.id, &installation);
        planned["dryRun"] = json!(true);
        admin.done("revokeAppAccess", planned, "").await;
        assert!(!hidden(&app, &acme, acme.ana.id).await, "it was only planned");
        let input = on(&acme, acme.ana.id, &installation);
        let done = admin.done("revokeAppAccess", input.clone(), "account { displayName }").await;
        assert_eq!(done["account"]["displayName"], "ana");
        assert!(hidden(&app, &acme, acme.ana.id).await && !hidden(&app, &acme, bo).await);
        admin.done("revokeAppAccess", input.clone(), "").await;
        assert_eq!(events(&app, acme.id, "revokeAppAccess").await, 1, "it was so already");
        let told = notices(&app, "app_access_revoked").await;
        assert_eq!((told.len(), told[0].0, &told[0].2["reason"]), (1, Some(acme.ana.id), &json!("Other work")));
        let (event, details) = last_event(&app, acme.id, "revokeAppAccess").await;
        assert_eq!((event.account_id, &details["app"]), (Some(acme.ana.id), &json!("Shifts")));

        // Installed anew, it sees no more; and the way back is by any of its installations.
        acme.uninstall(&installation).await.payload();
        app.run_jobs().await;
        acme.installed(&app).await;
        assert!(hidden(&app, &acme, acme.ana.id).await);
        let query = "query($id: ID!) { organization(id: $id) { appExclusions { totalCount nodes { app { name } account { displayName } \
            reason endedAt endReason excludedById installationId } } } }";
        let listed = async || admin.ask(query, json!({ "id": acme.id })).await["organization"]["appExclusions"].clone();
        assert_eq!(listed().await, json!({ "totalCount": 1, "nodes": [{
            "app": { "name": "Shifts" }, "account": { "displayName": "ana" }, "reason": "Other work", "endedAt": null,
            "endReason": null, "excludedById": acme.admin.id, "installationId": installation,
        }] }));
        admin.done("restoreAppAccess", input.clone(), "").await;
        admin.done("restoreAppAccess", input.clone(), "").await;
        assert!(!hidden(&app, &acme, acme.ana.id).await);
        assert!(listed().await["nodes"][0]["endedAt"].is_string());
        assert_eq!(events(&app, acme.id, "restoreAppAccess").await, 1);
        assert_eq!(notices(&app, "app_access_restored").await[0].2["objected"], false);
        admin.done("revokeAppAccess", input, "").await;
        assert_eq!(app_exclusion::Entity::find().count(&app.database).await.unwrap(), 2);
    }
}

on_both! {
    async fn who_objects_stays_hidden_whatever_administrators_restore(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let input = on(&acme, acme.ana.id, &installation);
        acme.admin.client.done("revokeAppAccess", input.clone(), "").await;
        object(&acme.ana.client, &installation).await.payload();
        acme.admin.client.done("restoreAppAccess", input, "").await;
        assert!(hidden(&app, &acme, acme.ana.id).await);
        assert_eq!(notices(&app, "app_access_restored").await[0].2["objected"], true);
    }
}

on_both! {
    async fn what_may_not_be_revoked_is_refused_at_its_field(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let bo = app.person("bo@home.example").await;
        let other = app.organization("Other").await;
        let theirs = app.at_work(other, acme.app.parse().unwrap(), owner.id).await;
        app.joined(acme.id, acme.workspace, owner.id, &owner.email).await;
        let admin = &acme.admin.client;
        for (input, code, field) in [
            (on(&acme, bo.id, &installation), "NOT_FOUND", "accountId"),
            (on(&acme, owner.id, &installation), "HIGHER_ROLE", "accountId"),
            (on(&acme, acme.admin.id, &installation), "NOT_MANAGED", "accountId"),
            (on(&acme, acme.ana.id, &json!(theirs)), "NOT_FOUND", "installationId"),
            (acme.on(&installation, json!({ "accountId": acme.ana.id, "reason": "" })), "INVALID", "reason"),
        ] {
            for mutation in ["revokeAppAccess", "restoreAppAccess"] {
                let answer = admin.run(mutation, input.clone(), "").await;
                assert_eq!((answer.code().as_str(), answer.field()), (code, format!("input.{field}")), "{mutation} {input}");
            }
        }
        let desk = app.administrator(acme.id, RoleName::UserAdmin).await;
        assert_eq!(desk.client.run("revokeAppAccess", on(&acme, acme.ana.id, &installation), "").await.code(), "FORBIDDEN");
        assert_eq!(app_exclusion::Entity::find().count(&app.database).await.unwrap(), 0);
    }
}

on_both! {
    async fn revoked_at_once_it_is_revoked_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let input = on(&acme, acme.ana.id, &installation);
        let all = join_all((0..5).map(|_| acme.admin.client.run("revokeAppAccess", input.clone(), ""))).await;
        assert!(all.iter().all(|answer| answer.code() == "OK"));
        assert_eq!(app_exclusion::Entity::find().count(&app.database).await.unwrap(), 1);
        assert_eq!(notices(&app, "app_access_revoked").await.len(), 1);
    }
}
