//! Administrators require a new password: what dies depends on the ground, and nobody learns or chooses it for them.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    account, account_block, event,
    id::{AccountId, OrganizationId, ServiceId, WorkspaceId},
    kinds::{MembershipStatus, RoleName},
    membership, service, workspace,
};
use steward_tests::{Answer, Client, TestApp, on_both, seed::PASSWORD};

const NEW_PASSWORD: &str = "meadow copper winter thimble";
const REASON: &str = "A phishing mail reached us.";

async fn require(client: &Client, organization: OrganizationId, account: AccountId) -> Answer {
    let input =
        json!({ "organizationId": organization.to_string(), "accountId": account.to_string(), "reason": REASON });
    client.run("requirePasswordReset", input, "accountId passwordForgotten").await
}

async fn manage(app: &TestApp, organization: OrganizationId, account: AccountId) {
    let row = account::ActiveModel {
        id: Set(account),
        managed_by: Set(Some(organization)),
        managed_at: Set(Some(app.now())),
        ..Default::default()
    };
    row.update(&app.database).await.unwrap();
}

fn id<T: From<uuid::Uuid>>(app: &TestApp) -> T {
    T::from(app.steward.entropy.uuid(app.now()))
}

async fn join(app: &TestApp, organization: OrganizationId, account: AccountId, email: &str) {
    let (service, workspace): (ServiceId, WorkspaceId) = (id(app), id(app));
    let row =
        service::ActiveModel { id: Set(service), name: Set(format!("Wiki {service}")), created_at: Set(app.now()) };
    row.insert(&app.database).await.unwrap();
    let row = workspace::ActiveModel {
        id: Set(workspace),
        organization_id: Set(organization),
        service_id: Set(service),
        name: Set("Team".to_owned()),
        created_at: Set(app.now()),
    };
    row.insert(&app.database).await.unwrap();
    let row = membership::ActiveModel {
        id: Set(id(app)),
        organization_id: Set(organization),
        workspace_id: Set(workspace),
        account_id: Set(Some(account)),
        email: Set(email.to_owned()),
        email_canonical: Set(email.to_owned()),
        status: Set(MembershipStatus::Active),
        reason: Set(None),
        message: Set(None),
        until: Set(None),
        offered_by: Set(None),
        version: Set(1),
        created_at: Set(app.now()),
        ..Default::default()
    };
    row.insert(&app.database).await.unwrap();
}

async fn blocks(app: &TestApp, account: AccountId) -> Vec<account_block::Model> {
    let open = account_block::Entity::find()
        .filter(account_block::Column::AccountId.eq(account))
        .filter(account_block::Column::LiftedAt.is_null());
    open.all(&app.database).await.unwrap()
}

async fn retired(app: &TestApp, account: AccountId) -> Option<String> {
    account::Entity::find_by_id(account).one(&app.database).await.unwrap().unwrap().retired_password_hash
}

on_both! {
    async fn of_a_managed_account_the_old_password_and_all_sessions_are_dead(app: TestApp) {
        let organization = app.organization("Hofer").await;
        let helper = app.administrator(organization, RoleName::HelpDesk).await;
        let ana = app.person("ana@hofer.example").await;
        manage(&app, organization, ana.id).await;
        app.nobody().done("requestPasswordReset", json!({ "email": ana.email }), "accepted").await;
        app.run_jobs().await;
        let old = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        app.advance(TimeDelta::minutes(1));

        let payload = require(&helper.client, organization, ana.id).await.payload();
        assert_eq!(payload, json!({ "accountId": ana.id.to_string(), "passwordForgotten": true, "userErrors": [] }));
        assert_eq!(ana.client.run("signOut", json!({}), "sessionId").await.code(), "UNAUTHENTICATED");
        let old_password = json!({ "email": ana.email, "password": PASSWORD });
        assert_eq!(app.nobody().run("signIn", old_password, "token").await.code(), "WRONG_CREDENTIALS");
        let input = json!({ "token": old, "newPassword": NEW_PASSWORD });
        assert_eq!(app.nobody().run("resetPassword", input, "changed").await.code(), "LINK_INVALID");

        let told = app.notices_to(&ana.email, NoticeKind::PasswordResetRequired).await;
        assert_eq!((told.len(), told[0].organization_id), (1, Some(organization)));
        assert!(retired(&app, ana.id).await.is_some());
        assert_eq!(told[0].token_id, None, "administrators see this notice, and no link in it");
        assert_eq!(told[0].content["ground"], "managed");
        assert_eq!(blocks(&app, ana.id).await[0].organization_id, Some(organization));
        // Required once more before anything was set: the old one is still the one that must not come back.
        assert_eq!(require(&helper.client, organization, ana.id).await.code(), "OK");
        let link = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        let input = json!({ "token": link, "newPassword": PASSWORD });
        let same = app.nobody().run("resetPassword", input, "changed").await;
        assert_eq!((same.code().as_str(), same.field().as_str()), ("INVALID", "input.newPassword"));
        let input = json!({ "token": link, "newPassword": NEW_PASSWORD });
        app.nobody().done("resetPassword", input, "changed").await;
        assert!(blocks(&app, ana.id).await.is_empty());
        assert_eq!(retired(&app, ana.id).await, None, "nothing of it is kept");
        let input = json!({ "email": ana.email, "password": NEW_PASSWORD });
        app.nobody().done("signIn", input, "token").await;

        let log = event::Entity::find()
            .filter(event::Column::Action.eq("requirePasswordReset"))
            .filter(event::Column::StreamId.eq(organization.0));
        let log = log.all(&app.database).await.unwrap();
        assert_eq!((log.len(), log[0].account_id, log[0].actor_role), (2, Some(ana.id), Some(RoleName::HelpDesk)));
        assert_eq!(require(&helper.client, organization, ana.id).await.code(), "OK", "as often as needed");
    }
}

