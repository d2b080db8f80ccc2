//! Services, workspaces, memberships.

use crate::every_mutation::stage::{Attempt, Stage, nothing};
use serde_json::{Value, json};
use steward_entities::id::{MembershipId, ServiceId, ServiceKeyId, WorkspaceId};
use steward_tests::Somebody;

pub async fn create_service(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "name": stage.address("services.test") }))
}

/// A service of the platform: its id.
async fn service(stage: &Stage<'_>) -> Value {
    let input = json!({ "name": stage.address("services.test") });
    stage.operator.client.done("createService", input, "service { id }").await["service"]["id"].clone()
}

pub async fn create_service_key(stage: &Stage<'_>) -> Attempt {
    let input = |service: Value| json!({ "serviceId": service, "name": "the web server" });
    Attempt::new(input(service(stage).await)).or_absent(input(json!(nothing::<ServiceId>())))
}

pub async fn revoke_service_key(stage: &Stage<'_>) -> Attempt {
    let input = json!({ "serviceId": service(stage).await, "name": "the web server" });
    let made = stage.operator.client.done("createServiceKey", input, "serviceKey { id }").await;
    Attempt::new(json!({ "serviceKeyId": made["serviceKey"]["id"] }))
        .or_absent(json!({ "serviceKeyId": nothing::<ServiceKeyId>() }))
}

pub async fn create_workspace(stage: &Stage<'_>) -> Attempt {
    let input = json!({ "name": stage.address("services.test") });
    let service = stage.operator.client.done("createService", input, "service { id }").await["service"]["id"].clone();
    Attempt::new(stage.input(json!({ "serviceId": service, "name": "a team" })))
        .or_absent(stage.input(json!({ "serviceId": nothing::<ServiceId>(), "name": "a team" })))
}

pub async fn add_member(stage: &Stage<'_>) -> Attempt {
    let email = stage.address("people.test");
    let input = |workspace: WorkspaceId| stage.input(json!({ "workspaceId": workspace, "email": email }));
    let ours = stage.app.workspace(stage.organization).await;
    let theirs = stage.app.workspace(stage.other).await;
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs))
}

/// Somebody to whom a membership is offered, and its id.
async fn offered(stage: &Stage<'_>) -> (Somebody, Value) {
    let (person, workspace) = (stage.person().await, stage.app.workspace(stage.organization).await);
    let input = stage.input(json!({ "workspaceId": workspace, "email": person.email }));
    let made = stage.owner.client.done("addMember", input, "membership { id }").await;
    (person, made["membership"]["id"].clone())
}

async fn on_offer(stage: &Stage<'_>) -> Attempt {
    let (person, membership) = offered(stage).await;
    Attempt::new(json!({ "membershipId": membership }))
        .or_absent(json!({ "membershipId": nothing::<MembershipId>() }))
        .by(&person.client)
}

pub async fn accept_membership(stage: &Stage<'_>) -> Attempt {
    on_offer(stage).await
}

pub async fn decline_membership(stage: &Stage<'_>) -> Attempt {
    on_offer(stage).await
}

pub async fn leave_workspace(stage: &Stage<'_>) -> Attempt {
    let (person, membership) = offered(stage).await;
    person.client.done("acceptMembership", json!({ "membershipId": membership }), "").await;
    Attempt::new(json!({ "membershipId": membership }))
        .or_absent(json!({ "membershipId": nothing::<MembershipId>() }))
        .by(&person.client)
}
