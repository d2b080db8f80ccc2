//! Whom an app may not see any more, it has to delete; whoever is back, it needn't.

use super::people::{of_people, seeing};
use crate::{app_installations::managed, app_policies::Acme, left_behind::notices, webhooks::Vendor};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::atomic::Ordering};
use steward_entities::{
    account,
    id::{AccountId, MembershipId, WorkspaceId},
    kinds::RoleName,
    membership, webhook_delivery,
};
use steward_tests::{Client, TestApp, on_both};

async fn membership(app: &TestApp, account: AccountId) -> MembershipId {
    let theirs = membership::Entity::find().filter(membership::Column::AccountId.eq(account));
    theirs.one(&app.database).await.unwrap().unwrap().id
}

/// What the vendor hears of when somebody does this.
async fn heard(app: &TestApp, vendor: &Vendor, by: &Client, mutation: &str, input: Value) -> Vec<String> {
    by.done(mutation, input, "").await;
    app.run_jobs().await;
    vendor.kinds()
}

on_both! {
    async fn whoever_leaves_or_is_released_has_to_be_deleted_and_whoever_is_back_doesnt(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let cy = managed(&app, acme.id, "cy@acme.example").await;
        let bo = app.person("bo@home.example").await;
        app.joined(acme.id, acme.workspace, bo.id, &bo.email).await;
        let second = app.workspace(acme.id).await;
        let installation = seeing(&app, &acme, &["READ_NAME"], &[acme.ana.id, bo.id, cy]).await;
        vendor.told();
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let of_ana = json!({ "organizationId": acme.id, "membershipId": membership(&app, acme.ana.id).await, "reason": "Off" });
        let heard = async |by: &Client, mutation: &str, input: &Value| heard(&app, &vendor, by, mutation, input.clone()).await;
        let nothing: [String; 0] = [];
        assert_eq!(heard(&owner.client, "suspendMembership", &of_ana).await, nothing, "it waits, and forgets nothing");
        assert_eq!(heard(&owner.client, "terminateMembership", &of_ana).await, ["account.out_of_sight"]);
        let asked = |because: &str, status: &str, account: AccountId| {
            json!({ "accountId": account, "because": because, "status": status, "overdue": false })
        };
        assert_eq!(of_people(&acme, &installation).await, json!([asked("OUT_OF_SIGHT", "REQUESTED", acme.ana.id)]));
        assert_eq!(heard(&owner.client, "restoreMembership", &of_ana).await, ["data_deletion.withdrawn"]);
        assert_eq!(of_people(&acme, &installation).await, json!([asked("OUT_OF_SIGHT", "WITHDRAWN", acme.ana.id)]));

        let of_bo = json!({ "membershipId": membership(&app, bo.id).await });
        app.joined(acme.id, second, bo.id, &bo.email).await;
        assert_eq!(heard(&bo.client, "leaveWorkspace", &of_bo).await, nothing, "another workspace is a ground as well");
        let of_bo = json!({ "membershipId": membership_in(&app, bo.id, second).await });
        assert_eq!(heard(&bo.client, "leaveWorkspace", &of_bo).await, ["account.out_of_sight"]);

        let released = json!({ "organizationId": acme.id, "selection": { "accountIds": [cy] }, "reason": "No business of ours" });
        assert_eq!(heard(&owner.client, "releaseAccounts", &released).await, ["account.out_of_sight"]);
        let all = of_people(&acme, &installation).await;
        assert!(all.as_array().unwrap().contains(&asked("OUT_OF_SIGHT", "REQUESTED", cy)), "{all}");
        assert_eq!(all.as_array().unwrap().len(), 3);
    }
}

async fn membership_in(app: &TestApp, account: AccountId, workspace: WorkspaceId) -> MembershipId {
    let theirs = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account))
        .filter(membership::Column::WorkspaceId.eq(workspace));
    theirs.one(&app.database).await.unwrap().unwrap().id
}

