//! What vendors of apps are told: by a real receiver over HTTPS, which checks signatures by an implementation that isn't ours.

mod failing;
mod in_turn;
mod outdated;
mod private;
mod resuming;

use crate::{app_installations::SEEN, app_policies::Acme, left_behind::last_platform_event};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use steward::core::clock::{Clock, SystemClock};
use steward_entities::{
    app_installation,
    id::{AppId, AppInstallationId, WebhookDeliveryId},
    kinds::{RoleName, WebhookKind, WebhookStatus},
    organization, webhook_delivery,
};
use steward_tests::{
    Client, TestApp, on_both,
    receiver::{ADDRESS, Message, Receiver},
};
use uuid::Uuid;

/// Where the vendor of the tests' app listens.
pub const HOST: &str = "hooks.shiftworks.example";

/// What is asked of deliveries.
const DELIVERIES: &str = "query($id: ID!) { appInstallation(id: $id) { webhooksState { failingSince pausedAt pausedBecause } \
    webhookDeliveries { nodes { id kind status attempts lastStatus lastError nextAttemptAt accountId } } } }";

/// The vendor of an organization's app: its receiver, and the secret by which it knows us.
pub struct Vendor {
    pub receiver: Receiver,
    pub secret: String,
}

impl Vendor {
    /// Listens for what concerns the app of this organization.
    pub async fn of(app: &TestApp, acme: &Acme) -> Self {
        let receiver = Receiver::start(HOST).await;
        app.dns.set_addresses(HOST, &[ADDRESS]);
        let input = json!({ "appId": acme.app, "webhookUrl": url(&receiver) });
        acme.operator.client.done("updateApp", input, "").await;
        let secret = rotated(&acme.operator.client, &acme.app).await;
        Self { receiver, secret }
    }

    /// What it was told since it was asked last, each with a signature that it has checked.
    pub fn told(&self) -> Vec<Message> {
        self.receiver.take()
    }

