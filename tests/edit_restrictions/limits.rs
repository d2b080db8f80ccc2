//! What keeps restrictions in bounds: how many there can be, who lifts none from themselves, and what the log keeps of whom.

use super::{Hofer, everybody, mine, profile};
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::core::edits::MOST;
use steward_entities::{
    edit_restriction, edit_restriction_account, event_detail,
    id::{AccountId, EditRestrictionId},
    kinds::{BlockKind, RoleName},
    role,
};
use steward_tests::{Client, TestApp, on_both};

/// More restrictions like this one, until `count` are in force.
async fn filled(app: &TestApp, like: &Value, count: u64, names: Option<AccountId>) {
    let id: EditRestrictionId = like.as_str().unwrap().parse().unwrap();
    let like = edit_restriction::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap();
    for _ in 1..count {
        let mut row = like.clone().into_active_model();
        row.id = Set(app.id());
        let row = row.insert(&app.database).await.unwrap();
        let Some(account) = names else { continue };
        let named = edit_restriction_account::ActiveModel {
            restriction_id: Set(row.id),
            account_id: Set(account),
            lifted_at: Set(None),
        };
        named.insert(&app.database).await.unwrap();
    }
}

on_both! {
    async fn so_many_can_be_in_force_on_one_target_and_races_dont_slip_past(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = &hofer.admin.client;
        let set = |target: Value| hofer.restrict(admin, target, &["EDIT_ITEMS"], json!({}));
        for target in hofer.targets() {
            let first = hofer.restricted(target.clone(), &["EDIT_ITEMS"]).await;
            let names = target.get("accountIds").map(|_| hofer.ana.id);
            filled(&app, &first, MOST - 1, names).await;
            let answers = join_all((0..4).map(|_| set(target.clone()))).await;
            let made: Vec<_> = answers.iter().filter(|answer| answer.code() == "OK").collect();
            assert_eq!(made.len(), 1, "{target}: {:?}", answers.iter().map(|it| it.body.clone()).collect::<Vec<_>>());
            let refused: Vec<_> = answers.iter().filter(|answer| answer.code() == "LIMIT_REACHED").collect();
            assert_eq!(refused.len(), 3, "{target}");
            let words = refused[0].body.to_string();
            assert!(words.contains("lift those that aren't needed any more first"), "{words}");
            let plan = hofer.restrict(admin, target.clone(), &["EDIT_ITEMS"], json!({ "dryRun": true })).await;
            assert_eq!(plan.code(), "LIMIT_REACHED", "a plan tells it, too");
            assert_eq!(hofer.lift(admin, &first).await.code(), "OK");
            assert_eq!(set(target.clone()).await.code(), "OK", "{target}");
            assert_eq!(set(target).await.code(), "LIMIT_REACHED");
        }
    }
}

