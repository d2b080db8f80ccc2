//! Organizations, their administrators, their keys.

use crate::{
    every_mutation::stage::{Attempt, Stage, nothing},
    left_behind::link,
};
use serde_json::{Value, json};
use steward_entities::{
    id::{AccountId, ApiKeyId, InvitationId, OrganizationId},
    kinds::{RoleName, TokenPurpose},
};
use steward_tests::Client;

pub async fn create_organization(stage: &Stage<'_>) -> Attempt {
    Attempt::new(json!({ "name": "New", "ownerEmail": stage.address("owners.test") }))
}

pub async fn update_organization(stage: &Stage<'_>) -> Attempt {
    Attempt::new(stage.input(json!({ "name": stage.address("names.test") })))
}

pub async fn invite_administrator(stage: &Stage<'_>) -> Attempt {
    Attempt::new(stage.input(json!({ "email": stage.address("admins.test"), "role": "OWNER" })))
}

/// Invites an owner; gives the invitation's id.
async fn invited(by: &Client, organization: OrganizationId, email: &str) -> Value {
    let input = json!({ "organizationId": organization, "email": email, "role": "OWNER" });
    by.done("inviteAdministrator", input, "invitation { id }").await["invitation"]["id"].clone()
}

pub async fn cancel_invitation(stage: &Stage<'_>) -> Attempt {
    let ours = invited(&stage.owner.client, stage.organization, &stage.address("admins.test")).await;
    let theirs = invited(&stage.stranger.client, stage.other, &stage.address("admins.test")).await;
    Attempt::new(stage.input(json!({ "invitationId": ours })))
        .or_absent(stage.input(json!({ "invitationId": nothing::<InvitationId>() })))
        .or_foreign(stage.input(json!({ "invitationId": theirs })))
}

pub async fn accept_invitation(stage: &Stage<'_>) -> Attempt {
    let person = stage.person().await;
    invited(&stage.owner.client, stage.organization, &person.email).await;
    let token = link(stage.app, TokenPurpose::Invitation, &person.email).await;
    Attempt::new(json!({ "token": token })).or_absent(json!({ "token": "nothing" })).by(&person.client)
}

pub async fn resign_role(stage: &Stage<'_>) -> Attempt {
    let auditor = stage.administrator(RoleName::Auditor).await;
    Attempt::new(stage.input(json!({})))
        .or_absent(json!({ "organizationId": nothing::<OrganizationId>() }))
        .by(&auditor.client)
}

/// A try on somebody who has a role; `rest` is the input beside the account.
async fn on_auditor(stage: &Stage<'_>, rest: Value) -> Attempt {
    let auditor = stage.administrator(RoleName::Auditor).await;
    let input = |account: AccountId| {
        let mut input = stage.input(rest.clone());
        input["accountId"] = json!(account);
        input
    };
    Attempt::new(input(auditor.id)).or_absent(input(nothing())).or_foreign(input(stage.stranger.id))
}

pub async fn assign_role(stage: &Stage<'_>) -> Attempt {
    on_auditor(stage, json!({ "role": "HELP_DESK" })).await
}

pub async fn revoke_role(stage: &Stage<'_>) -> Attempt {
    on_auditor(stage, json!({ "reason": "left the team" })).await
}

pub async fn create_api_key(stage: &Stage<'_>) -> Attempt {
    Attempt::new(stage.input(json!({ "name": "a script", "role": "AUDITOR" })))
}

async fn made(by: &Client, organization: OrganizationId) -> Value {
    let input = json!({ "organizationId": organization, "name": "a script", "role": "AUDITOR" });
    by.done("createApiKey", input, "apiKey { id }").await["apiKey"]["id"].clone()
}

pub async fn revoke_api_key(stage: &Stage<'_>) -> Attempt {
    let ours = made(&stage.owner.client, stage.organization).await;
    let theirs = made(&stage.stranger.client, stage.other).await;
    Attempt::new(stage.input(json!({ "apiKeyId": ours })))
        .or_absent(stage.input(json!({ "apiKeyId": nothing::<ApiKeyId>() })))
        .or_foreign(stage.input(json!({ "apiKeyId": theirs })))
}
