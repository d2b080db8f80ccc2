//! Signing up: an address is proved before there is an account, and nobody learns whether there was one.

use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{account, event, invitation, job, kinds::VerificationMethod, token};
use steward_tests::{Answer, Client, TestApp, on_both, seed::PASSWORD};

async fn ask(client: &Client, email: &str) -> Answer {
    let input = json!({ "email": email, "displayName": "Ana Gruber", "locale": "de-AT" });
    client.run("signUp", input, "accepted").await
}

async fn complete(client: &Client, link: &str) -> Answer {
    let input = json!({ "token": link, "password": PASSWORD });
    client.run("completeSignUp", input, "token accountId").await
}

async fn accounts(app: &TestApp) -> u64 {
    account::Entity::find().count(&app.database).await.unwrap()
}

on_both! {
    async fn no_account_exists_before_the_address_is_proved(app: TestApp) {
        let nobody = app.nobody();
        assert_eq!(ask(&nobody, "Ana@Hofer.example").await.payload()["accepted"], true);
        app.run_jobs().await;
        app.run_jobs().await;
        assert_eq!(accounts(&app).await, 0);
        let answer = nobody.run("signIn", json!({ "email": "ana@hofer.example", "password": PASSWORD }), "token").await;
        assert_eq!(answer.code(), "WRONG_CREDENTIALS");

        let link = app.mailed_link("Ana@hofer.example", NoticeKind::SignUp).await;
        let done = complete(&nobody, &link).await.payload();
        assert_eq!(done["userErrors"], json!([]));
        let row = account::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.email.as_str(), row.display_name.as_str(), row.locale.as_str()), ("Ana@hofer.example", "Ana Gruber", "de"));
        assert_eq!((row.verified_at, row.verified_by), (Some(app.now()), Some(VerificationMethod::Link)));
        assert_eq!(done["accountId"], row.id.to_string());
        app.with(done["token"].as_str().unwrap()).done("signOut", json!({}), "sessionId").await;

        assert_eq!(complete(&nobody, &link).await.code(), "LINK_INVALID");
        nobody.done("signIn", json!({ "email": "ANA@HOFER.EXAMPLE", "password": PASSWORD }), "token").await;
        let log = event::Entity::find().filter(event::Column::Action.eq("completeSignUp"));
        assert_eq!(log.all(&app.database).await.unwrap()[0].account_id, Some(row.id));
    }
}

on_both! {
    async fn an_address_with_an_account_is_answered_alike_and_its_owner_is_told(app: TestApp) {
        let id = app.account("Ana@hofer.example").await;
        let known = ask(&app.nobody(), "ana@hofer.example").await;
        let unknown = ask(&app.nobody(), "ben@hofer.example").await;
        assert_eq!(known.payload(), unknown.payload());
        assert_eq!(known.status, unknown.status);
        let jobs = job::Entity::find().all(&app.database).await.unwrap();
        let links = token::Entity::find().all(&app.database).await.unwrap();
        assert_eq!((jobs.len(), links.len()), (2, 2), "both leave the same behind");
        app.run_jobs().await;
        assert_eq!(app.notices_to("Ana@hofer.example", NoticeKind::SignUpExisting).await[0].account_id, Some(id));
        assert!(app.notices_to("ana@hofer.example", NoticeKind::SignUp).await.is_empty());
        let dead = token::Entity::find().filter(token::Column::EmailCanonical.eq("ana@hofer.example")).one(&app.database).await.unwrap().unwrap();
        assert!(dead.revoked_at.is_some());
        let link = app.steward.keys.link("SIGN_UP", dead.id.0);
        assert_eq!(complete(&app.nobody(), &link).await.code(), "LINK_INVALID");
    }
}

on_both! {
    async fn of_a_hundred_who_use_one_link_at_once_one_has_the_account(app: TestApp) {
        ask(&app.nobody(), "ana@hofer.example").await;
        app.run_jobs().await;
        let link = app.mailed_link("ana@hofer.example", NoticeKind::SignUp).await;
        let nobody = app.nobody();
        let answers = join_all((0..100).map(|_| complete(&nobody, &link))).await;
        let won = answers.iter().filter(|answer| answer.code() == "OK").count();
        let lost = answers.iter().filter(|answer| answer.code() == "LINK_INVALID").count();
        assert_eq!((won, lost), (1, 99));
        assert_eq!(accounts(&app).await, 1);
    }
}

