//! Whom a restriction is told to, of its beginning and of its end; and what it costs to set one.

use super::{Hofer, everybody, mine, profile};
use crate::left_behind::{events, notices};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, TransactionTrait};
use serde_json::{Value, json};
use std::time::Duration;
use steward_entities::{
    control_assertion, edit_restriction, edit_restriction_account,
    id::{AccountId, EditRestrictionId, WorkspaceId},
    kinds::RoleName,
    membership,
};
use steward_tests::{Engine, Somebody, TestApp, on_both};

on_both! {
    async fn it_ends_by_the_clock_and_people_are_told_once(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let ana = &hofer.ana;
        for target in hofer.targets() {
            app.advance(TimeDelta::hours(1));
            let (set, lifted) = (notices(&app, "edit_restriction_set").await.len(), notices(&app, "edit_restriction_lifted").await.len());
            let until = app.now() + TimeDelta::days(1);
            let more = json!({ "until": until, "message": "Thank you for your patience." });
            hofer.restrict(&hofer.admin.client, target.clone(), &["EDIT_PROFILE", "EDIT_ITEMS"], more).await.payload();
            app.run_jobs().await;
            let told = notices(&app, "edit_restriction_set").await;
            assert_eq!((told.len(), told[set].0), (set + 1, Some(ana.id)), "{target}");
            let content = &told[set].2;
            assert_eq!(content["operations"], json!(["EDIT_PROFILE", "EDIT_ITEMS"]));
            assert_eq!((&content["reason"], &content["message"]), (&json!("An audit"), &json!("Thank you for your patience.")));

            // Nobody has to notice that it is over.
            app.advance(TimeDelta::days(1));
            assert_eq!(mine(&ana.client).await, json!([]), "{target}");
            assert_eq!(profile(&ana.client, &target.to_string()[..8]).await.code(), "OK", "{target}");
            app.run_jobs().await;
            app.run_jobs().await;
            let told = notices(&app, "edit_restriction_lifted").await;
            assert_eq!((told.len(), told[lifted].0, &told[lifted].2["because"]), (lifted + 1, Some(ana.id), &json!("period_over")));
        }
        assert_eq!(events(&app, hofer.id, "endEditRestriction").await, 3);
    }
}

on_both! {
    async fn what_is_lifted_early_ends_once(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        for target in hofer.targets() {
            let until = app.now() + TimeDelta::days(1);
            let set = hofer.restrict(&hofer.admin.client, target, &["EDIT_PROFILE"], json!({ "until": until })).await.payload();
            app.run_jobs().await;
            hofer.lift(&hofer.admin.client, &set["editRestriction"]["id"]).await.payload();
            app.run_jobs().await;
            app.advance(TimeDelta::days(2));
            app.run_jobs().await;
        }
        let told = notices(&app, "edit_restriction_lifted").await;
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|(_, _, content)| content["because"] == "administrators"));
        assert_eq!(events(&app, hofer.id, "endEditRestriction").await, 0);
    }
}

on_both! {
    async fn over_an_organization_it_is_one_row_and_its_people_are_told_in_chunks(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        app.many_managed(hofer.id, 700).await;
        let id = hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        assert_eq!(edit_restriction::Entity::find().count(&app.database).await.unwrap(), 1);
        assert_eq!(edit_restriction_account::Entity::find().count(&app.database).await.unwrap(), 0);
        assert_eq!(notices(&app, "edit_restriction_set").await.len(), 0, "a job tells them");
        assert_eq!(profile(&hofer.ana.client, "Job").await.code(), "EDIT_RESTRICTED", "and it holds already");
        // Lifted before half of them have heard of it: only those are told of the end.
        steward::jobs::worker::run_job(&app.steward).await.unwrap();
        let heard = notices(&app, "edit_restriction_set").await.len();
        hofer.lift(&hofer.admin.client, &id).await.payload();
        app.run_jobs().await;
        assert_eq!(notices(&app, "edit_restriction_set").await.len(), heard);
        assert_eq!(notices(&app, "edit_restriction_lifted").await.len(), heard);
        assert_eq!(heard, 500);
    }
}

on_both! {
    async fn who_is_left_out_is_told_nothing(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let domain = app.proved_domain(hofer.id, "second.example").await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let bo = app.person("bo@home.example").await;
        app.joined(hofer.id, hofer.workspace, bo.id, &bo.email).await;
        app.under_control(hofer.id, domain, owner.id).await;
        hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        app.run_jobs().await;
        let told = notices(&app, "edit_restriction_set").await;
        assert_eq!(told.iter().map(|(account, ..)| *account).collect::<Vec<_>>(), [Some(hofer.ana.id)]);
    }
}

/// Somebody accepts the membership that they are offered.
async fn joins(hofer: &Hofer, workspace: WorkspaceId, person: &Somebody) {
    let input = json!({ "organizationId": hofer.id, "workspaceId": workspace, "email": person.email });
    let made = hofer.admin.client.done("addMember", input, "membership { id }").await;
    person.client.done("acceptMembership", json!({ "membershipId": made["membership"]["id"] }), "").await;
}

/// What somebody was told of restrictions, as the operations and the workspace; in no order of time.
async fn told_of(app: &TestApp, person: AccountId) -> Vec<(Value, Value)> {
    app.run_jobs().await;
    let told = notices(app, "edit_restriction_set").await.into_iter().filter(|(to, ..)| *to == Some(person));
    let mut told: Vec<_> =
        told.map(|(_, _, content)| (content["operations"].clone(), content["workspace"].clone())).collect();
    told.sort_by_key(|told| format!("{told:?}"));
    told
}

