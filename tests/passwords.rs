//! A forgotten password: what the link does, and for whom it never works.

use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    account, email_change, event, job,
    kinds::{EmailChangeStatus, VerificationMethod},
    notice,
};
use steward_tests::{Answer, Client, TestApp, on_both, seed::PASSWORD};

const NEW_PASSWORD: &str = "meadow copper winter thimble";

async fn ask(client: &Client, email: &str) -> Answer {
    client.run("requestPasswordReset", json!({ "email": email }), "accepted").await
}

async fn reset(client: &Client, link: &str) -> Answer {
    client.run("resetPassword", json!({ "token": link, "newPassword": NEW_PASSWORD }), "changed").await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.nobody().run("signIn", json!({ "email": email, "password": password }), "token").await
}

/// Asks, lets the mail be written, and gives the link.
async fn mailed(app: &TestApp, email: &str) -> String {
    assert_eq!(ask(&app.nobody(), email).await.payload()["accepted"], true);
    app.run_jobs().await;
    app.mailed_link(email, NoticeKind::PasswordReset).await
}

on_both! {
    async fn a_mailed_link_sets_a_new_password(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let link = mailed(&app, &ana.email).await;
        let answer = reset(&app.nobody(), &link).await;
        assert_eq!(answer.payload(), json!({ "changed": true, "userErrors": [] }), "it opens no session");
        assert_eq!(sign_in(&app, &ana.email, PASSWORD).await.code(), "WRONG_CREDENTIALS");
        assert_eq!(sign_in(&app, &ana.email, NEW_PASSWORD).await.code(), "OK");
        assert_eq!(app.notices_to(&ana.email, NoticeKind::PasswordChanged).await.len(), 1);
        assert_eq!(reset(&app.nobody(), &link).await.code(), "LINK_INVALID");
        let log = event::Entity::find().filter(event::Column::AccountId.eq(ana.id)).all(&app.database).await.unwrap();
        let mut actions: Vec<_> = log.iter().map(|event| (event.action.as_str(), event.actor_kind.as_str())).collect();
        actions.sort_unstable();
        let expected = [("recordDeliveries", "SYSTEM"), ("resetPassword", "LINK"), ("sendPasswordReset", "SYSTEM"), ("signIn", "ACCOUNT"), ("signIn", "ANONYMOUS")];
        assert_eq!(actions, expected);
    }
}

on_both! {
    async fn an_unknown_address_is_answered_alike(app: TestApp) {
        app.account("ana@hofer.example").await;
        let known = ask(&app.nobody(), "ana@hofer.example").await;
        let unknown = ask(&app.nobody(), "ben@hofer.example").await;
        assert_eq!((known.status, known.payload()), (unknown.status, unknown.payload()));
        assert_eq!(job::Entity::find().all(&app.database).await.unwrap().len(), 2, "both leave the same behind");
        app.run_jobs().await;
        assert_eq!(notice::Entity::find().all(&app.database).await.unwrap().len(), 1);
        let left: Vec<_> = job::Entity::find().all(&app.database).await.unwrap();
        assert!(left.iter().all(|job| job.ended_at.is_some()));
    }
}

on_both! {
    /// GitHub 2016, Django CVE-2019-19844: an address that folds to the victim's had the victim's link mailed to it.
    async fn a_dotless_i_leads_no_reset_link_to_a_stranger(app: TestApp) {
        app.account("mike@hofer.example").await;
        app.account("Mail@hofer.example").await;
        for stranger in ["m\u{131}ke@hofer.example", "ma\u{131}l@hofer.example"] {
            let answer = ask(&app.nobody(), stranger).await;
            assert!(["OK", "INVALID"].contains(&answer.code().as_str()), "{}", answer.body);
        }
        app.run_jobs().await;
        assert!(notice::Entity::find().all(&app.database).await.unwrap().is_empty());
        // Other spellings of the same address (the Kelvin sign is a K): the mail goes to the one that is stored.
        ask(&app.nobody(), "mAIL@HOFER.example").await;
        ask(&app.nobody(), "mi\u{212a}e@hofer.example").await;
        app.run_jobs().await;
        assert_eq!(app.notices_to("Mail@hofer.example", NoticeKind::PasswordReset).await.len(), 1);
        assert_eq!(app.notices_to("mike@hofer.example", NoticeKind::PasswordReset).await.len(), 1);
        assert_eq!(notice::Entity::find().all(&app.database).await.unwrap().len(), 2);
    }
}

on_both! {
    /// GitLab CVE-2023-7028: a list of addresses had one account's link mailed to all of them.
    async fn a_list_of_addresses_is_no_address(app: TestApp) {
        app.account("ana@hofer.example").await;
        for emails in [json!(["ana@hofer.example", "eve@evil.example"]), json!(["ana@hofer.example"]), json!({})] {
            let answer = app.nobody().run("requestPasswordReset", json!({ "email": emails }), "accepted").await;
            assert!(answer.body["errors"][0]["message"].is_string(), "{}", answer.body);
            assert!(answer.body["data"]["it"].is_null());
        }
        for emails in ["ana@hofer.example,eve@evil.example", "ana@hofer.example\r\nBcc: eve@evil.example", "ana@hofer.example eve@evil.example"] {
            assert_eq!(ask(&app.nobody(), emails).await.code(), "INVALID", "{emails:?}");
        }
        app.run_jobs().await;
    }
}

