//! Devices: named in plain words, and a new one is told.

use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use std::sync::Arc;
use steward::{http::app::App, notices::content::NoticeKind};
use steward_entities::{seen_device, session};
use steward_tests::{Client, TestApp, on_both, seed::PASSWORD};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const NEWER_FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/26.0 Mobile/15E148 Safari/604.1";

/// Somebody behind a proxy that tells the network address.
fn anybody(app: &TestApp) -> Client {
    Client::new(App::new(Arc::clone(&app.steward), 1).router(), None)
}

async fn sign_in(client: &Client, password: &str) -> Value {
    let answer = client.run("signIn", json!({ "email": "ana@people.example", "password": password }), "token").await;
    answer.payload()["token"].clone()
}

on_both! {
    async fn a_sign_in_from_a_new_device_is_told_and_a_known_one_isnt(app: TestApp) {
        app.account("ana@people.example").await;
        let told = async || app.notices_to("ana@people.example", NoticeKind::NewDeviceSignIn).await;
        let home = anybody(&app).at("198.51.100.7");
        sign_in(&home.on(FIREFOX), PASSWORD).await;
        sign_in(&home.on(FIREFOX), PASSWORD).await;
        sign_in(&home.on(NEWER_FIREFOX), PASSWORD).await;
        assert!(told().await.is_empty(), "the first of all, the same once more, the same in a newer version");

        assert!(sign_in(&home.on(SAFARI), "not the right password").await.is_null());
        assert!(told().await.is_empty() && seen_device::Entity::find().all(&app.database).await.unwrap().len() == 1);

        sign_in(&home.on(SAFARI), PASSWORD).await;
        sign_in(&home.on(SAFARI), PASSWORD).await;
        let first = told().await;
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].organization_id, None, "no business of any administrator");
        assert_eq!(first[0].content["device"], "Safari on an iPhone");

        // A known device at another place is news too; of an IPv6 customer the whole network is one place.
        sign_in(&home.at("2001:db8:1:2::1").on(FIREFOX), PASSWORD).await;
        sign_in(&home.at("2001:db8:1:2:ffff::1").on(FIREFOX), PASSWORD).await;
        assert_eq!(told().await.len(), 2);
        app.run_jobs().await;
        let mail = app.mailer.mails_to("ana@people.example").pop().unwrap();
        for words in ["When: 21 November 2026, 09:00 UTC", "Device: ", "Network address: ", "/password-reset"] {
            assert!(mail.text.contains(words), "{}", mail.text);
        }
    }
}

on_both! {
    async fn another_persons_devices_are_no_concern(app: TestApp) {
        app.account("ana@people.example").await;
        app.account("ben@people.example").await;
        sign_in(&app.nobody().on(FIREFOX), PASSWORD).await;
        let ben = json!({ "email": "ben@people.example", "password": PASSWORD });
        app.nobody().on(SAFARI).done("signIn", ben.clone(), "token").await;
        app.nobody().on(FIREFOX).done("signIn", ben, "token").await;
        assert_eq!(app.notices_to("ana@people.example", NoticeKind::NewDeviceSignIn).await.len(), 0);
        assert_eq!(app.notices_to("ben@people.example", NoticeKind::NewDeviceSignIn).await.len(), 1);
    }
}

on_both! {
    async fn sessions_name_their_device_in_plain_words(app: TestApp) {
        app.account("ana@people.example").await;
        let token = sign_in(&anybody(&app).at("198.51.100.7").on(FIREFOX), PASSWORD).await;
        let ana = app.with(token.as_str().unwrap());
        let sessions = "{ viewer { sessions { device userAgent ipAddress lastUsedAt current } } }";
        let expected = json!([{
            "device": "Firefox on Linux", "userAgent": FIREFOX, "ipAddress": "198.51.100.7",
            "lastUsedAt": "2026-11-21T09:00:00Z", "current": true,
        }]);
        let seen = ana.ask(sessions, json!({})).await["viewer"]["sessions"].clone();
        assert_eq!(seen.to_string().replace("+00:00", "Z"), expected.to_string());
    }
}

on_both! {
    async fn who_signed_in_before_devices_were_noted_is_told_of_the_first_too(app: TestApp) {
        app.person("ana@people.example").await;
        sign_in(&app.nobody().on(SAFARI), PASSWORD).await;
        sign_in(&app.nobody().on(SAFARI), PASSWORD).await;
        assert_eq!(app.notices_to("ana@people.example", NoticeKind::NewDeviceSignIn).await.len(), 1);
    }
}

on_both! {
    async fn who_is_at_home_signs_in_however_often_others_guess(app: TestApp) {
        app.account("ana@people.example").await;
        let home = anybody(&app);
        assert!(sign_in(&home.at("2001:db8:1:2::7"), PASSWORD).await.is_string());
        // Long ago: its session is forgotten, and the address within the network is another.
        app.advance(TimeDelta::days(500));
        app.steward.clean_up().await.unwrap();
        assert_eq!(session::Entity::find().all(&app.database).await.unwrap(), []);
        for number in 0..60 {
            let guess = json!({ "email": "ana@people.example", "password": "not the right password" });
            anybody(&app).at(&format!("198.51.100.{number}")).run("signIn", guess, "token").await;
        }
        let right = json!({ "email": "ana@people.example", "password": PASSWORD });
        let elsewhere = home.at("2001:db8:1:3::9").run("signIn", right, "token").await;
        assert_eq!(elsewhere.code(), "RATE_LIMITED", "a place that it never signed in from");
        assert!(sign_in(&home.at("2001:db8:1:2::9"), PASSWORD).await.is_string());
    }
}