on_both! {
    async fn of_many_those_who_are_named_too_often_are_left_out(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = &hofer.admin.client;
        let bo = app.person("bo@home.example").await;
        app.joined(hofer.id, hofer.workspace, bo.id, &bo.email).await;
        let first = hofer.restricted(json!({ "accountIds": [hofer.ana.id] }), &["EDIT_ITEMS"]).await;
        filled(&app, &first, MOST, Some(hofer.ana.id)).await;
        let both = json!({ "accountIds": [hofer.ana.id, bo.id] });
        let answer = hofer.restrict(admin, both, &["EDIT_ITEMS"], json!({})).await.payload();
        assert_eq!((&answer["affected"], &answer["skipped"][0]["reason"]), (&json!(1), &json!("TOO_MANY_RESTRICTIONS")));
        let act = json!({ "restrictEdits": { "operations": ["EDIT_ITEMS"], "reason": "An audit" } });
        let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": [hofer.ana.id, bo.id] }, "action": act });
        let mut asked = input.clone();
        asked["dryRun"] = json!(true);
        let plan = admin.done("bulkAccounts", asked, "plan { affected skipped { reason accounts } }").await["plan"].clone();
        let left_out = json!([{ "reason": "TOO_MANY_RESTRICTIONS", "accounts": 1 }]);
        assert_eq!(plan, json!({ "affected": 1, "skipped": left_out }), "a plan tells what the job does");
        let job = admin.done("bulkAccounts", input, "job { id }").await["job"]["id"].clone();
        app.run_jobs().await;
        let query = "query($id: ID!) { job(id: $id) { skipped { reason accounts } } }";
        let skipped = admin.ask(query, json!({ "id": job })).await["job"]["skipped"].clone();
        assert_eq!(skipped, left_out);
        let named = |account: AccountId| {
            let of = edit_restriction_account::Column::AccountId.eq(account);
            edit_restriction_account::Entity::find().filter(of).count(&app.database)
        };
        assert_eq!((named(hofer.ana.id).await.unwrap(), named(bo.id).await.unwrap()), (MOST, 2));
        // Another organization's count for nothing, nor do those that are over.
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::UserAdmin).await;
        let place = app.workspace(other).await;
        app.joined(other, place, hofer.ana.id, &hofer.ana.email).await;
        let input = json!({
            "organizationId": other, "target": { "accountIds": [hofer.ana.id] }, "operations": ["EDIT_ITEMS"], "reason": "Ours",
        });
        stranger.client.done("restrictEdits", input, "").await;
    }
}

on_both! {
    async fn what_has_ended_stands_in_nobodys_way_and_still_tells_whom_it_named(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = &hofer.admin.client;
        let target = json!({ "accountIds": [hofer.ana.id] });
        let id = hofer.restricted(target.clone(), &["EDIT_PROFILE"]).await;
        let until = app.now() + TimeDelta::days(1);
        hofer.restrict(admin, target, &["EDIT_PROFILE"], json!({ "until": until })).await.payload();
        hofer.lift(admin, &id).await.payload();
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        app.run_jobs().await;
        let open = edit_restriction_account::Entity::find().filter(edit_restriction_account::Column::LiftedAt.is_null());
        assert_eq!(open.count(&app.database).await.unwrap(), 0, "nothing of it is read by edits any more");
        assert_eq!(profile(&hofer.ana.client, "Job").await.code(), "OK");
        let query = "query($id: ID!, $account: ID!) { organization(id: $id) { \
            editRestrictions(filter: { accountId: $account }) { nodes { accounts { nodes { id } } } } } }";
        let seen = admin.ask(query, json!({ "id": hofer.id, "account": hofer.ana.id })).await;
        let named = json!({ "accounts": { "nodes": [{ "id": hofer.ana.id }] } });
        assert_eq!(seen["organization"]["editRestrictions"]["nodes"], json!([named, named]));
    }
}

on_both! {
    async fn nobody_lifts_it_after_leaving_from_under_it(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let cleo = app.person("cleo@home.example").await;
        app.role(hofer.id, cleo.id, RoleName::UserAdmin).await;
        let member = async || {
            app.advance(TimeDelta::hours(1));
            app.joined(hofer.id, hofer.workspace, cleo.id, &cleo.email).await
        };
        let leave = |membership| cleo.client.done("leaveWorkspace", json!({ "membershipId": membership }), "");
        let targets = [everybody(), json!({ "workspaceId": hofer.workspace }), json!({ "accountIds": [cleo.id] })];
        for target in targets {
            let membership = member().await;
            let id = hofer.restricted(target.clone(), &["EDIT_ITEMS"]).await;
            assert_eq!(hofer.lift(&cleo.client, &id).await.code(), "SELF", "{target}");
            app.advance(TimeDelta::hours(1));
            leave(membership).await;
            assert_eq!(hofer.lift(&cleo.client, &id).await.code(), "SELF", "{target}, after leaving");
            assert_eq!(hofer.lift(&hofer.admin.client, &id).await.code(), "OK", "{target}");
        }
        // What was set after they had gone, or names others, never held for them.
        for target in [everybody(), json!({ "accountIds": [hofer.ana.id] })] {
            app.advance(TimeDelta::hours(1));
            let id = hofer.restricted(target, &["EDIT_ITEMS"]).await;
            assert_eq!(hofer.lift(&cleo.client, &id).await.code(), "OK");
        }
    }
}

