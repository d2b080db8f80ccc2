//! People who don't want an app to see them: hidden at once, decided by administrators, told to whom it concerns.

mod exclusions;
mod kept;
mod renewed;

use crate::{
    app_installations::managed,
    app_policies::Acme,
    deletions::Hofer,
    left_behind::{events, holding, last_event, notices},
};
use chrono::TimeDelta;
use futures::future::{join, join_all};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use steward::core::apps::hidden::is_hidden;
use steward_entities::{
    app_objection,
    id::{AccountId, AppId, OrganizationId},
    kinds::{AppObjectionStatus, BlockKind, RoleName},
    membership,
};
use steward_tests::{Answer, Client, TestApp, on_both};

const SEEN: &str = "appObjection { id status reason decision scopes decidedById app { name } organization { name } \
    account { displayName } installationId }";

/// Whether the organization's app doesn't see somebody.
async fn hidden(app: &TestApp, acme: &Acme, account: AccountId) -> bool {
    let id: AppId = acme.app.parse().unwrap();
    is_hidden(&app.database, account, acme.id, id, app.now()).await.unwrap()
}

async fn object(by: &Client, installation: &Value) -> Answer {
    by.run("objectToApp", json!({ "installationId": installation, "reason": "It needn't know me" }), SEEN).await
}

async fn objected(by: &Client, installation: &Value) -> Value {
    object(by, installation).await.payload()["appObjection"]["id"].clone()
}

fn outcome(organization: OrganizationId, objection: &Value, outcome: &str) -> Value {
    json!({ "organizationId": organization, "appObjectionId": objection, "outcome": outcome, "reason": "We have looked" })
}

async fn decide(acme: &Acme, objection: &Value, what: &str) -> Answer {
    acme.admin.client.run("decideAppObjection", outcome(acme.id, objection, what), SEEN).await
}

async fn withdraw(by: &Client, objection: &Value) -> Answer {
    by.run("withdrawAppObjection", json!({ "appObjectionId": objection }), SEEN).await
}

on_both! {
    async fn who_objects_is_hidden_at_once_and_for_good_if_administrators_agree(app: TestApp) {
        let acme = Acme::new(&app).await;
        let second = app.administrator(acme.id, RoleName::Owner).await;
        let bo = managed(&app, acme.id, "bo@acme.example").await;
        let installation = acme.installed(&app).await;
        assert!(!hidden(&app, &acme, acme.ana.id).await);
        let made = object(&acme.ana.client, &installation).await.payload()["appObjection"].clone();
        assert_eq!((&made["status"], &made["scopes"], &made["app"]["name"]), (&json!("OPEN"), &json!(["READ_NAME"]), &json!("Shifts")));
        assert!(hidden(&app, &acme, acme.ana.id).await && !hidden(&app, &acme, bo).await);
        let mut deciders = vec![Some(acme.admin.id), Some(second.id)];
        let mut told: Vec<_> = notices(&app, "app_objected").await.into_iter().map(|(to, ..)| to).collect();
        deciders.sort();
        told.sort();
        assert_eq!(told, deciders);
        assert_eq!(notices(&app, "app_objected").await[0].2["reason"], "It needn't know me");
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "INVALID_STATE", "once is enough");

        let query = "query($id: ID!, $status: AppObjectionStatus) { organization(id: $id) { appObjections(status: $status) { \
            totalCount nodes { id status account { displayName } } } } }";
        let queue = acme.admin.client.ask(query, json!({ "id": acme.id, "status": "OPEN" })).await;
        let nodes = &queue["organization"]["appObjections"]["nodes"];
        assert_eq!(*nodes, json!([{ "id": made["id"], "status": "OPEN", "account": { "displayName": "ana" } }]));
        let done = decide(&acme, &made["id"], "UPHOLD").await.payload()["appObjection"].clone();
        assert_eq!((&done["status"], &done["decision"], &done["decidedById"]), (&json!("UPHELD"), &json!("We have looked"), &json!(acme.admin.id)));
        let to_ana = notices(&app, "app_objection_decided").await.remove(0);
        assert_eq!((to_ana.0, &to_ana.2["upheld"], &to_ana.2["again_at"]), (Some(acme.ana.id), &json!(true), &Value::Null));
        let closed = notices(&app, "app_objection_closed").await;
        assert_eq!(closed.iter().map(|(to, ..)| *to).collect::<Vec<_>>(), [Some(second.id)], "who decides knows");
        assert_eq!(decide(&acme, &made["id"], "DISMISS").await.code(), "INVALID_STATE", "it is decided");
        assert!(hidden(&app, &acme, acme.ana.id).await);

        // Installed anew, it sees no more than before.
        acme.uninstall(&installation).await.payload();
        app.run_jobs().await;
        let again = acme.installed(&app).await;
        assert!(hidden(&app, &acme, acme.ana.id).await);
        assert_eq!(object(&acme.ana.client, &again).await.code(), "INVALID_STATE", "it holds still");
        let own = "{ viewer { appObjections { nodes { id status decision decidedById } } } }";
        let own = acme.ana.client.ask(own, json!({})).await["viewer"]["appObjections"]["nodes"].clone();
        assert_eq!(own, json!([{ "id": made["id"], "status": "UPHELD", "decision": "We have looked", "decidedById": null }]));

        // Only the person takes it back.
        let back = withdraw(&acme.ana.client, &made["id"]).await.payload();
        assert_eq!(back["appObjection"]["status"], "WITHDRAWN");
        assert!(!hidden(&app, &acme, acme.ana.id).await);
        assert_eq!(notices(&app, "app_objection_closed").await.len(), 3, "both are told");
        assert_eq!(withdraw(&acme.ana.client, &made["id"]).await.code(), "INVALID_STATE");
        for action in ["objectToApp", "decideAppObjection", "withdrawAppObjection"] {
            assert_eq!(events(&app, acme.id, action).await, 1, "{action}");
        }
        let (event, details) = last_event(&app, acme.id, "decideAppObjection").await;
        assert_eq!((event.account_id, &details["status"]), (Some(acme.ana.id), &json!("UPHELD")));
    }
}

