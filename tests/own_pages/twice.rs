//! A form acts for whom its page was made, and once.

use super::{memberships::offer, *};
use chrono::TimeDelta;
use sea_orm::PaginatorTrait;
use steward_entities::{event, idempotency, kinds::RoleName, membership, profile};
use steward_tests::on_both;

pub(super) const FROM_HERE: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];
const NEW: &str = "meadow copper winter thimble";

/// What is hidden in a page's forms; the same in each of them.
pub(super) fn hidden(html: &str) -> String {
    let mut marks: Vec<&str> = html.split("name=\"made_for\" value=\"").skip(1).collect();
    marks.iter_mut().for_each(|rest| *rest = rest.split('"').next().unwrap());
    assert_eq!(html.matches("<form").count(), marks.len(), "{html}");
    marks.dedup();
    assert_eq!(marks.len(), 1);
    marks[0].to_owned()
}

pub(super) async fn how_often(app: &TestApp, action: &str) -> u64 {
    event::Entity::find().filter(event::Column::Action.eq(action)).count(&app.database).await.unwrap()
}

on_both! {
    async fn a_form_left_open_under_one_account_does_nothing_to_another(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        app.account("ben@hofer.example").await;
        let mut browser = Browser::with(&app, ana.token.clone());
        let left_open = hidden(&browser.open("/account/profile").await.html);
        browser.sign_in("ben@hofer.example", PASSWORD).await;
        let bens = hidden(&browser.open("/account/profile").await.html);
        let forms: [(&str, &[(&str, &str)]); 10] = [
            ("/account", &[("undo", "reactivate")]),
            ("/account/address", &[("do", "ask"), ("new_email", "ana@home.test"), ("password", PASSWORD)]),
            ("/account/deactivate", &[("confirm", "yes")]),
            ("/account/delete", &[("delete", "yes"), ("grace_days", "0"), ("password", PASSWORD)]),
            ("/account/sessions", &[("end", "others")]),
            ("/account/password", &[("change", "yes"), ("password", PASSWORD), ("new_password", NEW)]),
            ("/account/profile", &[("display_name", "Ana Gruber"), ("locale", "en"), ("save", "1")]),
            ("/account/memberships", &[("leave", "mem_00000000000000000000000000")]),
            ("/account/apps", &[("object", "ins_00000000000000000000000000"), ("reason", "why")]),
            ("/account/notices/not_00000000000000000000000000", &[("acknowledge", "yes")]),
        ];
        let before = everything(&app).await;
        let torn = &left_open[..left_open.len() - 1];
        for (path, fields) in forms {
            for mark in [Some(&*left_open), Some(torn), Some(&*ana.id.to_string()), Some(""), None] {
                let fields: Vec<_> = fields.iter().copied().chain(mark.map(|mark| (mark::FIELD, mark))).collect();
                let seen = browser.send_all(path, &fields, FROM_HERE).await;
                assert_eq!((seen.status, seen.heading()), (StatusCode::CONFLICT, "Please open that page again"), "{path}");
                assert!(seen.html.contains("somebody else was signed in here, or before this site was updated."));
                assert!(seen.html.contains("You are signed in as ben@hofer.example now."), "{}", seen.html);
                assert!(seen.html.contains("href=\"/account\">Back to your account"), "{}", seen.html);
            }
        }
        assert_eq!(everything(&app).await, before);
        assert_eq!(idempotency::Entity::find().count(&app.database).await.unwrap(), 0);
        let rest = [("confirm", "yes"), (mark::FIELD, &*bens)];
        assert_eq!(browser.send_all("/account/deactivate", &rest, FROM_HERE).await.location(), "/account");
        // Who signs in again is still who they were.
        browser.sign_in("ana@hofer.example", PASSWORD).await;
        let typed_in = [("display_name", "Ana Gruber"), ("locale", "en"), ("save", "1"), (mark::FIELD, &*left_open)];
        assert_eq!(browser.send_all("/account/profile", &typed_in, FROM_HERE).await.status, StatusCode::SEE_OTHER);
    }
}

