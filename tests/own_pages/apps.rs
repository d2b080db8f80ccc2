//! Apps: seen, objected to and allowed again on the page.

use super::{
    twice::{FROM_HERE, hidden, how_often},
    *,
};
use crate::app_people::{World, seen};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use steward_entities::{app_objection, id::AppObjectionId, kinds::BlockKind, membership};
use steward_tests::{Somebody, on_both};

const PATH: &str = "/account/apps";
const WHY: &str = "It <needn't> know me";

/// A browser in which somebody is signed in already.
fn browser<'a>(app: &'a TestApp, person: &Somebody) -> Browser<'a> {
    Browser::with(app, person.token.clone())
}

async fn object(browser: &mut Browser<'_>, installation: &Value) -> Seen {
    browser.done(PATH, &[("object", installation.as_str().unwrap()), ("reason", WHY)]).await
}

/// The newest objection of all.
async fn newest(app: &TestApp) -> AppObjectionId {
    let all = app_objection::Entity::find().order_by_desc(app_objection::Column::Id);
    all.one(&app.database).await.unwrap().unwrap().id
}

async fn decide(app: &TestApp, it: &World, outcome: &str) {
    let input = json!({ "appObjectionId": newest(app).await, "outcome": outcome, "reason": "We <have> looked" });
    it.admin.client.done("decideAppObjection", it.on(input), "").await;
}

#[track_caller]
fn holds(seen: &Seen, words: &[&str], not: &[&str]) {
    for words in words {
        assert!(seen.html.contains(words), "{words} isn't in {}", seen.html);
    }
    for words in not {
        assert!(!seen.html.contains(words), "{words} is in {}", seen.html);
    }
}

on_both! {
    async fn people_see_which_apps_see_them_what_they_may_and_whom_to_ask(app: TestApp) {
        let it = World::new(&app).await;
        let contact = it.on(json!({ "administrativeEmail": "it@hofer.example" }));
        it.admin.client.done("updateOrganization", contact, "").await;
        let (mut ana, mut ben) = (browser(&app, &it.ana), browser(&app, &it.ben));
        let none = ana.open(PATH).await;
        assert_eq!((none.status, none.heading()), (StatusCode::OK, "Apps that see you"));
        holds(&none, &["No app of another company sees you here"], &["name=\"object\""]);
        assert!(ana.open("/account").await.html.contains(&format!("href=\"{PATH}\"")), "the way to it");

        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let of_ana = [
            "<strong>Rotas</strong> by Shift Works AG", "Installed by Hofer</span>", "<p>It can:</p>", "<li>read your name</li>",
            "<li>read information stored with your account, also what is personal</li>", "href=\"https://shiftworks.example/privacy\"",
            "Shift Works AG: help@shiftworks.example", "The administrators of Hofer: it@hofer.example",
            "It hasn't read about you so far.",
        ];
        holds(&ana.open(PATH).await, &of_ana, &["name=\"withdraw\""]);
        holds(&ben.open(PATH).await, &["<li>read your information in the organization&#x27;s workspaces</li>"], &["personal"]);
        let by = it.client(&app, &whole, &["READ_NAME"]).await;
        seen(&by).await;
        app.advance(TimeDelta::hours(2));
        seen(&it.client(&app, &whole, &["READ_NAME"]).await).await;
        let read = "read about you first on 21 November 2026, 09:00 UTC, and last on 21 November 2026, 11:00 UTC";
        holds(&ana.open(PATH).await, &[read], &["hasn't read"]);

        // Kept from it, or gone, the page says so.
        let keep = it.on(json!({ "installationId": whole, "accountId": it.ben.id, "reason": "Other work" }));
        it.admin.client.done("revokeAppAccess", keep, "").await;
        holds(&ben.open(PATH).await, &["the administrators keep it from you", "<p>Otherwise it could:</p>"], &["<p>It can:</p>"]);
        it.admin.client.done("uninstallApp", it.on(json!({ "installationId": whole, "reason": "over" })), "").await;
        app.run_jobs().await;
        for browser in [&mut ana, &mut ben] {
            holds(&browser.open(PATH).await, &["It was installed by Hofer", "It is gone", read], &["name=\"object\"", "<li>read"]);
        }
        let late = it.managed(&app, "late").await;
        holds(&browser(&app, &late).open(PATH).await, &["No app of another company sees you"], &["Rotas"]);
    }
}

on_both! {
    async fn who_has_left_reads_nothing_of_what_an_app_may_now(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        seen(&it.client(&app, &whole, &["READ_NAME"]).await).await;
        let of_ben = membership::Entity::find().filter(membership::Column::AccountId.eq(it.ben.id));
        for left in of_ben.all(&app.database).await.unwrap() {
            it.ben.client.done("leaveWorkspace", json!({ "membershipId": left.id }), "").await;
        }
        let mut ben = browser(&app, &it.ben);
        let page = ben.open(PATH).await;
        holds(
            &page,
            &["<strong>Rotas</strong>", "You aren't where it is installed any more: it sees nothing of you.", "It read about you first"],
            &["It can:", "Otherwise it", "Soon it", "name=\"object\""],
        );
    }
}

