//! Known disasters of other services that concern addresses, resets and sessions, replayed: each test is named after
//! what went wrong there, and shows that it doesn't here.

use axum::body::Body;
use futures::future::join_all;
use http::{Request, header};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use steward::notices::content::NoticeKind;
use steward_entities::{
    account,
    id::AccountId,
    kinds::{RoleName, VerificationMethod},
    notice,
};
use steward_tests::{Answer, Client, TestApp, on_both, seed::PASSWORD};
use tower::ServiceExt;

const NEW_PASSWORD: &str = "meadow copper winter thimble";

async fn ask_reset(app: &TestApp, email: &str) -> Answer {
    let answer = app.nobody().run("requestPasswordReset", json!({ "email": email }), "accepted").await;
    app.run_jobs().await;
    answer
}

async fn reset(client: &Client, token: &str) -> String {
    client.run("resetPassword", json!({ "token": token, "newPassword": NEW_PASSWORD }), "changed").await.code()
}

async fn signs_in(app: &TestApp, email: &str, password: &str) -> String {
    app.nobody().run("signIn", json!({ "email": email, "password": password }), "token").await.code()
}

async fn row(app: &TestApp, id: AccountId) -> account::Model {
    account::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap()
}

on_both! {
    async fn github_2016_and_django_cve_2019_19844_dotless_i_gets_no_link_of_somebody_else(app: TestApp) {
        app.account("mike@hofer.example").await;
        for stranger in ["m\u{131}ke@hofer.example", "M\u{130}KE@hofer.example"] {
            ask_reset(&app, stranger).await;
        }
        assert_eq!(notice::Entity::find().count(&app.database).await.unwrap(), 0);
        // What counts as the same address is mailed to the stored spelling, never to the one that was typed.
        ask_reset(&app, "MIKE@hofer.example").await;
        let mails = app.mailer.mails();
        assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["mike@hofer.example"]);
    }
}

on_both! {
    async fn gitlab_cve_2023_7028_a_list_of_addresses_is_refused_whole(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let list = json!({ "email": ["ana@hofer.example", "eve@evil.example"] });
        let answer = app.nobody().run("requestPasswordReset", list, "accepted").await;
        assert!(answer.body["errors"].is_array() && answer.body["data"]["it"].is_null(), "{}", answer.body);
        for text in ["ana@hofer.example,eve@evil.example", "ana@hofer.example;eve@evil.example", "ana@hofer.example\neve@evil.example"] {
            assert_eq!(ask_reset(&app, text).await.code(), "INVALID", "{text:?}");
            let change = ana.client.run("requestEmailChange", json!({ "newEmail": text }), "").await;
            assert_eq!(change.code(), "INVALID", "{text:?}");
        }
        app.run_jobs().await;
        assert!(app.mailer.mails().is_empty());
    }
}

on_both! {
    async fn zitadel_cve_2025_64101_no_header_changes_where_a_link_leads(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let query = "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }";
        let body = json!({ "query": query, "variables": { "input": { "email": "ana@hofer.example" } } }).to_string();
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::HOST, "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-server", "evil.example")
            .header("x-original-host", "evil.example")
            .header(header::FORWARDED, "host=evil.example;proto=http")
            .header(header::ORIGIN, "https://evil.example")
            .header(header::REFERER, "https://evil.example/")
            .body(Body::from(body));
        app.router.clone().oneshot(request.unwrap()).await.unwrap();
        let ana = app.signed_in(ana, "ana@hofer.example").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@new.example" }), "").await;
        app.run_jobs().await;
        let mails = app.mailer.mails();
        assert!(mails.iter().filter(|mail| mail.text.contains("https://accounts.example.com/")).count() >= 2);
        assert!(mails.iter().all(|mail| !mail.text.contains("evil.example") && !mail.html.contains("evil.example")));
    }
}