on_both! {
    async fn who_joins_later_is_told_of_what_holds_and_nobody_twice(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let bo = app.person("bo@hofer.example").await;
        hofer.restricted(everybody(), &["EDIT_PROFILE", "EDIT_ITEMS"]).await;
        // Before the job has told anybody: who comes now is told by one of the two.
        joins(&hofer, hofer.workspace, &bo).await;
        let members = (json!(["EDIT_ITEMS"]), Value::Null);
        assert_eq!(told_of(&app, bo.id).await, std::slice::from_ref(&members), "of a member only what is about items");
        hofer.restricted(json!({ "workspaceId": hofer.workspace }), &["DELETE_ITEMS"]).await;
        app.run_jobs().await;
        let second = app.workspace(hofer.id).await;
        joins(&hofer, second, &bo).await;
        assert_eq!(told_of(&app, bo.id).await.len(), 2, "another membership takes no more");

        let cleo = app.person("cleo@home.example").await;
        joins(&hofer, second, &cleo).await;
        assert_eq!(told_of(&app, cleo.id).await, std::slice::from_ref(&members));
        joins(&hofer, hofer.workspace, &cleo).await;
        let here = (json!(["DELETE_ITEMS"]), json!("a team"));
        assert_eq!(told_of(&app, cleo.id).await, [here.clone(), members.clone()]);

        // When control takes effect, it reaches further.
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let domain = steward_entities::domain::Entity::find().one(&app.database).await.unwrap().unwrap().id;
        let input = json!({ "organizationId": hofer.id, "domainId": domain, "scope": { "accountIds": [bo.id] } });
        owner.client.done("claimAccounts", input, "claim { id }").await;
        app.run_jobs().await;
        let of_bo = control_assertion::Entity::find().filter(control_assertion::Column::AccountId.eq(bo.id));
        let assertion = of_bo.one(&app.database).await.unwrap().unwrap().id;
        bo.client.done("acceptControl", json!({ "controlAssertionId": assertion }), "").await;
        let managed = (json!(["EDIT_PROFILE", "EDIT_ITEMS"]), Value::Null);
        assert_eq!(told_of(&app, bo.id).await, [here, members, managed]);
        let dan = app.person("dan@home.example").await;
        let other = app.organization("Other").await;
        app.joined(other, app.workspace(other).await, dan.id, &dan.email).await;
        assert_eq!(told_of(&app, dan.id).await, []);
    }
}

on_both! {
    async fn whose_membership_is_restored_is_told_of_what_holds_by_then(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let eve = app.person("eve@home.example").await;
        joins(&hofer, hofer.workspace, &eve).await;
        let of_eve = membership::Entity::find().filter(membership::Column::AccountId.eq(eve.id));
        let id = of_eve.one(&app.database).await.unwrap().unwrap().id;
        let act = async |what: &str| {
            let input = json!({ "organizationId": hofer.id, "membershipId": id, "reason": "a project's turns" });
            hofer.admin.client.done(what, input, "").await;
        };
        act("terminateMembership").await;
        hofer.restricted(json!({ "workspaceId": hofer.workspace }), &["DELETE_ITEMS"]).await;
        assert_eq!(told_of(&app, eve.id).await, [], "who isn't there isn't concerned");
        act("restoreMembership").await;
        let here = (json!(["DELETE_ITEMS"]), json!("a team"));
        assert_eq!(told_of(&app, eve.id).await, std::slice::from_ref(&here));
        // Who is there already, though limited, has been told.
        act("suspendMembership").await;
        act("restoreMembership").await;
        assert_eq!(told_of(&app, eve.id).await, [here]);
    }
}

on_both! {
    async fn control_reaches_further_within_a_workspace_too(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let bo = app.person("bo@hofer.example").await;
        joins(&hofer, hofer.workspace, &bo).await;
        hofer.restricted(json!({ "workspaceId": hofer.workspace }), &["EDIT_PROFILE"]).await;
        assert_eq!(told_of(&app, bo.id).await, [], "of a member it takes nothing");
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let domain = steward_entities::domain::Entity::find().one(&app.database).await.unwrap().unwrap().id;
        let input = json!({ "organizationId": hofer.id, "domainId": domain, "scope": { "accountIds": [bo.id] } });
        owner.client.done("claimAccounts", input, "claim { id }").await;
        app.run_jobs().await;
        let of_bo = control_assertion::Entity::find().filter(control_assertion::Column::AccountId.eq(bo.id));
        let assertion = of_bo.one(&app.database).await.unwrap().unwrap().id;
        bo.client.done("acceptControl", json!({ "controlAssertionId": assertion }), "").await;
        assert_eq!(told_of(&app, bo.id).await, [(json!(["EDIT_PROFILE"]), json!("a team"))]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joins_waits_for_the_restrictions_of_their_workspace_alone() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let hofer = Hofer::new(&app).await;
    let bo = app.person("bo@home.example").await;
    let elsewhere = app.workspace(hofer.id).await;
    let id = hofer.restricted(json!({ "workspaceId": elsewhere }), &["EDIT_ITEMS"]).await;
    hofer.restricted(json!({ "workspaceId": hofer.workspace }), &["DELETE_ITEMS"]).await;
    app.run_jobs().await;
    let held = app.database.begin().await.unwrap();
    let id: EditRestrictionId = id.as_str().unwrap().parse().unwrap();
    edit_restriction::Entity::find_by_id(id).lock_exclusive().one(&held).await.unwrap().unwrap();
    tokio::time::timeout(Duration::from_secs(20), joins(&hofer, hofer.workspace, &bo)).await.unwrap();
    held.rollback().await.unwrap();
    assert_eq!(told_of(&app, bo.id).await, [(json!(["DELETE_ITEMS"]), json!("a team"))]);
}
