//! A form that comes again: by a second click, from a tab that was left open, or when its session is over.

use super::{
    memberships::{offer, status},
    twice::{FROM_HERE, hidden, how_often},
    ways_out::claimed,
    *,
};
use crate::claims::Acme;
use chrono::TimeDelta;
use steward_entities::kinds::{MembershipStatus, RoleName};
use steward_tests::on_both;

on_both! {
    async fn who_says_no_twice_is_told_so_twice_and_of_no_other_offer(app: TestApp) {
        let acme = app.organization("Acme").await;
        let administrator = app.administrator(acme, RoleName::UserAdmin).await.client;
        let [ana, ben] = ["ana@hofer.example", "ben@hofer.example"];
        let mut offers = Vec::new();
        for email in [ana, ben] {
            app.account(email).await;
            offers.push(offer(&app, acme, &administrator, email).await);
            let mut browser = Browser::signed_in(&app, email).await;
            browser.done("/account/memberships", &[("decline", &offers.last().unwrap().to_string())]).await;
        }
        let mut browser = Browser::signed_in(&app, ana).await;
        let before = everything(&app).await;
        let again = browser.done("/account/memberships", &[("decline", &offers[0].to_string())]).await;
        assert!(again.html.contains("You have declined."), "{}", again.html);
        for (button, id) in [("decline", offers[1]), ("accept", offers[0]), ("leave", offers[0])] {
            let refused = browser.send("/account/memberships", &[(button, &id.to_string())]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{button}");
        }
        assert_eq!(how_often(&app, "declineMembership").await, 2);
        assert_eq!(status(&app, offers[0]).await, MembershipStatus::Declined);
        assert_eq!(everything(&app).await, before);
    }
}

on_both! {
    async fn a_form_from_an_old_tab_is_another_press_of_its_button(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let mark = hidden(&browser.open("/account/address").await.html);
        let old_tab = [("do", "ask"), ("new_email", "ana@home.test"), ("password", PASSWORD), (mark::FIELD, &*mark)];
        browser.send_all("/account/address", &old_tab, FROM_HERE).await;
        browser.done("/account/address", &[("do", "take_back")]).await;
        let waits = "A link was mailed to <strong>ana@home.test</strong>.";
        for (seconds, often) in [(59, 1), (1, 2)] {
            app.advance(TimeDelta::seconds(seconds));
            let sent = browser.send_all("/account/address", &old_tab, FROM_HERE).await;
            assert_eq!((sent.status, how_often(&app, "requestEmailChange").await), (StatusCode::SEE_OTHER, often), "{}", sent.html);
            assert_eq!(browser.open("/account/address").await.html.contains(waits), often == 2);
        }
        // What can't be done again is told as that.
        let back = [("do", "take_back"), (mark::FIELD, &*mark)];
        assert_eq!(browser.send_all("/account/address", &back, FROM_HERE).await.status, StatusCode::SEE_OTHER);
        app.advance(TimeDelta::minutes(1));
        let nothing = browser.send_all("/account/address", &back, FROM_HERE).await;
        assert!(nothing.html.contains("No change of address is waiting."), "{}", nothing.html);
    }
}

on_both! {
    async fn who_accepts_control_twice_is_told_that_they_have(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (_, mut browser, path) = claimed(&app, &acme, "ana@acme.test").await;
        let mark = hidden(&browser.open(&path).await.html);
        let accept = [("answer", "accept"), ("password", PASSWORD), (mark::FIELD, &*mark)];
        let token = browser.token.clone().expect("a cookie");
        let clicks = (0..2).map(async |_| {
            let mut browser = Browser::with(&app, token.clone());
            (browser.send_all(&path, &accept, FROM_HERE).await.is_out(), browser.kept)
        });
        let mut told = futures::future::join_all(clicks).await;
        let mut late = Browser::with(&app, token.clone());
        assert!(late.send_all(&path, &accept, FROM_HERE).await.is_out());
        told.push((true, late.kept.clone()));
        assert_eq!(told, vec![(true, Some("__Host-steward_said=control_accepted".to_owned())); 3]);
        assert!(late.open("/sign-in").await.html.contains("You have accepted: the organization manages your account"));
        assert_eq!(how_often(&app, "acceptControl").await, 1);
        // Another form of a session that is over tells nothing, and neither does this one later.
        let other = [("answer", "accept"), ("password", "guess"), (mark::FIELD, &*mark)];
        for (fields, minutes) in [(&other, 0), (&accept, 1)] {
            app.advance(TimeDelta::minutes(minutes));
            let mut late = Browser::with(&app, token.clone());
            assert!(late.send_all(&path, fields, FROM_HERE).await.is_out());
            assert_eq!(late.kept, None);
        }
    }
}

on_both! {
    async fn who_ends_all_other_sessions_means_all_that_there_are_by_now(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let mark = hidden(&browser.open("/account/sessions").await.html);
        for _ in 0..3 {
            app.signed_in(ana, "ana@hofer.example").await;
            let others = [("end", "others"), (mark::FIELD, &*mark)];
            assert_eq!(browser.send_all("/account/sessions", &others, FROM_HERE).await.location(), "/account/sessions");
            assert_eq!(live_sessions(&app, "ana@hofer.example").await, 1, "also with the next click");
        }
        assert_eq!(how_often(&app, "revokeSession").await, 3);
    }
}