on_both! {
    async fn authentik_cve_2026_26481_the_token_of_one_sets_the_password_of_no_other(app: TestApp) {
        let (ana, ben) = (app.person("ana@hofer.example").await, app.person("ben@hofer.example").await);
        ask_reset(&app, &ana.email).await;
        let link = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        // A link serves its purpose alone, too.
        let change = ben.client.run("confirmEmailChange", json!({ "token": link }), "").await;
        assert_eq!(change.code(), "LINK_INVALID");
        assert_eq!(reset(&ben.client, &link).await, "OK");
        assert_eq!(signs_in(&app, &ana.email, NEW_PASSWORD).await, "OK");
        assert_eq!(signs_in(&app, &ben.email, NEW_PASSWORD).await, "WRONG_CREDENTIALS");
        assert_eq!(signs_in(&app, &ben.email, PASSWORD).await, "OK");
    }
}

on_both! {
    async fn keycloak_cve_2023_0105_no_proof_of_an_old_address_counts_for_a_new_one(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let domain = app.proved_domain(hofer, "hofer.example").await;
        let admin = app.administrator(hofer, RoleName::UserAdmin).await;
        let ana = app.person("ana@home.example").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "boss@hofer.example" }), "").await;
        let before = row(&app, ana.id).await;
        assert_eq!(before.email, "ana@home.example", "an address that nobody has proved is never stored");
        assert_eq!(signs_in(&app, "boss@hofer.example", PASSWORD).await, "WRONG_CREDENTIALS");
        app.advance(chrono::TimeDelta::minutes(1));
        let link = app.mailed_link("boss@hofer.example", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": link }), "").await;
        let after = row(&app, ana.id).await;
        assert_eq!((after.verified_at, after.verified_by), (Some(app.now()), Some(VerificationMethod::Link)));

        app.under_control(hofer, domain, ana.id).await;
        app.advance(chrono::TimeDelta::minutes(1));
        let input = json!({ "organizationId": hofer, "accountId": ana.id, "newEmail": "ana@hofer.example", "reason": "a typo" });
        admin.client.done("changeAccountEmail", input, "").await;
        let after = row(&app, ana.id).await;
        assert_eq!((after.verified_at, after.verified_by), (Some(app.now()), Some(VerificationMethod::Domain)));
    }
}

on_both! {
    async fn craft_cve_2026_27128_of_a_hundred_uses_of_one_link_at_once_one_counts(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        ask_reset(&app, &ana.email).await;
        let link = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        let nobody = app.nobody();
        let codes = join_all((0..100).map(|_| reset(&nobody, &link))).await;
        assert_eq!(codes.iter().filter(|code| *code == "OK").count(), 1);

        let ana = app.signed_in(ana.id, &ana.email).await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@new.example" }), "").await;
        let link = app.mailed_link("ana@new.example", NoticeKind::EmailChangeConfirm).await;
        let confirm = || nobody.run("confirmEmailChange", json!({ "token": link }), "confirmed");
        let codes: Vec<String> = join_all((0..50).map(|_| confirm())).await.iter().map(Answer::code).collect();
        let count = |code: &str| codes.iter().filter(|found| *found == code).count();
        assert_eq!((count("OK"), count("LINK_INVALID")), (1, 49));
        assert_eq!(app.notices_to("ana@new.example", NoticeKind::EmailChanged).await.len(), 1);
    }
}

on_both! {
    async fn what_was_open_before_an_address_changed_lets_nobody_in(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let other_device = app.signed_in(ana.id, &ana.email).await;
        ask_reset(&app, &ana.email).await;
        let old_link = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@new.example" }), "").await;
        let link = app.mailed_link("ana@new.example", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": link }), "").await;
        assert_eq!(reset(&app.nobody(), &old_link).await, "LINK_INVALID");
        for session in [&ana, &other_device] {
            assert_eq!(session.client.send("{ __typename }", json!({})).await.code(), "UNAUTHENTICATED");
        }
        assert_eq!(signs_in(&app, "ana@hofer.example", PASSWORD).await, "WRONG_CREDENTIALS");
        assert_eq!(signs_in(&app, "ana@new.example", PASSWORD).await, "OK");
    }
}
