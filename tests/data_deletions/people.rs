//! What an app is told of people whom it has seen: that they changed, that they are gone.

use super::{confirm, secret};
use crate::{
    app_installations::managed,
    app_policies::Acme,
    left_behind::{events, notices},
    webhooks::Vendor,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::{core::Work, data_deletions::advance_data_deletion::CHUNK};
use steward_entities::{
    data_deletion,
    id::{AccountId, AppInstallationId},
    job,
    kinds::{DataDeletionCause, JobStatus, RoleName},
    membership,
};
use steward_tests::{TestApp, on_both, receiver::Message};

/// Installs the app on the organization with these scopes, and lets it see these people.
pub async fn seeing(app: &TestApp, acme: &Acme, scopes: &[&str], people: &[AccountId]) -> Value {
    let mut input = acme.installable().await;
    input["target"] = json!({ "organization": {} });
    input["scopes"] = json!(scopes);
    let made = acme.admin.client.done("installApp", input, "installation { id }").await;
    let id = made["installation"]["id"].clone();
    app.run_jobs().await;
    let installation = id.as_str().unwrap().parse().unwrap();
    app.steward.seen_by_app(installation, people).await.unwrap();
    id
}

fn about(message: &Message) -> (Value, Value, Value) {
    let body = message.json();
    (body["type"].clone(), body["data"]["accountId"].clone(), body["data"]["scopes"].clone())
}

pub async fn of_people(acme: &Acme, installation: &Value) -> Value {
    let query = "query($id: ID!) { appInstallation(id: $id) { accountDataDeletions { nodes { accountId because status overdue } } } }";
    acme.admin.client.ask(query, json!({ "id": installation })).await["appInstallation"]["accountDataDeletions"]["nodes"].clone()
}

on_both! {
    async fn an_app_is_told_that_somebody_changed_as_far_as_it_may_know(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let bo = app.person("bo@home.example").await;
        app.joined(acme.id, acme.workspace, bo.id, &bo.email).await;
        seeing(&app, &acme, &["READ_NAME"], &[acme.ana.id]).await;
        vendor.told();
        let ana = &acme.ana.client;
        let changes = async |client: &steward_tests::Client, input: Value| {
            client.done("updateMyProfile", input, "").await;
            app.run_jobs().await;
            vendor.told().iter().map(about).collect::<Vec<_>>()
        };
        let told = changes(ana, json!({ "nickname": "Annie" })).await;
        assert_eq!(told, [(json!("account.changed"), json!(acme.ana.id), json!(["READ_NAME"]))]);
        assert_eq!(changes(ana, json!({ "nickname": "Annie" })).await, [], "nothing has changed");
        assert_eq!(changes(ana, json!({ "jobTitle": "Fitter", "phone": "+43 512 555012" })).await, [], "its scopes don't cover it");
        assert_eq!(changes(&bo.client, json!({ "nickname": "B" })).await, [], "whom it hasn't seen");
        acme.admin.client.done("blockApp", acme.on_app(json!({})), "").await;
        assert_eq!(changes(ana, json!({ "nickname": "An" })).await, [], "it gets nothing here any more");
        acme.admin.client.done("approveApp", acme.on_app(json!({})), "").await;
        assert_eq!(changes(ana, json!({ "nickname": "A" })).await.len(), 1);
        let of_ana = membership::Entity::find().filter(membership::Column::AccountId.eq(acme.ana.id));
        let membership = of_ana.one(&app.database).await.unwrap().unwrap().id;
        ana.done("leaveWorkspace", json!({ "membershipId": membership }), "").await;
        let told = changes(ana, json!({ "nickname": "Ann" })).await;
        assert_eq!(told, [(json!("account.out_of_sight"), json!(acme.ana.id), Value::Null)], "and that is all");
    }
}

on_both! {
    async fn an_app_is_told_that_an_account_is_closed_and_has_to_delete_it(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let cy = managed(&app, acme.id, "cy@acme.example").await;
        let installation = seeing(&app, &acme, &["READ_NAME"], &[cy]).await;
        vendor.told();
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let on = |reason: &str| json!({ "organizationId": acme.id, "accountId": cy, "reason": reason });
        owner.client.done("terminateAccount", on("Left the company"), "").await;
        app.run_jobs().await;
        let told = vendor.told();
        assert_eq!(told.len(), 1);
        let body = told[0].json();
        assert_eq!((&body["type"], &body["data"]["accountId"]), (&json!("account.closed"), &json!(cy)));
        assert_eq!((&body["data"]["because"], &body["data"]["dataDeletion"]["deadline"]), (&json!("ACCOUNT_TERMINATED"), &json!("2026-12-21T09:00:00Z")));
        let deletion = |because: &str, status: &str, overdue: bool| {
            json!({ "accountId": cy, "because": because, "status": status, "overdue": overdue })
        };
        assert_eq!(of_people(&acme, &installation).await, json!([deletion("ACCOUNT_TERMINATED", "REQUESTED", false)]));
        owner.client.done("restoreAccount", on("Came back"), "").await;
        assert_eq!(of_people(&acme, &installation).await, json!([deletion("ACCOUNT_TERMINATED", "WITHDRAWN", false)]));
        app.run_jobs().await;
        assert_eq!(vendor.kinds(), ["data_deletion.withdrawn"], "it was told to delete before");
        app.advance(TimeDelta::days(31));
        app.run_jobs().await;
        assert_eq!((vendor.told().len(), notices(&app, "data_deletion_overdue").await.len()), (0, 0), "nothing is due");

        let owner = app.signed_in(owner.id, &owner.email).await;
        owner.client.done("deleteAccount", on("Left for good"), "").await;
        for _ in 0..3 {
            app.advance(TimeDelta::days(31));
            app.run_jobs().await;
        }
        let told = vendor.told();
        let closed: Vec<&Message> = told.iter().filter(|message| message.json()["type"] == "account.closed").collect();
        assert_eq!(closed.len(), 1, "{told:?}");
        assert_eq!((&closed[0].json()["data"]["accountId"], &closed[0].json()["data"]["because"]), (&json!(cy), &json!("ACCOUNT_ERASED")));
        assert!(!closed[0].body.contains("cy@"), "ids, and nothing else");
        let all = of_people(&acme, &installation).await;
        assert_eq!(all[1]["because"], "ACCOUNT_ERASED");
        let secret = secret(&app, &acme).await;
        let client = (acme.app.as_str(), secret.as_str());
        assert_eq!(confirm(&app, client, &installation, json!({})).await.code(), "INVALID_STATE", "the app is still there");
        assert_eq!(confirm(&app, client, &installation, json!({ "accountId": cy })).await.code(), "OK");
        assert_eq!(of_people(&acme, &installation).await[1]["status"], "CONFIRMED");
    }
}

on_both! {
    async fn what_is_known_again_has_to_be_deleted_again(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let cy = managed(&app, acme.id, "cy@acme.example").await;
        let installation = seeing(&app, &acme, &["READ_NAME"], &[cy]).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let on = |reason: &str| json!({ "organizationId": acme.id, "accountId": cy, "reason": reason });
        owner.client.done("terminateAccount", on("Left the company"), "").await;
        let secret = secret(&app, &acme).await;
        let confirmed = confirm(&app, (&acme.app, &secret), &installation, json!({ "accountId": cy })).await;
        assert_eq!(confirmed.code(), "OK");
        owner.client.done("restoreAccount", on("Came back"), "").await;
        let states = async || {
            let nodes = of_people(&acme, &installation).await;
            nodes.as_array().unwrap().iter().map(|node| node["status"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["CONFIRMED"], "what was said stays");
        app.run_jobs().await;
        vendor.told();
        app.advance(TimeDelta::days(3));
        owner.client.done("terminateAccount", on("Left again"), "").await;
        app.run_jobs().await;
        let told = vendor.told();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].json()["data"]["dataDeletion"]["deadline"], "2026-12-24T09:00:00Z", "with all its time");
        assert_eq!(states().await, ["CONFIRMED", "REQUESTED"]);
        let input = json!({ "organizationId": acme.id, "selection": { "accountIds": [cy] }, "reason": "No business of ours" });
        owner.client.done("releaseAccounts", input, "").await;
        assert_eq!(states().await, ["CONFIRMED", "REQUESTED"], "the account is open again, and none of the app's business");
    }
}

on_both! {
    async fn more_than_a_chunk_is_reminded_of_each_time_and_administrators_are_told_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let id: AppInstallationId = installation.as_str().unwrap().parse().unwrap();
        let deadline = app.now() + TimeDelta::days(30);
        let row = |_| data_deletion::ActiveModel {
            id: Set(app.id()),
            installation_id: Set(id),
            organization_id: Set(acme.id),
            account_id: Set(Some(app.id())),
            because: Set(DataDeletionCause::AccountErased),
            requested_at: Set(app.now()),
            deadline: Set(deadline),
            reminders: Set(0),
            ..Default::default()
        };
        for rows in [CHUNK, 1] {
            data_deletion::Entity::insert_many((0..rows).map(row)).exec(&app.database).await.unwrap();
        }
        let job = job::ActiveModel {
            id: Set(app.id()),
            kind: Set("advance_data_deletion".to_owned()),
            organization_id: Set(Some(acme.id)),
            payload: Set(serde_json::to_value(Work::AdvanceDataDeletion { installation: id, hour: deadline }).unwrap()),
            status: Set(JobStatus::Pending),
            run_at: Set(deadline - TimeDelta::days(7)),
            attempts: Set(0),
            lease: Set(0),
            done: Set(0),
            created_at: Set(app.now()),
            ..Default::default()
        };
        job.insert(&app.database).await.unwrap();
        for (days, reminders) in [(22, 0), (1, 1), (6, 2), (1, 3)] {
            app.advance(TimeDelta::days(days));
            app.run_jobs().await;
            let so_far = data_deletion::Column::Reminders.eq(reminders);
            let reminded = data_deletion::Entity::find().filter(so_far).all(&app.database).await.unwrap();
            assert_eq!(reminded.len(), CHUNK + 1, "{reminders}");
            assert!(reminded.iter().all(|row| row.overdue_at.is_some() == (reminders == 3)));
        }
        assert_eq!(notices(&app, "data_deletion_overdue").await.len(), 1);
        assert_eq!(events(&app, acme.id, "expireDataDeletion").await, CHUNK + 1);
    }
}

