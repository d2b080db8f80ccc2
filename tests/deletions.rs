//! Deletions: scheduled, canceled, refused, raced; what remains to the person, and who is told. What is erased in the end
//! is in `erasures.rs`.

use crate::left_behind::{events, forget_password, last_event, notices};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    account, account_block, domain,
    id::{AccountId, DomainId, OrganizationId},
    job,
    kinds::{BlockKind, DomainStatus, JobStatus, RoleName},
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

pub const SEEN: &str = "account { access blocks { kind message reason until organization { name } } } \
    plan { accessEndsAt erasedAt consequences { part fate count explanation } }";

/// An organization with a privacy officer, and somebody whose account it manages.
pub struct Hofer {
    pub id: OrganizationId,
    pub domain: DomainId,
    pub officer: Somebody,
    pub ana: Somebody,
}

impl Hofer {
    pub async fn new(app: &TestApp) -> Self {
        let id = app.organization("Hofer").await;
        let domain = app.proved_domain(id, "hofer.example").await;
        let officer = app.administrator(id, RoleName::PrivacyOfficer).await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(id, domain, ana.id).await;
        Self { id, domain, officer, ana }
    }

    pub async fn delete(&self, by: &Client, account: AccountId, more: Value) -> Answer {
        let mut input = json!({ "organizationId": self.id, "accountId": account, "reason": "left the company" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        by.run("deleteAccount", input, SEEN).await
    }

    pub async fn cancel(&self, by: &Client, account: AccountId) -> Answer {
        let input = json!({ "organizationId": self.id, "accountId": account, "reason": "a mistake" });
        by.run("cancelAccountDeletion", input, "account { access }").await
    }
}

pub async fn state(person: &Client) -> Value {
    let query = "{ viewer { actor { limited } account { access blocks { kind message reason } } } }";
    person.ask(query, json!({})).await["viewer"].clone()
}

pub async fn row(app: &TestApp, account: AccountId) -> account::Model {
    account::Entity::find_by_id(account).one(&app.database).await.unwrap().unwrap()
}

pub async fn blocks(app: &TestApp, account: AccountId) -> Vec<account_block::Model> {
    let of_account = account_block::Column::AccountId.eq(account);
    account_block::Entity::find().filter(of_account).all(&app.database).await.unwrap()
}

on_both! {
    async fn a_deletion_ends_access_at_once_and_is_canceled_in_time(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let ana = &hofer.ana;
        app.nobody().done("requestPasswordReset", json!({ "email": ana.email }), "accepted").await;
        app.run_jobs().await;
        let old = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        let payload = hofer.delete(&hofer.officer.client, ana.id, json!({ "message": "Thank you, Ana." })).await.payload();
        let until = app.now() + TimeDelta::days(14);
        assert_eq!(payload["account"]["access"], "TERMINATED");
        assert_eq!(payload["account"]["blocks"][0]["kind"], "DELETION");
        assert_eq!(payload["account"]["blocks"][0]["reason"], "left the company");
        assert_eq!(payload["account"]["blocks"][0]["until"], json!(until.to_rfc3339()));
        assert_eq!(payload["plan"], Value::Null);

        assert_eq!(ana.client.run("signOut", json!({}), "sessionId").await.code(), "UNAUTHENTICATED");
        let input = json!({ "token": old, "newPassword": "meadow copper winter thimble" });
        assert_eq!(app.nobody().run("resetPassword", input, "changed").await.code(), "LINK_INVALID");

        // The rights remain; what administrators began isn't the person's to undo.
        let ana = app.signed_in(ana.id, &ana.email).await;
        let seen = state(&ana.client).await;
        assert_eq!(seen["actor"]["limited"], true);
        assert_eq!(seen["account"]["blocks"], json!([{ "kind": "DELETION", "message": "Thank you, Ana.", "reason": null }]));
        let keep = json!({ "confirm": true });
        assert_eq!(ana.client.run("cancelMyAccountDeletion", keep.clone(), "").await.code(), "INVALID_STATE");
        assert_eq!(ana.client.run("reactivateMyAccount", keep, "").await.code(), "INVALID_STATE");
        let elsewhere = json!({ "newEmail": "ana@home.example" });
        assert_eq!(ana.client.run("requestEmailChange", elsewhere, "").await.code(), "INVALID_STATE");
        assert_eq!(ana.client.run("updateMyProfile", json!({ "jobTitle": "x" }), "").await.code(), "FORBIDDEN");
        let told = app.notices_to(&ana.email, NoticeKind::AccountDeletionScheduled).await;
        assert_eq!((told.len(), told[0].organization_id), (1, Some(hofer.id)));
        assert_eq!(told[0].content["message"], "Thank you, Ana.");
        let (event, details) = last_event(&app, hofer.id, "deleteAccount").await;
        assert_eq!((event.account_id, details["reason"].as_str()), (Some(ana.id), Some("left the company")));

        app.advance(TimeDelta::days(14) - TimeDelta::seconds(1));
        app.run_jobs().await;
        let officer = app.signed_in(hofer.officer.id, &hofer.officer.email).await;
        let payload = hofer.cancel(&officer.client, ana.id).await.payload();
        assert_eq!(payload["account"]["access"], "FULL");
        app.advance(TimeDelta::days(30));
        app.run_jobs().await;
        assert_eq!(row(&app, ana.id).await.email, ana.email, "nothing was erased");
        let ana = app.signed_in(ana.id, &ana.email).await;
        assert_eq!(state(&ana.client).await, json!({ "actor": { "limited": false }, "account": { "access": "FULL", "blocks": [] } }));
        assert_eq!(app.notices_to(&ana.email, NoticeKind::AccountDeletionCanceled).await.len(), 1);
        assert_eq!(events(&app, hofer.id, "cancelAccountDeletion").await, 1);
        let officer = app.signed_in(hofer.officer.id, &hofer.officer.email).await;
        assert_eq!(hofer.cancel(&officer.client, ana.id).await.code(), "INVALID_STATE", "there is none any more");
    }
}

on_both! {
    async fn each_refusal_has_its_code_and_changes_nothing(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (officer, ana) = (&hofer.officer, &hofer.ana);
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let member = app.person("contractor@personal.example").await;
        let workspace = app.workspace(hofer.id).await;
        app.joined(hofer.id, workspace, member.id, &member.email).await;
        app.under_control(hofer.id, hofer.domain, owner.id).await;
        app.under_control(hofer.id, hofer.domain, officer.id).await;
        let code = async |client: &Client, account, more| hofer.delete(client, account, more).await.code();
        let nothing = || json!({});
        assert_eq!(code(&app.nobody(), ana.id, nothing()).await, "UNAUTHENTICATED");
        assert_eq!(code(&stranger.client, ana.id, nothing()).await, "NOT_FOUND");
        for role in [RoleName::UserAdmin, RoleName::HelpDesk, RoleName::AppAdmin, RoleName::Auditor] {
            let other = app.administrator(hofer.id, role).await;
            assert_eq!(code(&other.client, ana.id, nothing()).await, "FORBIDDEN", "{role:?}");
            assert_eq!(hofer.cancel(&other.client, ana.id).await.code(), "FORBIDDEN", "{role:?}");
        }
        assert_eq!(code(&officer.client, stranger.id, nothing()).await, "NOT_FOUND");
        assert_eq!(code(&officer.client, member.id, nothing()).await, "NOT_MANAGED");
        assert_eq!(code(&officer.client, owner.id, nothing()).await, "HIGHER_ROLE");
        assert_eq!(code(&officer.client, officer.id, nothing()).await, "SELF");
        for days in [-1, 31] {
            let answer = hofer.delete(&officer.client, ana.id, json!({ "graceDays": days })).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.graceDays"));
        }
        for more in [json!({ "reason": "" }), json!({ "reason": "x".repeat(501) }), json!({ "message": "x".repeat(2_001) })] {
            assert_eq!(code(&officer.client, ana.id, more).await, "INVALID");
        }
        let set = async |status| {
            let row = domain::ActiveModel { id: Set(hofer.domain), status: Set(status), ..Default::default() };
            row.update(&app.database).await.unwrap();
        };
        set(DomainStatus::Lapsed).await;
        assert_eq!(code(&officer.client, ana.id, nothing()).await, "DOMAIN_NOT_PROVEN");
        set(DomainStatus::Lapsing).await;
        let planned = hofer.delete(&officer.client, ana.id, json!({ "dryRun": true, "graceDays": 3 })).await.payload();
        assert_eq!(planned["userErrors"], json!([]));
        assert_eq!(planned["account"]["access"], "FULL");
        let plan = &planned["plan"];
        assert_eq!((&plan["accessEndsAt"], &plan["erasedAt"]), (&json!(app.now().to_rfc3339()), &json!((app.now() + TimeDelta::days(3)).to_rfc3339())));
        let parts: Vec<_> = plan["consequences"].as_array().unwrap().iter().map(|row| (row["part"].as_str().unwrap(), row["fate"].as_str().unwrap(), row["count"].as_i64().unwrap())).collect();
        assert_eq!(parts, [
            ("IDENTITY", "ERASED", 1), ("SESSIONS", "ERASED", 1), ("MEMBERSHIPS", "ENDED", 0),
            ("ROLES", "ENDED", 0), ("API_KEYS", "ENDED", 0), ("OFFERS", "ENDED", 0), ("INVITATIONS", "ENDED", 0),
            ("ITEMS", "ERASED", 0), ("SHARED_ITEMS", "KEPT", 0), ("NOTICES", "KEPT", 0), ("EVENTS", "KEPT", 0),
        ]);
        forget_password(&app, officer).await;
        assert_eq!(code(&officer.client, ana.id, nothing()).await, "REAUTHENTICATION_REQUIRED");
        assert_eq!(state(&ana.client).await["account"], json!({ "access": "FULL", "blocks": [] }));
        assert_eq!(events(&app, hofer.id, "deleteAccount").await, 0);
        assert_eq!(blocks(&app, ana.id).await, []);
        assert_eq!(job::Entity::find().all(&app.database).await.unwrap(), []);
    }
}

on_both! {
    async fn while_it_is_scheduled_nothing_else_is_done_but_canceling_and_releasing(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (owner, ana) = (app.administrator(hofer.id, RoleName::Owner).await, &hofer.ana);
        hofer.delete(&hofer.officer.client, ana.id, json!({})).await.payload();
        let query = "query($id: ID!, $organization: ID!) { account(id: $id) { viewerPermissions(organizationId: $organization) { action allowed reason } } }";
        let told = owner.client.ask(query, json!({ "id": ana.id, "organization": hofer.id })).await;
        let told = told["account"]["viewerPermissions"].as_array().unwrap().clone();
        let allowed: Vec<_> = told.iter().filter(|row| row["allowed"] == true).map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(allowed, ["READ_ACCOUNT", "READ_PERSONAL", "RELEASE_ACCOUNTS", "CANCEL_ACCOUNT_DELETION", "READ_ITEMS"]);
        let mut tried = 0;
        for (act, more) in [
            ("deleteAccount", json!({})), ("restrictAccount", json!({})), ("suspendAccount", json!({})), ("terminateAccount", json!({})),
            ("restoreAccount", json!({})), ("requirePasswordReset", json!({})), ("revokeSessions", json!({})),
            ("changeAccountEmail", json!({ "newEmail": "anna@hofer.example" })), ("updateAccountProfile", json!({ "jobTitle": "x" })),
        ] {
            let mut input = json!({ "organizationId": hofer.id, "accountId": ana.id, "reason": "to be sure" });
            for (name, value) in more.as_object().unwrap() {
                input[name] = value.clone();
            }
            let answer = owner.client.run(act, input, "").await;
            assert_eq!(answer.code(), "INVALID_STATE", "{act}: {}", answer.body);
            assert!(answer.body.to_string().contains("The deletion of this account is scheduled"), "{act}: {}", answer.body);
            tried += 1;
        }
        assert_eq!(tried, 9);

        let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": [ana.id] }, "reason": "hers after all" });
        owner.client.done("releaseAccounts", input, "").await;
        let told = notices(&app, "account_released").await;
        assert_eq!((told.len(), told[0].0), (1, Some(ana.id)));
        app.advance(TimeDelta::days(15));
        app.run_jobs().await;
        let now = row(&app, ana.id).await;
        assert_eq!((now.email.as_str(), now.managed_by), (ana.email.as_str(), None), "released, and not erased");
        assert_eq!(state(&app.signed_in(ana.id, &ana.email).await.client).await["account"]["access"], "FULL");
        assert_eq!(hofer.cancel(&app.signed_in(owner.id, &owner.email).await.client, ana.id).await.code(), "NOT_MANAGED");
    }
}

on_both! {
    async fn of_two_who_delete_at_once_one_does(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        for round in 0..10 {
            let person = app.account(&format!("person{round}@hofer.example")).await;
            app.under_control(hofer.id, hofer.domain, person).await;
            let delete = || hofer.delete(&hofer.officer.client, person, json!({}));
            let answers = futures::future::join_all([delete(), delete(), delete()]).await;
            let mut codes: Vec<String> = answers.iter().map(Answer::code).collect();
            codes.sort();
            assert_eq!(codes, ["INVALID_STATE", "INVALID_STATE", "OK"], "round {round}");
            assert_eq!(blocks(&app, person).await.len(), 1);
        }
        assert_eq!(events(&app, hofer.id, "deleteAccount").await, 10);
        assert_eq!(notices(&app, "account_deletion_scheduled").await.len(), 10);
    }
}

on_both! {
    async fn canceled_at_the_last_moment_the_account_is_whole_or_gone(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (mut kept, mut gone) = (0, 0);
        for round in 0..30 {
            let email = format!("person{round}@hofer.example");
            let person = app.account(&email).await;
            app.under_control(hofer.id, hofer.domain, person).await;
            let officer = app.signed_in(hofer.officer.id, &hofer.officer.email).await;
            hofer.delete(&officer.client, person, json!({ "graceDays": 1 })).await.payload();
            app.advance(TimeDelta::days(1));
            let officer = app.signed_in(hofer.officer.id, &hofer.officer.email).await;
            let erase = async { app.run_jobs().await };
            let (canceled, ()) = tokio::join!(hofer.cancel(&officer.client, person), erase);
            let now = row(&app, person).await;
            match canceled.code().as_str() {
                "OK" => {
                    kept += 1;
                    assert_eq!((now.email, now.managed_by), (email, Some(hofer.id)), "round {round}");
                }
                "NOT_FOUND" => {
                    gone += 1;
                    assert_eq!((now.display_name.as_str(), now.managed_by), ("Former user", None), "round {round}");
                }
                other => panic!("round {round}: {other}"),
            }
        }
        assert_eq!(kept + gone, 30);
        assert_eq!(events(&app, hofer.id, "eraseAccount").await, gone);
        assert_eq!(events(&app, hofer.id, "cancelAccountDeletion").await, kept);
    }
}

on_both! {
    async fn a_deletion_that_is_due_stays_in_force_until_it_is_done(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.delete(&hofer.officer.client, hofer.ana.id, json!({ "graceDays": 1 })).await.payload();
        // No worker is there.
        app.advance(TimeDelta::days(2));
        let ana = app.signed_in(hofer.ana.id, &hofer.ana.email).await;
        assert_eq!(state(&ana.client).await["actor"]["limited"], true);
        assert_eq!(state(&ana.client).await["account"]["access"], "TERMINATED");
        app.run_jobs().await;
        assert_eq!(ana.client.run("signOut", json!({}), "").await.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn while_the_proof_is_missing_nobody_is_erased(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.delete(&hofer.officer.client, hofer.ana.id, json!({ "graceDays": 1 })).await.payload();
        let set = async |status| {
            let row = domain::ActiveModel { id: Set(hofer.domain), status: Set(status), ..Default::default() };
            row.update(&app.database).await.unwrap();
        };
        set(DomainStatus::Lapsed).await;
        app.advance(TimeDelta::days(3));
        app.run_jobs().await;
        assert_eq!(row(&app, hofer.ana.id).await.email, hofer.ana.email);
        set(DomainStatus::Verified).await;
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        assert_eq!(row(&app, hofer.ana.id).await.display_name, "Former user");
    }
}

on_both! {
    async fn many_are_deleted_by_a_job_and_each_waits_by_itself(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let mut people = vec![hofer.ana.id];
        for number in 0..4 {
            let person = app.account(&format!("person{number}@hofer.example")).await;
            app.under_control(hofer.id, hofer.domain, person).await;
            people.push(person);
        }
        let stranger = app.account("stranger@elsewhere.example").await;
        let mut named = people.clone();
        named.push(stranger);
        let action = json!({ "delete": { "reason": "the plant is closed", "message": "Thank you.", "graceDays": 2 } });
        let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": named }, "action": action });
        let mut dry = input.clone();
        dry["dryRun"] = json!(true);
        let selection = "job { id } plan { affected skipped { reason accounts } }";
        let plan = hofer.officer.client.done("bulkAccounts", dry, selection).await["plan"].clone();
        assert_eq!(plan, json!({ "affected": 5, "skipped": [{ "reason": "NOT_FOUND", "accounts": 1 }] }));
        let help = app.administrator(hofer.id, RoleName::UserAdmin).await;
        assert_eq!(help.client.run("bulkAccounts", input.clone(), "").await.code(), "FORBIDDEN");
        hofer.officer.client.done("bulkAccounts", input, selection).await;
        app.run_jobs().await;
        assert_eq!(notices(&app, "account_deletion_scheduled").await.len(), 5);
        assert_eq!(events(&app, hofer.id, "deleteAccount").await, 5);
        let officer = app.signed_in(hofer.officer.id, &hofer.officer.email).await;
        assert_eq!(hofer.cancel(&officer.client, people[1]).await.code(), "OK");
        app.advance(TimeDelta::days(2));
        app.run_jobs().await;
        let mut left = Vec::new();
        for person in &people {
            left.push(row(&app, *person).await.display_name != "Former user");
        }
        assert_eq!(left, [false, true, false, false, false]);
        let bad = json!({ "delete": { "reason": "the plant is closed", "graceDays": 31 } });
        let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": people }, "action": bad });
        let officer = app.signed_in(hofer.officer.id, &hofer.officer.email).await;
        assert_eq!(officer.client.run("bulkAccounts", input, "").await.code(), "INVALID");
    }
}

on_both! {
    async fn a_worker_that_dies_erases_nothing_twice(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.delete(&hofer.officer.client, hofer.ana.id, json!({ "graceDays": 0 })).await.payload();
        let leased = app.steward.lease_job().await.unwrap().unwrap();
        assert_eq!(leased.kind, "erase_account");
        app.advance(TimeDelta::minutes(2));
        app.run_jobs().await;
        assert_eq!(row(&app, hofer.ana.id).await.display_name, "Former user");
        // The first worker wakes up with its old lease: it changes nothing.
        assert!(steward::jobs::dispatch::run_chunk(&app.steward, &leased).await.is_err());
        app.run_jobs().await;
        assert_eq!(events(&app, hofer.id, "eraseAccount").await, 1);
        assert_eq!(notices(&app, "account_deleted").await.len(), 1);
        let jobs = job::Entity::find().all(&app.database).await.unwrap();
        assert!(jobs.iter().all(|job| job.status == JobStatus::Complete), "{jobs:?}");
        assert!(blocks(&app, hofer.ana.id).await.iter().all(|block| block.kind == BlockKind::Deletion && block.lifted_at.is_some()));
    }
}