on_both! {
    async fn a_form_that_is_sent_twice_acts_once_and_both_answers_say_that_it_worked(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let hofer = app.organization("Hofer").await;
        let workspace = app.workspace(hofer).await;
        app.joined(hofer, workspace, ana, "ana@hofer.example").await;
        let administrator = app.administrator(hofer, RoleName::UserAdmin).await.client;
        let offered = offer(&app, hofer, &administrator, "ana@hofer.example").await.to_string();
        let joined = membership::Entity::find().filter(membership::Column::AccountId.eq(ana)).one(&app.database).await.unwrap().expect("a membership").id.to_string();
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let other = app.signed_in(ana, "ana@hofer.example").await.session.to_string();
        type Form<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str, &'a str);
        let forms: [Form<'_>; 11] = [
            ("/account/profile", &[("display_name", "Ana"), ("locale", "en"), ("save", "")], "", "Your profile is saved.", "updateMyProfile"),
            ("/account/memberships", &[("leave", &joined)], "", "You have left the workspace.", "leaveWorkspace"),
            ("/account/memberships", &[("decline", &offered)], "", "You have declined.", "declineMembership"),
            ("/account/sessions", &[("end", &other)], "", "That session has ended.", "revokeSession"),
            ("/account/address", &[("do", "ask"), ("new_email", "ana@home.test"), ("password", PASSWORD)], "", "Your new address is noted.", "requestEmailChange"),
            ("/account/address", &[("do", "take_back")], "", "You have taken it back.", "cancelEmailChange"),
            ("/account/password", &[("change", "yes"), ("password", PASSWORD), ("new_password", NEW)], "", "Your password is changed.", "changePassword"),
            ("/account/deactivate", &[("confirm", "yes")], "/account", "Your account is deactivated", "deactivateMyAccount"),
            ("/account", &[("undo", "reactivate")], "", "You have reactivated your account.", "reactivateMyAccount"),
            ("/account/delete", &[("delete", "yes"), ("grace_days", "3"), ("password", NEW)], "/account", "Your account is about to be deleted", "deleteMyAccount"),
            ("/account", &[("undo", "cancel_deletion")], "", "its deletion is canceled", "cancelMyAccountDeletion"),
        ];
        for (path, fields, leads_to, says, action) in forms {
            let page = browser.open(path).await;
            let (mark, version) = (hidden(&page.html), page.html.split("name=\"save\" value=\"").nth(1));
            let version = version.map_or("", |rest| rest.split('"').next().unwrap());
            let mut fields: Vec<_> = fields.iter().copied().chain([(mark::FIELD, &*mark)]).collect();
            fields.iter_mut().filter(|(name, _)| *name == "save").for_each(|(_, value)| *value = version);
            let mut second = Browser::with(&app, browser.token.clone().unwrap());
            let both = futures::future::join(
                browser.send_all(path, &fields, FROM_HERE),
                second.send_all(path, &fields, FROM_HERE),
            );
            let (first, second) = both.await;
            let third = browser.send_all(path, &fields, FROM_HERE).await;
            let leads_to = if leads_to.is_empty() { path } else { leads_to };
            for seen in [first, second, third] {
                assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, leads_to), "{path}: {}", seen.html);
            }
            let told = browser.open(leads_to).await;
            assert!(told.html.contains(says), "{path}: {}", told.html);
            assert_eq!(how_often(&app, action).await, 1, "{action}");
        }
        // A page that is opened again is another: what it asks for is asked anew.
        let again = browser.send("/account", &[("undo", "cancel_deletion")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

on_both! {
    async fn what_came_of_a_form_is_told_once_and_never_in_somebodys_words(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let sent = browser.send("/account/sessions?before=x%22%3E%3Cb%3E", &[("end", "others")]).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/account/sessions?before=x%22%3E%3Cb%3E"));
        assert_eq!((sent.headers["cache-control"].to_str().unwrap(), &*sent.html), ("no-store", ""));
        let told = "role=\"status\"><p>You are signed in on this device alone.";
        assert!(browser.open(sent.location()).await.html.contains(told));
        assert!(!browser.open(sent.location()).await.html.contains("role=\"status\""), "reloaded");
        for forged in ["__Host-steward_said=You won", "__Host-steward_said=", "steward_said=sessions_ended"] {
            browser.kept = Some(forged.to_owned());
            assert!(!browser.open("/account").await.html.contains("role=\"status\""), "{forged}");
        }
        let wrong = browser.send("/account/sessions", &[("end", "guess")]).await;
        assert!(!wrong.headers.contains_key(header::SET_COOKIE) && !wrong.html.contains("role=\"status\""));
    }
}

on_both! {
    async fn what_came_of_a_form_is_told_to_whose_it_was_alone(app: TestApp) {
        app.account("ana@hofer.example").await;
        app.account("ben@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        browser.send("/account/sessions", &[("end", "others")]).await;
        let anas = browser.kept.clone().expect("a sentence");
        assert!(browser.open("/account").await.html.contains("role=\"status\""));
        browser.kept = Some(anas.clone());
        browser.sign_in("ben@hofer.example", PASSWORD).await;
        assert_eq!(browser.kept, None, "it goes when somebody signs in");
        // Also where it comes late, behind that.
        for late in [&*anas, "__Host-steward_said=control_accepted", "__Host-steward_said=signed_out"] {
            browser.kept = Some(late.to_owned());
            assert!(!browser.open("/account").await.html.contains("role=\"status\""), "{late}");
        }
        browser.send("/sign-out", &[]).await;
        browser.kept = Some(anas);
        assert!(!browser.open("/sign-in").await.html.contains("role=\"status\""));
    }
}

on_both! {
    async fn whoever_signs_out_is_out_whichever_page_they_had_open(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        app.account("ben@hofer.example").await;
        let anas = mark::new(&app.steward, ana.id);
        for mark in [Some(&*anas), Some("guess"), Some(""), None] {
            let mut browser = Browser::signed_in(&app, "ben@hofer.example").await;
            let fields: Vec<_> = mark.iter().map(|mark| (mark::FIELD, *mark)).collect();
            assert!(browser.send_all("/sign-out", &fields, FROM_HERE).await.is_out() && browser.token.is_none());
            assert_eq!(live_sessions(&app, "ben@hofer.example").await, 0, "{mark:?}");
            app.advance(TimeDelta::minutes(1));
        }
    }
}

on_both! {
    async fn a_profile_of_the_longest_words_is_saved(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let words = "𝒜".repeat(200);
        let picture = format!("https://pictures.example/{}", "x".repeat(1_970));
        let texts = ["given_name", "family_name", "nickname", "job_title", "department", "organization_unit", "location"];
        let mut fields: Vec<(&str, &str)> = texts.into_iter().map(|name| (name, &*words)).collect();
        fields.extend([("display_name", "Ana"), ("locale", "en"), ("picture_url", &*picture), ("save", "1")]);
        browser.done("/account/profile", &fields).await;
        let saved = profile::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap();
        assert_eq!((saved.given_name, saved.location, saved.picture_url), (Some(words.clone()), Some(words), Some(picture)));
    }
}
