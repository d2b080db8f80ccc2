//! What is sent when, and by whom: of each app a few at a time, each answer recorded as it comes, and what nobody has heard of
//! taken up again.

use super::{HOST, Vendor, url, waiting};
use crate::{app_policies::Acme, apps::registered};
use chrono::TimeDelta;
use sea_orm::{EntityTrait, Set};
use serde_json::json;
use std::collections::HashMap;
use steward::webhooks::deliver::Outbox;
use steward_entities::{
    app_webhook,
    id::{AppId, WebhookDeliveryId},
    kinds::WebhookStatus,
    webhook_delivery,
};
use steward_tests::{
    TestApp, on_both,
    receiver::{ADDRESS, Answer, Receiver},
};

/// How many of each app a worker takes now.
async fn taken(app: &TestApp, most: u32) -> HashMap<AppId, usize> {
    let mut taken = HashMap::new();
    for row in app.steward.lease_webhooks(most).await.unwrap() {
        *taken.entry(row.app_id).or_default() += 1;
    }
    taken
}

async fn state(app: &TestApp, id: WebhookDeliveryId) -> (WebhookStatus, i64) {
    let row = webhook_delivery::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap();
    (row.status, row.attempts)
}

/// Another app of the catalogue.
async fn another(acme: &Acme, name: &str) -> AppId {
    registered(&acme.operator.client, name, &["READ_NAME"]).await.0.parse().unwrap()
}

on_both! {
    async fn an_app_with_very_many_messages_leaves_room_for_others_and_none_gets_more_than_a_few_at_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let _vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        let (many, few, paused) = (another(&acme, "Hours").await, another(&acme, "Rotas").await, another(&acme, "Rooms").await);
        waiting(&app, many, &installation, 300).await;
        app.advance(TimeDelta::seconds(1));
        waiting(&app, few, &installation, 10).await;
        waiting(&app, paused, &installation, 1).await;
        let row = app_webhook::ActiveModel { app_id: Set(paused), paused_at: Set(Some(app.now())), ..Default::default() };
        app_webhook::Entity::insert(row).exec_without_returning(&app.database).await.unwrap();
        assert_eq!(taken(&app, 6).await, HashMap::from([(many, 3), (few, 3)]), "each its part");
        assert_eq!(taken(&app, 64).await, HashMap::from([(many, 5), (few, 5)]), "eight of each are under way");
        assert_eq!(taken(&app, 64).await, HashMap::new(), "and no more");
        app.advance(TimeDelta::minutes(2));
        assert_eq!(taken(&app, 64).await, HashMap::from([(many, 8), (few, 8)]), "whoever had them is gone");
        app.advance(TimeDelta::minutes(2));
        assert_eq!(taken(&app, 1).await.values().sum::<usize>(), 1);
    }
}

on_both! {
    async fn a_receiver_that_is_slow_keeps_neither_others_nor_their_answers_waiting(app: TestApp) {
        let acme = Acme::new(&app).await;
        let slow = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        let (quick, host) = (Receiver::start("quick.example").await, "quick.example");
        app.dns.set_addresses(host, &[ADDRESS]);
        let other = another(&acme, "Rotas").await;
        let input = json!({ "appId": other, "webhookUrl": format!("https://{host}:{}/", quick.port()) });
        acme.operator.client.done("updateApp", input, "").await;
        slow.receiver.answers(Answer::Nothing);
        let told = slow.receiver.count();
        let slow_ones = waiting(&app, acme.app.parse().unwrap(), &installation, 20).await;
        let quick_ones = waiting(&app, other, &installation, 20).await;
        let mut outbox = Outbox::new(&app.steward);
        for _ in 0..20 {
            outbox.fill().await.unwrap();
            let first = outbox.next().await.unwrap();
            outbox.record(first).await.unwrap();
            if all_arrived(&app, &quick_ones).await {
                break;
            }
        }
        for id in quick_ones {
            assert_eq!(state(&app, id).await, (WebhookStatus::Delivered, 1));
        }
        assert!(!outbox.is_empty(), "the slow one's are still under way");
        slow.receiver.wait_for(told + 8).await;
        assert_eq!(slow.receiver.count(), told + 8, "and no more than a few of them");
        for id in slow_ones {
            assert_eq!(state(&app, id).await, (WebhookStatus::Queued, 0), "nobody has answered");
        }
    }
}

/// Whether these have all arrived.
async fn all_arrived(app: &TestApp, ids: &[WebhookDeliveryId]) -> bool {
    for id in ids {
        if state(app, *id).await.0 != WebhookStatus::Delivered {
            return false;
        }
    }
    true
}

on_both! {
    async fn what_a_process_that_ends_had_under_way_is_taken_up_by_another_and_counted_by_nobody(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        vendor.told();
        let told = vendor.receiver.count();
        let id = waiting(&app, acme.app.parse().unwrap(), &installation, 1).await[0];
        vendor.receiver.answers(Answer::Nothing);
        let mut outbox = Outbox::new(&app.steward);
        outbox.fill().await.unwrap();
        tokio::select! {
            _ = outbox.next() => panic!("it isn't answered"),
            () = vendor.receiver.wait_for(told + 1) => {}
        }
        drop(outbox);
        assert_eq!(state(&app, id).await, (WebhookStatus::Queued, 0));
        let first = vendor.told().remove(0);
        vendor.receiver.answers_with(204);
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "its lease lasts");
        app.advance(TimeDelta::minutes(2));
        app.run_jobs().await;
        let again = vendor.told().remove(0);
        assert_eq!((again.header("webhook-id"), &again.body), (first.header("webhook-id"), &first.body));
        assert_eq!(state(&app, id).await, (WebhookStatus::Delivered, 1));
        assert!(url(&vendor.receiver).contains(HOST));
    }
}
