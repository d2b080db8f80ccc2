//! Forms that come slowly, or never to their end.

use super::*;
use crate::pages;
use axum::body::Bytes;
use futures::future::select_all;
use std::{convert::Infallible, task::Poll};
use steward_tests::on_both;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tower::ServiceExt;

/// More than the connections that there are to read with.
const MANY: usize = 6;

/// A form that never ends; says when it is asked for.
fn endless(asked: UnboundedSender<()>) -> Body {
    let mut is_asked = false;
    Body::from_stream(futures::stream::poll_fn(move |_| {
        if !std::mem::replace(&mut is_asked, true) {
            asked.send(()).unwrap();
        }
        Poll::<Option<Result<Bytes, Infallible>>>::Pending
    }))
}

on_both! {
    async fn a_form_that_never_ends_keeps_no_connection_from_others(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.test" }), "emailChangeId").await;
        let mailed = pages::mailed_page(&app, "ana@home.test").await;
        let cookie = format!("{}={}", cookie::name(&ana.token), ana.token);
        for path in ["/account/sessions", "/sign-in", "/password-reset", &mailed, "/notices/any"] {
            let (asked, mut is_asked) = unbounded_channel();
            let mut slow: Vec<_> = (0..MANY)
                .map(|_| {
                    let request = Request::post(path)
                        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                        .header("sec-fetch-site", "same-origin")
                        .header(header::COOKIE, &cookie)
                        .body(endless(asked.clone()));
                    tokio::spawn(app.router.clone().oneshot(request.unwrap()))
                })
                .collect();
            for _ in 0..MANY {
                tokio::select! {
                    asked = is_asked.recv() => asked.expect("a form that is read"),
                    (answer, ..) = select_all(&mut slow) => panic!("answered without its form: {path} {answer:?}"),
                }
            }
            let mut browser = Browser::with(&app, ana.token.clone());
            assert_eq!(browser.open("/account").await.status, StatusCode::OK, "{path}");
            assert_eq!(pages::open(&app, &mailed).await.status, StatusCode::OK, "{path}");
            for request in slow {
                assert!(!request.is_finished(), "{path}");
                request.abort();
            }
        }
    }
}