on_both! {
    async fn a_decision_to_the_contrary_stands_until_the_app_may_see_more_or_time_has_passed(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let first = objected(&acme.ana.client, &installation).await;
        decide(&acme, &first, "DISMISS").await.payload();
        assert!(!hidden(&app, &acme, acme.ana.id).await);
        let told = notices(&app, "app_objection_decided").await.remove(0).2;
        assert_eq!(told["again_at"], json!(app.now() + TimeDelta::days(180)));
        let again = object(&acme.ana.client, &installation).await;
        assert_eq!((again.code().as_str(), again.field().as_str()), ("INVALID_STATE", "input.installationId"));
        assert_eq!(withdraw(&acme.ana.client, &first).await.code(), "INVALID_STATE", "it hides nobody");
        // Installed anew with the same, the decision stands; with more it doesn't, before it holds already.
        acme.uninstall(&installation).await.payload();
        app.run_jobs().await;
        let installation = acme.installed(&app).await;
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "INVALID_STATE");
        let more = acme.on(&installation, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] }));
        acme.admin.client.done("updateInstallation", more, "").await;
        let second = objected(&acme.ana.client, &installation).await;
        assert!(hidden(&app, &acme, acme.ana.id).await);
        decide(&acme, &second, "DISMISS").await.payload();
        app.advance(TimeDelta::days(180));
        let ana = app.signed_in(acme.ana.id, &acme.ana.email).await;
        objected(&ana.client, &installation).await;
        assert!(hidden(&app, &acme, acme.ana.id).await);
    }
}

on_both! {
    async fn of_who_has_left_administrators_are_told_nothing_more(app: TestApp) {
        let acme = Acme::new(&app).await;
        app.administrator(acme.id, RoleName::Owner).await;
        let bo = app.person("bo@home.example").await;
        app.joined(acme.id, acme.workspace, bo.id, &bo.email).await;
        let installation = acme.installed(&app).await;
        let [hers, his] = [objected(&acme.ana.client, &installation).await, objected(&bo.client, &installation).await];
        for (person, client) in [(acme.ana.id, &acme.ana.client), (bo.id, &bo.client)] {
            let of = membership::Entity::find().filter(membership::Column::AccountId.eq(person));
            let membership = of.one(&app.database).await.unwrap().unwrap().id;
            client.done("leaveWorkspace", json!({ "membershipId": membership }), "").await;
        }
        assert_eq!(decide(&acme, &hers, "UPHOLD").await.code(), "OK");
        assert_eq!(withdraw(&bo.client, &his).await.code(), "OK");
        assert_eq!(notices(&app, "app_objection_closed").await, [], "names and addresses are none of its business now");
        assert_eq!(notices(&app, "app_objection_decided").await, []);
    }
}

