//! Receivers that don't take what they are told: tried again, held, resumed.

use super::{HOST, Vendor, deliveries, url};
use crate::{
    app_policies::Acme,
    left_behind::{events, last_platform_event, notices},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use steward_tests::{
    on_both,
    receiver::{ADDRESS, Answer, Receiver},
};

/// The first of an installation's deliveries.
async fn first(acme: &Acme, installation: &Value) -> Value {
    deliveries(&acme.admin.client, installation).await["webhookDeliveries"]["nodes"][0].clone()
}

async fn resume(acme: &Acme, installation: &Value) -> Value {
    let input = acme.on(installation, json!({}));
    acme.admin.client.done("resumeWebhooks", input, "webhooksState { pausedAt failingSince }").await
}

on_both! {
    async fn a_receiver_that_fails_is_tried_again_at_growing_distances_under_the_same_id(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        vendor.receiver.answers_with(500);
        let installation = acme.installed(&app).await;
        let id = vendor.told().remove(0).header("webhook-id").to_owned();
        let seen = first(&acme, &installation).await;
        assert_eq!((&seen["status"], &seen["attempts"], &seen["lastStatus"]), (&json!("QUEUED"), &json!(1), &json!(500)));
        assert_eq!(seen["lastError"], "the receiver answered 500");
        app.advance(TimeDelta::seconds(4));
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "not yet");
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(vendor.told().len(), 1);
        app.advance(TimeDelta::seconds(299));
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "not yet");
        vendor.receiver.answers_with(200);
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(vendor.told().remove(0).header("webhook-id"), id);
        let seen = deliveries(&acme.admin.client, &installation).await;
        let node = &seen["webhookDeliveries"]["nodes"][0];
        assert_eq!((&node["status"], &node["attempts"], &node["lastError"]), (&json!("DELIVERED"), &json!(3), &Value::Null));
        assert_eq!(seen["webhooksState"]["failingSince"], Value::Null);
    }
}

on_both! {
    async fn a_receiver_that_asks_for_patience_gets_it_for_everything(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        vendor.receiver.answers(Answer::Status(429, vec![("retry-after", "600".to_owned())]));
        let installation = acme.installed(&app).await;
        assert_eq!(vendor.told().len(), 1);
        acme.uninstall(&installation).await;
        app.advance(TimeDelta::seconds(599));
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "neither that message, nor another");
        let at = app.now() + TimeDelta::seconds(1) + TimeDelta::hours(2);
        let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        vendor.receiver.answers(Answer::Status(503, vec![("retry-after", date)]));
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(vendor.told().len(), 2);
        vendor.receiver.answers_with(204);
        app.advance(TimeDelta::hours(2) - TimeDelta::seconds(1));
        app.run_jobs().await;
        assert!(vendor.told().is_empty());
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["app.installed", "app.uninstalled"]);
    }
}

on_both! {
    async fn receivers_that_are_slow_or_break_off_cost_little_and_are_told_in_words(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        vendor.receiver.answers(Answer::HangsUp);
        let installation = acme.installed(&app).await;
        let tried = async |answer: Answer| {
            vendor.receiver.answers(answer);
            app.advance(TimeDelta::hours(10));
            app.run_jobs().await;
            let seen = first(&acme, &installation).await;
            assert_eq!(seen["lastStatus"], Value::Null, "{seen}");
            seen["lastError"].as_str().unwrap().to_owned()
        };
        assert_eq!(tried(Answer::HangsUp).await, "the receiver's answer broke off, or isn't HTTP");
        assert_eq!(tried(Answer::Endless).await, "the receiver's answer broke off, or isn't HTTP");
        assert_eq!(tried(Answer::Nothing).await, "the receiver didn't answer in 15 seconds");
        let unknown = Receiver::unknown(HOST).await;
        let mut input = json!({ "appId": acme.app, "webhookUrl": url(&unknown) });
        let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
        operator.client.done("updateApp", input.clone(), "").await;
        let refused = "no connection to the receiver: nobody listens there, or its certificate isn't valid";
        assert_eq!(tried(Answer::Nothing).await, refused);
        assert!(unknown.take().is_empty(), "nothing is said to who can't prove who they are");
        input["webhookUrl"] = json!(format!("https://{HOST}:1/"));
        let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
        operator.client.done("updateApp", input.clone(), "").await;
        assert_eq!(tried(Answer::Nothing).await, refused);
        input["webhookUrl"] = Value::Null;
        let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
        operator.client.done("updateApp", input, "").await;
        assert_eq!(tried(Answer::Nothing).await, "the app has no webhook address any more");
        assert_eq!(first(&acme, &installation).await["status"], "FAILED");
    }
}

