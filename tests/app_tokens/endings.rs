//! What ends a token.

use super::{Installed, post};
use chrono::TimeDelta;
use futures::future::{join, join_all};
use http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{app_token, event};
use steward_tests::on_both;

on_both! {
    async fn what_a_token_rests_on_ends_it_at_once(app: TestApp) {
        let it = Installed::new(&app).await;
        let (acme, admin) = (&it.acme, &it.acme.admin.client);
        let token = it.token(&app).await;
        let scope = async || it.ask(&app, "/oauth/introspect", &token).await.body["scope"].clone();
        let issues = async || post(&app, "/oauth/token", it.form(&[])).await.body["error"].clone();
        assert_eq!(scope().await, "READ_NAME READ_EMAIL");
        // Narrowed, by the approval or by the installation, it may less from now on.
        admin.done("approveApp", acme.on_app(json!({ "scopes": ["READ_EMAIL"] })), "").await;
        assert_eq!(scope().await, "READ_EMAIL");
        admin.done("approveApp", acme.on_app(json!({})), "").await;
        admin.done("updateInstallation", acme.on(&it.installation, json!({ "scopes": ["READ_NAME"] })), "").await;
        assert_eq!(scope().await, "READ_NAME");
        // Closed by the organization's word, and opened again.
        admin.done("blockApp", acme.on_app(json!({})), "").await;
        assert_eq!((scope().await, issues().await), (Value::Null, json!("invalid_grant")));
        admin.done("clearAppDecision", acme.on_app(json!({})), "").await;
        assert_eq!(scope().await, Value::Null, "nobody has approved it");
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "ALLOW_ALL" }), "").await;
        assert_eq!(scope().await, "READ_NAME");
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "BLOCK_ALL" }), "").await;
        assert_eq!((scope().await, issues().await), (Value::Null, json!("invalid_grant")));
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "ALLOW_ALL" }), "").await;
        // By its own time.
        app.advance(TimeDelta::minutes(15));
        assert_eq!(scope().await, Value::Null);
        // By the end of the installation: before its job has done anything, and for ever.
        let token = it.token(&app).await;
        assert!(it.is_active(&app, &token).await);
        acme.uninstall(&it.installation).await.payload();
        assert!(!it.is_active(&app, &token).await);
        assert_eq!(issues().await, "invalid_grant");
        app.run_jobs().await;
        assert!(!it.is_active(&app, &token).await);
    }
}

on_both! {
    async fn a_retired_app_gets_in_nowhere(app: TestApp) {
        let it = Installed::new(&app).await;
        let token = it.token(&app).await;
        it.acme.operator.client.done("retireApp", json!({ "appId": it.acme.app, "reason": "gone" }), "").await;
        for path in ["/oauth/token", "/oauth/introspect"] {
            assert_eq!(it.ask(&app, path, &token).await.body["error"], "invalid_client", "{path}");
        }
        let live = steward::core::apps::tokens::live(&app.database, &token, app.now()).await.unwrap();
        assert_eq!(live, None);
    }
}

on_both! {
    async fn no_token_outlives_an_installation_that_ends_just_now(app: TestApp) {
        let it = Installed::new(&app).await;
        for round in 0..10 {
            let mut input = it.acme.installable().await;
            input["target"] = json!({ "workspaceId": app.workspace(it.acme.id).await });
            let made = it.acme.admin.client.done("installApp", input, "installation { id }").await;
            let installation = made["installation"]["id"].clone();
            app.run_jobs().await;
            let form = it.form(&[("installation_id", installation.clone())]);
            let asking = join_all((0..3).map(|_| post(&app, "/oauth/token", form.clone())));
            let (answers, removed) = join(asking, it.acme.uninstall(&installation)).await;
            assert_eq!(removed.code(), "OK", "round {round}");
            for answer in answers {
                if let Some(token) = answer.body["access_token"].as_str() {
                    assert!(!it.is_active(&app, token).await, "round {round}");
                }
            }
        }
    }
}

on_both! {
    async fn a_token_is_given_back(app: TestApp) {
        let it = Installed::new(&app).await;
        let (first, second) = (it.token(&app).await, it.token(&app).await);
        let given = it.ask(&app, "/oauth/revoke", &first).await;
        assert_eq!((given.status, given.body), (StatusCode::OK, json!({})));
        assert_eq!(it.ask(&app, "/oauth/revoke", &first).await.status, StatusCode::OK);
        assert!(!it.is_active(&app, &first).await && it.is_active(&app, &second).await);
        let logged = event::Entity::find().filter(event::Column::Action.is_in(["authenticateApp", "issueAppToken", "revokeAppToken"]));
        assert_eq!(logged.count(&app.database).await.unwrap(), 0, "the installation's log isn't flooded");
    }
}

on_both! {
    async fn tokens_that_are_dead_are_removed(app: TestApp) {
        let it = Installed::new(&app).await;
        it.token(&app).await;
        app.advance(TimeDelta::hours(2));
        it.token(&app).await;
        app.advance(TimeDelta::hours(23));
        app.steward.clean_up().await.unwrap();
        assert_eq!(app_token::Entity::find().count(&app.database).await.unwrap(), 1);
    }
}
