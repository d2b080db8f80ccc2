//! Requests on items that come again, and what a list reads: no more than it is asked for.

use super::{ITEM, Planner};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use serde_json::{Value, json};
use steward::{core::account::erase::Remainder, items::own_item::MOST_OF_A_KIND};
use steward_entities::{
    account, item, item_content, job,
    kinds::{ItemVisibility, RoleName},
};
use steward_tests::{Answer, on_both};

/// A repeated request's answer: nothing was wrong, and the item isn't there any more.
fn is_first_answer(answer: &Answer) {
    assert_eq!((answer.code().as_str(), &answer.payload()["item"]), ("OK", &Value::Null), "{}", answer.body);
}

on_both! {
    async fn what_was_done_is_answered_alike_though_the_item_is_gone(app: TestApp) {
        let planner = Planner::new(&app).await;
        let ana = &planner.ana.client;
        let [create, update, show, delete] = ["create", "update", "show", "delete"].map(|key| ana.with_key(key));
        let made = create.done("createItem", planner.note(json!({})), ITEM).await["item"]["id"].clone();
        let of_service = planner.client.with_key("service");
        let note = planner.note(json!({ "accountId": planner.ana.id }));
        let second = of_service.done("createItem", note.clone(), ITEM).await["item"]["id"].clone();
        let edit = json!({ "itemId": made, "title": "Pump 4" });
        let sight = json!({ "itemId": made, "visibility": "WORKSPACE" });
        update.done("updateItem", edit.clone(), ITEM).await;
        show.done("setItemVisibility", sight.clone(), ITEM).await;
        let officer = app.administrator(planner.id, RoleName::PrivacyOfficer).await.client.with_key("look");
        let look = json!({ "organizationId": planner.id, "itemIds": [made, second], "reason": "A customer asks" });
        officer.done("readItems", look.clone(), "items { id title } contentAlreadyShown").await;

        let gone = json!({ "itemId": made });
        delete.done("deleteItem", gone.clone(), "itemId").await;
        for (by, what, input) in [
            (&create, "createItem", planner.note(json!({}))), (&update, "updateItem", edit.clone()), (&show, "setItemVisibility", sight),
        ] {
            is_first_answer(&by.run(what, input, ITEM).await);
        }
        assert_eq!(delete.done("deleteItem", gone, "itemId").await["itemId"], made);
        assert_eq!(ana.run("updateItem", edit, ITEM).await.code(), "NOT_FOUND", "asked anew");
        // Of what was read, what is left.
        let again = officer.done("readItems", look, "items { id title } contentAlreadyShown").await;
        assert_eq!((&again["items"], &again["contentAlreadyShown"]), (&json!([{ "id": second, "title": null }]), &json!(true)));

        // The person has left, and the service may see no more of them.
        planner.limit(&app, "terminateMembership", &planner.ana).await;
        is_first_answer(&of_service.run("createItem", note, ITEM).await);
        is_first_answer(&create.run("createItem", planner.note(json!({})), ITEM).await);
        assert_eq!(item::Entity::find().all(&app.database).await.unwrap().len(), 1, "made once");
    }
}

on_both! {
    async fn a_list_reads_what_it_is_asked_for(app: TestApp) {
        let planner = Planner::new(&app).await;
        let ana = &planner.ana.client;
        planner.make(ana, json!({})).await;
        let nodes = async |query: &str| {
            let lists = ana.ask(query, json!({})).await["viewer"]["items"].clone();
            if lists["nodes"].is_array() { lists["nodes"][0].clone() } else { lists["edges"][0]["node"].clone() }
        };
        let whole = json!({ "t": "Pump 3", "body": "{\"a\":1}", "author": "ana" });
        for query in [
            "{ viewer { items { nodes { t: title body author } } } }",
            "{ viewer { items { edges { node { t: title ...on Item { body } ...rest } } } } } fragment rest on Item { author }",
        ] {
            assert_eq!(nodes(query).await, whole, "{query}");
        }
        assert_eq!(nodes("{ viewer { items { nodes { title } } } }").await, json!({ "title": "Pump 3" }));
        assert_eq!(nodes("{ viewer { items { nodes { body } } } }").await, json!({ "body": "{\"a\":1}" }));
        // What it says isn't there any more: who doesn't ask for it doesn't notice.
        item_content::Entity::delete_many().exec(&app.database).await.unwrap();
        assert_eq!(nodes("{ viewer { items { nodes { author size } } } }").await, json!({ "author": "ana", "size": 7 }));
        assert_eq!(nodes("{ viewer { items { nodes { author title } } } }").await, json!({ "author": null, "title": null }));
    }
}

