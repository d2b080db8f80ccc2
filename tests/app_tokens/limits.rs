//! Who guesses is slowed, and who has the secret isn't; who asks for a token again and again is told to keep one.

use super::{Answer, Installed, form_request, post};
use axum::body::Body;
use chrono::TimeDelta;
use futures::future::join_all;
use http::{StatusCode, header};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use std::sync::{Arc, atomic::Ordering};
use steward::http::app::App;
use steward_entities::{app_token, event};
use steward_tests::{TestApp, on_both};
use tower::ServiceExt;

const ENDPOINTS: [&str; 3] = ["/oauth/token", "/oauth/revoke", "/oauth/introspect"];

/// How often a wrong secret was logged.
async fn logged(app: &TestApp) -> u64 {
    let refused = event::Entity::find().filter(event::Column::Action.eq("authenticateApp"));
    refused.count(&app.database).await.unwrap()
}

fn wrong(it: &Installed, more: &[(&str, Value)]) -> String {
    let mut changes = vec![("client_secret", json!("steward_app_secret_wrong")), ("token", json!("x"))];
    changes.extend(more.iter().cloned());
    it.form(&changes)
}

fn is_limited(answer: &Answer) -> bool {
    answer.status == StatusCode::TOO_MANY_REQUESTS
        && answer.body["error"] == "temporarily_unavailable"
        && answer.headers.contains_key(header::RETRY_AFTER)
}

on_both! {
    async fn a_known_and_an_unknown_app_take_the_same_statements(app: TestApp) {
        let it = Installed::new(&app).await;
        let unknown = steward_entities::id::AppId(uuid::Uuid::from_u128(7));
        for path in ENDPOINTS {
            let mut counts = Vec::new();
            for id in [json!(it.acme.app), json!(unknown)] {
                let before = app.statements.load(Ordering::Relaxed);
                let answer = post(&app, path, wrong(&it, &[("client_id", id)])).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
                counts.push(app.statements.load(Ordering::Relaxed) - before);
            }
            assert_eq!(counts[0], counts[1], "{path}: a known and an unknown app are told apart");
        }
        assert_eq!(logged(&app).await, 6, "each endpoint leaves the same");
    }
}

on_both! {
    async fn wrong_secrets_are_limited_and_lock_nobody_out(app: TestApp) {
        let it = Installed::new(&app).await;
        for number in 0..20 {
            let answer = post(&app, ENDPOINTS[number % 3], wrong(&it, &[])).await;
            assert_eq!(answer.body["error"], "invalid_client", "{number}");
        }
        for path in ENDPOINTS {
            assert!(is_limited(&post(&app, path, wrong(&it, &[])).await), "{path}");
        }
        assert_eq!(logged(&app).await, 20, "what is beyond the limit doesn't flood the log");
        // The app behind the same address has the right secret, and goes on.
        let token = it.token(&app).await;
        assert!(it.is_active(&app, &token).await);
        assert_eq!(it.ask(&app, "/oauth/revoke", &token).await.status, StatusCode::OK);
        // Elsewhere they are counted anew, and here after a while.
        let router = App::new(Arc::clone(&app.steward), 1).router();
        let request = form_request("/oauth/token").header("x-forwarded-for", "203.0.113.8");
        let answer = router.oneshot(request.body(Body::from(wrong(&it, &[]))).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        app.advance(TimeDelta::minutes(15));
        assert_eq!(post(&app, "/oauth/token", wrong(&it, &[])).await.body["error"], "invalid_client");
    }
}

on_both! {
    async fn guesses_at_once_are_counted_each(app: TestApp) {
        let it = Installed::new(&app).await;
        let all = join_all((0..40).map(|number| post(&app, ENDPOINTS[number % 3], wrong(&it, &[])))).await;
        assert_eq!(all.iter().filter(|answer| answer.body["error"] == "invalid_client").count(), 20);
        assert_eq!(all.iter().filter(|answer| is_limited(answer)).count(), 20);
        assert_eq!(logged(&app).await, 20);
    }
}

on_both! {
    async fn who_guesses_under_many_names_is_slowed_by_the_network(app: TestApp) {
        let it = Installed::new(&app).await;
        let named = |number: usize| wrong(&it, &[("client_id", json!(format!("app_{number}")))]);
        for number in 0..100 {
            assert_eq!(post(&app, "/oauth/introspect", named(number)).await.body["error"], "invalid_client", "{number}");
        }
        assert!(is_limited(&post(&app, "/oauth/introspect", named(100)).await));
        it.token(&app).await;
    }
}

on_both! {
    async fn tokens_for_an_installation_are_limited(app: TestApp) {
        let it = Installed::new(&app).await;
        for _ in 0..98 {
            it.token(&app).await;
        }
        // What is refused for another reason counts for nothing.
        assert_eq!(post(&app, "/oauth/token", it.form(&[("scope", json!("READ_ITEMS"))])).await.body["error"], "invalid_scope");
        let all = join_all((0..5).map(|_| post(&app, "/oauth/token", it.form(&[])))).await;
        assert_eq!(all.iter().filter(|answer| answer.status == StatusCode::OK).count(), 2);
        let refused: Vec<_> = all.iter().filter(|answer| is_limited(answer)).collect();
        assert_eq!(refused.len(), 3);
        assert!(refused[0].body["error_description"].as_str().unwrap().contains("keep it"));
        assert_eq!(app_token::Entity::find().count(&app.database).await.unwrap(), 100);
        app.advance(TimeDelta::minutes(15));
        it.token(&app).await;
    }
}
