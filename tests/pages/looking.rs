//! Opening pages: whoever does, and however often.

use super::*;
use chrono::TimeDelta;
use steward_tests::on_both;

on_both! {
    async fn to_look_changes_nothing_and_shows_what_the_link_is_about(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let (_, invitation) = invitation_page(&app, "lena@hofer.example").await;
        let offering = Offering::new(&app).await;
        let mut pages = vec![
            (sign_up_page(&app, "new@hofer.example").await, "Complete your sign-up", "new@hofer.example"),
            (invitation, "Administer Hofer", "lena@hofer.example"),
            (offering.page(&app, "pia@wald.example").await, "Join a team", "pia@wald.example"),
            (reset_page(&app, "ana@acme.test").await, "Set a new password", "ana@acme.test"),
        ];
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.test" }), "emailChangeId").await;
        pages.push((mailed_page(&app, "ana@home.test").await, "Confirm your new address", "ana@home.test"));
        let before = everything(&app).await;
        for (path, heading, email) in &pages {
            let first = open(&app, path).await;
            assert_eq!((first.status, first.heading()), (StatusCode::OK, *heading));
            assert!(first.html.contains(email) && first.html.contains("<button"), "{}", first.html);
            let again = open(&app, path).await;
            assert_eq!((again.status, &again.html), (StatusCode::OK, &first.html));
            let head = visit(&app, Request::head(path).body(Body::empty()).unwrap()).await;
            assert_eq!((head.status, head.html.as_str()), (StatusCode::OK, ""));
            for seen in [first, head] {
                assert!(seen.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; "));
                assert_eq!(seen.headers["referrer-policy"], "no-referrer");
                assert_eq!(seen.headers["cache-control"], "no-store");
                assert_eq!(seen.headers["x-content-type-options"], "nosniff");
                assert!(!seen.headers.contains_key("set-cookie"));
            }
            let put = visit(&app, Request::put(path).body(Body::empty()).unwrap()).await;
            assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
        }
        assert_eq!(everything(&app).await, before);

        // A link opens its own page alone.
        for (from, ..) in &pages {
            for (to, ..) in pages.iter().filter(|(to, ..)| to != from) {
                let page = to.rsplit_once('/').unwrap().0;
                let elsewhere = format!("{page}/{}", from.rsplit_once('/').unwrap().1);
                assert_eq!(open(&app, &elsewhere).await.status, StatusCode::NOT_FOUND, "{elsewhere}");
            }
        }
        app.advance(TimeDelta::days(14));
        for (path, ..) in &pages {
            let old = open(&app, path).await;
            assert_eq!((old.status, old.heading()), (StatusCode::NOT_FOUND, "This link doesn&#x27;t work any more"));
        }
    }
}

on_both! {
    async fn wrong_links_are_answered_by_a_page_and_not_without_end(app: TestApp) {
        let pages = ["sign-up", "password-reset", "email-change", "invitation", "membership"];
        let wrong = ["guess", "%FF%FE", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
        let fields = [("password", NEW_PASSWORD), ("display_name", "Eve"), ("answer", "accept"), ("confirm", "yes")];
        let mut tries = 0;
        for page in pages {
            for link in wrong {
                let path = format!("/{page}/{link}");
                for seen in [open(&app, &path).await, send(&app, &path, &fields).await] {
                    assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
                    assert_eq!(seen.heading(), "This link doesn&#x27;t work any more");
                    assert_eq!(seen.headers["cache-control"], "no-store");
                    tries += 1;
                }
            }
        }
        for _ in tries..60 {
            assert_eq!(open(&app, "/sign-up/guess").await.status, StatusCode::NOT_FOUND);
        }
        let limited = open(&app, "/invitation/guess").await;
        assert_eq!((limited.status, limited.heading()), (StatusCode::TOO_MANY_REQUESTS, "Please wait a little"));
        assert!(limited.headers.contains_key("retry-after"));
        let page = sign_up_page(&app, "ana@hofer.example").await;
        assert_eq!(open(&app, &page).await.status, StatusCode::OK, "a good link still works");
    }
}

on_both! {
    async fn a_link_that_something_newer_has_overtaken_shows_nothing(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, steward_entities::kinds::RoleName::Owner).await;
        let input = json!({ "organizationId": acme, "email": "bo@acme.test", "role": "AUDITOR" });
        let made = owner.client.done("inviteAdministrator", input, "invitation { id }").await;
        let invitation = mailed_page(&app, "bo@acme.test").await;
        assert!(open(&app, &invitation).await.html.contains("Auditor"));
        let input = json!({ "organizationId": acme, "invitationId": made["invitation"]["id"] });
        owner.client.done("cancelInvitation", input, "invitation { id }").await;
        assert_eq!(open(&app, &invitation).await.status, StatusCode::NOT_FOUND);

        // Somebody else has the address by now.
        let ana = app.person("ana@acme.test").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.test" }), "emailChangeId").await;
        let change = mailed_page(&app, "ana@home.test").await;
        let sign_up = sign_up_page(&app, "ana@home.test").await;
        app.account("ana@home.test").await;
        assert_eq!(open(&app, &change).await.status, StatusCode::NOT_FOUND);
        assert_eq!(open(&app, &sign_up).await.status, StatusCode::NOT_FOUND);
        assert_eq!(send(&app, &change, &[("confirm", "yes")]).await.status, StatusCode::NOT_FOUND);

        // A reset link doesn't follow the account to another address.
        let reset = reset_page(&app, "ana@acme.test").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@away.test" }), "emailChangeId").await;
        let change = mailed_page(&app, "ana@away.test").await;
        assert_eq!(send(&app, &change, &[("confirm", "yes")]).await.status, StatusCode::OK);
        assert_eq!(open(&app, &reset).await.status, StatusCode::NOT_FOUND);
    }
}