on_both! {
    async fn what_is_overdue_of_many_people_is_told_once_a_day_and_the_end_of_an_app_settles_them(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let mut people = Vec::new();
        for name in ["cy", "di", "ed"] {
            people.push(managed(&app, acme.id, &format!("{name}@{name}.example")).await);
        }
        let installation = seeing(&app, &acme, &["READ_NAME"], &people).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        for account in &people {
            let input = json!({ "organizationId": acme.id, "accountId": account, "reason": "Left" });
            owner.client.done("terminateAccount", input, "").await;
        }
        let waiting = job::Entity::find().filter(job::Column::Kind.eq("advance_data_deletion")).all(&app.database).await.unwrap();
        assert_eq!(waiting.len(), 1, "one of an installation and an hour, however many people it is");
        for days in [23, 6] {
            app.advance(TimeDelta::days(days));
            vendor.told();
            app.run_jobs().await;
            let told = vendor.told();
            let told: Vec<Value> = told.iter().map(Message::json).collect();
            let reminders = told.iter().filter(|body| body["type"] == "data_deletion.reminder");
            let mut reminded: Vec<Value> = reminders.map(|body| body["data"]["accountId"].clone()).collect();
            reminded.sort_by_key(ToString::to_string);
            let mut all: Vec<_> = people.iter().map(|account| json!(account)).collect();
            all.sort_by_key(ToString::to_string);
            assert_eq!(reminded, all, "of each of them");
        }
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        let told = notices(&app, "data_deletion_overdue").await;
        let admins: std::collections::HashSet<_> = told.iter().map(|(to, ..)| *to).collect();
        assert_eq!((told.len(), told[0].2["of_people"].clone()), (admins.len(), json!(true)), "each administrator once");
        vendor.told();
        acme.uninstall(&installation).await;
        let secret = secret(&app, &acme).await;
        assert_eq!(confirm(&app, (&acme.app, &secret), &installation, json!({})).await.code(), "OK");
        let all = of_people(&acme, &installation).await;
        for node in all.as_array().unwrap() {
            assert_eq!((&node["status"], &node["overdue"]), (&json!("CONFIRMED"), &json!(true)));
        }
        assert_eq!(all.as_array().unwrap().len(), 3);
    }
}
