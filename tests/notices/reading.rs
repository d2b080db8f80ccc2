//! Who reads which notices, the page behind the link, and acknowledging.

use super::*;
use serde_json::{Value, json};
use steward_entities::kinds::{ActorKind, RoleName};
use steward_tests::on_both;

on_both! {
    async fn a_scanner_that_opens_the_link_changes_nothing_and_the_button_acknowledges(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::ControlInEffect).await;
        app.run_jobs().await;
        let path = page_in(&app.mailer.mails()[0].text);
        let before = (stored(&app, notice).await, event::Entity::find().all(&app.database).await.unwrap());
        for _ in 0..3 {
            let (status, headers, html) = open(&app, &path, None).await;
            assert_eq!(status, StatusCode::OK);
            assert!(html.contains("<button"), "{html}");
            assert_eq!(headers["referrer-policy"], "no-referrer");
            assert_eq!(headers["cache-control"], "no-store");
            assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        }
        let after = (stored(&app, notice).await, event::Entity::find().all(&app.database).await.unwrap());
        assert_eq!(before, after);

        let (status, _, html) = open(&app, &path, Some("something=else")).await;
        assert_eq!((status, html.contains("<button")), (StatusCode::OK, true));
        assert_eq!(stored(&app, notice).await.acknowledged_at, None);

        let (status, _, html) = open(&app, &path, Some("acknowledge=yes")).await;
        assert_eq!((status, html.contains("<button")), (StatusCode::OK, false), "{html}");
        let read_at = app.now();
        app.advance(TimeDelta::minutes(1));
        open(&app, &path, Some("acknowledge=yes")).await;
        let row = stored(&app, notice).await;
        assert_eq!((row.seen_at, row.acknowledged_at), (Some(read_at), Some(read_at)));
        let [event] = &events(&app, "acknowledgeNotice").await[..] else { panic!("not one event") };
        assert_eq!((event.actor_kind, event.actor_id, event.stream_id), (ActorKind::Link, Some(notice.0), acme.0));
    }
}

on_both! {
    async fn a_link_opens_its_notice_and_nothing_else(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let one = tell(&app, ana, "ana@acme.test", acme, NoticeKind::ControlInEffect).await;
        let other = tell(&app, ana, "ana@acme.test", acme, NoticeKind::AccountReleased).await;
        let without_link = tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        let keys = &app.steward.keys;
        let link = keys.link("NOTICE", one.0);
        let payload = app.nobody().done("acknowledgeNotice", json!({ "token": link }), "notice { id text }").await;
        assert_eq!(payload["notice"]["id"], one.to_string());
        assert!(!payload["notice"]["text"].as_str().unwrap().contains(&link));
        assert_eq!(stored(&app, other).await.acknowledged_at, None);

        // The id of one with the proof of another.
        let mixed = format!("{}{}", &keys.link("NOTICE", other.0)[..21], &link[21..]);
        let wrong = [mixed, keys.link("PASSWORD_RESET", other.0), keys.link("NOTICE", without_link.0), "x".repeat(4000)];
        for link in wrong {
            let answer = app.nobody().run("acknowledgeNotice", json!({ "token": link }), "notice { id }").await;
            assert_eq!(answer.code(), "LINK_INVALID", "{}", answer.body);
            let (status, _, html) = open(&app, &format!("/notices/{link}"), None).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert!(html.contains("doesn’t work") || html.contains("doesn't work") || html.contains("&#x27;t work"), "{html}");
            let (status, ..) = open(&app, &format!("/notices/{link}"), Some("acknowledge=yes")).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
        app.advance(TimeDelta::days(400));
        let (status, ..) = open(&app, &format!("/notices/{}", keys.link("NOTICE", one.0)), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "too old");
    }
}

on_both! {
    async fn a_page_takes_only_its_own_small_form_and_few_dead_links(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::ControlInEffect).await;
        let path = format!("/notices/{}", app.steward.keys.link("NOTICE", notice.0));
        let long = format!("acknowledge=yes&more={}", "a".repeat(70_000));
        assert_eq!(open(&app, &path, Some(&long)).await.0, StatusCode::BAD_REQUEST);
        let json = Request::post(&path).header(header::CONTENT_TYPE, "application/json");
        let json = json.body(axum::body::Body::from("acknowledge=yes")).unwrap();
        assert_eq!(app.router.clone().oneshot(json).await.unwrap().status(), StatusCode::BAD_REQUEST);
        assert_eq!(stored(&app, notice).await.acknowledged_at, None);
        assert_eq!(open(&app, "/nowhere", None).await.0, StatusCode::NOT_FOUND);

        for _ in 0..60 {
            assert_eq!(open(&app, "/notices/guess", None).await.0, StatusCode::NOT_FOUND);
        }
        let (status, headers, _) = open(&app, "/notices/guess", None).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
        assert!(headers.contains_key("retry-after"));
        assert_eq!(open(&app, &path, None).await.0, StatusCode::OK, "a good link still works");
    }
}

