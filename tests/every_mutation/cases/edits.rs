//! What administrators take from people's right to edit, and give back.

use super::accounts::managed;
use crate::every_mutation::stage::{Attempt, Stage, nothing};
use serde_json::{Value, json};
use steward_entities::{
    id::{AccountId, EditRestrictionId, OrganizationId},
    kinds::RoleName,
};
use steward_tests::Client;

fn terms(target: Value) -> Value {
    json!({ "target": target, "operations": ["EDIT_PROFILE"], "reason": "an audit" })
}

pub async fn restrict_edits(stage: &Stage<'_>) -> Attempt {
    let (ours, theirs) = (managed(stage, stage.organization).await, managed(stage, stage.other).await);
    let input = |id: AccountId| stage.input(terms(json!({ "accountIds": [id] })));
    Attempt::new(input(ours.id)).or_absent(input(nothing())).or_foreign(input(theirs.id))
}

/// A restriction that `by` has set over an organization in which somebody is managed: its id.
async fn set(stage: &Stage<'_>, organization: OrganizationId, by: &Client) -> Value {
    let person = managed(stage, organization).await;
    let mut input = terms(json!({ "accountIds": [person.id] }));
    input["organizationId"] = json!(organization);
    by.done("restrictEdits", input, "editRestriction { id }").await["editRestriction"]["id"].clone()
}

/// Set by the least role that may, so that everybody who may can lift it.
pub async fn lift_edit_restriction(stage: &Stage<'_>) -> Attempt {
    let ours = set(stage, stage.organization, &stage.key(RoleName::UserAdmin).await).await;
    let theirs = set(stage, stage.other, &stage.stranger.client).await;
    let input = |id: Value| stage.input(json!({ "editRestrictionId": id }));
    Attempt::new(input(ours)).or_absent(input(json!(nothing::<EditRestrictionId>()))).or_foreign(input(theirs))
}
