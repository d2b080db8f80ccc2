//! What ends an app's sight ends it at its next call, and no change of its own comes afterwards.

use super::{ALL, World, seen};
use crate::{
    behind_locks::{begin, so_many_wait_or, somebody_waits_or},
    left_behind::last_event,
};
use futures::future::join_all;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};
use serde_json::json;
use steward_entities::{event, item, item_content};
use steward_tests::{Client, on_both};

const PEOPLE: &str = "{ people { nodes { name email } } }";

async fn told(by: &Client) -> String {
    by.send(PEOPLE, json!({})).await.code()
}

on_both! {
    async fn what_is_taken_from_an_app_is_gone_at_its_next_call(app: TestApp) {
        let it = World::new(&app).await;
        let admin = &it.admin.client;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &whole, &ALL).await;
        let emails = async || by.ask(PEOPLE, json!({})).await["people"]["nodes"][0]["email"].is_string();
        assert!(emails().await);
        // Narrowed by the approval, then by the installation.
        let on_app = |more| {
            let mut input = it.on(json!({ "appId": it.app }));
            serde_json::Value::as_object_mut(&mut input).unwrap().extend(serde_json::Value::as_object(&more).unwrap().clone());
            input
        };
        admin.done("approveApp", on_app(json!({ "scopes": ["READ_NAME"] })), "").await;
        assert!(!emails().await);
        let write = json!({ "accountId": it.ana.id, "kind": "any", "title": "A", "body": "{}" });
        assert_eq!(by.run("createItem", write, "").await.code(), "FORBIDDEN");
        admin.done("approveApp", on_app(json!({})), "").await;
        assert!(emails().await);
        admin.done("updateInstallation", it.on(json!({ "installationId": whole, "scopes": ["READ_NAME"] })), "").await;
        assert!(!emails().await);
        assert_eq!(seen(&by).await, ["ana", "ben"]);
        // Blocked, and allowed again.
        admin.done("blockApp", on_app(json!({ "reason": "It leaked" })), "").await;
        assert_eq!(told(&by).await, "UNAUTHENTICATED");
        admin.done("approveApp", on_app(json!({})), "").await;
        assert_eq!(told(&by).await, "OK");
        admin.done("setAppPolicy", it.on(json!({ "mode": "BLOCK_ALL" })), "").await;
        assert_eq!(told(&by).await, "UNAUTHENTICATED");
        admin.done("setAppPolicy", it.on(json!({ "mode": "ALLOW_APPROVED" })), "").await;
        // Gone, before its job has told anybody; and for good.
        admin.done("uninstallApp", it.on(json!({ "installationId": whole, "reason": "over" })), "").await;
        assert_eq!(told(&by).await, "UNAUTHENTICATED");
        app.run_jobs().await;
        assert_eq!(told(&by).await, "UNAUTHENTICATED");
        let again = it.installed(&app, json!({ "organization": {} })).await;
        let retired = it.client(&app, &again, &ALL).await;
        assert_eq!(told(&retired).await, "OK");
        it.operator.client.done("retireApp", json!({ "appId": it.app, "reason": "gone" }), "").await;
        assert_eq!(told(&retired).await, "UNAUTHENTICATED");
    }
}

/// Position by position, the log says what came first.
async fn position(app: &steward_tests::TestApp, it: &World, action: &str) -> Vec<i64> {
    let of_action =
        event::Entity::find().filter(event::Column::StreamId.eq(it.id.0)).filter(event::Column::Action.eq(action));
    of_action.all(&app.database).await.unwrap().into_iter().map(|event| event.position).collect()
}

on_both! {
    async fn no_change_and_no_reading_comes_after_an_app_was_removed(app: TestApp) {
        let it = World::new(&app).await;
        let first = app.item(it.ben.id, Some((it.id, it.workspace))).await;
        let (mut made, mut refused) = (0, 0);
        for round in 0..100 {
            let installation = it.installed(&app, json!({ "workspaceId": it.workspace })).await;
            let by = it.client(&app, &installation, &ALL).await;
            let input = json!({ "itemId": first, "title": format!("Round {round}") });
            let writing = join_all((0..2).map(|turn| {
                let (by, mut input) = (by.clone(), input.clone());
                input["title"] = json!(format!("Round {round}, turn {turn}"));
                async move { by.run("updateItem", input, "").await.code() }
            }));
            let reading = async { by.send(PEOPLE, json!({})).await.code() };
            let removing = it.on(json!({ "installationId": installation, "reason": "over" }));
            let (written, read, removed) = tokio::join!(writing, reading, it.admin.client.run("uninstallApp", removing, ""));
            assert_eq!(removed.code(), "OK", "round {round}");
            for code in written.into_iter().chain([read]) {
                match code.as_str() {
                    "OK" => made += 1,
                    "UNAUTHENTICATED" | "NOT_FOUND" => refused += 1,
                    other => panic!("round {round}: {other}"),
                }
            }
            let ended = position(&app, &it, "uninstallApp").await.into_iter().max().unwrap();
            let last = position(&app, &it, "updateItem").await.into_iter().max().unwrap_or_default();
            assert!(last < ended, "round {round}: a change at {last} after the end at {ended}");
            assert_eq!(told(&by).await, "UNAUTHENTICATED");
            app.run_jobs().await;
        }
        assert!(made > 0 && made + refused == 300, "{made} {refused}");
        assert!(item::Entity::find_by_id(first).one(&app.database).await.unwrap().unwrap().version > 1);
        assert!(last_event(&app, it.id, "updateItem").await.0.position > 0);
    }
}