on_both! {
    async fn whoever_is_kept_from_an_app_or_whose_objection_is_upheld_has_to_be_deleted(app: TestApp) {
        let acme = Acme::new(&app).await;
        let vendor = Vendor::of(&app, &acme).await;
        let installation = seeing(&app, &acme, &["READ_NAME"], &[acme.ana.id]).await;
        vendor.told();
        let (admin, ana) = (&acme.admin.client, &acme.ana.client);
        let heard = async |by: &Client, mutation: &str, input: Value| heard(&app, &vendor, by, mutation, input).await;
        let on = || acme.on(&installation, json!({ "accountId": acme.ana.id, "reason": "Other work" }));
        assert_eq!(heard(admin, "revokeAppAccess", on()).await, ["account.out_of_sight"]);
        assert_eq!(heard(admin, "restoreAppAccess", on()).await, ["data_deletion.withdrawn"]);
        // Of whom it has seen nothing, there is nothing to delete.
        let bo = app.person("bo@home.example").await;
        app.joined(acme.id, acme.workspace, bo.id, &bo.email).await;
        let of_bo = acme.on(&installation, json!({ "accountId": bo.id, "reason": "Other work" }));
        let nothing: [String; 0] = [];
        assert_eq!(heard(admin, "revokeAppAccess", of_bo).await, nothing);
        let told = async |kind| {
            let all = notices(&app, kind).await.into_iter();
            all.map(|(to, _, content)| (to.unwrap(), content["deletion_due_at"].clone())).collect::<HashMap<_, _>>()
        };
        let deadline = json!("2026-12-21T09:00:00Z");
        assert_eq!(told("app_access_revoked").await, HashMap::from([(acme.ana.id, deadline.clone()), (bo.id, Value::Null)]));

        let objects = json!({ "installationId": installation, "reason": "It needn't know me" });
        let made = ana.done("objectToApp", objects, "appObjection { id }").await;
        app.run_jobs().await;
        assert!(vendor.told().is_empty(), "nobody has decided");
        let objection = made["appObjection"]["id"].clone();
        let upholds = json!({ "organizationId": acme.id, "appObjectionId": objection, "outcome": "UPHOLD", "reason": "She's right" });
        assert_eq!(heard(admin, "decideAppObjection", upholds).await, ["account.out_of_sight"]);
        assert_eq!(told("app_objection_decided").await, HashMap::from([(acme.ana.id, deadline)]));
        // Kept from it besides, she isn't asked for twice; and while one of the two stands, the other's end changes nothing.
        assert_eq!(heard(admin, "revokeAppAccess", on()).await, nothing);
        assert_eq!(heard(admin, "restoreAppAccess", on()).await, nothing);
        assert_eq!(heard(ana, "withdrawAppObjection", json!({ "appObjectionId": objection })).await, ["data_deletion.withdrawn"]);
        let all = of_people(&acme, &installation).await;
        let states: Vec<&Value> = all.as_array().unwrap().iter().map(|node| &node["status"]).collect();
        assert_eq!(states, ["WITHDRAWN", "WITHDRAWN"]);
    }
}

/// Releases so many people whom an app has seen: how many statements it takes, and of how many the vendor is to be told.
async fn released(app: &TestApp, acme: &Acme, owner: &Client, people: &[AccountId]) -> (u64, usize) {
    let input = json!({ "organizationId": acme.id, "selection": { "accountIds": people }, "reason": "We are done" });
    let before = app.statements.load(Ordering::Relaxed);
    owner.done("releaseAccounts", input, "").await;
    while steward::jobs::worker::run_job(&app.steward).await.unwrap() {}
    let count = app.statements.load(Ordering::Relaxed) - before;
    let gone = webhook_delivery::Entity::find().all(&app.database).await.unwrap();
    let gone = gone.iter().filter(|row| row.app_id.to_string() == acme.app && row.account_id.is_some());
    (count, gone.count())
}

on_both! {
    async fn many_who_are_released_at_once_take_as_few_statements_as_one(app: TestApp) {
        let acme = Acme::new(&app).await;
        let _vendor = Vendor::of(&app, &acme).await;
        app.many_managed(acme.id, 62).await;
        let theirs = account::Entity::find().filter(account::Column::ManagedBy.eq(acme.id));
        let people: Vec<AccountId> = theirs.all(&app.database).await.unwrap().iter().map(|row| row.id).collect();
        assert_eq!(people.len(), 62);
        seeing(&app, &acme, &["READ_NAME"], &people).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await.client;
        let (few, told) = released(&app, &acme, &owner, &people[..2]).await;
        assert_eq!(told, 2);
        let (many, told) = released(&app, &acme, &owner, &people[2..]).await;
        assert_eq!(told, 62);
        assert!(many < few + 20, "{few} statements for two people, {many} for sixty");
    }
}
