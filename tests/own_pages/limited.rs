//! People whose account is limited: what they read, what stays open to them, and nothing else.

use super::*;
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, Set};
use serde_json::Value;
use steward_entities::{
    account, account_block,
    id::{AccountId, OrganizationId},
    kinds::{BlockKind, RoleName},
};
use steward_tests::{Somebody, on_both};

async fn suspend(admin: &Somebody, organization: OrganizationId, account: AccountId, more: Value) {
    let mut input = json!({ "organizationId": organization, "accountId": account, "reason": "only for the log" });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    admin.client.done("suspendAccount", input, "account { access }").await;
}

async fn is_deactivated(app: &TestApp, account: AccountId) -> bool {
    let rows = account_block::Entity::find()
        .filter(account_block::Column::AccountId.eq(account))
        .filter(account_block::Column::Kind.eq(BlockKind::Deactivation))
        .filter(account_block::Column::LiftedAt.is_null());
    rows.one(&app.database).await.unwrap().is_some()
}

on_both! {
    async fn the_message_is_read_behind_the_right_password_and_does_no_harm(app: TestApp) {
        let hofer = app.organization("Hofer \"<b>&amp;</b>\"").await;
        let domain = app.proved_domain(hofer, "hofer.example").await;
        let admin = app.administrator(hofer, RoleName::UserAdmin).await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(hofer, domain, ana.id).await;
        let name = "Ana </p><script>alert(1)</script>";
        let named = account::ActiveModel { id: Set(ana.id), display_name: Set(name.to_owned()), ..Default::default() };
        named.update(&app.database).await.unwrap();
        let message = "Until you are back.\n</blockquote><img src=x onerror=alert(1)>'\"&lt;";
        let until = app.now() + TimeDelta::days(3);
        suspend(&admin, hofer, ana.id, json!({ "message": message, "until": until })).await;

        let mut browser = Browser::with(&app, ana.token.clone());
        assert!(browser.open("/account").await.is_out(), "the session from before is dead");
        let wrong = browser.sign_in(&ana.email, "not the right password").await;
        let unknown = browser.sign_in("eva@hofer.example", "not the right password").await;
        assert_eq!(wrong.html.replace(&ana.email, "someone"), unknown.html.replace("eva@hofer.example", "someone"));
        assert!(!wrong.html.contains("suspended") && !wrong.html.contains("Until you are back"), "{}", wrong.html);

        browser.sign_in(&ana.email, PASSWORD).await;
        let seen = browser.open("/account").await;
        for text in [
            "<h2>Your account is suspended</h2>",
            "Until you are back.<br>\n&lt;/blockquote&gt;&lt;img src=x onerror=alert(1)&gt;&#x27;&quot;&amp;lt;",
            "The suspension ends by itself on <strong>24 November 2026, 09:00 UTC</strong>.",
            "The administrators of Hofer &quot;&lt;b&gt;&amp;amp;&lt;/b&gt;&quot; have suspended it.",
            "Ana &lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
        ] {
            assert!(seen.html.contains(text), "{text} isn't in {}", seen.html);
        }
        for text in ["only for the log", "<script", "<img", "<b>", "href=\"/account/deactivate\""] {
            assert!(!seen.html.contains(text), "{text} is in {}", seen.html);
        }

        // Their rights are open, and nothing else.
        assert_eq!(browser.open("/account/notices").await.heading(), "Your notices");
        assert!(browser.open("/account/address").await.html.contains("name=\"new_email\""));
        for seen in [browser.open("/account/deactivate").await, browser.send("/account/deactivate", &[("confirm", "yes")]).await] {
            assert_eq!((seen.status, seen.heading()), (StatusCode::NOT_FOUND, "There is nothing here"));
        }
        let undone = browser.send("/account", &[("undo", "reactivate")]).await;
        assert_eq!(undone.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(undone.html.contains("Your account isn&#x27;t deactivated."), "{}", undone.html);
        assert!(!is_deactivated(&app, ana.id).await);
        let ended = browser.done("/account/sessions", &[("end", "others")]).await;
        assert!(ended.html.contains("You are signed in on this device alone."), "{}", ended.html);

        app.advance(TimeDelta::days(3));
        assert!(!browser.open("/account").await.html.contains("<h2>Your account is suspended"), "it has ended by itself");
        assert!(browser.open("/account").await.html.contains("href=\"/account/deactivate\""));
    }
}

on_both! {
    async fn each_state_says_what_it_is_and_offers_what_remains(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let by_hofer = "The administrators of Hofer";
        let own = "You have deactivated it";
        let states = [
            (BlockKind::Restriction, Some(hofer), "Your account is restricted", by_hofer),
            (BlockKind::Suspension, Some(hofer), "Your account is suspended", by_hofer),
            (BlockKind::Termination, Some(hofer), "Your account is closed", by_hofer),
            (BlockKind::Deletion, Some(hofer), "Your account is about to be deleted", by_hofer),
            (BlockKind::Deactivation, None, "Your account is deactivated", own),
            (BlockKind::PasswordReset, Some(hofer), "Please set a new password", by_hofer),
        ];
        assert_eq!(states.len(), BlockKind::ALL.len(), "each kind is here");
        for (number, (kind, by, heading, who)) in states.into_iter().enumerate() {
            let email = format!("p{number}@hofer.example");
            let person = app.account(&email).await;
            app.blocked(person, kind, by).await;
            let mut browser = Browser::signed_in(&app, &email).await;
            let seen = browser.open("/account").await;
            assert!(seen.html.contains(&format!("<h2>{heading}</h2>")) && seen.html.contains(who), "{}", seen.html);
            for other in states.iter().map(|state| state.2).filter(|other| *other != heading) {
                assert!(!seen.html.contains(other), "{heading}: {other}");
            }
            let limited = kind != BlockKind::PasswordReset;
            assert_eq!(seen.html.contains("You can still read your notices"), limited, "{heading}");
            assert_eq!(seen.html.contains("href=\"/account/deactivate\""), !limited, "{heading}");
            assert_eq!(seen.html.contains("value=\"reactivate\""), kind == BlockKind::Deactivation, "{heading}");
            // The rights of each: notices, sessions, another address, the way out.
            for path in [
                "/account/notices",
                "/account/sessions",
                "/account/address",
                "/account/memberships",
                "/account/apps",
                "/account/delete",
            ] {
                assert_eq!(browser.open(path).await.status, StatusCode::OK, "{heading}: {path}");
            }
            for path in ["/account/deactivate", "/account/password", "/account/profile"] {
                assert_eq!(browser.open(path).await.status == StatusCode::OK, !limited, "{heading}: {path}");
                assert_eq!(seen.html.contains(&format!("href=\"{path}\"")), !limited, "{heading}: {path}");
            }
            assert!(browser.done("/sign-out", &[]).await.html.contains("You are signed out"));
        }
    }
}

on_both! {
    async fn who_has_deactivated_their_account_comes_back(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let asked = browser.send("/account/deactivate", &[("confirm", "perhaps")]).await;
        assert_eq!((asked.status, is_deactivated(&app, ana).await), (StatusCode::UNPROCESSABLE_ENTITY, false));
        let rests = browser.send("/account/deactivate", &[("confirm", "yes")]).await;
        assert_eq!((rests.location(), is_deactivated(&app, ana).await), ("/account", true));
        assert!(browser.open("/account").await.html.contains("Your account is deactivated"), "this session stays");

        // What another has set stays when they come back.
        let hofer = app.organization("Hofer").await;
        app.blocked(ana, BlockKind::Suspension, Some(hofer)).await;
        let back = browser.done("/account", &[("undo", "reactivate")]).await;
        assert!(back.html.contains("You have reactivated your account.") && back.html.contains("<h2>Your account is suspended"));
        assert!(!is_deactivated(&app, ana).await && !back.html.contains("value=\"reactivate\""));
        let again = browser.send("/account", &[("undo", "reactivate")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

on_both! {
    async fn who_has_scheduled_the_deletion_of_their_account_keeps_it_after_all(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        app.blocked(ana, BlockKind::Deletion, None).await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        assert!(browser.open("/account").await.html.contains("value=\"cancel_deletion\""));
        let kept = browser.done("/account", &[("undo", "cancel_deletion")]).await;
        assert!(kept.html.contains("its deletion is canceled") && kept.html.contains("Nothing limits your account."));
        let again = browser.send("/account", &[("undo", "cancel_deletion")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

on_both! {
    async fn what_cant_be_edited_stands_on_the_overview_with_its_reason(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let domain = app.proved_domain(hofer, "hofer.example").await;
        let admin = app.administrator(hofer, RoleName::UserAdmin).await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(hofer, domain, ana.id).await;
        let mut browser = Browser::with(&app, ana.token.clone());
        assert!(browser.open("/account").await.html.contains("Nothing limits your account."));
        let input = json!({
            "organizationId": hofer, "target": { "organization": {} }, "operations": ["EDIT_PROFILE"],
            "reason": "An audit & <more>", "until": app.now() + TimeDelta::days(1),
        });
        admin.client.done("restrictEdits", input, "").await;
        let seen = browser.open("/account").await.html;
        for text in [
            "The administrators of Hofer have restricted what you can do.", "<li>change your profile</li>",
            "An audit &amp; &lt;more&gt;", "It ends by itself on <strong>22 November 2026, 09:00 UTC</strong>.",
        ] {
            assert!(seen.contains(text), "{text} isn't in {seen}");
        }
        assert!(!seen.contains("Nothing limits"));
        let refused = browser.send("/account/profile", &[("display_name", "Anna"), ("locale", "en"), ("save", "1")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.html.contains("Hofer has restricted this for you"), "{}", refused.html);
        app.advance(TimeDelta::days(1));
        assert!(browser.open("/account").await.html.contains("Nothing limits your account."));
    }
}
