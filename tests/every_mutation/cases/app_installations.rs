//! Apps at work in an organization.

use super::apps::an_app;
use crate::every_mutation::stage::{Attempt, Stage, nothing};
use sea_orm::{EntityTrait, Set};
use serde_json::{Value, json};
use steward_entities::{
    app_webhook,
    id::{AppInstallationId, OrganizationId, WebhookDeliveryId, WorkspaceId},
};
use steward_tests::{Client, Somebody};

/// A workspace with one member, and an app that may be installed there: the input.
async fn installable(stage: &Stage<'_>, organization: OrganizationId, by: &Somebody) -> Value {
    let (person, workspace) = (stage.person().await, stage.app.workspace(organization).await);
    stage.app.joined(organization, workspace, person.id, &person.email).await;
    let app = an_app(stage).await;
    by.client.done("approveApp", json!({ "organizationId": organization, "appId": app }), "").await;
    json!({
        "organizationId": organization,
        "target": { "workspaceId": workspace },
        "appId": app,
        "scopes": ["READ_NAME"],
    })
}

pub async fn install_app(stage: &Stage<'_>) -> Attempt {
    let input = installable(stage, stage.organization, &stage.owner).await;
    let (mut absent, mut foreign) = (input.clone(), input.clone());
    absent["target"] = json!({ "workspaceId": nothing::<WorkspaceId>() });
    foreign["target"] = json!({ "workspaceId": stage.app.workspace(stage.other).await });
    Attempt::new(input).or_absent(absent).or_foreign(foreign)
}

/// What is sent about an installation, or about one that isn't the organization's.
fn attempt(stage: &Stage<'_>, ours: &Value, theirs: &Value, more: &Value) -> Attempt {
    let input = |id: &Value| {
        let mut input = stage.input(more.clone());
        input["installationId"] = id.clone();
        input
    };
    Attempt::new(input(ours)).or_absent(input(&json!(nothing::<AppInstallationId>()))).or_foreign(input(theirs))
}

async fn installed(by: &Client, input: Value) -> Value {
    by.done("installApp", input, "installation { id }").await["installation"]["id"].clone()
}

/// On an app that is installed by the time when it is tried.
async fn on_installed(stage: &Stage<'_>, more: Value) -> Attempt {
    let ours = installable(stage, stage.organization, &stage.owner).await;
    let theirs = installable(stage, stage.other, &stage.stranger).await;
    let ours = installed(&stage.owner.client, ours).await;
    let theirs = installed(&stage.stranger.client, theirs).await;
    attempt(stage, &ours, &theirs, &more)
}

pub async fn update_installation(stage: &Stage<'_>) -> Attempt {
    on_installed(stage, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] })).await
}

pub async fn uninstall_app(stage: &Stage<'_>) -> Attempt {
    on_installed(stage, json!({ "reason": "Nobody uses it" })).await
}

/// Blocked before anybody was told: it fails.
async fn failed(stage: &Stage<'_>, organization: OrganizationId, by: &Somebody) -> (Value, Value) {
    let input = installable(stage, organization, by).await;
    let id = installed(&by.client, input.clone()).await;
    let on_app = json!({ "organizationId": organization, "appId": input["appId"] });
    by.client.done("blockApp", on_app.clone(), "").await;
    stage.app.run_jobs().await;
    (id, on_app)
}

pub async fn cancel_installation(stage: &Stage<'_>) -> Attempt {
    let (ours, _) = failed(stage, stage.organization, &stage.owner).await;
    let (theirs, _) = failed(stage, stage.other, &stage.stranger).await;
    attempt(stage, &ours, &theirs, &json!({}))
}

pub async fn retry_installation(stage: &Stage<'_>) -> Attempt {
    let (ours, on_app) = failed(stage, stage.organization, &stage.owner).await;
    stage.owner.client.done("approveApp", on_app, "").await;
    let (theirs, _) = failed(stage, stage.other, &stage.stranger).await;
    attempt(stage, &ours, &theirs, &json!({}))
}

/// An app that everybody has been told of: the installation.
async fn told(stage: &Stage<'_>, organization: OrganizationId, by: &Somebody) -> (Value, Value) {
    let input = installable(stage, organization, by).await;
    let id = installed(&by.client, input.clone()).await;
    stage.app.run_jobs().await;
    (id, input["appId"].clone())
}

pub async fn replay_webhook_delivery(stage: &Stage<'_>) -> Attempt {
    let query = "query($id: ID!) { appInstallation(id: $id) { webhookDeliveries { nodes { id } } } }";
    let delivery = async |organization, by: &Somebody| {
        let (id, _) = told(stage, organization, by).await;
        let seen = by.client.ask(query, json!({ "id": id })).await;
        seen["appInstallation"]["webhookDeliveries"]["nodes"][0]["id"].clone()
    };
    let input = |id: Value| stage.input(json!({ "webhookDeliveryId": id }));
    let theirs = delivery(stage.other, &stage.stranger).await;
    Attempt::new(input(delivery(stage.organization, &stage.owner).await))
        .or_absent(input(json!(nothing::<WebhookDeliveryId>())))
        .or_foreign(input(theirs))
}

pub async fn resume_webhooks(stage: &Stage<'_>) -> Attempt {
    let (ours, app) = told(stage, stage.organization, &stage.owner).await;
    let (theirs, _) = told(stage, stage.other, &stage.stranger).await;
    let row = app_webhook::ActiveModel {
        app_id: Set(app.as_str().unwrap().parse().unwrap()),
        paused_at: Set(Some(stage.app.now())),
        ..Default::default()
    };
    // It hasn't been reached before: there is a row already.
    app_webhook::Entity::update(row).exec(&stage.app.database).await.unwrap();
    attempt(stage, &ours, &theirs, &json!({}))
}

pub async fn confirm_data_deletion(stage: &Stage<'_>) -> Attempt {
    let gone = async |organization, by: &Somebody| {
        let (id, app) = told(stage, organization, by).await;
        let input = json!({ "organizationId": organization, "installationId": id, "reason": "Nobody uses it" });
        by.client.done("uninstallApp", input, "").await;
        stage.app.run_jobs().await;
        (id, app)
    };
    let (theirs, _) = gone(stage.other, &stage.stranger).await;
    let (ours, app) = gone(stage.organization, &stage.owner).await;
    let made = stage.operator.client.done("rotateAppSecret", json!({ "appId": app }), "secret").await;
    let input = |id: Value| json!({ "clientId": app, "clientSecret": made["secret"], "installationId": id });
    Attempt::new(input(ours)).or_absent(input(json!(nothing::<AppInstallationId>()))).or_foreign(input(theirs))
}
