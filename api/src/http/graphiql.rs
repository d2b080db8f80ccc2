//! GraphiQL from embedded files, so that it works offline and loads nothing from anybody else.
//!
//! The files and where they come from: `api/assets/graphiql/README.md`.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

/// Scripts and styles of this server alone, requests to this server alone; nothing inline, no frames, no forms.
/// (The editor styles its elements through the object model, which the policy doesn't restrict.)
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// One embedded file.
#[derive(Clone, Copy)]
struct Asset {
    path: &'static str,
    content_type: &'static str,
    compressed: bool,
    bytes: &'static [u8],
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

const ASSETS: [Asset; 6] = [
    Asset {
        path: "/graphiql/assets/graphiql.js",
        content_type: SCRIPT,
        compressed: true,
        bytes: include_bytes!("../../assets/graphiql/graphiql.js.gz"),
    },
    Asset {
        path: "/graphiql/assets/graphiql.css",
        content_type: STYLE,
        compressed: true,
        bytes: include_bytes!("../../assets/graphiql/graphiql.css.gz"),
    },
    Asset {
        path: "/graphiql/assets/react.js",
        content_type: SCRIPT,
        compressed: true,
        bytes: include_bytes!("../../assets/graphiql/react.js.gz"),
    },
    Asset {
        path: "/graphiql/assets/react-dom.js",
        content_type: SCRIPT,
        compressed: true,
        bytes: include_bytes!("../../assets/graphiql/react-dom.js.gz"),
    },
    Asset {
        path: "/graphiql/assets/start.js",
        content_type: SCRIPT,
        compressed: false,
        bytes: include_bytes!("../../assets/graphiql/start.js"),
    },
    Asset {
        path: "/graphiql/assets/start.css",
        content_type: STYLE,
        compressed: false,
        bytes: include_bytes!("../../assets/graphiql/start.css"),
    },
];

const PAGE: Asset = Asset {
    path: "/graphiql",
    content_type: "text/html; charset=utf-8",
    compressed: false,
    bytes: include_bytes!("../../assets/graphiql/index.html"),
};

/// `/graphiql` and its files; it talks to `/graphql` of the same server.
pub fn router() -> Router {
    let router = Router::new().route("/graphiql/", get(|| async { Redirect::permanent("/graphiql") }));
    ASSETS.into_iter().chain([PAGE]).fold(router, |router, asset| {
        router.route(asset.path, get(move || async move { (headers(asset), asset.bytes) }))
    })
}

fn headers(asset: Asset) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    // Names don't change with versions, so browsers ask again after an upgrade; the files are small.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    if asset.compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn fetch(path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).expect("valid");
        let (head, body) = router().oneshot(request).await.expect("infallible").into_parts();
        (head.status, head.headers, body.collect().await.expect("in memory").to_bytes().to_vec())
    }

    #[tokio::test]
    async fn the_page_names_only_files_that_are_embedded() {
        let (status, headers, body) = fetch("/graphiql").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
        let page = String::from_utf8(body).expect("text");
        let named: Vec<&str> = page.split('"').filter(|part| part.starts_with('/') || part.contains("://")).collect();
        assert_eq!(named.len(), ASSETS.len());
        for path in named {
            assert_eq!(fetch(path).await.0, StatusCode::OK, "{path}");
        }
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onload"));
        assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/graphiql/assets/").count());
    }

    #[tokio::test]
    async fn every_file_comes_with_the_policy() {
        for asset in ASSETS.into_iter().chain([PAGE]) {
            let (_, headers, body) = fetch(asset.path).await;
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().expect("text");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
            assert!(!policy.contains("unsafe"));
            assert_eq!(headers.contains_key(CONTENT_ENCODING), body.starts_with(&[0x1f, 0x8b]), "{}", asset.path);
        }
    }
}
