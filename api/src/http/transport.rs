//! Where the service is found over `https`, browsers are told to come over nothing else (RFC 6797): whoever sits between
//! can't lead them, or their cookie, to a connection that others read.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::{HeaderValue, header};
use url::Url;

/// For how many days, where nobody decided otherwise.
pub const HTTPS_ONLY_DAYS: u32 = 365;

/// These routes, each of whose answers says so where `public_url` is `https`: for so many days, counted anew by each of
/// them; with none, browsers forget what they were told before. Names below ours may be others' to decide. Who is found
/// over `http` says nothing: browsers don't listen to it there.
pub fn strict(routes: Router, public_url: &Url, days: u32) -> Router {
    let said = HeaderValue::try_from(format!("max-age={}", u64::from(days) * 86_400));
    let said = said.ok().filter(|_| public_url.scheme() == "https");
    routes.layer(middleware::from_fn_with_state(said, say))
}

async fn say(State(said): State<Option<HeaderValue>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(said) = said {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, said);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tower::ServiceExt;

    #[tokio::test]
    async fn only_who_is_found_over_https_asks_for_it() {
        for (url, days, expected) in [
            ("https://accounts.example.com/", HTTPS_ONLY_DAYS, Some("max-age=31536000")),
            ("https://accounts.example.com:8443/", 1, Some("max-age=86400")),
            ("https://accounts.example.com/", 0, Some("max-age=0")),
            ("http://127.0.0.1:8080/", HTTPS_ONLY_DAYS, None),
        ] {
            let routes = strict(Router::new(), &url.parse().unwrap(), days);
            let answer = routes.oneshot(Request::get("/nothing").body(Body::empty()).unwrap()).await.unwrap();
            let said = answer.headers().get(header::STRICT_TRANSPORT_SECURITY);
            assert_eq!(said.map(|said| said.to_str().unwrap()), expected, "{url}");
        }
    }
}
