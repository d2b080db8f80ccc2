//! Having the account deleted, and resting: on the page as through the API.

use super::*;
use crate::claims::Acme;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, QueryFilter};
use steward_entities::{
    account, account_block, control_assertion,
    id::AccountId,
    kinds::{AssertionStatus, BlockKind, RoleName},
};
use steward_tests::on_both;

const PATH: &str = "/account/delete";

fn fields(days: &'static str, password: &'static str) -> [(&'static str, &'static str); 3] {
    [("delete", "yes"), ("grace_days", days), ("password", password)]
}

async fn deletions(app: &TestApp, account: AccountId) -> Vec<account_block::Model> {
    let rows = account_block::Entity::find().filter(account_block::Column::AccountId.eq(account));
    let rows = rows.filter(account_block::Column::Kind.eq(BlockKind::Deletion));
    rows.filter(account_block::Column::LiftedAt.is_null()).all(&app.database).await.unwrap()
}

on_both! {
    async fn who_leaves_sees_what_goes_and_what_stays_and_can_come_back(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.account("ana@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        let mut browser = Browser::signed_in(&app, "ana@acme.test").await;
        assert!(browser.open("/account").await.html.contains("href=\"/account/delete\""));
        let seen = browser.open(PATH).await;
        for text in [
            "Delete your account",
            "Name, address, password and profile are erased.",
            "The log stays whole",
            "value=\"14\"",
            "Addresses and texts about you are erased from it.",
            "href=\"/account/deactivate\">deactivate it</a> instead",
            "Acme then doesn't get to manage it.",
        ] {
            assert!(seen.html.contains(text), "{text} isn't in {}", seen.html);
        }
        assert!(!seen.html.contains("Roles in organizations"), "there are none");

        let before = everything(&app).await;
        for (days, why) in [
            ("", "This number must be a whole number of days."),
            ("soon", "This number must be a whole number of days."),
            ("31", "This number must be between 0 and 30."),
            ("-1", "This number must be between 0 and 30."),
        ] {
            let seen = browser.send(PATH, &fields(days, PASSWORD)).await;
            assert_eq!((seen.status, &*seen.error_at("grace_days")), (StatusCode::UNPROCESSABLE_ENTITY, why));
        }
        assert_eq!(browser.send(PATH, &[("grace_days", "3"), ("password", PASSWORD)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(everything(&app).await, before);
        let wrong = browser.send(PATH, &fields("3", "not the right password")).await;
        assert!(wrong.error_at("password").starts_with("This isn't the password of this account."), "{}", wrong.html);
        assert!(wrong.html.contains("value=\"3\"") && deletions(&app, ana).await.is_empty());

        assert_eq!(browser.send(PATH, &fields("3", PASSWORD)).await.location(), "/account");
        assert_eq!(deletions(&app, ana).await[0].until, Some(app.now() + TimeDelta::days(3)));
        let asserted = control_assertion::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(asserted.status, AssertionStatus::Avoided);
        let account = browser.open("/account").await;
        assert!(account.html.contains("Your account is about to be deleted") && account.html.contains("24 November 2026, 09:00 UTC"));
        assert!(!account.html.contains("href=\"/account/delete\""));
        let scheduled = browser.open(PATH).await;
        assert!(scheduled.html.contains("you can change your mind") && !scheduled.html.contains("name=\"delete\""));
        let twice = browser.send(PATH, &fields("3", PASSWORD)).await;
        assert!(twice.html.contains("The deletion of your account is scheduled already."), "{}", twice.html);
        let kept = browser.done("/account", &[("undo", "cancel_deletion")]).await;
        assert!(kept.html.contains("Your account stays: its deletion is canceled.") && deletions(&app, ana).await.is_empty());
    }
}

on_both! {
    async fn after_the_days_that_were_chosen_the_account_is_gone(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        browser.send(PATH, &fields("0", PASSWORD)).await;
        app.run_jobs().await;
        assert!(browser.open("/account").await.is_out());
        let row = account::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap();
        assert_ne!(row.email, "ana@hofer.example");
    }
}

on_both! {
    async fn who_cant_delete_the_account_is_told_who_can(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let domain = app.proved_domain(hofer, "hofer.example").await;
        let ana = app.account("ana@hofer.example").await;
        app.under_control(hofer, domain, ana).await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        assert!(!browser.open("/account").await.html.contains("href=\"/account/delete\""));
        let seen = browser.open(PATH).await;
        assert!(seen.html.contains("so only its administrators can delete it") && !seen.html.contains("name=\"delete\""));
        let refused = browser.send(PATH, &fields("14", PASSWORD)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.html.contains("only its administrators can delete it") && deletions(&app, ana).await.is_empty());
        // An owner who can act hands over before they leave, or rest.
        let owner = app.administrator(hofer, RoleName::Owner).await;
        let mut browser = Browser::with(&app, owner.token.clone());
        for (path, fields) in [(PATH, fields("14", PASSWORD).to_vec()), ("/account/deactivate", vec![("confirm", "yes")])] {
            let last = browser.send(path, &fields).await;
            assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(last.html.contains("You are the last owner of Hofer."), "{path}: {}", last.html);
        }
        assert!(browser.open("/account").await.html.contains("Nothing limits your account."));
    }
}

on_both! {
    async fn the_page_leads_to_rest_only_where_that_is_open_and_speaks_to_the_person(app: TestApp) {
        let owner = app.person("ana@hofer.example").await;
        let hofer = app.organization("Hofer").await;
        app.role(hofer, owner.id, RoleName::Owner).await;
        app.api_key(hofer, owner.id, RoleName::Auditor).await;
        app.blocked(owner.id, BlockKind::Restriction, None).await;
        let mut browser = Browser::signed_in(&app, &owner.email).await;
        let seen = browser.open(PATH).await;
        assert!(seen.html.contains("API keys that you have made rest on your role"), "{}", seen.html);
        assert!(seen.html.contains("name=\"delete\"") && !seen.html.contains("/account/deactivate"), "{}", seen.html);
        assert!(!seen.html.contains("the person"), "{}", seen.html);
    }
}