on_both! {
    async fn a_receiver_that_is_gone_is_told_nothing_more_until_somebody_resumes_it(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        vendor.receiver.answers_with(410);
        let installation = acme.installed(&app).await;
        assert_eq!(vendor.told().len(), 1);
        let seen = deliveries(&acme.admin.client, &installation).await;
        assert_eq!(seen["webhooksState"]["pausedBecause"], "GONE");
        let node = &seen["webhookDeliveries"]["nodes"][0];
        assert_eq!((&node["status"], &node["lastStatus"]), (&json!("QUEUED"), &json!(410)));
        let told = notices(&app, "webhooks_paused").await;
        assert_eq!(told.iter().map(|(to, ..)| *to).collect::<Vec<_>>(), [Some(acme.admin.id)]);
        assert_eq!((&told[0].2["is_gone"], &told[0].2["app"]), (&json!(true), &json!("Shifts")));
        let (_, details) = last_platform_event(&app, "pauseWebhooks").await;
        assert_eq!(details["because"], "GONE");
        assert_eq!(events(&app, acme.id, "pauseWebhooks").await, 1);

        vendor.receiver.answers_with(204);
        acme.uninstall(&installation).await;
        app.advance(TimeDelta::days(2));
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "what comes later waits as well");
        let input = json!({ "organizationId": acme.id, "webhookDeliveryId": node["id"] });
        let refused = acme.admin.client.run("replayWebhookDelivery", input, "").await;
        assert_eq!((refused.code().as_str(), refused.field().as_str()), ("INVALID_STATE", "input.webhookDeliveryId"));
        let done = resume(&acme, &installation).await;
        assert_eq!(done["webhooksState"], json!({ "pausedAt": null, "failingSince": null }));
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["app.installed", "app.uninstalled"]);
        resume(&acme, &installation).await;
        assert_eq!(events(&app, acme.id, "resumeWebhooks").await, 1, "what changes nothing leaves nothing");
        app.run_jobs().await;
        assert!(vendor.told().is_empty());
    }
}

on_both! {
    async fn a_receiver_that_takes_nothing_for_days_is_held_and_a_new_address_resumes_it(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        vendor.receiver.answers_with(404);
        let installation = acme.installed(&app).await;
        for _ in 0..71 {
            app.advance(TimeDelta::hours(1));
            app.run_jobs().await;
        }
        let seen = deliveries(&acme.admin.client, &installation).await;
        assert_eq!((&seen["webhooksState"]["pausedAt"], notices(&app, "webhooks_paused").await.len()), (&Value::Null, 0));
        assert_eq!(seen["webhooksState"]["failingSince"], "2026-11-21T09:00:00+00:00");
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        let seen = deliveries(&acme.admin.client, &installation).await;
        assert_eq!(seen["webhooksState"]["pausedBecause"], "FAILING");
        assert_eq!(seen["webhookDeliveries"]["nodes"][0]["status"], "QUEUED", "nothing is lost");
        assert_eq!(notices(&app, "webhooks_paused").await[0].2["is_gone"], false);

        let moved = Receiver::start("hooks2.shiftworks.example").await;
        app.dns.set_addresses("hooks2.shiftworks.example", &[ADDRESS]);
        let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
        let url = format!("https://hooks2.shiftworks.example:{}/", moved.port());
        operator.client.done("updateApp", json!({ "appId": acme.app, "webhookUrl": url }), "").await;
        app.run_jobs().await;
        assert_eq!(moved.take().len(), 1);
        let seen = deliveries(&acme.admin.client, &installation).await;
        assert_eq!((&seen["webhooksState"]["pausedAt"], &seen["webhookDeliveries"]["nodes"][0]["status"]), (&Value::Null, &json!("DELIVERED")));
    }
}