on_both! {
    async fn who_is_released_may_take_the_old_password_again(app: TestApp) {
        let organization = app.organization("Hofer").await;
        let owner = app.administrator(organization, RoleName::Owner).await;
        let ana = app.person("ana@hofer.example").await;
        manage(&app, organization, ana.id).await;
        assert_eq!(require(&owner.client, organization, ana.id).await.code(), "OK");
        let input = json!({ "organizationId": organization, "selection": { "accountIds": [ana.id] }, "reason": "sold" });
        assert_eq!(owner.client.run("releaseAccounts", input, "").await.code(), "OK");
        assert_eq!(retired(&app, ana.id).await, None);
        app.run_jobs().await;
        let link = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        let input = json!({ "token": link, "newPassword": PASSWORD });
        app.nobody().done("resetPassword", input, "changed").await;
    }
}

on_both! {
    async fn of_a_member_only_the_workspaces_are_closed_once_a_day(app: TestApp) {
        let organization = app.organization("Hofer").await;
        let helper = app.administrator(organization, RoleName::HelpDesk).await;
        let ana = app.person("ana@personal.example").await;
        join(&app, organization, ana.id, &ana.email).await;

        let payload = require(&helper.client, organization, ana.id).await.payload();
        assert_eq!(payload["passwordForgotten"], Value::Bool(false));
        let input = json!({ "password": PASSWORD });
        ana.client.done("reauthenticate", input, "reauthenticatedUntil").await;
        assert_eq!(blocks(&app, ana.id).await.len(), 1);
        let told = app.notices_to(&ana.email, NoticeKind::PasswordResetRequired).await;
        assert_eq!(told[0].content["ground"], "membership");
        assert!(app.notices_to(&ana.email, NoticeKind::PasswordReset).await.is_empty());

        assert_eq!(require(&helper.client, organization, ana.id).await.code(), "INVALID_STATE");
        app.advance(TimeDelta::hours(24));
        let helper = app.signed_in(helper.id, &helper.email).await;
        assert_eq!(require(&helper.client, organization, ana.id).await.code(), "OK");
        assert_eq!(blocks(&app, ana.id).await.len(), 1, "one requirement is in force");

        app.nobody().done("requestPasswordReset", json!({ "email": ana.email }), "accepted").await;
        app.run_jobs().await;
        let link = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        let same = json!({ "token": link, "newPassword": PASSWORD });
        assert_eq!(app.nobody().run("resetPassword", same, "changed").await.code(), "INVALID");
        app.nobody().done("resetPassword", json!({ "token": link, "newPassword": NEW_PASSWORD }), "changed").await;
        assert!(blocks(&app, ana.id).await.is_empty());
    }
}

on_both! {
    async fn without_a_ground_nothing_happens(app: TestApp) {
        let (hofer, other) = (app.organization("Hofer").await, app.organization("Other").await);
        let helper = app.administrator(hofer, RoleName::HelpDesk).await;
        let owner = app.administrator(hofer, RoleName::Owner).await;
        let auditor = app.administrator(hofer, RoleName::Auditor).await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        let ana = app.person("ana@hofer.example").await;
        assert_eq!(require(&helper.client, hofer, ana.id).await.code(), "NOT_FOUND");
        manage(&app, hofer, ana.id).await;
        assert_eq!(require(&app.nobody(), hofer, ana.id).await.code(), "UNAUTHENTICATED");
        assert_eq!(require(&stranger.client, hofer, ana.id).await.code(), "NOT_FOUND");
        assert_eq!(require(&stranger.client, other, ana.id).await.code(), "NOT_FOUND");
        assert_eq!(require(&auditor.client, hofer, ana.id).await.code(), "FORBIDDEN");
        join(&app, other, ana.id, &ana.email).await;
        assert_eq!(require(&stranger.client, other, ana.id).await.code(), "NOT_MANAGED", "another organization manages the account");
        assert_eq!(require(&owner.client, hofer, owner.id).await.code(), "NOT_MANAGED");
        manage(&app, hofer, owner.id).await;
        assert_eq!(require(&owner.client, hofer, owner.id).await.code(), "SELF");
        assert_eq!(require(&helper.client, hofer, owner.id).await.code(), "HIGHER_ROLE");
        let key = app.api_key(hofer, owner.id, RoleName::HelpDesk).await;
        assert_eq!(require(&key, hofer, owner.id).await.code(), "SELF", "a key counts as its maker");
        assert!(account_block::Entity::find().all(&app.database).await.unwrap().is_empty());
        assert_eq!(require(&key, hofer, ana.id).await.code(), "OK");
        let input = json!({ "organizationId": hofer.to_string(), "accountId": ana.id.to_string(), "reason": " " });
        let answer = helper.client.run("requirePasswordReset", input, "accountId").await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.reason"));
    }
}
