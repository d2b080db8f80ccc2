//! What other sites, scanners and programs send.

use super::*;
use crate::{claims::Acme, pages};
use chrono::TimeDelta;
use std::sync::Arc;
use steward::http::app::App;
use steward_tests::on_both;
use tower::ServiceExt;

const PATHS: [&str; 10] = [
    "/account",
    "/account/address",
    "/account/notices",
    "/account/deactivate",
    "/account/sessions",
    "/account/password",
    "/account/profile",
    "/account/memberships",
    "/account/apps",
    "/account/delete",
];

on_both! {
    async fn forms_from_elsewhere_change_nothing(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.account("ana@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        let mut browser = Browser::signed_in(&app, "ana@acme.test").await;
        let second = app.signed_in(ana, "ana@acme.test").await;
        let control = browser.open("/account").await.html;
        let control = control.split("href=\"").find(|rest| rest.starts_with("/account/control/")).unwrap();
        let control = control.split('"').next().unwrap().to_owned();
        let notice = browser.open("/account/notices").await.html;
        let notice = notice.split("href=\"").find(|rest| rest.starts_with("/account/notices/")).unwrap();
        let notice = notice.split('"').next().unwrap().to_owned();
        let session = second.session.to_string();
        let forms: Vec<(&str, Vec<(&str, &str)>)> = vec![
            ("/sign-out", vec![]),
            ("/sign-in", vec![("email", "ana@acme.test"), ("password", PASSWORD)]),
            ("/password-reset", vec![("email", "ana@acme.test")]),
            ("/account", vec![("undo", "reactivate")]),
            ("/account/deactivate", vec![("confirm", "yes")]),
            ("/account/sessions", vec![("end", &session)]),
            ("/account/sessions", vec![("end", "others")]),
            ("/account/address", vec![("do", "ask"), ("new_email", "eve@evil.test"), ("password", PASSWORD)]),
            ("/account/address", vec![("do", "take_back")]),
            ("/account/password", vec![("change", "yes"), ("password", PASSWORD), ("new_password", "meadow copper winter thimble")]),
            ("/account/profile", vec![("display_name", "Eve"), ("locale", "en"), ("save", "1")]),
            ("/account/memberships", vec![("leave", "mem_00000000000000000000000000")]),
            ("/account/apps", vec![("object", "ins_00000000000000000000000000"), ("reason", "why")]),
            ("/account/delete", vec![("delete", "yes"), ("grace_days", "0"), ("password", PASSWORD)]),
            (&control, vec![("answer", "accept"), ("password", PASSWORD)]),
            (&notice, vec![("acknowledge", "yes")]),
        ];
        let elsewhere: [&[(&str, &str)]; 9] = [
            &[],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://accounts.example.com.evil.example")],
            &[("origin", "http://accounts.example.com")],
            &[("referer", "https://accounts.example.com/account")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://blog.example.com")],
            &[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
        ];
        let before = everything(&app).await;
        for (path, fields) in &forms {
            for from in elsewhere {
                let seen = browser.send_from(path, fields, from).await;
                assert_eq!((seen.status, seen.heading()), (StatusCode::FORBIDDEN, "This didn&#x27;t work"), "{path} {from:?}");
                assert!(!seen.headers.contains_key(header::SET_COOKIE), "{path} {from:?}");
            }
        }
        assert_eq!(everything(&app).await, before);
        // The same forms from our own pages act, in this order: the check is what has stopped them.
        let seen = browser.send_from(&notice, &[("acknowledge", "yes")], &[("origin", ORIGIN)]).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, &*notice));
        assert!(browser.open(&notice).await.html.contains("You have confirmed that you read this"));
        let seen = browser.send_from("/sign-out", &[], &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!((seen.location(), browser.token), ("/sign-in", None));
    }
}

on_both! {
    async fn to_look_changes_nothing_and_nobody_keeps_what_is_shown(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let before = everything(&app).await;
        for path in PATHS.into_iter().chain(["/password-reset", "/account/control/x"]) {
            for method in ["GET", "HEAD"] {
                let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
                let seen = browser.visit(request).await;
                assert_eq!(seen.headers["cache-control"], "no-store", "{path}");
                assert!(!seen.headers.contains_key(header::SET_COOKIE), "{path}");
                let policy = seen.headers["content-security-policy"].to_str().unwrap();
                assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"));
                assert_eq!(seen.headers["referrer-policy"], "same-origin", "or browsers withhold the origin: {path}");
                assert!(method == "HEAD" || seen.html.contains("<meta name=\"referrer\" content=\"same-origin\">"));
                assert_eq!(seen.headers["x-content-type-options"], "nosniff");
            }
            let put = Request::put(path).body(Body::empty()).unwrap();
            assert_eq!(browser.visit(put).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
        assert_eq!(everything(&app).await, before);
    }
}

on_both! {
    async fn pages_take_only_their_own_small_forms(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let before = everything(&app).await;
        for path in PATHS {
            for fields in [vec![], vec![("undo", "REACTIVATE"), ("confirm", "YES"), ("end", "all"), ("do", "ASK")]] {
                let seen = browser.send(path, &fields).await;
                assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
                assert_eq!(seen.headers["cache-control"], "no-store");
            }
            let huge = "x".repeat(70_000);
            assert_eq!(browser.send(path, &[("confirm", "yes"), ("more", &huge)]).await.status, StatusCode::BAD_REQUEST);
            for content_type in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
                let request = Request::post(path).header(header::CONTENT_TYPE, content_type);
                let request = request.header("sec-fetch-site", "same-origin").body(Body::from("confirm=yes&end=others"));
                assert_eq!(browser.visit(request.unwrap()).await.status, StatusCode::BAD_REQUEST, "{path}");
            }
        }
        assert_eq!(everything(&app).await, before);
    }
}

on_both! {
    async fn pages_spend_the_points_of_their_session(app: TestApp) {
        app.account("ana@hofer.example").await;
        let browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let router = App::new(Arc::clone(&app.steward), 0).with_points_per_minute(1_000).router();
        let token = browser.token.unwrap();
        let open = async || {
            let request = Request::get("/account").header(header::COOKIE, format!("{}={token}", cookie::name(&token)));
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
        };
        for _ in 0..5 {
            assert_eq!(open().await, StatusCode::OK);
        }
        assert_eq!(open().await, StatusCode::TOO_MANY_REQUESTS);
        app.advance(TimeDelta::minutes(1));
        assert_eq!(open().await, StatusCode::OK);
        assert_eq!(pages::open(&app, "/account").await.location(), "/sign-in");
    }
}
