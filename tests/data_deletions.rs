//! What vendors have to delete: asked for, reminded of, confirmed, or overdue; and what they are told of single people.

mod out_of_sight;
pub mod people;

use crate::{
    app_policies::Acme,
    apps::registered,
    left_behind::{events, last_event, notices},
    webhooks::Vendor,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use steward_entities::id::AppInstallationId;
use steward_tests::{Answer, TestApp, on_both};

/// The app's secret, a new one.
pub async fn secret(app: &TestApp, acme: &Acme) -> String {
    let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
    let made = operator.client.done("rotateAppSecret", json!({ "appId": acme.app }), "secret").await;
    made["secret"].as_str().unwrap().to_owned()
}

pub async fn confirm(app: &TestApp, client: (&str, &str), installation: &Value, more: Value) -> Answer {
    let mut input = json!({ "clientId": client.0, "clientSecret": client.1, "installationId": installation });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    app.nobody().run("confirmDataDeletion", input, "confirmedAt").await
}

async fn seen(acme: &Acme, installation: &Value) -> Value {
    let query = "query($id: ID!) { appInstallation(id: $id) { dataDeletion { status because requestedAt deadline confirmedAt overdue accountId } } }";
    acme.admin.client.ask(query, json!({ "id": installation })).await["appInstallation"]["dataDeletion"].clone()
}

on_both! {
    async fn a_vendor_is_reminded_and_in_the_end_administrators_are_told_that_it_is_late(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        assert_eq!(seen(&acme, &installation).await, Value::Null);
        acme.uninstall(&installation).await;
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["app.installed", "app.uninstalled"]);
        let asked = seen(&acme, &installation).await;
        assert_eq!(asked, json!({
            "status": "REQUESTED", "because": "INSTALLATION_ENDED", "requestedAt": "2026-11-21T09:00:00+00:00",
            "deadline": "2026-12-21T09:00:00+00:00", "confirmedAt": null, "overdue": false, "accountId": null,
        }));
        for (days, is_overdue) in [(23, false), (6, false), (1, true)] {
            app.advance(TimeDelta::days(days) - TimeDelta::seconds(1));
            app.run_jobs().await;
            assert!(vendor.told().is_empty(), "not yet");
            assert_eq!(notices(&app, "data_deletion_overdue").await.len(), 0);
            app.advance(TimeDelta::seconds(1));
            app.run_jobs().await;
            let told = vendor.told();
            assert_eq!(told.len(), 1);
            let body = told[0].json();
            assert_eq!((&body["type"], &body["data"]["overdue"]), (&json!("data_deletion.reminder"), &json!(is_overdue)));
            assert_eq!(body["data"]["dataDeletion"]["deadline"], "2026-12-21T09:00:00Z");
        }
        let late = seen(&acme, &installation).await;
        assert_eq!((&late["status"], &late["overdue"]), (&json!("OVERDUE"), &json!(true)));
        let told = notices(&app, "data_deletion_overdue").await;
        assert_eq!(told.iter().map(|(to, ..)| *to).collect::<Vec<_>>(), [Some(acme.admin.id)]);
        assert_eq!(told[0].2["of_people"], false);
        assert_eq!(events(&app, acme.id, "expireDataDeletion").await, 1);
        app.advance(TimeDelta::days(300));
        app.run_jobs().await;
        assert_eq!((vendor.told().len(), notices(&app, "data_deletion_overdue").await.len()), (0, 1), "nobody is told for ever");

        // Late is better than never.
        let secret = secret(&app, &acme).await;
        assert_eq!(confirm(&app, (&acme.app, &secret), &installation, json!({})).await.code(), "OK");
        let done = seen(&acme, &installation).await;
        assert_eq!((&done["status"], &done["overdue"]), (&json!("CONFIRMED"), &json!(true)));
        let (_, details) = last_event(&app, acme.id, "confirmDataDeletion").await;
        assert_eq!((&details["isLate"], &details["appId"]), (&json!(true), &json!(acme.app)));
    }
}

on_both! {
    async fn an_app_confirms_by_its_id_and_secret_also_when_it_is_retired(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        let secret = secret(&app, &acme).await;
        let client = (acme.app.as_str(), secret.as_str());
        let refused = confirm(&app, client, &installation, json!({})).await;
        assert_eq!((refused.code().as_str(), refused.field().as_str()), ("INVALID_STATE", "input.installationId"), "nobody has asked");
        let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
        operator.client.done("retireApp", json!({ "appId": acme.app, "reason": "The vendor gives up" }), "").await;
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["app.installed", "app.uninstalled"], "also a retired app's vendor is told");
        for (id, secret) in [(acme.app.as_str(), "steward_app_secret_wrong"), ("app_nobody", client.1), (client.0, "")] {
            let answer = confirm(&app, (id, secret), &installation, json!({})).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("WRONG_CREDENTIALS", "input.clientSecret"));
        }
        let (rotas, other) = registered(&operator.client, "Rotas", &["READ_NAME"]).await;
        let foreign = confirm(&app, (&rotas, &other), &installation, json!({})).await;
        let absent = confirm(&app, (&rotas, &other), &json!(AppInstallationId(uuid::Uuid::nil())), json!({})).await;
        assert_eq!((foreign.code().as_str(), foreign.payload()), ("NOT_FOUND", absent.payload()), "others' are told as none is");
        let of_nobody = json!({ "accountId": acme.ana.id });
        assert_eq!(confirm(&app, client, &installation, of_nobody).await.code(), "INVALID_STATE");
        assert_eq!(events(&app, acme.id, "confirmDataDeletion").await, 0);

        let first = confirm(&app, client, &installation, json!({})).await.payload();
        app.advance(TimeDelta::hours(1));
        let again = confirm(&app, client, &installation, json!({})).await.payload();
        assert_eq!((&first["confirmedAt"], &again["confirmedAt"]), (&json!("2026-11-21T09:00:00+00:00"), &first["confirmedAt"]));
        assert_eq!(events(&app, acme.id, "confirmDataDeletion").await, 1, "said twice it is confirmed once");
        let done = seen(&acme, &installation).await;
        assert_eq!((&done["status"], &done["overdue"]), (&json!("CONFIRMED"), &json!(false)));
        app.advance(TimeDelta::days(40));
        app.run_jobs().await;
        assert_eq!((vendor.told().len(), notices(&app, "data_deletion_overdue").await.len()), (0, 0));
    }
}

on_both! {
    async fn guessing_a_secret_is_slowed_as_at_the_token_endpoint(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        acme.uninstall(&installation).await;
        let secret = secret(&app, &acme).await;
        for _ in 0..20 {
            let answer = confirm(&app, (&acme.app, "steward_app_secret_wrong"), &installation, json!({})).await;
            assert_eq!(answer.code(), "WRONG_CREDENTIALS");
        }
        let answer = confirm(&app, (&acme.app, "steward_app_secret_wrong"), &installation, json!({})).await;
        assert_eq!(answer.code(), "RATE_LIMITED");
        assert_eq!(confirm(&app, (&acme.app, &secret), &installation, json!({})).await.code(), "OK");
    }
}

on_both! {
    async fn what_was_never_there_has_not_to_be_deleted(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.begun().await;
        acme.admin.client.done("cancelInstallation", acme.on(&installation, json!({})), "").await;
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "the vendor hasn't heard of its beginning");
        assert_eq!(seen(&acme, &installation).await, Value::Null);
    }
}
