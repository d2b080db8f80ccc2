//! Whom apps don't see.

use super::{accounts::managed, apps::an_app};
use crate::every_mutation::stage::{Attempt, Stage, nothing};
use serde_json::{Value, json};
use steward_entities::id::{AccountId, AppInstallationId, AppObjectionId, OrganizationId};
use steward_tests::Somebody;

/// Somebody whom `organization` manages, and an app that is at work there.
async fn seen(stage: &Stage<'_>, organization: OrganizationId) -> (Somebody, AppInstallationId) {
    let (app, by) = (an_app(stage).await.parse().unwrap(), stage.owner.id);
    (managed(stage, organization).await, stage.app.at_work(organization, app, by).await)
}

/// The same, and the person objects: their objection.
async fn objected(stage: &Stage<'_>, organization: OrganizationId) -> (Somebody, Value) {
    let (person, installation) = seen(stage, organization).await;
    let input = json!({ "installationId": installation, "reason": "It needn't know me" });
    let id = person.client.done("objectToApp", input, "appObjection { id }").await["appObjection"]["id"].clone();
    (person, id)
}

pub async fn object_to_app(stage: &Stage<'_>) -> Attempt {
    let ((person, ours), (_, theirs)) = (seen(stage, stage.organization).await, seen(stage, stage.other).await);
    let input = |id: AppInstallationId| json!({ "installationId": id, "reason": "It needn't know me" });
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs)).by(&person.client)
}

pub async fn withdraw_app_objection(stage: &Stage<'_>) -> Attempt {
    let ((person, ours), (_, theirs)) = (objected(stage, stage.organization).await, objected(stage, stage.other).await);
    let input = |id: Value| json!({ "appObjectionId": id });
    let absent = input(json!(nothing::<AppObjectionId>()));
    Attempt::new(input(ours)).or_absent(absent).or_foreign(input(theirs)).by(&person.client)
}

pub async fn decide_app_objection(stage: &Stage<'_>) -> Attempt {
    let ((_, ours), (_, theirs)) = (objected(stage, stage.organization).await, objected(stage, stage.other).await);
    let input = |id: Value| stage.input(json!({ "appObjectionId": id, "outcome": "DISMISS", "reason": "We need it" }));
    Attempt::new(input(ours)).or_absent(input(json!(nothing::<AppObjectionId>()))).or_foreign(input(theirs))
}

/// On somebody, and an app that is at work.
async fn on_access(stage: &Stage<'_>) -> Attempt {
    let ((ours, installation), (theirs, _)) = (seen(stage, stage.organization).await, seen(stage, stage.other).await);
    let input = |account: AccountId| {
        stage.input(json!({ "accountId": account, "installationId": installation, "reason": "Other work" }))
    };
    Attempt::new(input(ours.id)).or_absent(input(nothing())).or_foreign(input(theirs.id))
}

pub async fn revoke_app_access(stage: &Stage<'_>) -> Attempt {
    on_access(stage).await
}

pub async fn restore_app_access(stage: &Stage<'_>) -> Attempt {
    let attempt = on_access(stage).await;
    stage.owner.client.done("revokeAppAccess", attempt.input.clone(), "").await;
    attempt
}
