//! The catalogue of third-party apps.

use crate::{
    apps::{app_input, registered},
    every_mutation::stage::{Attempt, Stage, nothing},
};
use serde_json::{Value, json};
use steward_entities::id::{AppId, AppSecretId};

pub async fn register_app(stage: &Stage<'_>) -> Attempt {
    Attempt::new(app_input(&stage.domain_name(), &["READ_NAME"]))
}

/// An app of the catalogue: its id.
pub async fn an_app(stage: &Stage<'_>) -> String {
    registered(&stage.operator.client, &stage.domain_name(), &["READ_NAME", "READ_EMAIL"]).await.0
}

/// On an app, and on one that isn't there.
async fn on_app(stage: &Stage<'_>, more: Value) -> Attempt {
    let input = |id: Value| {
        let mut input = more.clone();
        input["appId"] = id;
        input
    };
    Attempt::new(input(json!(an_app(stage).await))).or_absent(input(json!(nothing::<AppId>())))
}

pub async fn update_app(stage: &Stage<'_>) -> Attempt {
    on_app(stage, json!({ "vendor": "Another AG" })).await
}

pub async fn rotate_app_secret(stage: &Stage<'_>) -> Attempt {
    on_app(stage, json!({})).await
}

pub async fn retire_app(stage: &Stage<'_>) -> Attempt {
    on_app(stage, json!({ "reason": "The vendor is gone" })).await
}

pub async fn revoke_app_secret(stage: &Stage<'_>) -> Attempt {
    let input = app_input(&stage.domain_name(), &["READ_NAME"]);
    let made = stage.operator.client.done("registerApp", input, "app { secrets { id } }").await;
    Attempt::new(json!({ "appSecretId": made["app"]["secrets"][0]["id"] }))
        .or_absent(json!({ "appSecretId": nothing::<AppSecretId>() }))
}
