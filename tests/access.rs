//! Administrators restrict, suspend, terminate and restore: what dies, what remains, who is told, and who may.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    domain, event,
    id::{AccountId, OrganizationId},
    kinds::{BlockKind, DomainStatus, RoleName},
    role,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

const SEEN: &str = "account { access blocks { kind message reason until organization { name } } }";

async fn act(client: &Client, what: &str, organization: OrganizationId, account: AccountId, more: Value) -> Answer {
    let mut input = json!({ "organizationId": organization, "accountId": account, "reason": "a reason for the log" });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    client.run(what, input, SEEN).await
}

/// An organization with an administrator, and somebody whose account it manages.
async fn managed(app: &TestApp) -> (OrganizationId, Somebody, Somebody) {
    let organization = app.organization("Hofer").await;
    let domain = app.proved_domain(organization, "hofer.example").await;
    let admin = app.administrator(organization, RoleName::UserAdmin).await;
    let ana = app.person("ana@hofer.example").await;
    app.under_control(organization, domain, ana.id).await;
    (organization, admin, ana)
}

async fn events(app: &TestApp, organization: OrganizationId, action: &str) -> Vec<event::Model> {
    let log = event::Entity::find()
        .filter(event::Column::Action.eq(action))
        .filter(event::Column::StreamId.eq(organization.0));
    log.all(&app.database).await.unwrap()
}

async fn access(person: &Client) -> Value {
    person.ask("{ viewer { actor { limited } account { access blocks { kind message reason } } } }", json!({})).await["viewer"]
        .clone()
}

on_both! {
    async fn a_suspended_person_loses_every_door_and_keeps_their_rights(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        app.nobody().done("requestPasswordReset", json!({ "email": ana.email }), "accepted").await;
        app.run_jobs().await;
        let old = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        let until = app.now() + TimeDelta::days(3);
        let more = json!({ "message": "Until you are back, Ana.", "until": until });
        let payload = act(&admin.client, "suspendAccount", hofer, ana.id, more).await.payload();
        assert_eq!(payload["account"]["access"], "SUSPENDED");
        assert_eq!(payload["account"]["blocks"][0]["reason"], "a reason for the log");

        assert_eq!(ana.client.run("signOut", json!({}), "sessionId").await.code(), "UNAUTHENTICATED");
        let input = json!({ "token": old, "newPassword": "meadow copper winter thimble" });
        assert_eq!(app.nobody().run("resetPassword", input, "changed").await.code(), "LINK_INVALID");

        // After the right password, and not before, the person reads the message; the reason is for the log alone.
        let wrong = json!({ "email": ana.email, "password": "not the right password" });
        assert_eq!(app.nobody().run("signIn", wrong, "token").await.code(), "WRONG_CREDENTIALS");
        let ana = app.signed_in(ana.id, &ana.email).await;
        let seen = access(&ana.client).await;
        assert_eq!(seen["actor"]["limited"], true);
        assert_eq!(
            seen["account"]["blocks"],
            json!([{ "kind": "SUSPENSION", "message": "Until you are back, Ana.", "reason": null }])
        );
        assert_eq!(ana.client.run("deactivateMyAccount", json!({ "confirm": true }), "").await.code(), "FORBIDDEN");
        ana.client.done("signOut", json!({}), "sessionId").await;

        let told = app.notices_to(&ana.email, NoticeKind::AccountSuspended).await;
        assert_eq!((told.len(), told[0].organization_id), (1, Some(hofer)));
        assert_eq!(events(&app, hofer, "suspendAccount").await.len(), 1);

        // It ends by itself, and the person is told once.
        app.advance(TimeDelta::days(3));
        app.run_jobs().await;
        let ana = app.signed_in(ana.id, &ana.email).await;
        assert_eq!(access(&ana.client).await["account"], json!({ "access": "FULL", "blocks": [] }));
        assert_eq!(app.notices_to(&ana.email, NoticeKind::AccountRestored).await.len(), 1);
        assert_eq!(events(&app, hofer, "endBlock").await.len(), 1);
    }
}

