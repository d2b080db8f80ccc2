//! What apps read of items, and change.

use super::{ALL, World};
use crate::{
    behind_locks::beside,
    left_behind::{events, last_event},
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward_entities::{
    id::{AccountId, ItemId},
    item, item_kind,
    kinds::{ActorKind, BlockKind},
};
use steward_tests::{Client, TestApp, on_both};

const ITEMS: &str = "query($of: ItemsOfInput!) { items(of: $of) { nodes { id author title body } } }";

/// The ids of a list, which tells of each what it says.
async fn listed(by: &Client, of: Value) -> Vec<String> {
    let nodes = by.ask(ITEMS, json!({ "of": of })).await["items"]["nodes"].clone();
    let mut ids = Vec::new();
    for node in nodes.as_array().unwrap() {
        assert_eq!((&node["title"], &node["body"]), (&json!("An item"), &json!("{}")));
        ids.push(node["id"].as_str().unwrap().to_owned());
    }
    ids
}

/// The frame of one item: which it is, and what it says.
async fn one(by: &Client, id: ItemId) -> Value {
    by.ask("query($id: ID!) { item(id: $id) { id title author } }", json!({ "id": id })).await["item"].clone()
}

fn sorted(ids: &[ItemId]) -> Vec<String> {
    let mut ids: Vec<ItemId> = ids.to_vec();
    ids.sort();
    ids.iter().map(ToString::to_string).collect()
}

on_both! {
    async fn an_app_reads_the_items_within_its_reach(app: TestApp) {
        let it = World::new(&app).await;
        let place = Some((it.id, it.workspace));
        let other = app.workspace(it.id).await;
        let strangers = app.organization("Strangers").await;
        let elsewhere = app.workspace(strangers).await;
        app.joined(strangers, elsewhere, it.ben.id, "ben@home.example").await;
        app.joined(it.id, other, it.ana.id, &it.ana.email).await;
        let hidden = it.member(&app, "hidden", it.workspace).await;
        app.blocked(hidden.id, BlockKind::Suspension, Some(it.id)).await;
        let personal = app.item(it.ana.id, None).await;
        let in_other = app.item(it.ana.id, Some((it.id, other))).await;
        let of_member = app.item(it.ben.id, place).await;
        let out_of_reach = [
            app.item(it.ben.id, None).await,
            app.item(it.ben.id, Some((strangers, elsewhere))).await,
            app.item(hidden.id, place).await,
            // Ana is no member there.
            app.item(it.ana.id, place).await,
        ];
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &whole, &["READ_NAME", "READ_ITEMS"]).await;
        assert_eq!(listed(&by, json!({ "accountId": it.ana.id })).await, sorted(&[personal, in_other]));
        assert_eq!(listed(&by, json!({ "accountId": it.ben.id })).await, sorted(&[of_member]));
        assert_eq!(listed(&by, json!({ "workspaceId": it.workspace })).await, sorted(&[of_member]));
        assert_eq!(listed(&by, json!({ "organizationId": it.id })).await, sorted(&[in_other, of_member]));
        for of in [json!({ "workspaceId": elsewhere }), json!({ "organizationId": strangers }), json!({ "accountId": hidden.id })] {
            assert_eq!(listed(&by, of).await, [""; 0]);
        }
        for id in out_of_reach {
            assert_eq!(one(&by, id).await, Value::Null);
        }
        assert_eq!(one(&by, of_member).await, json!({ "id": of_member, "title": "An item", "author": "ben" }));
        let nameless = it.client(&app, &whole, &["READ_ITEMS"]).await;
        assert_eq!(one(&nameless, of_member).await, json!({ "id": of_member, "title": "An item", "author": null }));
        let writer = it.client(&app, &whole, &["WRITE_ITEMS", "READ_NAME"]).await;
        assert_eq!(one(&writer, of_member).await, json!({ "id": of_member, "title": null, "author": null }));
        assert_eq!(writer.send(ITEMS, json!({ "of": { "organizationId": it.id } })).await.code(), "FORBIDDEN");
        it.objects(&app, &whole, it.ben.id).await;
        assert_eq!(one(&by, of_member).await, Value::Null);
        assert_eq!(listed(&by, json!({ "workspaceId": it.workspace })).await, [""; 0]);
    }
}