on_both! {
    async fn what_nobody_else_can_lift_any_more_the_only_owner_lifts_and_the_log_says_so(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let domain = app.proved_domain(hofer.id, "owners.example").await;
        let (xenia, yuri, zoe) = (
            app.person("xenia@owners.example").await, app.person("yuri@owners.example").await, app.person("zoe@home.example").await,
        );
        for owner in [&xenia, &yuri, &zoe] {
            app.role(hofer.id, owner.id, RoleName::Owner).await;
        }
        for owner in [&xenia, &yuri] {
            app.under_control(hofer.id, domain, owner.id).await;
        }
        let set = hofer.restrict(&yuri.client, everybody(), &["EDIT_PROFILE"], json!({})).await.payload();
        let id = set["editRestriction"]["id"].clone();
        let resign = |who: &Client| {
            let who = who.clone();
            async move { who.done("resignRole", json!({ "organizationId": hofer.id }), "").await }
        };
        assert_eq!(hofer.lift(&xenia.client, &id).await.code(), "SELF", "two others can");
        resign(&zoe.client).await;
        app.blocked(yuri.id, BlockKind::Suspension, Some(hofer.id)).await;
        assert_eq!(hofer.lift(&xenia.client, &id).await.code(), "SELF", "who set it owns it still, and will be back");
        let theirs = role::Entity::delete_many().filter(role::Column::AccountId.eq(yuri.id));
        theirs.exec(&app.database).await.unwrap();
        assert_eq!(hofer.lift(&hofer.admin.client, &id).await.code(), "HIGHER_ROLE");
        assert_eq!(profile(&xenia.client, "Owner").await.code(), "EDIT_RESTRICTED");
        assert_eq!(hofer.lift(&xenia.client, &id).await.code(), "OK");
        let (_, details) = crate::left_behind::last_event(&app, hofer.id, "liftEditRestriction").await;
        assert_eq!(details["fromOneselfAsOnlyOwner"], true);
        assert_eq!(profile(&xenia.client, "Owner").await.code(), "OK");

        // What doesn't hold for them is lifted as ever.
        let id = hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        assert_eq!(hofer.lift(&xenia.client, &id).await.code(), "OK");
        let (_, details) = crate::left_behind::last_event(&app, hofer.id, "liftEditRestriction").await;
        assert_eq!(details["fromOneselfAsOnlyOwner"], Value::Null);
    }
}

on_both! {
    async fn an_owners_key_lifts_what_never_held_for_its_maker(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let key = app.api_key(hofer.id, owner.id, RoleName::UserAdmin).await;
        let membership = app.joined(hofer.id, hofer.workspace, owner.id, &owner.email).await;
        let id = hofer.restricted(everybody(), &["EDIT_ITEMS"]).await;
        app.advance(TimeDelta::hours(1));
        owner.client.done("leaveWorkspace", json!({ "membershipId": membership }), "").await;
        assert_eq!(hofer.lift(&key, &id).await.code(), "OK");
    }
}

on_both! {
    async fn it_holds_for_who_set_it_once_their_role_is_gone(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let domain = app.proved_domain(hofer.id, "second.example").await;
        app.under_control(hofer.id, domain, hofer.admin.id).await;
        hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        assert_eq!(profile(&hofer.admin.client, "Administrator").await.code(), "OK");
        assert_eq!(mine(&hofer.admin.client).await, json!([]));
        hofer.admin.client.done("resignRole", json!({ "organizationId": hofer.id }), "").await;
        assert_eq!(profile(&hofer.admin.client, "Nobody").await.code(), "EDIT_RESTRICTED");
        assert_eq!(mine(&hofer.admin.client).await[0]["operations"], json!(["EDIT_PROFILE"]));
    }
}