on_both! {
    async fn who_objects_on_the_page_is_hidden_at_once_until_they_withdraw(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &whole, &["READ_NAME"]).await;
        assert_eq!(seen(&by).await, ["ana", "ben"]);
        let mut ana = browser(&app, &it.ana);
        let told = object(&mut ana, &whole).await;
        holds(
            &told,
            &["role=\"status\"><p>You have objected: from now on", "The administrators haven't decided yet.", "<p>Otherwise it could:</p>"],
            &["name=\"object\"", "<p>It can:</p>"],
        );
        assert_eq!(seen(&by).await, ["ben"]);
        let row = app_objection::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.account_id, row.reason.as_deref()), (it.ana.id, Some(WHY)));
        let withdraw = [("withdraw", &*row.id.to_string())];
        holds(&ana.done(PATH, &withdraw).await, &["You have withdrawn your objection", "<p>It can:</p>", "name=\"object\""], &["decided"]);
        assert_eq!(seen(&by).await, ["ana", "ben"]);
        app.advance(TimeDelta::minutes(1));
        let again = ana.send(PATH, &withdraw).await;
        assert_eq!((again.status, again.heading()), (StatusCode::UNPROCESSABLE_ENTITY, "This didn&#x27;t work"));
        holds(&again, &["This objection is over"], &[]);

        // What administrators answer stands there, and what can be done then.
        object(&mut ana, &whole).await;
        decide(&app, &it, "UPHOLD").await;
        let upheld = ["the administrators agree", "We &lt;have&gt; looked", "name=\"withdraw\""];
        holds(&ana.open(PATH).await, &upheld, &["name=\"object\""]);
        it.admin.client.done("uninstallApp", it.on(json!({ "installationId": whole, "reason": "over" })), "").await;
        app.run_jobs().await;
        holds(&ana.open(PATH).await, &["installed anew, it would see nothing of you either", "name=\"withdraw\""], &["We &lt;have"]);
    }
}

on_both! {
    async fn who_was_dismissed_objects_again_when_the_app_may_see_more(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let narrower = it.on(json!({ "installationId": whole, "scopes": ["READ_NAME"] }));
        it.admin.client.done("updateInstallation", narrower, "").await;
        let mut ben = browser(&app, &it.ben);
        object(&mut ben, &whole).await;
        decide(&app, &it, "DISMISS").await;
        let dismissed = ["the administrators have decided that it may see you", "We &lt;have&gt; looked", "in any case from 20 May 2027, 09:00 UTC on"];
        holds(&ben.open(PATH).await, &dismissed, &["name=\"withdraw\"", "name=\"object\""]);
        let early = ben.send(PATH, &[("object", whole.as_str().unwrap()), ("reason", WHY)]).await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
        holds(&early, &["Your administrators have decided about this a short time ago."], &[]);
        app.advance(TimeDelta::minutes(1));
        let wider = it.on(json!({ "installationId": whole, "scopes": ["READ_NAME", "READ_EMAIL"] }));
        it.admin.client.done("updateInstallation", wider, "").await;
        let soon = ["<p>Soon it can also:</p>", "<li>read your e-mail address</li>", "name=\"object\"", "Object again"];
        holds(&ben.open(PATH).await, &soon, &["in any case from"]);
        object(&mut ben, &whole).await;
        decide(&app, &it, "DISMISS").await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(180));
        let ben = app.signed_in(it.ben.id, &it.ben.email).await;
        holds(&browser(&app, &ben).open(PATH).await, &["name=\"object\""], &["in any case from", "Soon it can"]);
    }
}

on_both! {
    async fn the_page_offers_what_the_rule_allows_whatever_was_said_last(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let scopes = async |scopes: &[&str]| {
            app.advance(TimeDelta::minutes(1));
            let input = it.on(json!({ "installationId": whole, "scopes": scopes }));
            it.admin.client.done("updateInstallation", input, "").await;
            app.run_jobs().await;
        };
        // Whether the form is there, and whether it works.
        let offered = async |browser: &mut Browser<'_>| {
            let is_offered = browser.open(PATH).await.html.contains("name=\"object\"");
            let sent = browser.send(PATH, &[("object", whole.as_str().unwrap()), ("reason", WHY)]).await;
            assert_eq!(sent.status == StatusCode::SEE_OTHER, is_offered, "{}", sent.html);
            is_offered
        };
        scopes(&["READ_NAME"]).await;
        let mut ben = browser(&app, &it.ben);
        assert!(offered(&mut ben).await, "for the first time");
        decide(&app, &it, "DISMISS").await;
        assert!(!offered(&mut ben).await, "it was decided");
        scopes(&["READ_NAME", "READ_EMAIL"]).await;
        assert!(offered(&mut ben).await, "it may see more");
        // Withdrawn before anybody has decided, what was decided before stands.
        ben.done(PATH, &[("withdraw", &newest(&app).await.to_string())]).await;
        scopes(&["READ_NAME"]).await;
        assert!(!offered(&mut ben).await, "although the last word was withdrawn");
        let stands = ["the administrators have decided that it may see you", "We &lt;have&gt; looked", "in any case from 20 May 2027"];
        holds(&ben.open(PATH).await, &stands, &["name=\"withdraw\""]);
        // Where they agreed since, it doesn't stand.
        scopes(&["READ_NAME", "READ_EMAIL"]).await;
        assert!(offered(&mut ben).await);
        decide(&app, &it, "UPHOLD").await;
        ben.done(PATH, &[("withdraw", &newest(&app).await.to_string())]).await;
        scopes(&["READ_NAME"]).await;
        assert!(offered(&mut ben).await, "they have agreed since");
    }
}