on_both! {
    async fn on_one_workspace_it_reads_what_lies_there(app: TestApp) {
        let it = World::new(&app).await;
        let other = app.workspace(it.id).await;
        app.joined(it.id, other, it.ben.id, &it.ben.email).await;
        app.joined(it.id, it.workspace, it.ana.id, &it.ana.email).await;
        let (there, elsewhere) = (app.item(it.ben.id, Some((it.id, it.workspace))).await, app.item(it.ben.id, Some((it.id, other))).await);
        let personal = app.item(it.ana.id, None).await;
        let nobodys = it.managed(&app, "nobody").await;
        let not_a_members = app.item(nobodys.id, None).await;
        let on_workspace = it.installed(&app, json!({ "workspaceId": it.workspace })).await;
        let by = it.client(&app, &on_workspace, &["READ_ITEMS"]).await;
        assert_eq!(listed(&by, json!({ "organizationId": it.id })).await, sorted(&[there]));
        assert_eq!(listed(&by, json!({ "workspaceId": other })).await, [""; 0]);
        assert_eq!(listed(&by, json!({ "accountId": it.ana.id })).await, sorted(&[personal]));
        for id in [elsewhere, not_a_members] {
            assert_eq!(one(&by, id).await, Value::Null);
        }
    }
}

async fn kind_of(app: &TestApp, id: ItemId) -> String {
    let row = item::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap();
    item_kind::Entity::find_by_id(row.kind_id).one(&app.database).await.unwrap().unwrap().name
}

const MADE: &str = "item { id accountId title version visibility }";