on_both! {
    async fn an_erasure_passes_once_what_stays(app: TestApp) {
        let planner = Planner::new(&app).await;
        let ana = planner.ana.id;
        let first: Value = planner.make(&planner.ana.client, json!({})).await;
        let like = item::Entity::find_by_id(first.as_str().unwrap().parse::<steward_entities::id::ItemId>().unwrap());
        let like = like.one(&app.database).await.unwrap().unwrap();
        // Those that stay lie between those that go.
        let rows = (0..1_300).map(|number| {
            let visibility = if number % 2 == 0 { ItemVisibility::Workspace } else { ItemVisibility::Private };
            sea_orm::IntoActiveModel::into_active_model(item::Model { id: app.id(), visibility, ..like.clone() })
        });
        item::Entity::insert_many(rows).exec_without_returning(&app.database).await.unwrap();
        let officer = app.administrator(planner.id, RoleName::PrivacyOfficer).await.client;
        let input = json!({ "organizationId": planner.id, "accountId": ana, "reason": "left the company", "graceDays": 0 });
        officer.done("deleteAccount", input, "").await;
        let mut cursors = Vec::new();
        while steward::jobs::worker::run_job(&app.steward).await.unwrap() {
            let jobs = job::Entity::find().all(&app.database).await.unwrap();
            let cursor = jobs.into_iter().find(|job| job.kind == "finish_erasure").and_then(|job| job.cursor);
            cursors.extend(cursor.filter(|cursor| cursor.contains("items_after")));
        }
        cursors.dedup();
        assert_eq!(cursors.len(), 1, "651 of them go in two chunks, of which the second begins where the first one ended: {cursors:?}");
        let left = item::Entity::find().all(&app.database).await.unwrap();
        assert!(left.iter().all(|item| item.visibility == ItemVisibility::Workspace), "what was private is gone");
        assert_eq!(left.len(), 650);
        let former = account::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap();
        assert_eq!(former.display_name, "Former user");
        // What an earlier version had begun goes on.
        assert_eq!(serde_json::from_str::<Remainder>("\"items\"").unwrap(), Remainder::Items);
    }
}

on_both! {
    async fn nobody_has_more_items_of_a_kind_than_there_can_be(app: TestApp) {
        let planner = Planner::new(&app).await;
        let ana = &planner.ana.client;
        let operator = &planner.operator.client;
        operator.done("registerItemKind", json!({ "serviceId": planner.service, "name": "planner.plan" }), "").await;
        let first = planner.make(ana, json!({})).await;
        let id = match app.database.get_database_backend() {
            DbBackend::Postgres => "gen_random_uuid()",
            _ => "randomblob(16)",
        };
        let fill = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
             INSERT INTO item (id, account_id, organization_id, workspace_id, kind_id, visibility, size, created_at, updated_at, version) \
             SELECT {id}, account_id, organization_id, workspace_id, kind_id, visibility, size, created_at, updated_at, version \
             FROM item, n", MOST_OF_A_KIND - 2
        );
        app.database.execute_unprepared(&fill).await.unwrap();
        let make = |kind: &str| ana.run("createItem", planner.note(json!({ "kind": kind })), ITEM);
        assert_eq!(make("planner.note").await.code(), "OK", "the last one");
        let refused = make("planner.note").await;
        assert_eq!((refused.code(), refused.field()), ("LIMIT_REACHED".to_owned(), "input.kind".to_owned()));
        assert!(refused.body.to_string().contains("100000 items of this kind"), "{}", refused.body);
        assert_eq!(make("planner.plan").await.code(), "OK", "of another kind");
        ana.done("deleteItem", json!({ "itemId": first }), "itemId").await;
        assert_eq!(make("planner.note").await.code(), "OK", "where there is room again");
    }
}