on_both! {
    async fn an_objection_needs_a_reason_and_a_right_app(app: TestApp) {
        let it = World::new(&app).await;
        let there = it.installed(&app, json!({ "workspaceId": it.workspace })).await;
        let (mut ana, mut ben) = (browser(&app, &it.ana), browser(&app, &it.ben));
        object(&mut ben, &there).await;
        let his = newest(&app).await.to_string();
        let there = there.as_str().unwrap();
        let before = everything(&app).await;
        for fields in [
            // It isn't where Ana is, and the objection is another's.
            vec![("object", there), ("reason", WHY)],
            vec![("withdraw", &*his)],
            vec![("object", "ins_00000000000000000000000000"), ("reason", WHY)],
            vec![("object", "guess"), ("reason", WHY)],
            vec![("withdraw", "guess")],
            vec![("reason", WHY)],
        ] {
            let refused = ana.send(PATH, &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        }
        assert_eq!(everything(&app).await, before);
        ben.done(PATH, &[("withdraw", &his)]).await;
        let long = "x".repeat(501);
        for (reason, said) in [("", "value=\"\""), (" ", "value=\" \""), (&*long, &*format!("value=\"{long}\""))] {
            let refused = ben.send(PATH, &[("object", there), ("reason", reason)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            holds(&refused, &["<details open>", "id=\"reason-1-error\">This text", "role=\"alert\""], &[]);
            assert_eq!(refused.html.contains(said), !reason.is_empty(), "what was typed in is kept: {}", refused.html);
        }
        assert_eq!(app_objection::Entity::find().count(&app.database).await.unwrap(), 1);
    }
}

on_both! {
    async fn who_is_limited_objects_all_the_same(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        for (number, kind) in BlockKind::ALL.iter().enumerate() {
            let person = it.managed(&app, &format!("p{number}")).await;
            app.blocked(person.id, *kind, Some(it.id)).await;
            let mut browser = Browser::signed_in(&app, &person.email).await;
            let hides = !matches!(kind, BlockKind::Restriction | BlockKind::PasswordReset);
            let page = browser.open(PATH).await;
            assert_eq!(page.html.contains("Right now it sees nothing of you."), hides, "{kind:?} {}", page.html);
            holds(&object(&mut browser, &whole).await, &["You have objected"], &[]);
            let own = newest(&app).await.to_string();
            holds(&browser.done(PATH, &[("withdraw", &own)]).await, &["You have withdrawn your objection"], &[]);
            app.advance(TimeDelta::minutes(10));
        }
        assert_eq!(how_often(&app, "withdrawAppObjection").await, BlockKind::ALL.len() as u64);
    }
}

on_both! {
    async fn a_click_too_many_objects_once(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let mut first = browser(&app, &it.ana);
        let mark = hidden(&first.open(PATH).await.html);
        let fields = [("object", whole.as_str().unwrap()), ("reason", WHY), (mark::FIELD, &*mark)];
        let mut second = browser(&app, &it.ana);
        let (one, other) = futures::future::join(
            first.send_all(PATH, &fields, FROM_HERE),
            second.send_all(PATH, &fields, FROM_HERE),
        )
        .await;
        for seen in [one, other, first.send_all(PATH, &fields, FROM_HERE).await] {
            assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, PATH), "{}", seen.html);
        }
        assert_eq!(how_often(&app, "objectToApp").await, 1);
        app.advance(TimeDelta::minutes(1));
        let late = first.send_all(PATH, &fields, FROM_HERE).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        holds(&late, &["You have objected to this app already"], &[]);
    }
}

on_both! {
    async fn many_apps_stand_on_several_pages(app: TestApp) {
        let it = World::new(&app).await;
        for number in 0..21 {
            app.at_work(it.id, app.catalogued(&format!("App {number}")).await, it.admin.id).await;
        }
        let mut ana = browser(&app, &it.ana);
        let first = ana.open(PATH).await;
        assert_eq!(first.html.matches("name=\"object\"").count(), 20);
        let older = first.html.split(&format!("{PATH}?before=")).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let path = format!("{PATH}?before={older}");
        let second = ana.open(&path).await;
        assert_eq!((second.html.matches("name=\"object\"").count(), second.html.contains("?before=")), (1, false));
        // A form on it leads back to it.
        let id = second.html.split("name=\"object\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        holds(&ana.done(&path, &[("object", &id), ("reason", WHY)]).await, &["haven't decided yet", "The newest"], &["name=\"object\""]);
        assert_eq!(ana.open(&format!("{PATH}?before=guess")).await.status, StatusCode::BAD_REQUEST);
    }
}
