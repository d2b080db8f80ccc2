//! How answers travel.

use http::{Request, StatusCode, header};
use std::sync::Arc;
use steward::http::app::App;
use steward_tests::on_both;
use tower::ServiceExt;

on_both! {
    async fn every_answer_asks_for_https(app: TestApp) {
        for (method, path, status) in [
            ("GET", "/healthz", StatusCode::OK),
            ("GET", "/readyz", StatusCode::OK),
            ("GET", "/sign-in", StatusCode::OK),
            ("GET", "/account", StatusCode::SEE_OTHER),
            ("GET", "/notices/guess", StatusCode::NOT_FOUND),
            ("GET", "/nothing", StatusCode::NOT_FOUND),
            ("PUT", "/account", StatusCode::METHOD_NOT_ALLOWED),
            ("GET", "/graphiql", StatusCode::OK),
            ("GET", "/graphiql/", StatusCode::PERMANENT_REDIRECT),
            ("POST", "/graphql", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("GET", "/jobs/guess/results.jsonl", StatusCode::NOT_FOUND),
            ("GET", "/oauth/token", StatusCode::METHOD_NOT_ALLOWED),
            ("POST", "/oauth/token", StatusCode::BAD_REQUEST),
            ("GET", "/.well-known/oauth-authorization-server", StatusCode::OK),
        ] {
            let request = Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap();
            let answer = app.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
            assert_eq!(answer.headers()[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000", "{method} {path}");
        }
    }
}

on_both! {
    async fn for_how_long_browsers_come_by_https_alone_is_the_operator_s_to_say(app: TestApp) {
        for (days, said) in [(30, "max-age=2592000"), (0, "max-age=0")] {
            let router = App::new(Arc::clone(&app.steward), 0).with_https_only_days(days).router();
            let request = Request::get("/sign-in").body(axum::body::Body::empty()).unwrap();
            let answer = router.oneshot(request).await.unwrap();
            assert_eq!(answer.headers()[header::STRICT_TRANSPORT_SECURITY], said);
        }
    }
}
