//! Apps whose webhooks are paused, and go on: by whom, how often, and what becomes of what waits.

use super::{Vendor, deliveries, waiting};
use crate::{
    app_policies::Acme,
    left_behind::{events, last_platform_event, notices},
};
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ActiveModelTrait, EntityTrait, QueryOrder, Set};
use serde_json::{Value, json};
use steward::{
    core::Origin,
    webhooks::record_webhooks::{Outcome, RecordWebhooks, WebhookResult},
};
use steward_entities::{app_webhook, event, id::AppId, webhook_delivery};
use steward_tests::{Answer, on_both, receiver};

async fn resume(acme: &Acme, installation: &Value) -> Answer {
    let input = acme.on(installation, json!({}));
    acme.admin.client.run("resumeWebhooks", input, "webhooksState { pausedAt failingSince }").await
}

on_both! {
    async fn where_nothing_is_paused_resuming_changes_nothing_and_patience_is_kept(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        vendor.receiver.answers(receiver::Answer::Status(429, vec![("retry-after", "600".to_owned())]));
        let installation = acme.installed(&app).await;
        assert_eq!(vendor.told().len(), 1);
        vendor.receiver.answers_with(204);
        let done = resume(&acme, &installation).await.payload();
        assert_eq!(done["webhooksState"], json!({ "pausedAt": null, "failingSince": "2026-11-21T09:00:00+00:00" }), "as it is");
        app.advance(TimeDelta::seconds(599));
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "the receiver has asked for ten minutes");
        assert_eq!(events(&app, acme.id, "resumeWebhooks").await, 0);
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(vendor.told().len(), 1);
    }
}

on_both! {
    async fn an_app_is_resumed_once_an_hour_and_of_each_pause_administrators_are_told_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        let mut elsewhere = acme.installable().await;
        elsewhere["target"] = json!({ "workspaceId": app.workspace(acme.id).await });
        acme.admin.client.done("installApp", elsewhere, "").await;
        vendor.receiver.answers_with(410);
        app.run_jobs().await;
        assert_eq!(notices(&app, "webhooks_paused").await.len(), 1, "once, although it is installed twice");
        assert_eq!(events(&app, acme.id, "pauseWebhooks").await, 1);
        let resumed = join_all([resume(&acme, &installation), resume(&acme, &installation)]).await;
        assert!(resumed.iter().all(|answer| answer.code() == "OK"), "the second finds nothing paused");
        assert_eq!(events(&app, acme.id, "resumeWebhooks").await, 1);
        app.run_jobs().await;
        assert_eq!(notices(&app, "webhooks_paused").await.len(), 2, "it is paused anew");
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, steward_entities::kinds::RoleName::Owner).await;
        let input = acme.on(&installation, json!({}));
        assert_eq!(stranger.client.run("resumeWebhooks", input, "").await.code(), "NOT_FOUND");
        let refused = resume(&acme, &installation).await;
        assert_eq!((refused.code().as_str(), refused.field().as_str()), ("INVALID_STATE", "input.installationId"));
        assert!(refused.payload()["userErrors"][0]["message"].as_str().unwrap().contains("2026-11-21T10:00:00Z"), "{refused:?}");
        app.advance(TimeDelta::minutes(60));
        vendor.receiver.answers_with(204);
        vendor.told();
        assert_eq!(resume(&acme, &installation).await.code(), "OK");
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["app.installed"]);
    }
}