on_both! {
    /// authentik CVE-2026-26481: the token of one person set another's password.
    async fn the_token_of_one_person_sets_no_password_of_another(app: TestApp) {
        let (ana, ben) = (app.person("ana@hofer.example").await, app.person("ben@hofer.example").await);
        let link = mailed(&app, &ana.email).await;
        // Nothing in the input names an account, and being signed in as somebody else changes nothing.
        let input = json!({ "token": link, "newPassword": NEW_PASSWORD, "email": ben.email });
        assert!(ben.client.run("resetPassword", input, "changed").await.body["errors"].is_array());
        assert_eq!(reset(&ben.client, &link).await.code(), "OK");
        assert_eq!(sign_in(&app, &ana.email, NEW_PASSWORD).await.code(), "OK");
        assert_eq!(sign_in(&app, &ben.email, NEW_PASSWORD).await.code(), "WRONG_CREDENTIALS");
        assert_eq!(sign_in(&app, &ben.email, PASSWORD).await.code(), "OK");
    }
}

on_both! {
    /// Craft CVE-2026-27128: a single-use token, raced.
    async fn of_a_hundred_who_use_one_link_at_once_one_sets_the_password(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let link = mailed(&app, &ana.email).await;
        let nobody = app.nobody();
        let answers = join_all((0..100).map(|_| reset(&nobody, &link))).await;
        let count = |code: &str| answers.iter().filter(|answer| answer.code() == code).count();
        assert_eq!((count("OK"), count("LINK_INVALID")), (1, 99));
        assert_eq!(app.notices_to(&ana.email, NoticeKind::PasswordChanged).await.len(), 1);
    }
}

on_both! {
    /// Pre-hijacking: what an attacker opened before the owner took the account back.
    async fn nothing_from_before_a_reset_lets_anybody_in(app: TestApp) {
        let attacker = app.person("ana@hofer.example").await;
        let second = app.signed_in(attacker.id, &attacker.email).await;
        let change = email_change::ActiveModel {
            id: Set(uuid::Uuid::from_u128(1).into()),
            account_id: Set(attacker.id),
            new_email: Set("eve@evil.example".to_owned()),
            new_email_canonical: Set("eve@evil.example".to_owned()),
            status: Set(EmailChangeStatus::Pending),
            reason: Set(None),
            created_at: Set(app.now()),
            expires_at: Set(app.now() + TimeDelta::hours(1)),
            ended_at: Set(None),
            ..Default::default()
        };
        change.insert(&app.database).await.unwrap();
        let early = mailed(&app, &attacker.email).await;
        app.advance(TimeDelta::minutes(1));
        let late = mailed(&app, &attacker.email).await;
        assert_eq!(reset(&app.nobody(), &early).await.code(), "LINK_INVALID", "it died with the newer one");
        assert_eq!(reset(&app.nobody(), &late).await.code(), "OK");
        for session in [&attacker, &second] {
            let answer = session.client.run("signOut", json!({}), "sessionId").await;
            assert_eq!(answer.code(), "UNAUTHENTICATED");
        }
        let change = email_change::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(change.status, EmailChangeStatus::Canceled);
    }
}

on_both! {
    async fn a_link_belongs_to_the_address_that_it_was_mailed_to(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let link = mailed(&app, &ana.email).await;
        let moved = account::ActiveModel {
            id: Set(ana.id),
            email: Set("ana@elsewhere.example".to_owned()),
            email_canonical: Set("ana@elsewhere.example".to_owned()),
            ..Default::default()
        };
        moved.update(&app.database).await.unwrap();
        assert_eq!(reset(&app.nobody(), &link).await.code(), "LINK_INVALID");
        let link = mailed(&app, "ana@elsewhere.example").await;
        app.advance(TimeDelta::hours(1));
        assert_eq!(reset(&app.nobody(), &link).await.code(), "LINK_INVALID", "an hour, and no longer");
    }
}

on_both! {
    async fn a_reset_gives_a_first_password_and_verifies_the_address(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let imported = account::ActiveModel {
            id: Set(ana.id),
            password_hash: Set(None),
            verified_at: Set(None),
            verified_by: Set(None),
            ..Default::default()
        };
        imported.update(&app.database).await.unwrap();
        assert_eq!(sign_in(&app, &ana.email, PASSWORD).await.code(), "WRONG_CREDENTIALS");
        let link = mailed(&app, &ana.email).await;
        let weak = json!({ "token": link, "newPassword": "ana ana ana ana ana" });
        let answer = app.nobody().run("resetPassword", weak, "changed").await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.newPassword"));
        assert_eq!(answer.payload()["changed"], Value::Bool(false));
        assert_eq!(reset(&app.nobody(), &link).await.code(), "OK");
        let row = account::Entity::find_by_id(ana.id).one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.verified_at, row.verified_by), (Some(app.now()), Some(VerificationMethod::Link)));
        assert_eq!(sign_in(&app, &ana.email, NEW_PASSWORD).await.code(), "OK");
    }
}

on_both! {
    async fn trying_is_limited_and_locks_nobody_out(app: TestApp) {
        app.account("ana@hofer.example").await;
        for _ in 0..6 {
            ask(&app.nobody(), "ana@hofer.example").await;
        }
        assert_eq!(ask(&app.nobody(), "Ana@hofer.example").await.code(), "RATE_LIMITED");
        app.run_jobs().await;
        let link = app.mailed_link("ana@hofer.example", NoticeKind::PasswordReset).await;
        let nobody = app.nobody();
        for _ in 0..299 {
            assert_eq!(reset(&nobody, "AAAA").await.code(), "LINK_INVALID");
        }
        assert_eq!(reset(&nobody, &link).await.code(), "OK", "the link in the last mail works");
        assert_eq!(reset(&nobody, "AAAA").await.code(), "RATE_LIMITED");
        let other = nobody.run("completeSignUp", json!({ "token": "AAAA", "password": PASSWORD }), "token").await;
        assert_eq!(other.code(), "RATE_LIMITED");
    }
}
