//! The catalogue of third-party apps, as operators keep it and others see it.

use crate::left_behind::{forget_password, last_platform_event};
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward::core::secret::sha256;
use steward_entities::{app_secret, kinds::RoleName};
use steward_tests::{Client, on_both};

/// What an operator says of an app of this name.
pub fn app_input(name: &str, scopes: &[&str]) -> Value {
    let scopes: Vec<Value> = scopes.iter().map(|scope| json!({ "scope": scope, "reason": "to plan shifts" })).collect();
    json!({
        "name": name,
        "vendor": "Shift Works AG",
        "homepageUrl": "https://shiftworks.example/",
        "privacyPolicyUrl": "https://shiftworks.example/privacy",
        "supportEmail": "help@shiftworks.example",
        "webhookUrl": "https://hooks.shiftworks.example/steward",
        "scopes": scopes,
    })
}

/// Registers an app: its id, and its secret.
pub async fn registered(operator: &Client, name: &str, scopes: &[&str]) -> (String, String) {
    let made = operator.done("registerApp", app_input(name, scopes), "app { id } secret").await;
    (made["app"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

const SECRETS: &str = "app { secrets { id hint expiresAt revokedAt } } secret";

on_both! {
    async fn an_app_is_registered_and_everybody_sees_what_it_asks_for(app: TestApp) {
        let operator = app.operator().await;
        let input = app_input("Shifts", &["READ_NAME", "READ_ITEMS"]);
        let asked = "secret secretAlreadyShown app { id name vendor homepageUrl privacyPolicyUrl supportEmail webhookUrl \
            scopes { scope reason } retiredAt version secrets { hint expiresAt revokedAt lastUsedAt } }";
        let made = operator.client.with_key("once").done("registerApp", input.clone(), asked).await;
        let secret = made["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("steward_app_secret_"), "{secret}");
        assert_eq!(made["app"]["webhookUrl"], "https://hooks.shiftworks.example/steward");
        assert_eq!(made["app"]["secrets"].as_array().unwrap().len(), 1);
        let row = app_secret::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.secret_hash, sha256(secret.as_bytes()), "nothing but its hash is kept");
        let again = operator.client.with_key("once").done("registerApp", input.clone(), asked).await;
        assert_eq!((&again["secret"], &again["secretAlreadyShown"]), (&Value::Null, &json!(true)));
        assert_eq!(again["app"]["id"], made["app"]["id"], "asked again it is answered from the record");
        let (_, details) = last_platform_event(&app, "registerApp").await;
        assert_eq!(details["scopes"], json!({ "READ_NAME": "to plan shifts", "READ_ITEMS": "to plan shifts" }));

        let ana = app.person("ana@home.example").await;
        let seen = ana.client.ask("{ apps { totalCount nodes { id name vendor privacyPolicyUrl webhookUrl secrets { id } scopes { scope reason } } } }", json!({})).await;
        let node = &seen["apps"]["nodes"][0];
        assert_eq!((&node["name"], &node["webhookUrl"], &node["secrets"]), (&json!("Shifts"), &Value::Null, &Value::Null));
        assert_eq!(node["scopes"][1], json!({ "scope": "READ_ITEMS", "reason": "to plan shifts" }));
        let nobody = app.nobody().ask("query($id: ID!) { app(id: $id) { id } apps { nodes { id } } }", json!({ "id": made["app"]["id"] })).await;
        assert_eq!(nobody, json!({ "app": null, "apps": { "nodes": [] } }));
        assert_eq!(app.with(&secret).send("{ apps { nodes { id } } }", json!({})).await.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn what_an_app_cant_be_is_refused_at_its_field(app: TestApp) {
        let operator = app.operator().await;
        registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        for (field, value, code) in [
            ("name", json!(" "), "INVALID"),
            ("name", json!("SHIFTS"), "CONFLICT"),
            ("vendor", json!("a\nb"), "INVALID"),
            ("homepageUrl", json!("http://shiftworks.example/"), "INVALID"),
            ("homepageUrl", json!("https://localhost/"), "INVALID"),
            ("privacyPolicyUrl", json!("https://user:secret@shiftworks.example/"), "INVALID"),
            ("privacyPolicyUrl", json!("https://203.0.113.9/privacy"), "INVALID"),
            ("supportEmail", json!("help"), "INVALID"),
            ("webhookUrl", json!("https://169.254.169.254/latest"), "INVALID"),
            ("webhookUrl", json!("https://[::1]/"), "INVALID"),
            ("webhookUrl", json!("https://metadata.google.internal/"), "INVALID"),
            ("scopes", json!([]), "INVALID"),
            ("scopes", json!([{ "scope": "READ_NAME", "reason": "" }]), "INVALID"),
            ("scopes", json!([{ "scope": "READ_NAME", "reason": "a" }, { "scope": "READ_NAME", "reason": "b" }]), "INVALID"),
        ] {
            let mut input = app_input("Another", &["READ_NAME"]);
            input[field] = value.clone();
            let answer = operator.client.run("registerApp", input, "").await;
            assert_eq!((answer.code().as_str(), answer.field()), (code, format!("input.{field}")), "{value}");
        }
        let mut input = app_input("Another", &["READ_NAME"]);
        input["scopes"] = json!([{ "scope": "READ_EVERYTHING", "reason": "a" }]);
        assert_eq!(operator.client.run("registerApp", input, "").await.code(), "BAD_REQUEST", "a scope that isn't known");
        forget_password(&app, &operator).await;
        let input = app_input("Another", &["READ_NAME"]);
        assert_eq!(operator.client.run("registerApp", input, "").await.code(), "REAUTHENTICATION_REQUIRED");
    }
}

on_both! {
    async fn of_two_at_once_one_has_the_name(app: TestApp) {
        let operator = app.operator().await;
        let both = ["Shifts", "shifts"].map(|name| operator.client.run("registerApp", app_input(name, &["READ_NAME"]), ""));
        let mut codes: Vec<String> = join_all(both).await.iter().map(steward_tests::Answer::code).collect();
        codes.sort();
        assert_eq!(codes, ["CONFLICT", "OK"]);
    }
}

on_both! {
    async fn an_old_secret_ends_within_ten_years_or_by_hand(app: TestApp) {
        let operator = app.operator().await;
        let (id, _) = registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        let rotate = async |at: Value| {
            let input = json!({ "appId": id, "oldSecretExpiresAt": at });
            let answer = operator.client.run("rotateAppSecret", input, "").await;
            (answer.code(), answer.field())
        };
        let refused = ("INVALID".to_owned(), "input.oldSecretExpiresAt".to_owned());
        for at in [json!(app.now()), json!(app.now() + TimeDelta::days(3_661)), json!("+012026-01-01T00:00:00Z")] {
            assert_eq!(rotate(at.clone()).await, refused, "{at}");
        }
        assert_eq!(rotate(json!(app.now() + TimeDelta::days(3_660))).await.0, "OK");
    }
}

on_both! {
    async fn an_app_is_changed_as_it_was_read(app: TestApp) {
        let operator = app.operator().await;
        let (id, _) = registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        registered(&operator.client, "Rotas", &["READ_NAME"]).await;
        let change = |more: Value| {
            let mut input = json!({ "appId": id });
            for (name, value) in more.as_object().unwrap() {
                input[name] = value.clone();
            }
            input
        };
        let asked = "app { name webhookUrl version scopes { scope reason } }";
        let scopes = json!([{ "scope": "READ_EMAIL", "reason": "to write to people" }]);
        let input = change(json!({ "name": "Shift plans", "webhookUrl": null, "scopes": scopes, "expectedVersion": 1 }));
        let done = operator.client.done("updateApp", input.clone(), asked).await;
        assert_eq!(done["app"], json!({ "name": "Shift plans", "webhookUrl": null, "version": 2, "scopes": scopes }));
        let (_, details) = last_platform_event(&app, "updateApp").await;
        assert_eq!(details["before"]["name"], "Shifts");
        assert_eq!(details["after"], json!({ "name": "Shift plans", "webhookUrl": null, "scopes": { "READ_EMAIL": "to write to people" } }));
        assert_eq!(operator.client.run("updateApp", input, "").await.code(), "STALE");
        let same = operator.client.done("updateApp", change(json!({ "name": "Shift plans" })), asked).await;
        assert_eq!(same["app"]["version"], 2, "nothing changed");
        for (input, code) in [
            (change(json!({ "name": "rotas" })), "CONFLICT"),
            (change(json!({ "homepageUrl": "ftp://shiftworks.example/" })), "INVALID"),
            (change(json!({ "scopes": [] })), "INVALID"),
        ] {
            assert_eq!(operator.client.run("updateApp", input.clone(), "").await.code(), code, "{input}");
        }
    }
}

on_both! {
    async fn two_secrets_are_valid_while_the_vendor_changes_to_the_new_one(app: TestApp) {
        let operator = app.operator().await;
        let (id, first) = registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        app.advance(TimeDelta::seconds(1));
        let rotated = operator.client.done("rotateAppSecret", json!({ "appId": id }), SECRETS).await;
        let second = rotated["secret"].as_str().unwrap();
        assert_ne!(first, second);
        let secrets = &rotated["app"]["secrets"];
        assert_eq!(secrets.as_array().unwrap().len(), 2);
        assert!(secrets.as_array().unwrap().iter().all(|secret| secret["expiresAt"].is_null() && secret["revokedAt"].is_null()));
        assert!(second.contains(secrets[0]["hint"].as_str().unwrap()), "the newest stands first");

        app.advance(TimeDelta::seconds(1));
        let until = app.now() + TimeDelta::hours(12);
        let rotated = operator.client.done("rotateAppSecret", json!({ "appId": id, "oldSecretExpiresAt": until }), SECRETS).await;
        let secrets = rotated["app"]["secrets"].as_array().unwrap().clone();
        assert_eq!(secrets.len(), 3);
        assert_eq!(secrets[0]["expiresAt"], Value::Null);
        assert_eq!(secrets[1]["expiresAt"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(), until);
        assert!(secrets[2]["revokedAt"].is_string(), "two at most");

        let past = json!({ "appId": id, "oldSecretExpiresAt": app.now() });
        let answer = operator.client.run("rotateAppSecret", past, "").await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.oldSecretExpiresAt"));

        let dropped = json!({ "appSecretId": secrets[1]["id"] });
        let done = operator.client.done("revokeAppSecret", dropped.clone(), "app { secrets { revokedAt } }").await;
        assert!(done["app"]["secrets"][1]["revokedAt"].is_string());
        operator.client.done("revokeAppSecret", dropped, "").await;
    }
}

on_both! {
    async fn secrets_made_at_once_leave_two_that_are_valid(app: TestApp) {
        let operator = app.operator().await;
        let (id, _) = registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        let input = json!({ "appId": id });
        join_all((0..5).map(|_| operator.client.run("rotateAppSecret", input.clone(), ""))).await;
        let all = app_secret::Entity::find().all(&app.database).await.unwrap();
        assert_eq!(all.len(), 6);
        assert_eq!(all.iter().filter(|secret| secret.revoked_at.is_none()).count(), 2);
    }
}

on_both! {
    async fn a_retired_app_stays_as_a_record_and_gives_its_name_back(app: TestApp) {
        let operator = app.operator().await;
        let acme = app.organization("Acme").await;
        let admin = app.administrator(acme, RoleName::AppAdmin).await;
        let (id, _) = registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        let input = json!({ "appId": id, "reason": "The vendor is gone" });
        let done = operator.client.done("retireApp", input.clone(), "app { retiredAt version }").await;
        assert!(done["app"]["retiredAt"].is_string());
        let again = operator.client.done("retireApp", input, "app { version }").await;
        assert_eq!(again["app"]["version"], 2);
        let query = "query($id: ID!) { app(id: $id) { name retiredAt } apps { nodes { id } } }";
        let seen = admin.client.ask(query, json!({ "id": id })).await;
        assert_eq!((&seen["app"]["name"], &seen["apps"]["nodes"]), (&json!("Shifts"), &json!([])));
        let seen = operator.client.ask(query, json!({ "id": id })).await;
        assert_eq!(seen["apps"]["nodes"], json!([{ "id": id }]), "operators see it in the list");
        for (mutation, input) in [
            ("updateApp", json!({ "appId": id, "vendor": "Another" })),
            ("rotateAppSecret", json!({ "appId": id })),
        ] {
            assert_eq!(operator.client.run(mutation, input, "").await.code(), "INVALID_STATE", "{mutation}");
        }
        let (other, _) = registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        assert_ne!(other, id);
    }
}
