//! People who have their own account deleted: what they may, what they are told, and what becomes of a claim.

use crate::{
    claims::Acme,
    deletions::{Hofer, SEEN, blocks, row, state},
    left_behind::forget_password,
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward::notices::content::NoticeKind;
use steward_entities::{
    control_assertion,
    id::AccountId,
    kinds::{AssertionStatus, RoleName},
};
use steward_tests::{Client, TestApp, on_both};

on_both! {
    async fn that_a_person_leaves_is_not_told_to_an_organization_of_which_they_are_only_a_member(app: TestApp) {
        let acme = app.organization("Acme").await;
        let help = app.administrator(acme, RoleName::HelpDesk).await;
        let person = app.person("person@personal.example").await;
        let workspace = app.workspace(acme).await;
        app.joined(acme, workspace, person.id, &person.email).await;
        person.client.done("deleteMyAccount", json!({}), "").await;
        let query = "query($id: ID!) { account(id: $id) { access blocks { kind } } }";
        let seen = help.client.ask(query, json!({ "id": person.id })).await;
        assert_eq!(seen["account"], json!({ "access": "FULL", "blocks": [] }));
        let input = json!({ "organizationId": acme, "accountId": person.id, "reason": "a phishing mail" });
        assert_eq!(help.client.run("requirePasswordReset", input, "").await.code(), "OK");
    }
}

on_both! {
    async fn a_person_deletes_their_own_account_and_changes_their_mind(app: TestApp) {
        let ana = app.person("ana@home.example").await;
        let other = app.signed_in(ana.id, &ana.email).await;
        let planned = ana.client.done("deleteMyAccount", json!({ "dryRun": true, "graceDays": 0 }), SEEN).await;
        assert_eq!(planned["plan"]["erasedAt"], json!(app.now().to_rfc3339()));
        assert_eq!(planned["plan"]["consequences"][1]["count"], 2, "both sessions");
        assert_eq!(blocks(&app, ana.id).await, []);

        let keyed = ana.client.with_key("delete-me");
        let payload = keyed.done("deleteMyAccount", json!({ "graceDays": 30 }), SEEN).await;
        assert_eq!(payload["account"]["access"], "TERMINATED");
        let again = keyed.run("deleteMyAccount", json!({ "graceDays": 30 }), SEEN).await;
        assert_eq!(again.code(), "OK", "asked again it is answered again: {}", again.body);
        assert_eq!(ana.client.run("deleteMyAccount", json!({}), "").await.code(), "INVALID_STATE");
        assert_eq!(blocks(&app, ana.id).await.len(), 1);
        assert_eq!(other.client.run("signOut", json!({}), "").await.code(), "UNAUTHENTICATED");
        assert_eq!(state(&ana.client).await["actor"]["limited"], true);
        assert_eq!(ana.client.run("updateMyProfile", json!({ "jobTitle": "x" }), "").await.code(), "FORBIDDEN");
        let told = app.notices_to(&ana.email, NoticeKind::AccountDeletionScheduled).await;
        assert_eq!((told.len(), told[0].content["organization"].is_null()), (1, true));

        app.advance(TimeDelta::days(29));
        app.run_jobs().await;
        let back = app.signed_in(ana.id, &ana.email).await;
        assert_eq!(back.client.run("cancelMyAccountDeletion", json!({ "confirm": false }), "").await.code(), "INVALID");
        let payload = back.client.done("cancelMyAccountDeletion", json!({ "confirm": true }), "account { access }").await;
        assert_eq!(payload["account"]["access"], "FULL");
        assert_eq!(back.client.run("cancelMyAccountDeletion", json!({ "confirm": true }), "").await.code(), "INVALID_STATE");
        app.advance(TimeDelta::days(2));
        app.run_jobs().await;
        assert_eq!(row(&app, ana.id).await.email, ana.email);
        assert_eq!(app.notices_to(&ana.email, NoticeKind::AccountDeletionCanceled).await.len(), 1);
    }
}

on_both! {
    async fn who_may_not_delete_their_own_account_is_told_why(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let code = async |client: &Client| client.run("deleteMyAccount", json!({}), "").await.code();
        assert_eq!(code(&app.nobody()).await, "UNAUTHENTICATED");
        assert_eq!(code(&hofer.ana.client).await, "MANAGED");
        assert_eq!(code(&app.operator().await.client).await, "INVALID_STATE");
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        assert_eq!(code(&app.api_key(hofer.id, owner.id, RoleName::UserAdmin).await).await, "FORBIDDEN");
        assert_eq!(code(&owner.client).await, "LAST_OWNER");
        // One who leaves can't act any more, and doesn't count.
        let second = app.person("second@home.example").await;
        app.role(hofer.id, second.id, RoleName::Owner).await;
        assert_eq!(code(&second.client).await, "OK");
        assert_eq!(code(&owner.client).await, "LAST_OWNER");
        let third = app.person("third@home.example").await;
        forget_password(&app, &third).await;
        assert_eq!(code(&third.client).await, "REAUTHENTICATION_REQUIRED");
        let rested = app.person("rested@home.example").await;
        rested.client.done("deactivateMyAccount", json!({ "confirm": true }), "").await;
        assert_eq!(code(&rested.client).await, "OK", "who rests may leave");
        for days in [-1, 31] {
            let answer = hofer.ana.client.run("deleteMyAccount", json!({ "graceDays": days }), "").await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.graceDays"));
        }
    }
}

async fn assertions(app: &TestApp, account: AccountId) -> Vec<(AssertionStatus, Option<String>)> {
    let all = control_assertion::Entity::find().filter(control_assertion::Column::AccountId.eq(account));
    let mut all = all.all(&app.database).await.unwrap();
    all.sort_by_key(|row| (row.created_at, row.id));
    all.into_iter().map(|row| (row.status, row.ended_because)).collect()
}

on_both! {
    async fn who_leaves_avoids_a_claim_and_who_comes_back_is_told_anew(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.person("ana@acme.test").await;
        app.account("other@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        ana.client.done("deleteMyAccount", json!({ "graceDays": 30 }), "").await;
        let avoided = (AssertionStatus::Avoided, Some("BEING_DELETED".to_owned()));
        assert_eq!(assertions(&app, ana.id).await, std::slice::from_ref(&avoided));
        assert_eq!(app.notices_to(&ana.email, NoticeKind::AssertionCanceled).await.len(), 1);

        // Whoever leaves can't be claimed, and the plan says why.
        let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
        let query = "query($id: ID!) { domain(id: $id) { claimPlan(scope: { everyone: {} }) { claimable excluded { reason accounts } } } }";
        let plan = owner.client.ask(query, json!({ "id": acme.domain })).await["domain"]["claimPlan"].clone();
        assert_eq!(plan, json!({ "claimable": 0, "excluded": [
            { "reason": "IN_ANOTHER_CLAIM", "accounts": 1 }, { "reason": "BEING_DELETED", "accounts": 1 },
        ] }));

        app.advance(TimeDelta::days(10));
        let back = app.signed_in(ana.id, &ana.email).await;
        back.client.done("cancelMyAccountDeletion", json!({ "confirm": true }), "").await;
        assert_eq!(assertions(&app, ana.id).await, [avoided, (AssertionStatus::Pending, None)]);
        app.run_jobs().await;
        app.advance(TimeDelta::days(14));
        app.run_jobs().await;
        assert_eq!(row(&app, ana.id).await.managed_by, Some(acme.organization), "after a full period");
    }
}

on_both! {
    async fn who_rests_and_leaves_is_told_anew_only_when_both_are_over(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.person("ana@acme.test").await;
        app.account("other@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        ana.client.done("deactivateMyAccount", json!({ "confirm": true }), "").await;
        ana.client.done("deleteMyAccount", json!({}), "").await;
        ana.client.done("reactivateMyAccount", json!({ "confirm": true }), "").await;
        assert_eq!(assertions(&app, ana.id).await.len(), 1, "still on the way out");
        assert_eq!(state(&ana.client).await["actor"]["limited"], true);
        ana.client.done("cancelMyAccountDeletion", json!({ "confirm": true }), "").await;
        assert_eq!(assertions(&app, ana.id).await.len(), 2);
        assert_eq!(state(&ana.client).await["actor"]["limited"], false);
    }
}
