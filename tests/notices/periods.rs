//! The notice period begins when the person was reached, and not before.

use super::*;
use serde_json::json;
use steward_tests::on_both;

on_both! {
    async fn a_delivered_notice_begins_the_period(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let ana = app.account("ana@acme.test").await;
        let ben = app.account("ben@acme.test").await;
        let near = announce(&app, acme, domain, ana, TimeDelta::days(10)).await;
        let far = announce(&app, acme, domain, ben, TimeDelta::days(20)).await;
        app.mailer.fail(2);
        app.run_jobs().await;
        assert_eq!(assertion(&app, near.assertion).await.takes_effect_at, None, "nobody was reached");

        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        let reached = app.now();
        let row = assertion(&app, near.assertion).await;
        assert_eq!((row.notice_delivered_at, row.takes_effect_at, row.version),
            (Some(reached), Some(reached + TimeDelta::days(14)), 2));
        let row = assertion(&app, far.assertion).await;
        assert_eq!((row.notice_delivered_at, row.takes_effect_at), (Some(reached), Some(row.announced_at)));
    }
}

on_both! {
    async fn whoever_acknowledges_was_reached(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let ana = app.person("ana@acme.test").await;
        let coming = announce(&app, acme, domain, ana.id, TimeDelta::days(14)).await;
        app.mailer.refuse("ana@acme.test", "mailbox full");
        app.run_jobs().await;
        assert_eq!(assertion(&app, coming.assertion).await.takes_effect_at, None);
        app.advance(TimeDelta::days(3));
        let input = json!({ "noticeId": coming.notice.to_string() });
        ana.client.done("acknowledgeNotice", input, "notice { acknowledgedAt }").await;
        let reached = app.now();
        assert_eq!(assertion(&app, coming.assertion).await.takes_effect_at, Some(reached + TimeDelta::days(14)));

        // What arrives later doesn't begin it anew.
        app.mailer.accept("ana@acme.test");
        let admin = app.administrator(acme, steward_entities::kinds::RoleName::Owner).await;
        app.advance(TimeDelta::days(1));
        let again = json!({ "organizationId": acme.to_string(), "noticeId": coming.notice.to_string() });
        admin.client.done("resendNotice", again, "notice { id }").await;
        app.run_jobs().await;
        assert_eq!(app.mailer.mails().len(), 1);
        assert_eq!(assertion(&app, coming.assertion).await.notice_delivered_at, Some(reached));
    }
}

on_both! {
    async fn the_person_is_reached_when_they_say_so_even_if_somebody_has_used_the_link(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let ana = app.person("ana@acme.test").await;
        let coming = announce(&app, acme, domain, ana.id, TimeDelta::days(14)).await;
        // The mail goes to an address that the person has left: whoever reads it there opens the link, and presses.
        let left = deliveries::ActiveModel {
            id: Set(only_delivery(&app, coming.notice).await.id),
            address: Set("left@acme.test".to_owned()),
            ..Default::default()
        };
        left.update(&app.database).await.unwrap();
        app.run_jobs().await;
        let page = format!("/notices/{}", app.steward.keys.link("NOTICE", coming.notice.0));
        open(&app, &page, None).await;
        let (_, _, html) = open(&app, &page, Some("acknowledge=yes")).await;
        assert!(html.contains("You have confirmed that you read this"), "{html}");
        let link_used = app.now();
        assert_eq!(assertion(&app, coming.assertion).await.takes_effect_at, None, "the person wasn't reached");
        assert_eq!(events(&app, "acknowledgeNotice").await.len(), 1);

        app.advance(TimeDelta::days(3));
        let own = format!("/account/notices/{}", coming.notice);
        let cookie = format!("{}={}", steward::pages::own::cookie::name(&ana.token), ana.token);
        let seen = async || {
            let request = Request::get(&own).header(header::COOKIE, &cookie).body(axum::body::Body::empty()).unwrap();
            let body = app.router.clone().oneshot(request).await.unwrap().into_body();
            String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
        };
        assert!(seen().await.contains("I have read this"), "the person can still say so");
        let input = json!({ "noticeId": coming.notice });
        for _ in 0..2 {
            ana.client.done("acknowledgeNotice", input.clone(), "notice { acknowledgedAt }").await;
        }
        let row = assertion(&app, coming.assertion).await;
        let reached = app.now();
        assert_eq!((row.notice_delivered_at, row.takes_effect_at), (Some(reached), Some(reached + TimeDelta::days(14))));
        assert_eq!(stored(&app, coming.notice).await.acknowledged_at, Some(link_used));
        assert_eq!(events(&app, "acknowledgeNotice").await.len(), 2, "one for the link, one for the person");
        assert!(!seen().await.contains("I have read this"));
    }
}