async fn whose_details(app: &TestApp, hofer: &Hofer) -> Option<AccountId> {
    let (event, _) = crate::left_behind::last_event(app, hofer.id, "liftEditRestriction").await;
    event_detail::Entity::find_by_id(event.id).one(&app.database).await.unwrap().unwrap().account_id
}

on_both! {
    async fn why_it_was_lifted_goes_with_the_one_whom_it_named(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let bo = app.person("bo@home.example").await;
        app.joined(hofer.id, hofer.workspace, bo.id, &bo.email).await;
        let lifted = async |target: Value| {
            let id = hofer.restricted(target, &["EDIT_ITEMS"]).await;
            hofer.lift(&hofer.admin.client, &id).await.payload();
            whose_details(&app, &hofer).await
        };
        assert_eq!(lifted(json!({ "accountIds": [hofer.ana.id] })).await, Some(hofer.ana.id));
        assert_eq!(lifted(json!({ "accountIds": [hofer.ana.id, bo.id] })).await, None);
        assert_eq!(lifted(everybody()).await, None);
    }
}

async fn made(hofer: &Hofer, by: &Client, email: &str) {
    by.done("createAccount", json!({ "organizationId": hofer.id, "email": email }), "").await;
}

on_both! {
    async fn for_whom_an_account_is_made_is_told_of_what_holds(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.restricted(everybody(), &["EDIT_PROFILE", "EDIT_ITEMS"]).await;
        hofer.restricted(json!({ "workspaceId": hofer.workspace }), &["DELETE_ITEMS"]).await;
        // Before the job has told anybody: who comes now is told by one of the two.
        made(&hofer, &hofer.admin.client, "dan@hofer.example").await;
        app.run_jobs().await;
        app.advance(TimeDelta::hours(1));
        made(&hofer, &hofer.admin.client, "eve@hofer.example").await;
        app.run_jobs().await;
        let told = crate::left_behind::notices(&app, "edit_restriction_set").await;
        for email in ["dan@hofer.example", "eve@hofer.example"] {
            let theirs: Vec<_> = told.iter().filter(|(_, address, _)| address == email).collect();
            assert_eq!(theirs.len(), 1, "{email}: {told:?}");
            assert_eq!(theirs[0].2["operations"], json!(["EDIT_PROFILE", "EDIT_ITEMS"]));
        }
    }
}

on_both! {
    async fn a_plan_counts_nobody_from_whom_nothing_could_be_taken(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        app.joined(hofer.id, hofer.workspace, owner.id, &owner.email).await;
        app.joined(hofer.id, hofer.workspace, hofer.admin.id, &hofer.admin.email).await;
        let plan = async |target: &Value, operation: &str| {
            let answer = hofer.restrict(&hofer.admin.client, target.clone(), &[operation], json!({ "dryRun": true })).await;
            let skipped: Vec<_> =
                answer.payload()["skipped"].as_array().unwrap().iter().map(|it| it["reason"].as_str().unwrap().to_owned()).collect();
            (answer.payload()["affected"].as_i64().unwrap(), skipped)
        };
        for target in &hofer.targets()[..2] {
            // What is the members' own is nobody's but theirs: Ana's alone is the organization's to restrict.
            assert_eq!(plan(target, "EDIT_PROFILE").await, (1, vec![]), "{target}");
            let (affected, mut skipped) = plan(target, "EDIT_ITEMS").await;
            skipped.sort();
            assert_eq!((affected, skipped), (1, vec!["HIGHER_ROLE".to_owned(), "SELF".to_owned()]), "{target}");
        }
    }
}
