//! Items.

use crate::every_mutation::stage::{Attempt, Stage, nothing};
use serde_json::{Value, json};
use steward_entities::id::{ItemId, OrganizationId, ServiceId, WorkspaceId};
use steward_tests::Somebody;

pub async fn register_item_kind(stage: &Stage<'_>) -> Attempt {
    let named = json!({ "name": stage.address("services.test") });
    let made = stage.operator.client.done("createService", named, "service { id }").await;
    // A name that no other case has: what an id looks like is one.
    let name = nothing_else(stage);
    let input = |service: Value| json!({ "serviceId": service, "name": name });
    Attempt::new(input(made["service"]["id"].clone())).or_absent(input(json!(nothing::<ServiceId>())))
}

fn nothing_else(stage: &Stage<'_>) -> String {
    stage.app.id::<ItemId>().to_string()
}

/// A member of a workspace of this organization.
async fn member(stage: &Stage<'_>, organization: OrganizationId) -> (Somebody, WorkspaceId) {
    let (person, workspace) = (stage.person().await, stage.app.workspace(organization).await);
    stage.app.joined(organization, workspace, person.id, &person.email).await;
    (person, workspace)
}

pub async fn create_item(stage: &Stage<'_>) -> Attempt {
    let (person, workspace) = member(stage, stage.organization).await;
    let kind = stage.app.item_kind(Some(workspace)).await;
    let input =
        |workspace: WorkspaceId| json!({ "workspaceId": workspace, "kind": kind, "title": "A note", "body": "{}" });
    Attempt::new(input(workspace)).or_absent(input(nothing())).by(&person.client)
}

async fn on_item(stage: &Stage<'_>, more: Value) -> Attempt {
    let (person, workspace) = member(stage, stage.organization).await;
    let item = stage.app.item(person.id, Some((stage.organization, workspace))).await;
    let input = |item: ItemId| {
        let mut input = more.clone();
        input["itemId"] = json!(item);
        input
    };
    Attempt::new(input(item)).or_absent(input(nothing())).by(&person.client)
}

pub async fn update_item(stage: &Stage<'_>) -> Attempt {
    on_item(stage, json!({ "title": "Another title" })).await
}

pub async fn set_item_visibility(stage: &Stage<'_>) -> Attempt {
    on_item(stage, json!({ "visibility": "WORKSPACE" })).await
}

pub async fn delete_item(stage: &Stage<'_>) -> Attempt {
    on_item(stage, json!({})).await
}

pub async fn read_items(stage: &Stage<'_>) -> Attempt {
    let mut items = Vec::new();
    for organization in [stage.organization, stage.other] {
        let (person, workspace) = member(stage, organization).await;
        items.push(stage.app.item(person.id, Some((organization, workspace))).await);
    }
    let input = |item: ItemId| stage.input(json!({ "itemIds": [item], "reason": "a question" }));
    Attempt::new(input(items[0])).or_absent(input(nothing())).or_foreign(input(items[1]))
}
