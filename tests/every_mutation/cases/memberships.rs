//! What administrators do to memberships.

use crate::every_mutation::stage::{Attempt, Stage, nothing};
use serde_json::json;
use steward_entities::id::{MembershipId, OrganizationId};

/// A membership of somebody in a workspace of this organization.
async fn member(stage: &Stage<'_>, organization: OrganizationId) -> MembershipId {
    let (person, workspace) = (stage.person().await, stage.app.workspace(organization).await);
    stage.app.joined(organization, workspace, person.id, &person.email).await
}

pub async fn limit(stage: &Stage<'_>) -> Attempt {
    let (ours, theirs) = (member(stage, stage.organization).await, member(stage, stage.other).await);
    let input = |id: MembershipId| stage.input(json!({ "membershipId": id, "reason": "an open question" }));
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs))
}

pub async fn restore(stage: &Stage<'_>) -> Attempt {
    let attempt = limit(stage).await;
    stage.owner.client.done("suspendMembership", attempt.input.clone(), "").await;
    attempt
}
