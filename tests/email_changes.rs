//! Changes of address, beside what claims do with them: one that is taken back leaves everything as it was.

use sea_orm::EntityTrait;
use serde_json::json;
use steward::notices::content::NoticeKind;
use steward_entities::{account, id::AccountId};
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