on_both! {
    async fn strangers_object_to_nothing_and_decide_nothing(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let bo = app.person("bo@home.example").await;
        let elsewhere = app.workspace(acme.id).await;
        app.joined(acme.id, elsewhere, bo.id, &bo.email).await;
        let answer = object(&bo.client, &installation).await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("NOT_FOUND", "input.installationId"), "it isn't where he is");
        let objection = objected(&acme.ana.client, &installation).await;
        assert_eq!(withdraw(&bo.client, &objection).await.code(), "NOT_FOUND");
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        for organization in [acme.id, other] {
            let answer = stranger.client.run("decideAppObjection", outcome(organization, &objection, "DISMISS"), SEEN).await;
            assert_eq!(answer.code(), "NOT_FOUND");
        }
        let query = "query($id: ID!) { organization(id: $id) { appObjections { totalCount } appExclusions { totalCount } } }";
        for somebody in [&stranger.client, &acme.ana.client] {
            assert_eq!(somebody.ask(query, json!({ "id": acme.id })).await["organization"], Value::Null);
        }
        let own = stranger.client.ask("{ viewer { appObjections { totalCount } } }", json!({})).await;
        assert_eq!(own["viewer"]["appObjections"]["totalCount"], 0);
        withdraw(&acme.ana.client, &objection).await.payload();
        acme.uninstall(&installation).await.payload();
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "INVALID_STATE", "it is gone");
        assert_eq!(object(&bo.client, &installation).await.code(), "NOT_FOUND");
    }
}

on_both! {
    async fn nobody_decides_about_themselves_nor_about_more_power(app: TestApp) {
        let acme = Acme::new(&app).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        for somebody in [&owner, &acme.admin] {
            app.joined(acme.id, acme.workspace, somebody.id, &somebody.email).await;
        }
        let installation = acme.installed(&app).await;
        let theirs = objected(&owner.client, &installation).await;
        let own = objected(&acme.admin.client, &installation).await;
        for (objection, code) in [(&theirs, "HIGHER_ROLE"), (&own, "SELF")] {
            let answer = decide(&acme, objection, "DISMISS").await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), (code, "input.appObjectionId"));
        }
        let told = notices(&app, "app_objected").await;
        let told: Vec<_> = told.into_iter().map(|(to, ..)| to).collect();
        assert_eq!(told, [Some(acme.admin.id), Some(owner.id)], "each hears of the other's");
        owner.client.done("decideAppObjection", outcome(acme.id, &own, "DISMISS"), SEEN).await;
        assert!(!hidden(&app, &acme, acme.admin.id).await && hidden(&app, &acme, owner.id).await);
    }
}

on_both! {
    async fn at_once_one_objection_is_made_and_one_decision(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let all = join_all((0..5).map(|_| object(&acme.ana.client, &installation))).await;
        assert_eq!(all.iter().filter(|answer| answer.code() == "OK").count(), 1);
        assert_eq!(app_objection::Entity::find().count(&app.database).await.unwrap(), 1);
        for round in 0..10 {
            let bo = managed(&app, acme.id, &format!("bo{round}@acme{round}.example")).await;
            app.joined(acme.id, acme.workspace, bo, &format!("bo{round}@acme{round}.example")).await;
            let bo = app.signed_in(bo, &format!("bo{round}@acme{round}.example")).await;
            let objection = objected(&bo.client, &installation).await;
            let decisions = ["UPHOLD", "DISMISS", "UPHOLD", "DISMISS"].map(|what| decide(&acme, &objection, what));
            let (decided, withdrawn) = join(join_all(decisions), withdraw(&bo.client, &objection)).await;
            let row = app_objection::Entity::find_by_id(objection.as_str().unwrap().parse::<steward_entities::id::AppObjectionId>().unwrap());
            let row = row.one(&app.database).await.unwrap().unwrap();
            let done = decided.iter().filter(|answer| answer.code() == "OK").count();
            // Decided once at most; and what was dismissed isn't withdrawn any more.
            assert!(done <= 1 && row.decided_at.is_some() == (done == 1), "round {round}");
            assert_eq!(row.status == AppObjectionStatus::Withdrawn, withdrawn.code() == "OK", "round {round}");
            let hides = matches!(row.status, AppObjectionStatus::Open | AppObjectionStatus::Upheld);
            assert_eq!(hidden(&app, &acme, bo.id).await, hides, "round {round}");
        }
    }
}