on_both! {
    async fn a_link_that_is_old_or_replaced_or_for_something_else_is_refused_alike(app: TestApp) {
        let nobody = app.nobody();
        ask(&nobody, "ana@hofer.example").await;
        app.run_jobs().await;
        let first = app.mailed_link("ana@hofer.example", NoticeKind::SignUp).await;
        app.advance(TimeDelta::minutes(1));
        ask(&nobody, "ana@hofer.example").await;
        app.run_jobs().await;
        let second = app.mailed_link("ana@hofer.example", NoticeKind::SignUp).await;
        let replaced = complete(&nobody, &first).await;
        assert_eq!((replaced.code().as_str(), replaced.field().as_str()), ("LINK_INVALID", "input.token"));
        let wrong = complete(&nobody, "AAAA").await;
        assert_eq!(wrong.payload(), replaced.payload());
        let input = json!({ "token": second, "newPassword": PASSWORD });
        assert_eq!(nobody.run("resetPassword", input, "changed").await.code(), "LINK_INVALID");
        app.advance(TimeDelta::hours(24));
        assert_eq!(complete(&nobody, &second).await.payload(), replaced.payload());
    }
}

on_both! {
    async fn a_weak_password_uses_no_link_up(app: TestApp) {
        ask(&app.nobody(), "wilhelmina@hofer.example").await;
        app.run_jobs().await;
        let link = app.mailed_link("wilhelmina@hofer.example", NoticeKind::SignUp).await;
        for (password, why) in [
            ("too short", "This value must have at least 15 characters."),
            ("wilhelmina-hofer-steward", "words that belong to the account"),
            ("aaaaaaaaaaaaaaaaaaaa", "too easy to guess"),
        ] {
            let answer = app.nobody().run("completeSignUp", json!({ "token": link, "password": password }), "token").await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.password"));
            let message = answer.payload()["userErrors"][0]["message"].clone();
            assert!(message.as_str().unwrap().contains(why), "{message}");
        }
        assert_eq!(complete(&app.nobody(), &link).await.code(), "OK");
    }
}

on_both! {
    async fn an_invitation_proves_the_address_and_still_works_afterwards(app: TestApp) {
        let operator = app.operator().await;
        let input = json!({ "name": "Hofer", "ownerEmail": "ana@hofer.example" });
        operator.client.done("createOrganization", input, "organization { id }").await;
        let link = app.mailed_link("ana@hofer.example", NoticeKind::AdministratorInvitation).await;
        let unnamed = complete(&app.nobody(), &link).await;
        assert_eq!((unnamed.code().as_str(), unnamed.field().as_str()), ("INVALID", "input.displayName"));
        let input = json!({ "token": link, "password": PASSWORD, "displayName": "Ana Gruber" });
        let nobody = app.nobody();
        let answers = join_all((0..8).map(|_| nobody.run("completeSignUp", input.clone(), "token"))).await;
        assert_eq!(answers.iter().filter(|answer| answer.code() == "OK").count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.code() == "LINK_INVALID").count(), 7);
        let row = token::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.used_at, row.revoked_at), (None, None), "acceptInvitation still needs it");
        let row = invitation::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.accepted_at, None);
    }
}

on_both! {
    async fn strangers_fill_no_mailbox(app: TestApp) {
        let nobody = app.nobody();
        for _ in 0..6 {
            assert_eq!(ask(&nobody, "ana@hofer.example").await.code(), "OK");
        }
        assert_eq!(ask(&nobody, "ANA@hofer.example").await.code(), "RATE_LIMITED");
        assert_eq!(ask(&nobody, "ben@hofer.example").await.code(), "OK");
        app.advance(TimeDelta::hours(1));
        assert_eq!(ask(&nobody, "ana@hofer.example").await.code(), "OK");
        for input in [
            json!({ "email": "ana", "displayName": "Ana" }),
            json!({ "email": "ana@hofer.example", "displayName": "" }),
            json!({ "email": "ana@hofer.example", "displayName": "Ana", "locale": "tlh" }),
        ] {
            let answer = nobody.run("signUp", input, "accepted").await;
            assert_eq!((answer.code().as_str(), &answer.payload()["accepted"]), ("INVALID", &Value::Bool(false)));
        }
    }
}