on_both! {
    async fn who_objects_while_a_page_is_read_is_on_no_later_one(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let (mut shown, mut hidden) = (0, 0);
        for round in 0..100 {
            let by = it.client(&app, &whole, &["READ_NAME"]).await;
            let input = json!({ "installationId": whole, "reason": "It needn't know me" });
            let objecting = async {
                let made = it.ben.client.done("objectToApp", input, "appObjection { id }").await;
                // Begun after the answer.
                (made["appObjection"]["id"].clone(), seen(&by).await)
            };
            let reading = join_all((0..2).map(|_| seen_at_once(&by)));
            let ((objection, later), pages) = tokio::join!(objecting, reading);
            assert_eq!(later, ["ana"], "round {round}");
            for page in pages {
                assert!(page == ["ana", "ben"] || page == ["ana"], "round {round}: {page:?}");
                if page.len() == 2 { shown += 1 } else { hidden += 1 }
            }
            it.ben.client.done("withdrawAppObjection", json!({ "appObjectionId": objection }), "").await;
            // Ten objections a day are heard.
            app.advance(chrono::TimeDelta::minutes(150));
        }
        assert_eq!(shown + hidden, 200);
        assert!(shown > 0, "no page was read before an objection");
    }
}

on_both! {
    async fn no_change_comes_after_an_app_may_write_no_more(app: TestApp) {
        let it = World::new(&app).await;
        let item = app.item(it.ben.id, Some((it.id, it.workspace))).await;
        let installation = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &installation, &ALL).await;
        let agreed = |scopes: &[&str]| it.on(json!({ "installationId": installation, "scopes": scopes }));
        let on_app = || it.on(json!({ "appId": it.app }));
        let asks = json!({ "appId": it.app, "scopes": [{ "scope": "READ_NAME", "reason": "to greet people" }] });
        let (admin, operator) = (&it.admin.client, &it.operator.client);
        // The organization agrees to less, or blocks the app, or the platform has it ask for less, while a change is being
        // written: the change comes first, and the end waits for it.
        for (by_whom, closing, end, back) in [
            (admin, "updateInstallation", agreed(&["READ_NAME"]), Some(("updateInstallation", agreed(&ALL)))),
            (admin, "blockApp", on_app(), Some(("approveApp", on_app()))),
            (operator, "updateApp", asks, None),
        ] {
            let holding = begin(&app).await;
            item_content::Entity::find_by_id(item).lock(LockType::NoKeyUpdate).one(&holding).await.unwrap();
            let (by, by_whom) = (by.clone(), by_whom.clone());
            let input = json!({ "itemId": item, "title": closing });
            let writing = tokio::spawn(async move { by.run("updateItem", input, "").await.code() });
            somebody_waits_or(&app, || writing.is_finished()).await;
            let ending = tokio::spawn(async move { by_whom.run(closing, end, "").await.code() });
            so_many_wait_or(&app, 2, || ending.is_finished()).await;
            // On SQLite everything waits, and either comes first.
            let is_postgres = app.database.get_database_backend() == DbBackend::Postgres;
            assert!(!is_postgres || !ending.is_finished(), "{closing} came between");
            holding.commit().await.unwrap();
            let (written, ended) = (writing.await.unwrap(), ending.await.unwrap());
            assert!(ended == "OK" && (written == "OK" || !is_postgres), "{closing}: {ended}, {written}");
            if let Some((opening, input)) = back {
                admin.done(opening, input, "").await;
                app.run_jobs().await;
            }
        }
    }
}

/// The names on one page, sorted.
async fn seen_at_once(by: &Client) -> Vec<String> {
    let people = by.ask(PEOPLE, json!({})).await["people"]["nodes"].clone();
    let mut names: Vec<String> =
        people.as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}
