//! An organization's word on apps, and what its people ask for.

use super::{accounts::managed, apps::an_app};
use crate::every_mutation::stage::{Attempt, Stage, nothing};
use serde_json::{Value, json};
use steward_entities::id::{AppId, AppRequestId, OrganizationId};

/// The other policy than the one before, so that each try changes something.
pub async fn set_app_policy(stage: &Stage<'_>) -> Attempt {
    let query = "query($id: ID!) { organization(id: $id) { appPolicy } }";
    let now = stage.owner.client.ask(query, json!({ "id": stage.organization })).await;
    let next = if now["organization"]["appPolicy"] == "ALLOW_ALL" { "BLOCK_ALL" } else { "ALLOW_ALL" };
    Attempt::new(stage.input(json!({ "mode": next })))
}

async fn on_app(stage: &Stage<'_>) -> Attempt {
    let input = |id: Value| stage.input(json!({ "appId": id }));
    Attempt::new(input(json!(an_app(stage).await))).or_absent(input(json!(nothing::<AppId>())))
}

pub async fn approve_app(stage: &Stage<'_>) -> Attempt {
    on_app(stage).await
}

pub async fn block_app(stage: &Stage<'_>) -> Attempt {
    on_app(stage).await
}

pub async fn clear_app_decision(stage: &Stage<'_>) -> Attempt {
    let attempt = on_app(stage).await;
    stage.owner.client.done("blockApp", attempt.input.clone(), "").await;
    attempt
}

pub async fn request_app(stage: &Stage<'_>) -> Attempt {
    let person = managed(stage, stage.organization).await;
    let app = an_app(stage).await;
    let input = |organization: OrganizationId| json!({ "organizationId": organization, "appId": app });
    Attempt::new(input(stage.organization))
        .or_absent(input(nothing()))
        .or_foreign(input(stage.other))
        .by(&person.client)
}

/// A request of somebody whom `organization` manages: its id.
async fn requested(stage: &Stage<'_>, organization: OrganizationId) -> Value {
    let person = managed(stage, organization).await;
    let input = json!({ "organizationId": organization, "appId": an_app(stage).await });
    person.client.done("requestApp", input, "appRequest { id }").await["appRequest"]["id"].clone()
}

pub async fn answer_app_request(stage: &Stage<'_>) -> Attempt {
    let (ours, theirs) = (requested(stage, stage.organization).await, requested(stage, stage.other).await);
    let input = |id: Value| stage.input(json!({ "appRequestId": id, "outcome": "APPROVED", "reason": "We try it" }));
    Attempt::new(input(ours)).or_absent(input(json!(nothing::<AppRequestId>()))).or_foreign(input(theirs))
}