on_both! {
    async fn what_waited_when_an_app_is_resumed_has_all_its_tries_and_none_of_it_is_rewritten(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        assert_eq!(vendor.kinds(), ["app.installed"]);
        let id: AppId = acme.app.parse().unwrap();
        let ids = waiting(&app, id, &installation, 3).await;
        // One is under way, and one has met a receiver that asked for patience.
        let in_hand = app.steward.lease_webhooks(1).await.unwrap().remove(0);
        let patient = *ids.iter().find(|id| **id != in_hand.id).unwrap();
        let later = Some(app.now() + TimeDelta::days(365));
        let tried = webhook_delivery::ActiveModel { id: Set(patient), attempts: Set(7), next_attempt_at: Set(later), ..Default::default() };
        tried.update(&app.database).await.unwrap();
        let paused = app_webhook::ActiveModel { app_id: Set(id), paused_at: Set(Some(app.now())), ..Default::default() };
        app_webhook::Entity::insert(paused).exec_without_returning(&app.database).await.unwrap();
        app.advance(TimeDelta::days(91));
        let rows = async || webhook_delivery::Entity::find().order_by_asc(webhook_delivery::Column::Id).all(&app.database).await.unwrap();
        let before = rows().await;
        let admin = app.signed_in(acme.admin.id, &acme.admin.email).await;
        admin.client.done("resumeWebhooks", acme.on(&installation, json!({})), "").await;
        app.steward.clean_up().await.unwrap();
        let ours = |rows: Vec<webhook_delivery::Model>| rows.into_iter().filter(|row| ids.contains(&row.id)).collect::<Vec<_>>();
        assert_eq!(ours(rows().await), ours(before), "neither rewritten, nor given up");
        let shown = async || {
            let seen = deliveries(&admin.client, &installation).await["webhookDeliveries"]["nodes"].clone();
            let of = |id| seen.as_array().unwrap().iter().find(|node| node["id"] == json!(id)).unwrap();
            ids.iter().map(|id| (of(id)["status"].clone(), of(id)["attempts"].clone(), of(id)["nextAttemptAt"].clone())).collect::<Vec<_>>()
        };
        let waits = (json!("QUEUED"), json!(0), json!(app.now().to_rfc3339()));
        assert_eq!(shown().await, [waits.clone(), waits.clone(), waits]);
        // What was under way meanwhile, and wasn't taken, has all its tries as well.
        let outcome = Outcome::Refused { status: 500, why: "not now".to_owned(), not_before: None };
        let results = vec![WebhookResult { delivery: in_hand.id, lease: in_hand.lease, outcome }];
        app.steward.perform(&Origin::system(), RecordWebhooks { results }).await.unwrap();
        let place = ids.iter().position(|id| *id == in_hand.id).unwrap();
        let again = (app.now() + TimeDelta::seconds(5)).to_rfc3339();
        assert_eq!(shown().await[place], (json!("QUEUED"), json!(1), json!(again)));
        app.run_jobs().await;
        assert_eq!(vendor.told().len(), 2, "the others at once");
        app.advance(TimeDelta::seconds(5));
        app.run_jobs().await;
        assert_eq!(vendor.told().len(), 1);
        assert!(shown().await.iter().all(|(status, ..)| status == "DELIVERED"));
    }
}

on_both! {
    async fn of_two_who_learn_that_a_receiver_is_gone_one_pauses_the_app(app: TestApp) {
        let acme = Acme::new(&app).await;
        let _vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        waiting(&app, acme.app.parse().unwrap(), &installation, 4).await;
        let leased = app.steward.lease_webhooks(4).await.unwrap();
        assert_eq!(leased.len(), 4);
        let gone = leased.iter().map(|row| {
            let results = vec![WebhookResult { delivery: row.id, lease: row.lease, outcome: Outcome::Gone }];
            let steward = &app.steward;
            async move { steward.perform(&Origin::system(), RecordWebhooks { results }).await }
        });
        assert!(join_all(gone).await.iter().all(Result::is_ok));
        app.run_jobs().await;
        let (paused, _) = last_platform_event(&app, "pauseWebhooks").await;
        let all = event::Entity::find().all(&app.database).await.unwrap();
        let pauses = all.iter().filter(|event| event.action == "pauseWebhooks" && event.stream_id == paused.stream_id);
        assert_eq!((pauses.count(), notices(&app, "webhooks_paused").await.len()), (1, 1));
        let seen = deliveries(&acme.admin.client, &installation).await;
        let nodes = seen["webhookDeliveries"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.iter().filter(|node| node["status"] == "QUEUED").count(), 4, "all of them wait");
    }
}

on_both! {
    async fn what_waits_for_a_paused_app_is_given_up_after_90_days_and_seen_so(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        vendor.receiver.answers_with(410);
        let installation = acme.installed(&app).await;
        app.advance(TimeDelta::days(45));
        let admin = app.signed_in(acme.admin.id, &acme.admin.email).await;
        let input = acme.on(&installation, json!({ "reason": "Nobody uses it" }));
        admin.client.done("uninstallApp", input, "").await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(45) - TimeDelta::seconds(1));
        app.steward.clean_up().await.unwrap();
        let states = async || {
            let admin = app.signed_in(acme.admin.id, &acme.admin.email).await;
            let seen = deliveries(&admin.client, &installation).await["webhookDeliveries"]["nodes"].clone();
            let of = |node: &Value| (node["status"].as_str().unwrap().to_owned(), node["lastError"].clone());
            seen.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(states().await[0].0, "QUEUED", "not yet");
        app.advance(TimeDelta::seconds(1));
        app.steward.clean_up().await.unwrap();
        let now = states().await;
        assert_eq!(now[0], ("FAILED".to_owned(), json!("it has waited for 90 days, as the app's webhooks are paused")));
        assert!(now[1..].iter().all(|(status, _)| status == "QUEUED") && now.len() > 1, "what came later waits on: {now:?}");
        assert!(app_webhook::Entity::find().one(&app.database).await.unwrap().unwrap().paused_at.is_some());
        app.advance(TimeDelta::days(90));
        app.steward.clean_up().await.unwrap();
        assert!(states().await.iter().all(|(status, _)| status == "FAILED"), "and is removed as whatever has ended");
    }
}