on_both! {
    async fn with_the_scope_an_app_changes_items(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let first = app.item(it.ben.id, Some((it.id, it.workspace))).await;
        let kind = kind_of(&app, first).await;
        let by = it.client(&app, &whole, &["READ_ITEMS", "WRITE_ITEMS"]).await;
        let note = |account: AccountId, workspace: Value| {
            json!({ "accountId": account, "workspaceId": workspace, "kind": kind, "title": "Plan", "body": "{}" })
        };
        let made = by.with_key("once").done("createItem", note(it.ben.id, json!(it.workspace)), MADE).await["item"].clone();
        let again = by.with_key("once").done("createItem", note(it.ben.id, json!(it.workspace)), MADE).await["item"].clone();
        assert_eq!((&made, &made["accountId"], &made["title"]), (&again, &json!(it.ben.id), &json!("Plan")));
        let (event, _) = last_event(&app, it.id, "createItem").await;
        assert_eq!((event.actor_kind, event.account_id), (ActorKind::App, Some(it.ben.id)));
        let query = "query($id: ID!) { organization(id: $id) { events(last: 1) { nodes { action actor { kind id } } } } }";
        let seen = it.admin.client.ask(query, json!({ "id": it.id })).await["organization"]["events"]["nodes"][0].clone();
        assert_eq!(seen, json!({ "action": "createItem", "actor": { "kind": "APP", "id": whole } }));

        let id = made["id"].clone();
        let changed = by.done("updateItem", json!({ "itemId": id, "title": "Plan B" }), MADE).await;
        assert_eq!((&changed["item"]["title"], &changed["item"]["version"]), (&json!("Plan B"), &json!(2)));
        by.done("setItemVisibility", json!({ "itemId": id, "visibility": "WORKSPACE" }), MADE).await;
        by.done("deleteItem", json!({ "itemId": id }), "").await;
        assert_eq!(events(&app, it.id, "deleteItem").await, 1);
        let personal = by.done("createItem", note(it.ana.id, Value::Null), MADE).await["item"]["id"].clone();

        // Refused: without the scope, for whom the organization doesn't manage, and for whom the app doesn't see.
        let reader = it.client(&app, &whole, &["READ_ITEMS"]).await;
        let refused = reader.run("createItem", note(it.ben.id, json!(it.workspace)), "").await;
        assert_eq!(refused.code(), "FORBIDDEN");
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("WRITE_ITEMS"));
        let other = app.workspace(it.id).await;
        let strangers = app.organization("Strangers").await;
        let elsewhere = app.workspace(strangers).await;
        app.joined(strangers, elsewhere, it.ben.id, "ben@home.example").await;
        let stranger = app.person("stranger@home.example").await;
        for (input, code, field) in [
            (note(it.ben.id, Value::Null), "NOT_MANAGED", "input.workspaceId"),
            (note(it.ben.id, json!(other)), "NOT_FOUND", "input.workspaceId"),
            (note(it.ben.id, json!(elsewhere)), "NOT_FOUND", "input.workspaceId"),
            (note(stranger.id, Value::Null), "NOT_FOUND", "input.accountId"),
            (note(app.id(), Value::Null), "NOT_FOUND", "input.accountId"),
            (json!({ "kind": kind, "title": "Plan", "body": "{}" }), "INVALID", "input.accountId"),
        ] {
            let answer = by.run("createItem", input.clone(), MADE).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), (code, field), "{input}");
        }
        let hers = app.item(stranger.id, None).await;
        let his_own = app.item(it.ben.id, None).await;
        for (id, code) in [(json!(hers), "NOT_FOUND"), (json!(his_own), "NOT_FOUND"), (personal, "OK")] {
            assert_eq!(by.run("updateItem", json!({ "itemId": id, "title": "Mine" }), MADE).await.code(), code);
        }
        it.objects(&app, &whole, it.ben.id).await;
        assert_eq!(by.run("updateItem", json!({ "itemId": first, "title": "Mine" }), MADE).await.code(), "NOT_FOUND");
    }
}

on_both! {
    async fn what_is_restricted_for_people_is_restricted_for_their_apps(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let item = app.item(it.ben.id, Some((it.id, it.workspace))).await;
        let by = it.client(&app, &whole, &ALL).await;
        let input = it.on(json!({ "target": { "workspaceId": it.workspace }, "operations": ["EDIT_ITEMS", "DELETE_ITEMS"], "reason": "an audit" }));
        it.admin.client.done("restrictEdits", input, "").await;
        app.run_jobs().await;
        for (mutation, input, code) in [
            ("updateItem", json!({ "itemId": item, "title": "Mine" }), "EDIT_RESTRICTED"),
            ("deleteItem", json!({ "itemId": item }), "EDIT_RESTRICTED"),
            ("setItemVisibility", json!({ "itemId": item, "visibility": "WORKSPACE" }), "OK"),
        ] {
            let answer = by.run(mutation, input, "").await;
            assert_eq!(answer.code(), code, "{mutation}");
            assert!(!answer.body.to_string().contains("audit"), "why is between the person and administrators: {}", answer.body);
        }
    }
}

on_both! {
    async fn whom_an_app_doesnt_see_its_requests_dont_hold(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &whole, &ALL).await;
        let stranger = app.account("stranger@elsewhere.example").await;
        let item = app.item(stranger, None).await;
        for (mutation, input) in [
            ("createItem", json!({ "accountId": stranger, "kind": "any", "title": "A", "body": "{}" })),
            ("updateItem", json!({ "itemId": item, "title": "Ours now" })),
            ("deleteItem", json!({ "itemId": item })),
        ] {
            let by = by.clone();
            let (answer, waited) = beside(&app, stranger, async move { by.run(mutation, input, "").await }).await;
            assert_eq!(answer.code(), "NOT_FOUND", "{mutation}");
            assert_ne!(waited, Some(true), "{mutation}");
        }
    }
}