on_both! {
    async fn blocks_stand_beside_each_other_and_restoring_lifts_only_the_organizations(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        app.blocked(ana.id, BlockKind::Deactivation, None).await;
        act(&admin.client, "restrictAccount", hofer, ana.id, json!({})).await.payload();
        let payload = act(&admin.client, "suspendAccount", hofer, ana.id, json!({})).await.payload();
        assert_eq!(payload["account"]["access"], "DEACTIVATED", "the strictest counts");
        assert_eq!(payload["account"]["blocks"].as_array().unwrap().len(), 2, "the person's own is theirs alone");
        let payload = act(&admin.client, "terminateAccount", hofer, ana.id, json!({})).await.payload();
        assert_eq!(payload["account"]["access"], "TERMINATED");
        for refused in ["restrictAccount", "suspendAccount", "terminateAccount"] {
            assert_eq!(act(&admin.client, refused, hofer, ana.id, json!({})).await.code(), "INVALID_STATE", "{refused}");
        }
        let payload = act(&admin.client, "restoreAccount", hofer, ana.id, json!({})).await.payload();
        assert_eq!(payload["account"], json!({ "access": "DEACTIVATED", "blocks": [] }));
        assert_eq!(act(&admin.client, "restoreAccount", hofer, ana.id, json!({})).await.code(), "INVALID_STATE");
        let lifted = events(&app, hofer, "restoreAccount").await;
        assert_eq!(lifted.len(), 1);
        assert_eq!(app.notices_to(&ana.email, NoticeKind::AccountRestored).await.len(), 1);
    }
}

on_both! {
    async fn a_suspension_is_renewed_in_place_and_the_same_again_is_refused(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        let (short, long) = (app.now() + TimeDelta::days(1), app.now() + TimeDelta::days(9));
        act(&admin.client, "suspendAccount", hofer, ana.id, json!({ "until": short })).await.payload();
        assert_eq!(act(&admin.client, "suspendAccount", hofer, ana.id, json!({ "until": short })).await.code(), "INVALID_STATE");
        let payload = act(&admin.client, "suspendAccount", hofer, ana.id, json!({ "until": long })).await.payload();
        assert_eq!(payload["account"]["blocks"].as_array().unwrap().len(), 1);
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        assert!(app.notices_to(&ana.email, NoticeKind::AccountRestored).await.is_empty(), "the first end was replaced");
        app.advance(TimeDelta::days(8));
        app.run_jobs().await;
        assert_eq!(app.notices_to(&ana.email, NoticeKind::AccountRestored).await.len(), 1);
    }
}

on_both! {
    async fn a_restricted_person_goes_on_reading_in_the_same_session(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        act(&admin.client, "restrictAccount", hofer, ana.id, json!({})).await.payload();
        assert_eq!(access(&ana.client).await["account"]["access"], "RESTRICTED");
        assert_eq!(ana.client.run("deactivateMyAccount", json!({ "confirm": true }), "").await.code(), "FORBIDDEN");
    }
}

on_both! {
    async fn each_refusal_has_its_code_and_changes_nothing(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        let owner = app.administrator(hofer, RoleName::Owner).await;
        let help = app.administrator(hofer, RoleName::HelpDesk).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let member = app.person("contractor@personal.example").await;
        let workspace = app.workspace(hofer).await;
        app.joined(hofer, workspace, member.id, &member.email).await;
        let domain = app.proved_domain(hofer, "second.example").await;
        app.under_control(hofer, domain, owner.id).await;
        app.under_control(hofer, domain, admin.id).await;
        let past = app.now() - TimeDelta::seconds(1);
        let far = app.now() + TimeDelta::days(4_000);
        for what in ["restrictAccount", "suspendAccount", "terminateAccount"] {
            let code = async |client: &Client, account, more| act(client, what, hofer, account, more).await.code();
            assert_eq!(code(&app.nobody(), ana.id, json!({})).await, "UNAUTHENTICATED");
            assert_eq!(code(&stranger.client, ana.id, json!({})).await, "NOT_FOUND");
            assert_eq!(code(&help.client, ana.id, json!({})).await, "FORBIDDEN");
            assert_eq!(code(&admin.client, stranger.id, json!({})).await, "NOT_FOUND");
            assert_eq!(code(&admin.client, member.id, json!({})).await, "NOT_MANAGED");
            assert_eq!(code(&admin.client, owner.id, json!({})).await, "HIGHER_ROLE");
            assert_eq!(code(&admin.client, admin.id, json!({})).await, "SELF");
            assert_eq!(code(&admin.client, ana.id, json!({ "reason": "a\u{7}b" })).await, "INVALID");
            assert_eq!(code(&admin.client, ana.id, json!({ "reason": "x".repeat(501) })).await, "INVALID");
            assert_eq!(code(&admin.client, ana.id, json!({ "message": "x".repeat(2_001) })).await, "INVALID");
            if what != "terminateAccount" {
                let answer = act(&admin.client, what, hofer, ana.id, json!({ "until": past })).await;
                assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.until"));
                assert_eq!(code(&admin.client, ana.id, json!({ "until": far })).await, "INVALID");
            }
            let planned = act(&admin.client, what, hofer, ana.id, json!({ "dryRun": true })).await.payload();
            assert_eq!(planned["userErrors"], json!([]));
            assert!(events(&app, hofer, what).await.is_empty());
        }
        assert_eq!(access(&ana.client).await["account"], json!({ "access": "FULL", "blocks": [] }));
    }
}

