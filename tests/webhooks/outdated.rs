//! What waits, or is told once more, is looked at again when it is sent.

use super::{Vendor, deliveries};
use crate::{
    app_installations::managed,
    app_policies::Acme,
    data_deletions::{confirm, people::seeing, secret},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use steward_entities::kinds::RoleName;
use steward_tests::on_both;

/// Of an installation's deliveries the last of this kind: its id, its state, and what became of it.
async fn last(acme: &Acme, installation: &Value, kind: &str) -> (Value, Value, Value) {
    let seen = deliveries(&acme.admin.client, installation).await;
    let nodes = seen["webhookDeliveries"]["nodes"].as_array().unwrap().clone();
    let node = nodes.into_iter().rfind(|node| node["kind"] == kind).unwrap();
    (node["id"].clone(), node["status"].clone(), node["lastError"].clone())
}

async fn replay(acme: &Acme, id: &Value) {
    let input = json!({ "organizationId": acme.id, "webhookDeliveryId": id });
    acme.admin.client.done("replayWebhookDelivery", input, "").await;
}

const UNSEEN: &str = "not sent: the app doesn't see this person any more, or not what has changed";

on_both! {
    async fn an_app_hears_nothing_of_the_changes_of_whom_it_doesnt_see_any_more(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = seeing(&app, &acme, &["READ_NAME"], &[acme.ana.id]).await;
        vendor.told();
        let rename = async |name: &str| {
            acme.ana.client.done("updateMyProfile", json!({ "nickname": name }), "").await;
        };
        // It waits while the receiver fails; meanwhile the person objects.
        vendor.receiver.answers_with(500);
        rename("Annie").await;
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["account.changed"]);
        let made = acme.ana.client.done("objectToApp", json!({ "installationId": installation, "reason": "No" }), "appObjection { id }").await;
        vendor.receiver.answers_with(204);
        app.advance(TimeDelta::minutes(5));
        app.run_jobs().await;
        assert!(vendor.told().is_empty());
        let (id, status, why) = last(&acme, &installation, "ACCOUNT_CHANGED").await;
        assert_eq!((status, why), (json!("FAILED"), json!(UNSEEN)), "and it is seen why");
        replay(&acme, &id).await;
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "nor when it is told once more");

        acme.ana.client.done("withdrawAppObjection", json!({ "appObjectionId": made["appObjection"]["id"] }), "").await;
        replay(&acme, &id).await;
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["account.changed"], "it sees her again");
        for (close, open) in [("blockApp", "approveApp")] {
            acme.admin.client.done(close, acme.on_app(json!({})), "").await;
            replay(&acme, &id).await;
            app.run_jobs().await;
            assert!(vendor.told().is_empty(), "the app gets nothing here");
            acme.admin.client.done(open, acme.on_app(json!({})), "").await;
        }
        rename("An").await;
        acme.uninstall(&installation).await.payload();
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["app.uninstalled"]);
        assert_eq!(last(&acme, &installation, "ACCOUNT_CHANGED").await.2, UNSEEN);
    }
}

on_both! {
    async fn a_vendor_isnt_told_to_delete_whoever_is_back_and_learns_where_it_was_told_before(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let cy = managed(&app, acme.id, "cy@acme.example").await;
        let installation = seeing(&app, &acme, &["READ_NAME"], &[cy]).await;
        vendor.told();
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let on = json!({ "organizationId": acme.id, "accountId": cy, "reason": "Left the company" });
        owner.client.done("terminateAccount", on.clone(), "").await;
        owner.client.done("restoreAccount", on.clone(), "").await;
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["data_deletion.withdrawn"]);
        let (id, status, why) = last(&acme, &installation, "ACCOUNT_CLOSED").await;
        assert_eq!((status, why), (json!("FAILED"), json!("not sent: this deletion isn't asked for any more")));

        app.advance(TimeDelta::minutes(1));
        owner.client.done("terminateAccount", on.clone(), "").await;
        replay(&acme, &id).await;
        app.run_jobs().await;
        let told = vendor.told();
        assert_eq!(told.len(), 1, "that of now, and not that of before");
        assert_ne!(told[0].header("webhook-id"), id);
        let asked = told[0].json()["data"]["dataDeletion"].clone();
        owner.client.done("restoreAccount", on.clone(), "").await;
        app.run_jobs().await;
        let told = vendor.told();
        assert_eq!(told.len(), 1);
        let body = told[0].json();
        assert_eq!((&body["type"], &body["data"]["accountId"]), (&json!("data_deletion.withdrawn"), &json!(cy)));
        assert_eq!(body["data"]["dataDeletion"], asked, "it tells which");
        let (withdrawn, ..) = last(&acme, &installation, "DATA_DELETION_WITHDRAWN").await;
        app.advance(TimeDelta::minutes(1));
        owner.client.done("terminateAccount", on, "").await;
        replay(&acme, &withdrawn).await;
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["account.closed"], "nobody takes back what is asked for again");

        // A reminder that waits comes to nothing when the app confirms.
        vendor.receiver.answers_with(500);
        app.advance(TimeDelta::days(23) + TimeDelta::hours(1));
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["data_deletion.reminder"]);
        let secret = secret(&app, &acme).await;
        let confirmed = confirm(&app, (&acme.app, &secret), &installation, json!({ "accountId": cy })).await;
        assert_eq!(confirmed.code(), "OK");
        vendor.receiver.answers_with(204);
        app.advance(TimeDelta::minutes(5));
        app.run_jobs().await;
        assert!(vendor.told().is_empty());
    }
}

on_both! {
    async fn who_installed_an_app_is_named_only_while_they_have_a_role_there(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        let contacts = |message: &steward_tests::receiver::Message| message.json()["data"]["contacts"].clone();
        assert_eq!(contacts(&vendor.told()[0])[0]["kind"], "INSTALLER");
        let (id, ..) = last(&acme, &installation, "APP_INSTALLED").await;
        app.administrator(acme.id, RoleName::Owner).await;
        acme.admin.client.done("resignRole", json!({ "organizationId": acme.id }), "").await;
        let input = json!({ "organizationId": acme.id, "webhookDeliveryId": id });
        acme.operator.client.done("replayWebhookDelivery", input, "").await;
        app.run_jobs().await;
        assert_eq!(contacts(&vendor.told()[0]), json!([]));
    }
}
