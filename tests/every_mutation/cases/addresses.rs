//! What administrators do about the addresses of their people.

use super::accounts::managed;
use crate::every_mutation::stage::{Attempt, Stage, nothing};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;
use steward_entities::{
    email_change,
    id::{AccountId, EmailChangeId, OrganizationId},
    kinds::EmailChangeStatus,
};

pub async fn change_account_email(stage: &Stage<'_>) -> Attempt {
    let name = stage.domain_name();
    stage.app.proved_domain(stage.organization, &name).await;
    let new = stage.address(&name);
    let (ours, theirs) = (managed(stage, stage.organization).await, managed(stage, stage.other).await);
    let input = |id: AccountId| stage.input(json!({ "accountId": id, "newEmail": new, "reason": "she married" }));
    Attempt::new(input(ours.id)).or_absent(input(nothing())).or_foreign(input(theirs.id))
}

/// A request that nobody has answered for so long that an operator may, too.
async fn unanswered(stage: &Stage<'_>, organization: OrganizationId) -> EmailChangeId {
    let (person, new, now) = (managed(stage, organization).await, stage.address("home.test"), stage.app.now());
    let row = email_change::ActiveModel {
        id: Set(stage.app.id()),
        account_id: Set(person.id),
        new_email: Set(new.clone()),
        new_email_canonical: Set(new),
        status: Set(EmailChangeStatus::WaitingForApproval),
        reason: Set(None),
        created_at: Set(now - TimeDelta::days(15)),
        expires_at: Set(now + TimeDelta::days(13)),
        organization_id: Set(Some(organization)),
        escalated_at: Set(Some(now - TimeDelta::days(1))),
        ..Default::default()
    };
    row.insert(&stage.app.database).await.unwrap().id
}

pub async fn approve_email_change(stage: &Stage<'_>) -> Attempt {
    let (ours, theirs) = (unanswered(stage, stage.organization).await, unanswered(stage, stage.other).await);
    let input = |id: EmailChangeId| stage.input(json!({ "emailChangeId": id }));
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs))
}

pub async fn reject_email_change(stage: &Stage<'_>) -> Attempt {
    let (ours, theirs) = (unanswered(stage, stage.organization).await, unanswered(stage, stage.other).await);
    let input = |id: EmailChangeId| stage.input(json!({ "emailChangeId": id, "reason": "not this one" }));
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs))
}