    /// Of what it was told, in alphabetical order.
    pub fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<String> =
            self.told().iter().map(|message| message.json()["type"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds
    }
}

/// Where a receiver is, by its name.
pub fn url(receiver: &Receiver) -> String {
    format!("https://{HOST}:{}/steward?from=us", receiver.port())
}

async fn rotated(operator: &Client, id: &str) -> String {
    let made = operator.done("rotateAppWebhookSecret", json!({ "appId": id }), "webhookSecret").await;
    made["webhookSecret"].as_str().unwrap().to_owned()
}

/// What an administrator or operator sees of an installation's deliveries.
pub async fn deliveries(by: &Client, installation: &Value) -> Value {
    by.ask(DELIVERIES, json!({ "id": installation })).await["appInstallation"].clone()
}

/// Messages that wait for an app's vendor, and say nothing that could come to nothing meanwhile.
pub async fn waiting(app: &TestApp, id: AppId, installation: &Value, count: u128) -> Vec<WebhookDeliveryId> {
    let installation: AppInstallationId = installation.as_str().unwrap().parse().unwrap();
    let of = app_installation::Entity::find_by_id(installation).one(&app.database).await.unwrap().unwrap();
    let row = |number: u128| webhook_delivery::Model {
        id: WebhookDeliveryId(Uuid::from_u128(id.0.as_u128().wrapping_add(number + 1))),
        app_id: id,
        installation_id: installation,
        organization_id: of.organization_id,
        kind: WebhookKind::AppScopesChanged,
        account_id: None,
        content: json!({ "number": number.to_string() }),
        status: WebhookStatus::Queued,
        attempts: 0,
        next_attempt_at: Some(app.now()),
        tried_since: app.now(),
        last_status: None,
        last_error: None,
        leased_until: None,
        lease: 0,
        created_at: app.now(),
        ended_at: None,
    };
    let rows: Vec<webhook_delivery::Model> = (0..count).map(row).collect();
    let ids = rows.iter().map(|row| row.id).collect();
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    webhook_delivery::Entity::insert_many(rows).exec_without_returning(&app.database).await.unwrap();
    ids
}

/// Sets the clock to the real time: whoever checks a signature compares its time.
fn as_late_as_it_is(app: &TestApp) {
    app.advance(SystemClock.now() - app.now());
}

on_both! {
    async fn a_vendor_is_told_what_becomes_of_its_app_and_can_check_that_it_is_us(app: TestApp) {
        as_late_as_it_is(&app);
        let acme = Acme::new(&app).await;
        let row = organization::ActiveModel {
            id: Set(acme.id),
            technical_email: Set(Some("tech@acme.example".to_owned())),
            ..Default::default()
        };
        row.update(&app.database).await.unwrap();
        let vendor = Vendor::of(&app, &acme).await;
        let check = Webhook::new(&vendor.secret).unwrap();
        let installation = acme.begun().await;
        assert!(vendor.told().is_empty(), "nobody is told before the app is there");
        app.run_jobs().await;
        let told = vendor.told();
        assert_eq!(told.len(), 1);
        let message = &told[0];
        assert_eq!(message.line, "POST /steward?from=us HTTP/1.1");
        assert_eq!((message.header("content-type"), message.header("user-agent").starts_with("Steward/")), ("application/json", true));
        assert!(message.header("webhook-id").starts_with("whd_"), "{message:?}");
        check.verify(message.body.as_bytes(), &message.headers).unwrap();
        let forged = message.body.replace("READ_NAME", "READ_ITEMS");
        assert_ne!(forged, message.body);
        assert!(check.verify(forged.as_bytes(), &message.headers).is_err(), "a forged body");
        let other = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert!(other.verify(message.body.as_bytes(), &message.headers).is_err(), "another secret");
        let body = message.json();
        assert_eq!(body["type"], "app.installed");
        assert!(body["timestamp"].as_str().unwrap().parse::<DateTime<Utc>>().is_ok(), "{body}");
        assert_eq!(body["data"], json!({
            "installationId": installation, "organizationId": acme.id, "workspaceId": acme.workspace, "appId": acme.app,
            "scopes": ["READ_NAME"],
            "contacts": [
                { "kind": "INSTALLER", "name": acme.admin.email.split_once('@').unwrap().0, "email": acme.admin.email },
                { "kind": "TECHNICAL", "name": null, "email": "tech@acme.example" },
            ],
        }));

        let scopes = |scopes: &[&str]| acme.on(&installation, json!({ "scopes": scopes }));
        acme.admin.client.done("updateInstallation", scopes(&["READ_NAME", "READ_EMAIL"]), SEEN).await;
        app.run_jobs().await;
        acme.admin.client.done("updateInstallation", scopes(&["READ_EMAIL"]), SEEN).await;
        app.run_jobs().await;
        let told = vendor.told();
        let changes: Vec<Value> = told.iter().map(|message| message.json()["data"].clone()).collect();
        assert_eq!(changes.len(), 2);
        assert_eq!((&changes[0]["added"], &changes[0]["removed"]), (&json!(["READ_EMAIL"]), &json!([])));
        assert_eq!((&changes[1]["scopes"], &changes[1]["removed"]), (&json!(["READ_EMAIL"]), &json!(["READ_NAME"])));

        acme.uninstall(&installation).await;
        app.run_jobs().await;
        let told = vendor.told();
        assert_eq!(told.len(), 1);
        check.verify(told[0].body.as_bytes(), &told[0].headers).unwrap();
        let body = told[0].json();
        assert_eq!((&body["type"], &body["data"]["because"]), (&json!("app.uninstalled"), &json!("UNINSTALLED")));
        let deadline: DateTime<Utc> = body["data"]["dataDeletion"]["deadline"].as_str().unwrap().parse().unwrap();
        assert_eq!(deadline, app.now() + TimeDelta::days(30));

        let seen = deliveries(&acme.admin.client, &installation).await;
        let nodes = seen["webhookDeliveries"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 4);
        for node in nodes {
            assert_eq!((&node["status"], &node["attempts"], &node["lastStatus"]), (&json!("DELIVERED"), &json!(1), &json!(204)));
        }
        assert_eq!(seen["webhooksState"], json!({ "failingSince": null, "pausedAt": null, "pausedBecause": null }));
    }
}

on_both! {
    async fn a_secret_is_shown_once_and_two_sign_while_it_is_changed(app: TestApp) {
        let acme = Acme::new(&app).await;
        let operator = &acme.operator.client;
        let mut input = crate::apps::app_input("Rotas", &["READ_NAME"]);
        input["webhookUrl"] = json!("https://hooks.rotas.example/");
        let asked = "app { id webhookSecrets { hint expiresAt } } webhookSecret secretAlreadyShown";
        let made = operator.with_key("once").done("registerApp", input.clone(), asked).await;
        let first = made["webhookSecret"].as_str().unwrap().to_owned();
        assert!(first.starts_with("whsec_") && Webhook::new(&first).is_ok(), "{first}");
        assert_eq!(made["app"]["webhookSecrets"].as_array().unwrap().len(), 1);
        let again = operator.with_key("once").done("registerApp", input, asked).await;
        assert_eq!((&again["webhookSecret"], &again["secretAlreadyShown"]), (&Value::Null, &json!(true)));
        let held = crate::left_behind::holding(&app, &[first.strip_prefix("whsec_").unwrap()]).await;
        assert!(held.is_empty(), "no table holds it: {held:?}");

        let vendor = Vendor::of(&app, &acme).await;
        let second = rotated(operator, &acme.app).await;
        acme.installed(&app).await;
        let message = vendor.told().remove(0);
        let signed = |secret: &str| {
            let id_and_time = (message.header("webhook-id"), message.header("webhook-timestamp").parse().unwrap());
            Webhook::new(secret).unwrap().sign(id_and_time.0, id_and_time.1, message.body.as_bytes()).unwrap()
        };
        // The newest first; of the three that there were, the oldest has ended.
        assert_eq!(message.header("webhook-signature"), format!("{} {}", signed(&second), signed(&vendor.secret)));
        app.advance(TimeDelta::days(1));
        let input = json!({ "organizationId": acme.id, "webhookDeliveryId": message.header("webhook-id") });
        acme.admin.client.done("replayWebhookDelivery", input, "").await;
        app.run_jobs().await;
        let message = vendor.told().remove(0);
        assert_eq!(message.header("webhook-signature").split(' ').count(), 1, "after a day the one before is over");

        let operator = app.signed_in(acme.operator.id, &acme.operator.email).await.client;
        let rotate = |at: DateTime<Utc>| json!({ "appId": acme.app, "oldSecretExpiresAt": at });
        for at in [app.now(), app.now() + TimeDelta::days(91)] {
            let answer = operator.run("rotateAppWebhookSecret", rotate(at), "").await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.oldSecretExpiresAt"));
        }
        let until = app.now() + TimeDelta::days(90);
        operator.done("rotateAppWebhookSecret", rotate(until), "").await;
        let (_, details) = last_platform_event(&app, "rotateAppWebhookSecret").await;
        assert_eq!(details["oldSecretExpiresAt"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), until);
    }
}

on_both! {
    async fn what_was_told_is_told_once_more_under_the_same_id_and_seen_by_who_administers_apps(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = acme.installed(&app).await;
        let first = vendor.told().remove(0);
        let input = json!({ "organizationId": acme.id, "webhookDeliveryId": first.header("webhook-id") });
        for by in [&acme.admin.client, &acme.operator.client] {
            let done = by.done("replayWebhookDelivery", input.clone(), "webhookDelivery { status attempts }").await;
            assert_eq!(done["webhookDelivery"], json!({ "status": "QUEUED", "attempts": 0 }));
            app.run_jobs().await;
            let again = vendor.told();
            assert_eq!(again.len(), 1);
            assert_eq!((again[0].header("webhook-id"), &again[0].body), (first.header("webhook-id"), &first.body));
        }
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        assert_eq!(stranger.client.run("replayWebhookDelivery", input.clone(), "").await.code(), "NOT_FOUND");
        let mut foreign = input.clone();
        foreign["organizationId"] = json!(other);
        assert_eq!(stranger.client.run("replayWebhookDelivery", foreign, "").await.code(), "NOT_FOUND");
        let users = app.administrator(acme.id, RoleName::UserAdmin).await;
        assert_eq!(users.client.run("replayWebhookDelivery", input, "").await.code(), "FORBIDDEN");
        let seen = deliveries(&users.client, &installation).await;
        assert_eq!((&seen["webhookDeliveries"], &seen["webhooksState"]), (&Value::Null, &Value::Null));
        assert_eq!(deliveries(&stranger.client, &installation).await, Value::Null);
        let of_app = "query($id: ID!) { app(id: $id) { webhookSecrets { id } webhooksState { pausedAt } \
            webhookDeliveries(status: DELIVERED) { totalCount nodes { kind installationId } } } }";
        let seen = acme.operator.client.ask(of_app, json!({ "id": acme.app })).await["app"].clone();
        assert_eq!(seen["webhookDeliveries"]["totalCount"], 1);
        assert_eq!(seen["webhookDeliveries"]["nodes"][0], json!({ "kind": "APP_INSTALLED", "installationId": installation }));
        let seen = acme.admin.client.ask(of_app, json!({ "id": acme.app })).await["app"].clone();
        assert_eq!(seen, json!({ "webhookSecrets": null, "webhooksState": null, "webhookDeliveries": null }));
    }
}
