//! How answers travel.

use http::{Request, StatusCode, header};
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
        ] {
            let request = Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap();
            let answer = app.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
            assert_eq!(answer.headers()[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000", "{method} {path}");
        }
    }
}