on_both! {
    async fn whose_account_is_at_rest_is_hidden(app: TestApp) {
        let acme = Acme::new(&app).await;
        for (number, &kind) in BlockKind::ALL.iter().enumerate() {
            let bo = managed(&app, acme.id, &format!("bo@acme{number}.example")).await;
            app.blocked(bo, kind, Some(acme.id)).await;
            let rests = !matches!(kind, BlockKind::Restriction | BlockKind::PasswordReset);
            assert_eq!(hidden(&app, &acme, bo).await, rests, "{kind:?}");
        }
        // What has ended hides nobody.
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let cleo = managed(&app, acme.id, "cleo@acme.example").await;
        let input = json!({ "organizationId": acme.id, "accountId": cleo, "reason": "Leave", "until": app.now() + TimeDelta::days(1) });
        owner.client.done("suspendAccount", input, "").await;
        assert!(hidden(&app, &acme, cleo).await);
        app.advance(TimeDelta::days(1));
        assert!(!hidden(&app, &acme, cleo).await);
    }
}

on_both! {
    async fn who_rests_or_is_restricted_can_still_object(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        acme.ana.client.done("deactivateMyAccount", json!({ "confirm": true }), "").await;
        let ana = app.signed_in(acme.ana.id, &acme.ana.email).await;
        let objection = objected(&ana.client, &installation).await;
        ana.client.done("reactivateMyAccount", json!({ "confirm": true }), "").await;
        assert!(hidden(&app, &acme, acme.ana.id).await, "the objection holds");
        decide(&acme, &objection, "DISMISS").await.payload();
        assert!(!hidden(&app, &acme, acme.ana.id).await);
    }
}

on_both! {
    async fn a_repeated_objection_is_answered_from_the_record_and_many_are_limited(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let input = json!({ "installationId": installation, "reason": "It needn't know me" });
        let once = acme.ana.client.with_key("once");
        let first = once.done("objectToApp", input.clone(), SEEN).await;
        withdraw(&acme.ana.client, &first["appObjection"]["id"]).await.payload();
        let again = once.done("objectToApp", input.clone(), SEEN).await;
        assert_eq!((&again["appObjection"]["id"], &again["appObjection"]["status"]), (&first["appObjection"]["id"], &json!("WITHDRAWN")));
        assert_eq!(events(&app, acme.id, "objectToApp").await, 1);
        for _ in 0..9 {
            let made = objected(&acme.ana.client, &installation).await;
            withdraw(&acme.ana.client, &made).await.payload();
        }
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "RATE_LIMITED", "each is mail to administrators");
        let empty = json!({ "installationId": installation, "reason": " " });
        let refused = acme.ana.client.run("objectToApp", empty, SEEN).await;
        assert_eq!((refused.code().as_str(), refused.field().as_str()), ("INVALID", "input.reason"));
    }
}

on_both! {
    async fn who_leaves_for_good_leaves_no_words_in_objections(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = app.administrator(hofer.id, RoleName::Owner).await;
        let shifts = app.catalogued("Shifts").await;
        let rotas = app.catalogued("Rotas").await;
        let first = app.at_work(hofer.id, shifts, admin.id).await;
        let second = app.at_work(hofer.id, rotas, admin.id).await;
        let mut made = Vec::new();
        for installation in [first, second] {
            let input = json!({ "installationId": installation, "reason": "Anagram doesn't want it" });
            made.push(hofer.ana.client.done("objectToApp", input, SEEN).await["appObjection"]["id"].clone());
        }
        let mut input = outcome(hofer.id, &made[0], "DISMISS");
        input["reason"] = json!("No, Anagram");
        admin.client.done("decideAppObjection", input, "").await;
        let input = json!({ "organizationId": hofer.id, "accountId": hofer.ana.id, "installationId": first, "reason": "Anagram moved" });
        admin.client.done("revokeAppAccess", input.clone(), "").await;
        admin.client.done("restoreAppAccess", input, "").await;
        app.run_jobs().await;
        hofer.delete(&hofer.officer.client, hofer.ana.id, json!({ "graceDays": 0 })).await.payload();
        app.run_jobs().await;
        let rows = app_objection::Entity::find().all(&app.database).await.unwrap();
        let states: Vec<_> = rows.iter().map(|row| (row.status, row.withdrawn_at.is_some())).collect();
        assert_eq!(states, [(AppObjectionStatus::Dismissed, false), (AppObjectionStatus::Withdrawn, true)]);
        assert_eq!(holding(&app, &["Anagram"]).await, []);
    }
}
