//! Domains, and the claims over their accounts.

use crate::every_mutation::stage::{Attempt, Stage, nothing};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{
    control_assertion,
    id::{ClaimId, ControlAssertionId, DomainId, OrganizationId},
};
use steward_tests::{Client, Somebody};

pub async fn add_domain(stage: &Stage<'_>) -> Attempt {
    Attempt::new(stage.input(json!({ "name": stage.domain_name() })))
}

/// A try on a domain of the organization's own.
async fn on_domain(stage: &Stage<'_>, ours: Value, rest: Value) -> Attempt {
    let theirs = stage.app.proved_domain(stage.other, &stage.domain_name()).await;
    let input = |domain: Value| {
        let mut input = stage.input(rest.clone());
        input["domainId"] = domain;
        input
    };
    Attempt::new(input(ours)).or_absent(input(json!(nothing::<DomainId>()))).or_foreign(input(json!(theirs)))
}

pub async fn verify_domain(stage: &Stage<'_>) -> Attempt {
    let name = stage.domain_name();
    let asked = "domain { id challenge { recordName recordValue } }";
    let added = stage.owner.client.done("addDomain", stage.input(json!({ "name": name })), asked).await;
    let challenge = &added["domain"]["challenge"];
    let record = challenge["recordValue"].as_str().unwrap();
    stage.app.dns.set_txt(&format!("_steward-challenge.{name}"), &[&[record]]);
    on_domain(stage, added["domain"]["id"].clone(), json!({})).await
}

pub async fn regenerate_domain_challenge(stage: &Stage<'_>) -> Attempt {
    let ours = stage.app.proved_domain(stage.organization, &stage.domain_name()).await;
    on_domain(stage, json!(ours), json!({})).await
}

/// Removes the ground on which an account is managed.
pub async fn remove_domain(stage: &Stage<'_>) -> Attempt {
    let name = stage.domain_name();
    let ours = stage.app.proved_domain(stage.organization, &name).await;
    let account = stage.app.account(&stage.address(&name)).await;
    stage.app.under_control(stage.organization, ours, account).await;
    on_domain(stage, json!(ours), json!({})).await
}

pub async fn claim_accounts(stage: &Stage<'_>) -> Attempt {
    let name = stage.domain_name();
    let ours = stage.app.proved_domain(stage.organization, &name).await;
    stage.app.account(&stage.address(&name)).await;
    on_domain(stage, json!(ours), json!({ "scope": { "everyone": {} } })).await
}

/// Somebody who is claimed by `organization`, and the claim's id. They have been told.
async fn claimed(stage: &Stage<'_>, organization: OrganizationId, by: &Client) -> (Somebody, Value) {
    let name = stage.domain_name();
    let domain = stage.app.proved_domain(organization, &name).await;
    let person = stage.app.person(&stage.address(&name)).await;
    let input = json!({ "organizationId": organization, "domainId": domain, "scope": { "everyone": {} } });
    let claim = by.done("claimAccounts", input, "claim { id }").await["claim"]["id"].clone();
    stage.app.run_jobs().await;
    (person, claim)
}

pub async fn cancel_claim(stage: &Stage<'_>) -> Attempt {
    let (_, ours) = claimed(stage, stage.organization, &stage.owner.client).await;
    let (_, theirs) = claimed(stage, stage.other, &stage.stranger.client).await;
    Attempt::new(stage.input(json!({ "claimId": ours })))
        .or_absent(stage.input(json!({ "claimId": nothing::<ClaimId>() })))
        .or_foreign(stage.input(json!({ "claimId": theirs })))
}

pub async fn accept_control(stage: &Stage<'_>) -> Attempt {
    let (person, _) = claimed(stage, stage.organization, &stage.owner.client).await;
    let of_person = control_assertion::Column::AccountId.eq(person.id);
    let found = control_assertion::Entity::find().filter(of_person).one(&stage.app.database).await;
    Attempt::new(json!({ "controlAssertionId": found.unwrap().unwrap().id }))
        .or_absent(json!({ "controlAssertionId": nothing::<ControlAssertionId>() }))
        .by(&person.client)
}
