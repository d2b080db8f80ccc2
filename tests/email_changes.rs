//! Changes of address, beside what claims do with them: one that is taken back leaves everything as it was.

use crate::claims::Acme;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward::{jobs::worker, notices::content::NoticeKind};
use steward_entities::{
    account, control_assertion, delivery,
    id::AccountId,
    kinds::{AssertionStatus, DeliveryStatus, RoleName},
};
use steward_tests::{TestApp, on_both};

async fn address(app: &TestApp, id: AccountId) -> String {
    account::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap().email
}

on_both! {
    async fn a_change_that_is_taken_back_leaves_the_address_and_kills_its_link(app: TestApp) {
        let ana = app.person("ana@home.test").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@new.test" }), "emailChangeId").await;
        let link = app.mailed_link("ana@new.test", NoticeKind::EmailChangeConfirm).await;

        let stranger = app.person("eve@home.test").await;
        assert_eq!(stranger.client.run("cancelEmailChange", json!({}), "emailChangeId").await.code(), "INVALID_STATE");
        assert_eq!(app.nobody().run("cancelEmailChange", json!({}), "emailChangeId").await.code(), "UNAUTHENTICATED");

        ana.client.done("cancelEmailChange", json!({}), "emailChangeId").await;
        let dead = app.nobody().run("confirmEmailChange", json!({ "token": link }), "confirmed").await;
        assert_eq!(dead.code(), "LINK_INVALID");
        assert_eq!(address(&app, ana.id).await, "ana@home.test");
        assert_eq!(ana.client.run("cancelEmailChange", json!({}), "emailChangeId").await.code(), "INVALID_STATE");
    }
}

on_both! {
    async fn a_confirmed_change_ends_all_sessions_and_tells_both_addresses(app: TestApp) {
        let ana = app.person("ana@home.test").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@new.test" }), "emailChangeId").await;
        let link = app.mailed_link("ana@new.test", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": link }), "confirmed").await;

        assert_eq!(address(&app, ana.id).await, "ana@new.test");
        assert_eq!(ana.client.send("{ __typename }", json!({})).await.code(), "UNAUTHENTICATED");
        for email in ["ana@home.test", "ana@new.test"] {
            assert_eq!(app.notices_to(email, NoticeKind::EmailChanged).await.len(), 1, "{email}");
        }
        let again = app.nobody().run("confirmEmailChange", json!({ "token": link }), "confirmed").await;
        assert_eq!(again.code(), "LINK_INVALID");
    }
}

on_both! {
    async fn whether_the_new_address_has_an_account_is_told_to_nobody(app: TestApp) {
        app.account("taken@home.test").await;
        let mut seen = Vec::new();
        for (who, wanted) in [("ana@acme.test", "taken@home.test"), ("ben@acme.test", "free@home.test")] {
            let person = app.person(who).await;
            person.client.done("requestEmailChange", json!({ "newEmail": wanted }), "emailChangeId").await;
            app.run_jobs().await;
            let query = "{ viewer { notices { totalCount nodes { kind deliveries { status } } } } }";
            seen.push(person.client.ask(query, json!({})).await);
        }
        assert_eq!(seen[0], seen[1]);
    }
}

on_both! {
    async fn who_moves_within_the_domain_is_told_of_coming_control_at_the_new_address(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.person("ana@acme.test").await;
        acme.claim(&app).await;
        // The claim is written, and no mail has left yet.
        while worker::run_job(&app.steward).await.unwrap() {}
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana.gruber@acme.test" }), "emailChangeId").await;
        let link = app.mailed_link("ana.gruber@acme.test", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": link }), "confirmed").await;
        app.run_jobs().await;

        let told = app.notices_to("ana.gruber@acme.test", NoticeKind::ControlAsserted).await;
        assert_eq!(told.len(), 1);
        let deliveries = delivery::Entity::find().filter(delivery::Column::NoticeId.eq(told[0].id));
        let mut deliveries = deliveries.all(&app.database).await.unwrap();
        deliveries.sort_by_key(|row| row.address.len());
        let states = deliveries.iter().map(|row| (row.address.as_str(), row.status)).collect::<Vec<_>>();
        let expected = [("ana@acme.test", DeliveryStatus::Suppressed), ("ana.gruber@acme.test", DeliveryStatus::Sent)];
        assert_eq!(states, expected);
        let all = control_assertion::Entity::find().all(&app.database).await.unwrap();
        assert_eq!((all.len(), all[0].status, all[0].notice_delivered_at), (1, AssertionStatus::Pending, Some(app.now())));
    }
}

/// How often each of these organizations invites the address; none is refused before `RATE_LIMITED`.
async fn invited(app: &TestApp, email: &str, organizations: usize) -> usize {
    let mut sent = 0;
    for number in 0..organizations {
        let organization = app.organization(&format!("Organization {number}")).await;
        let owner = app.administrator(organization, RoleName::Owner).await;
        let input = json!({ "organizationId": organization, "email": email, "role": "AUDITOR" });
        loop {
            match owner.client.run("inviteAdministrator", input.clone(), "").await.code().as_str() {
                "OK" => sent += 1,
                code => break assert_eq!(code, "RATE_LIMITED"),
            }
        }
    }
    sent
}

on_both! {
    async fn mail_of_others_to_an_address_closes_nobodys_way_out(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (ana, free) = (app.person("ana@acme.test").await, app.person("free@people.test").await);
        acme.claim(&app).await;
        app.run_jobs().await;
        // What is refused counts for nothing, whoever asks.
        let input = json!({ "organizationId": acme.organization, "email": "ana@home.test", "profile": {} });
        for _ in 0..40 {
            assert_eq!(acme.owner.client.run("createAccount", input.clone(), "").await.code(), "OUTSIDE_DOMAINS");
        }
        assert_eq!(invited(&app, "ana@home.test", 5).await, 30, "ten of each, thirty of all");

        let wanted = json!({ "newEmail": "ana@home.test" });
        assert_eq!(free.client.run("requestEmailChange", wanted.clone(), "").await.code(), "RATE_LIMITED");
        for _ in 0..10 {
            ana.client.done("requestEmailChange", wanted.clone(), "").await;
        }
        assert_eq!(ana.client.run("requestEmailChange", wanted.clone(), "").await.code(), "RATE_LIMITED");
        let link = app.mailed_link("ana@home.test", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": link }), "confirmed").await;
        assert_eq!(address(&app, ana.id).await, "ana@home.test");
        app.advance(TimeDelta::hours(1));
        let free = app.signed_in(free.id, &free.email).await;
        assert_eq!(free.client.run("requestEmailChange", json!({ "newEmail": "free@home.test" }), "").await.code(), "OK");
    }
}
