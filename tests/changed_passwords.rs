//! A password that its owner changes: what dies, what goes on, and what guessing costs.

use crate::left_behind::{link, notices};
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    account, account_block, event,
    kinds::{BlockKind, TokenPurpose},
};
use steward_tests::{Answer, Client, TestApp, on_both, seed::PASSWORD};

const NEW_PASSWORD: &str = "meadow copper winter thimble";

async fn change(client: &Client, current: &str, new: &str) -> Answer {
    client.run("changePassword", json!({ "currentPassword": current, "newPassword": new }), "changed").await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> String {
    app.nobody().run("signIn", json!({ "email": email, "password": password }), "token").await.code()
}

async fn lives(client: &Client) -> bool {
    client.ask("{ viewer { actor { id } } }", json!({})).await["viewer"].is_object()
}

on_both! {
    async fn a_changed_password_ends_everything_else(app: TestApp) {
        let ana = app.person("ana@people.example").await;
        let other = app.signed_in(ana.id, &ana.email).await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.example" }), "").await;
        app.nobody().done("requestPasswordReset", json!({ "email": ana.email }), "").await;
        app.run_jobs().await;
        let reset = link(&app, TokenPurpose::PasswordReset, &ana.email).await;
        let moving = link(&app, TokenPurpose::EmailChange, "ana@home.example").await;

        let answer = change(&ana.client, PASSWORD, NEW_PASSWORD).await;
        assert_eq!(answer.payload(), json!({ "changed": true, "userErrors": [] }));
        assert!(lives(&ana.client).await, "this session goes on");
        assert_eq!(other.client.run("signOut", json!({}), "").await.code(), "UNAUTHENTICATED");
        let input = json!({ "token": reset, "newPassword": PASSWORD });
        assert_eq!(app.nobody().run("resetPassword", input, "changed").await.code(), "LINK_INVALID");
        let input = json!({ "token": moving });
        assert_eq!(app.nobody().run("confirmEmailChange", input, "").await.code(), "LINK_INVALID");
        assert_eq!(sign_in(&app, &ana.email, PASSWORD).await, "WRONG_CREDENTIALS");
        assert_eq!(sign_in(&app, &ana.email, NEW_PASSWORD).await, "OK");
        let told = notices(&app, "password_changed").await;
        assert_eq!((told.len(), told[0].0, told[0].1.as_str()), (1, Some(ana.id), ana.email.as_str()));
        let row = account::Entity::find_by_id(ana.id).one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.password_changed_at, Some(app.now()));
    }
}

on_both! {
    async fn what_cant_be_a_new_password_is_refused_at_its_field(app: TestApp) {
        let ana = app.person("ana@people.example").await;
        for (current, new, code, field) in [
            ("not the right password", NEW_PASSWORD, "WRONG_CREDENTIALS", "input.currentPassword"),
            // Who doesn't know the current one learns nothing of the rules for the account.
            ("not the right password", "short", "WRONG_CREDENTIALS", "input.currentPassword"),
            (PASSWORD, PASSWORD, "INVALID", "input.newPassword"),
            (PASSWORD, "short", "INVALID", "input.newPassword"),
            (PASSWORD, "ana ana ana ana ana", "INVALID", "input.newPassword"),
        ] {
            let answer = change(&ana.client, current, new).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), (code, field), "{current} {new}");
        }
        assert!(notices(&app, "password_changed").await.is_empty());
        let log = event::Entity::find().filter(event::Column::Action.eq("changePassword"));
        assert_eq!(log.all(&app.database).await.unwrap().len(), 2, "wrong passwords are logged");
        assert_eq!(sign_in(&app, &ana.email, PASSWORD).await, "OK");
        let owner = app.administrator(app.organization("Hofer").await, steward_entities::kinds::RoleName::Owner).await;
        assert_eq!(change(&app.nobody(), PASSWORD, NEW_PASSWORD).await.code(), "UNAUTHENTICATED");
        assert_eq!(change(&owner.client, PASSWORD, NEW_PASSWORD).await.code(), "OK");
    }
}

on_both! {
    async fn guessing_the_current_password_is_limited_and_changes_nothing(app: TestApp) {
        let thief = app.person("ana@people.example").await;
        for guess in 0..10 {
            let answer = change(&thief.client, &format!("guess number {guess} of a thief"), NEW_PASSWORD).await;
            assert_eq!(answer.code(), "WRONG_CREDENTIALS");
        }
        assert_eq!(change(&thief.client, PASSWORD, NEW_PASSWORD).await.code(), "RATE_LIMITED");
        // The same tries: who guesses here has none left there.
        let input = json!({ "password": PASSWORD });
        assert_eq!(thief.client.run("reauthenticate", input, "").await.code(), "RATE_LIMITED");
        app.advance(TimeDelta::minutes(15));
        assert_eq!(change(&thief.client, PASSWORD, NEW_PASSWORD).await.code(), "OK");
    }
}

on_both! {
    async fn of_two_changes_at_once_one_knows_the_current_password(app: TestApp) {
        let ana = app.person("ana@people.example").await;
        let answers = join_all((0..5).map(|_| change(&ana.client, PASSWORD, NEW_PASSWORD))).await;
        let codes: Vec<String> = answers.iter().map(Answer::code).collect();
        assert_eq!(codes.iter().filter(|code| *code == "OK").count(), 1, "{codes:?}");
        assert_eq!(notices(&app, "password_changed").await.len(), 1);
    }
}

on_both! {
    async fn who_must_set_a_new_password_does_so(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let ana = app.person("ana@people.example").await;
        let workspace = app.workspace(hofer).await;
        app.joined(hofer, workspace, ana.id, &ana.email).await;
        let help = app.administrator(hofer, steward_entities::kinds::RoleName::HelpDesk).await;
        let input = json!({ "organizationId": hofer, "accountId": ana.id, "reason": "a phishing mail" });
        help.client.done("requirePasswordReset", input, "").await;
        assert_eq!(change(&ana.client, PASSWORD, PASSWORD).await.code(), "INVALID");
        assert_eq!(change(&ana.client, PASSWORD, NEW_PASSWORD).await.code(), "OK");
        let open = account_block::Entity::find().filter(account_block::Column::LiftedAt.is_null());
        assert!(open.all(&app.database).await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_limited_person_sets_one_by_the_mailed_link(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let ana = app.person("ana@people.example").await;
        app.blocked(ana.id, BlockKind::Suspension, Some(hofer)).await;
        assert_eq!(change(&ana.client, PASSWORD, NEW_PASSWORD).await.code(), "FORBIDDEN");
        app.nobody().done("requestPasswordReset", json!({ "email": ana.email }), "").await;
        app.run_jobs().await;
        let token = link(&app, TokenPurpose::PasswordReset, &ana.email).await;
        app.nobody().done("resetPassword", json!({ "token": token, "newPassword": NEW_PASSWORD }), "changed").await;
        assert_eq!(sign_in(&app, &ana.email, NEW_PASSWORD).await, "OK");
    }
}
