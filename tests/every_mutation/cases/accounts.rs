//! What administrators do to the accounts of their people, and to what they were told.

use crate::{
    every_mutation::stage::{Attempt, Stage, nothing},
    left_behind::link,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward_entities::{
    account,
    id::{AccountId, JobId, NoticeId, OrganizationId, WorkspaceId},
    job,
    kinds::{BlockKind, JobStatus, TokenPurpose},
    notice,
};
use steward_tests::Somebody;

/// Somebody whose account `organization` manages.
pub async fn managed(stage: &Stage<'_>, organization: OrganizationId) -> Somebody {
    let name = stage.domain_name();
    let domain = stage.app.proved_domain(organization, &name).await;
    let person = stage.app.person(&stage.address(&name)).await;
    stage.app.under_control(organization, domain, person.id).await;
    person
}

/// A try on a managed account. The foreign one is managed by another organization.
async fn on_managed(stage: &Stage<'_>, input: impl Fn(AccountId) -> Value) -> Attempt {
    let ours = managed(stage, stage.organization).await;
    let theirs = managed(stage, stage.other).await;
    Attempt::new(stage.input(input(ours.id)))
        .or_absent(stage.input(input(nothing())))
        .or_foreign(stage.input(input(theirs.id)))
}

pub async fn release_accounts(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "selection": { "accountIds": [id] }, "reason": "left the company" })).await
}

pub async fn require_password_reset(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "accountId": id, "reason": "a phishing mail reached us" })).await
}

pub async fn revoke_sessions(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "accountId": id, "reason": "a lost laptop" })).await
}

pub async fn restrict_account(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "accountId": id, "reason": "an open question" })).await
}

pub async fn suspend_account(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "accountId": id, "reason": "parental leave" })).await
}

pub async fn terminate_account(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "accountId": id, "reason": "left the company" })).await
}

pub async fn delete_account(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "accountId": id, "reason": "left the company" })).await
}

pub async fn update_account_profile(stage: &Stage<'_>) -> Attempt {
    on_managed(stage, |id| json!({ "accountId": id, "jobTitle": "Designer" })).await
}

/// The name of a domain that this organization has proved.
async fn proved(stage: &Stage<'_>, organization: OrganizationId) -> String {
    let name = stage.domain_name();
    stage.app.proved_domain(organization, &name).await;
    name
}

pub async fn create_account(stage: &Stage<'_>) -> Attempt {
    let email = stage.address(&proved(stage, stage.organization).await);
    let input = |workspace: WorkspaceId| stage.input(json!({ "email": email, "workspaceIds": [workspace] }));
    let (ours, theirs) = (stage.app.workspace(stage.organization).await, stage.app.workspace(stage.other).await);
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs))
}

/// An account that `by` has made for somebody: its address.
async fn made(stage: &Stage<'_>, organization: OrganizationId, by: &Somebody) -> String {
    let email = stage.address(&proved(stage, organization).await);
    by.client.done("createAccount", json!({ "organizationId": organization, "email": email }), "").await;
    email
}

pub async fn renew_account_invitation(stage: &Stage<'_>) -> Attempt {
    let id = async |email: String| {
        let found = account::Entity::find().filter(account::Column::Email.eq(email));
        found.one(&stage.app.database).await.unwrap().unwrap().id
    };
    let ours = id(made(stage, stage.organization, &stage.owner).await).await;
    let theirs = id(made(stage, stage.other, &stage.stranger).await).await;
    let input = |id: AccountId| stage.input(json!({ "accountId": id }));
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs))
}

pub async fn decline_account(stage: &Stage<'_>) -> Attempt {
    let email = made(stage, stage.organization, &stage.owner).await;
    let token = link(stage.app, TokenPurpose::AccountInvitation, &email).await;
    Attempt::new(json!({ "token": token })).or_absent(json!({ "token": "nothing" }))
}

pub async fn restore_account(stage: &Stage<'_>) -> Attempt {
    on_blocked(stage, BlockKind::Suspension).await
}

pub async fn cancel_account_deletion(stage: &Stage<'_>) -> Attempt {
    on_blocked(stage, BlockKind::Deletion).await
}

/// A try on an account on which the organization that manages it has laid a block.
async fn on_blocked(stage: &Stage<'_>, kind: BlockKind) -> Attempt {
    let blocked = async |organization: OrganizationId| {
        let person = managed(stage, organization).await;
        stage.app.blocked(person.id, kind, Some(organization)).await;
        person.id
    };
    let (ours, theirs) = (blocked(stage.organization).await, blocked(stage.other).await);
    let input = |id: AccountId| stage.input(json!({ "accountId": id, "reason": "back again" }));
    Attempt::new(input(ours)).or_absent(input(nothing())).or_foreign(input(theirs))
}

pub async fn bulk_accounts(stage: &Stage<'_>) -> Attempt {
    let person = managed(stage, stage.organization).await;
    let action = json!({ "suspend": { "reason": "parental leave" } });
    Attempt::new(stage.input(json!({ "selection": { "accountIds": [person.id] }, "action": action })))
}

/// A job that waits for tomorrow.
async fn waiting(stage: &Stage<'_>, organization: OrganizationId) -> JobId {
    let id: JobId = stage.app.id();
    let row = job::ActiveModel {
        id: Set(id),
        kind: Set("bulk_accounts".to_owned()),
        organization_id: Set(Some(organization)),
        payload: Set(json!({})),
        status: Set(JobStatus::Pending),
        run_at: Set(stage.app.now() + TimeDelta::days(365)),
        attempts: Set(0),
        lease: Set(0),
        done: Set(0),
        created_at: Set(stage.app.now()),
        ..Default::default()
    };
    row.insert(&stage.app.database).await.unwrap();
    id
}

pub async fn cancel_job(stage: &Stage<'_>) -> Attempt {
    let ours = waiting(stage, stage.organization).await;
    let theirs = waiting(stage, stage.other).await;
    Attempt::new(stage.input(json!({ "jobId": ours })))
        .or_absent(stage.input(json!({ "jobId": nothing::<JobId>() })))
        .or_foreign(stage.input(json!({ "jobId": theirs })))
}

/// The newest notice of a kind on behalf of an organization.
async fn told(stage: &Stage<'_>, organization: OrganizationId, kind: &str) -> NoticeId {
    let found = notice::Entity::find()
        .filter(notice::Column::OrganizationId.eq(organization))
        .filter(notice::Column::Kind.eq(kind));
    found.all(&stage.app.database).await.unwrap().into_iter().map(|notice| notice.id).max().unwrap()
}

/// A notice that the mail server has refused.
pub async fn resend_notice(stage: &Stage<'_>) -> Attempt {
    let sessions_end = async |by: &Somebody, organization: OrganizationId| {
        let person = managed(stage, organization).await;
        stage.app.mailer.refuse(&person.email, "no such mailbox");
        let input = json!({ "organizationId": organization, "accountId": person.id, "reason": "a lost laptop" });
        by.client.done("revokeSessions", input, "").await;
    };
    sessions_end(&stage.owner, stage.organization).await;
    sessions_end(&stage.stranger, stage.other).await;
    stage.app.run_jobs().await;
    let ours = told(stage, stage.organization, "sessions_ended").await;
    let theirs = told(stage, stage.other, "sessions_ended").await;
    Attempt::new(stage.input(json!({ "noticeId": ours })))
        .or_absent(stage.input(json!({ "noticeId": nothing::<NoticeId>() })))
        .or_foreign(stage.input(json!({ "noticeId": theirs })))
}