on_both! {
    async fn markup_in_a_message_stays_text(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        let message = "<script>alert(1)</script> [a](https://elsewhere.example) & co";
        act(&admin.client, "suspendAccount", hofer, ana.id, json!({ "message": message })).await.payload();
        app.run_jobs().await;
        let mail = app.mailer.mails_to(&ana.email).pop().unwrap();
        assert!(!mail.html.contains("<script>") && !mail.html.contains("href=\"https://elsewhere.example"), "{}", mail.html);
        assert!(mail.text.contains(message), "{}", mail.text);
    }
}

on_both! {
    async fn two_owners_who_suspend_each_other_at_once_leave_one_owner(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let domain = app.proved_domain(hofer, "hofer.example").await;
        for round in 0..20 {
            let mut owners = Vec::new();
            for number in 0..2 {
                let owner = app.person(&format!("owner{number}.{round}@hofer.example")).await;
                app.role(hofer, owner.id, RoleName::Owner).await;
                app.under_control(hofer, domain, owner.id).await;
                owners.push(owner);
            }
            let [a, b] = &owners[..] else { panic!("two owners") };
            let (first, second) = tokio::join!(
                act(&a.client, "suspendAccount", hofer, b.id, json!({})),
                act(&b.client, "suspendAccount", hofer, a.id, json!({})),
            );
            let codes = [first.code(), second.code()];
            assert_eq!(codes.iter().filter(|code| *code == "OK").count(), 1, "round {round}: {codes:?}");
            role::Entity::delete_many().filter(role::Column::OrganizationId.eq(hofer)).exec(&app.database).await.unwrap();
        }
    }
}

on_both! {
    async fn who_is_still_limited_isnt_told_that_the_account_is_open_again(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        let friday = app.now() + TimeDelta::days(5);
        act(&admin.client, "suspendAccount", hofer, ana.id, json!({ "until": friday })).await.payload();
        act(&admin.client, "terminateAccount", hofer, ana.id, json!({})).await.payload();
        app.advance(TimeDelta::days(5));
        app.run_jobs().await;
        act(&admin.client, "restoreAccount", hofer, ana.id, json!({})).await.payload();
        let told = app.notices_to(&ana.email, NoticeKind::AccountRestored).await;
        let limited: Vec<&Value> = told.iter().map(|notice| &notice.content["still_limited"]).collect();
        assert_eq!(limited, [&json!(true), &json!(false)]);
    }
}

on_both! {
    async fn while_the_proof_is_missing_nothing_is_taken_from_people(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        let bo = app.person("bo@hofer.example").await;
        let proof = domain::Entity::find().one(&app.database).await.unwrap().unwrap();
        app.under_control(hofer, proof.id, bo.id).await;
        act(&admin.client, "restrictAccount", hofer, bo.id, json!({})).await.payload();
        // Removed: until its job comes to them, people are still managed.
        let missing = [
            domain::ActiveModel { status: Set(DomainStatus::Lapsed), ..proof.clone().into() },
            domain::ActiveModel { removed_at: Set(Some(app.now())), ..proof.into() },
        ];
        for missing in missing {
            missing.reset_all().update(&app.database).await.unwrap();
            for (what, select) in [
                ("restrictAccount", SEEN), ("suspendAccount", SEEN), ("terminateAccount", SEEN),
                ("requirePasswordReset", "accountId"), ("revokeSessions", "accountId"),
            ] {
                let input = json!({ "organizationId": hofer, "accountId": ana.id, "reason": "a reason for the log" });
                assert_eq!(admin.client.run(what, input, select).await.code(), "DOMAIN_NOT_PROVEN", "{what}");
            }
            let profile = json!({ "organizationId": hofer, "accountId": ana.id, "jobTitle": "Fitter" });
            let code = admin.client.run("updateAccountProfile", profile, "account { id }").await.code();
            assert_eq!(code, "DOMAIN_NOT_PROVEN");
            let plan = json!({ "dryRun": true });
            assert_eq!(act(&admin.client, "restoreAccount", hofer, bo.id, plan).await.code(), "OK");
        }
    }
}