on_both! {
    async fn the_page_of_what_is_over_has_no_button(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let ana = app.account("ana@acme.test").await;
        let coming = announce(&app, acme, domain, ana, TimeDelta::days(14)).await;
        let path = format!("/notices/{}", app.steward.keys.link("NOTICE", coming.notice.0));
        assert!(open(&app, &path, None).await.2.contains("<button"));
        let row = control_assertion::ActiveModel {
            id: Set(coming.assertion),
            status: Set(AssertionStatus::Avoided),
            ..Default::default()
        };
        row.update(&app.database).await.unwrap();
        let html = open(&app, &path, None).await.2;
        assert!(!html.contains("<button") && html.contains("you chose otherwise in time"), "{html}");
    }
}

const MINE: &str = "{ viewer { notices(first: 10) { totalCount nodes { id kind subject text seenAt acknowledgedAt \
                    organizationName organization { id } deliveries { address status textHash } } } } }";

on_both! {
    async fn a_person_reads_and_acknowledges_their_own_notices_alone(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.person("ana@acme.test").await;
        let ben = app.person("ben@acme.test").await;
        let notice = tell(&app, ana.id, "ana@acme.test", acme, NoticeKind::ControlInEffect).await;
        app.run_jobs().await;
        let mine = ana.client.ask(MINE, Value::Null).await["viewer"]["notices"].clone();
        assert_eq!(mine["totalCount"], 1);
        let node = &mine["nodes"][0];
        assert_eq!((node["id"].as_str(), node["kind"].as_str()), (Some(notice.to_string().as_str()), Some("CONTROL_IN_EFFECT")));
        assert_eq!((&node["organization"], node["organizationName"].as_str()), (&Value::Null, Some("Acme")));
        assert_eq!(node["deliveries"][0]["address"], "ana@acme.test");
        // What is shown is what was sent, but for the link.
        let shown = steward::core::secret::hex(&steward::core::secret::sha256(node["text"].as_str().unwrap().as_bytes()));
        assert_eq!(node["deliveries"][0]["textHash"], shown);
        assert!(!node["text"].as_str().unwrap().contains("/notices/"));

        assert_eq!(ben.client.ask(MINE, Value::Null).await["viewer"]["notices"]["totalCount"], 0);
        assert!(app.nobody().ask(MINE, Value::Null).await["viewer"].is_null());
        let input = json!({ "noticeId": notice.to_string() });
        let asked = "notice { seenAt acknowledgedAt }";
        assert_eq!(ben.client.run("acknowledgeNotice", input.clone(), asked).await.code(), "NOT_FOUND");
        assert_eq!(app.nobody().run("acknowledgeNotice", input.clone(), asked).await.code(), "UNAUTHENTICATED");
        assert_eq!(ana.client.run("acknowledgeNotice", json!({}), asked).await.code(), "BAD_REQUEST");
        let payload = ana.client.done("acknowledgeNotice", input, asked).await;
        assert!(payload["notice"]["acknowledgedAt"].is_string());
    }
}

on_both! {
    async fn administrators_read_their_organizations_notices(app: TestApp) {
        let acme = app.organization("Acme").await;
        app.proved_domain(acme, "acme.test").await;
        let admin = app.administrator(acme, RoleName::Auditor).await;
        let ana = app.account("ana@acme.test").await;
        let gone = app.account("zoe@elsewhere.test").await;
        let one = tell(&app, ana, "ana@acme.test", acme, NoticeKind::ControlInEffect).await;
        let other = tell(&app, gone, "zoe@elsewhere.test", acme, NoticeKind::AccountReleased).await;
        app.mailer.refuse("zoe@elsewhere.test", "zoe@elsewhere.test is unknown here");
        app.run_jobs().await;
        let query = "query($id: ID!, $filter: NoticeFilterInput) { organization(id: $id) { notices(filter: $filter) \
                     { totalCount nodes { id text organization { id } deliveries { address status lastError } } } } }";
        let ask = async |filter: Value| {
            let variables = json!({ "id": acme.to_string(), "filter": filter });
            admin.client.ask(query, variables).await["organization"]["notices"].clone()
        };
        let all = ask(json!({})).await;
        assert_eq!(all["totalCount"], 2);
        let find = |id: NoticeId| {
            let nodes = all["nodes"].as_array().unwrap();
            nodes.iter().find(|node| node["id"] == id.to_string()).unwrap().clone()
        };
        assert_eq!(find(one)["deliveries"][0]["address"], "ana@acme.test");
        assert_eq!(find(one)["organization"]["id"], acme.to_string());
        let hidden = find(other)["deliveries"][0].clone();
        assert_eq!(hidden, json!({ "address": null, "status": "FAILED", "lastError": null }));
        assert!(!all.to_string().contains("/notices/"), "no link is shown: {all}");
        for (filter, id) in [
            (json!({ "kind": "ACCOUNT_RELEASED" }), other),
            (json!({ "status": "SENT" }), one),
            (json!({ "accountId": gone.to_string() }), other),
        ] {
            let found = ask(filter).await;
            assert_eq!((found["totalCount"].as_i64(), &found["nodes"][0]["id"]), (Some(1), &json!(id.to_string())));
        }
        let stranger = app.administrator(app.organization("Beta").await, RoleName::Owner).await;
        let seen = stranger.client.ask(query, json!({ "id": acme.to_string() })).await;
        assert_eq!(seen["organization"], Value::Null);
    }
}
