//! Receivers that would lead into our own network: nothing goes there, whatever their names say, and whoever sends us there.

use super::{HOST, Vendor, deliveries};
use crate::app_policies::Acme;
use chrono::TimeDelta;
use futures::FutureExt;
use serde_json::json;
use std::net::IpAddr;
use steward_tests::{
    on_both,
    receiver::{ADDRESS, Answer, Receiver},
};
use tokio::net::TcpListener;

on_both! {
    async fn a_name_that_leads_to_a_private_address_is_never_connected_to(app: TestApp) {
        let acme = Acme::new(&app).await;
        // Another address of this machine, on which something listens that isn't for vendors.
        let inside = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
        let operator = &acme.operator.client;
        let url = format!("https://{HOST}:{}/", inside.local_addr().unwrap().port());
        operator.done("updateApp", json!({ "appId": acme.app, "webhookUrl": url }), "").await;
        app.dns.set_addresses(HOST, &["127.0.0.2".parse().unwrap()]);
        let installation = acme.installed(&app).await;
        for address in [
            "127.0.0.2", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "0.0.0.0", "::1",
            "::ffff:127.0.0.2", "fd00::1", "fe80::1", "64:ff9b::7f00:2", "2002:7f00:2::",
        ] {
            let address: IpAddr = address.parse().unwrap();
            app.dns.set_addresses(HOST, &[address]);
            app.advance(TimeDelta::minutes(5));
            let id = deliveries(&acme.admin.client, &installation).await["webhookDeliveries"]["nodes"][0]["id"].clone();
            let input = json!({ "organizationId": acme.id, "webhookDeliveryId": id });
            acme.admin.client.done("replayWebhookDelivery", input, "").await;
            app.run_jobs().await;
            let seen = deliveries(&acme.admin.client, &installation).await;
            let error = &seen["webhookDeliveries"]["nodes"][0]["lastError"];
            assert_eq!(error, "the receiver's name leads to no public address", "{address}");
        }
        app.dns.set_addresses("inside.example", &["127.0.0.2".parse().unwrap()]);
        app.dns.set_alias(HOST, "inside.example");
        app.advance(TimeDelta::hours(10));
        app.run_jobs().await;
        assert!(inside.accept().now_or_never().is_none(), "nobody knocked");
    }
}

on_both! {
    async fn a_name_is_looked_up_for_each_message_and_only_what_was_checked_is_connected_to(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        assert_eq!(vendor.told().len(), 1);
        // The name is given to somebody else: a connection from before isn't used.
        app.dns.set_addresses(HOST, &["10.0.0.1".parse().unwrap()]);
        acme.uninstall(&installation).await;
        app.run_jobs().await;
        assert!(vendor.told().is_empty());
        // Of several addresses only those that are public, or the tests' own, are tried.
        app.dns.set_addresses(HOST, &["10.0.0.1".parse().unwrap(), ADDRESS]);
        app.advance(TimeDelta::minutes(5));
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["app.uninstalled"]);
        app.dns.remove(HOST);
        let seen = deliveries(&acme.admin.client, &installation).await;
        let input = json!({ "organizationId": acme.id, "webhookDeliveryId": seen["webhookDeliveries"]["nodes"][0]["id"] });
        acme.admin.client.done("replayWebhookDelivery", input, "").await;
        app.run_jobs().await;
        let seen = deliveries(&acme.admin.client, &installation).await;
        assert_eq!(seen["webhookDeliveries"]["nodes"][0]["lastError"], "the receiver's name can't be resolved");
    }
}

on_both! {
    async fn a_redirect_is_followed_nowhere(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let inside = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
        let there = format!("https://127.0.0.2:{}/latest", inside.local_addr().unwrap().port());
        let elsewhere = Receiver::start("elsewhere.example").await;
        app.dns.set_addresses("elsewhere.example", &[ADDRESS]);
        let installation = acme.installed(&app).await;
        vendor.told();
        acme.uninstall(&installation).await;
        let public = format!("https://elsewhere.example:{}/", elsewhere.port());
        for (status, location) in [(301, &there), (302, &there), (307, &public), (308, &public)] {
            vendor.receiver.answers(Answer::Status(status, vec![("location", location.clone())]));
            app.advance(TimeDelta::hours(10));
            app.run_jobs().await;
            assert_eq!(vendor.told().len(), 1, "{status}");
            let seen = deliveries(&acme.admin.client, &installation).await;
            let nodes = seen["webhookDeliveries"]["nodes"].as_array().unwrap();
            let node = nodes.iter().find(|node| node["kind"] == "APP_UNINSTALLED").unwrap();
            assert_eq!((&node["status"], &node["lastStatus"]), (&json!("QUEUED"), &json!(status)));
        }
        assert!(elsewhere.take().is_empty() && inside.accept().now_or_never().is_none());
    }
}
