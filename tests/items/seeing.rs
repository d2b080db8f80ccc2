//! Who sees an item, and whether they see what it says.

use super::{Planner, seen};
use crate::{deletions::row, left_behind::events};
use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward_entities::{item, item_content, kinds::RoleName};
use steward_tests::{Client, on_both};

/// What somebody sees of it: nothing, that it is there, or what it says.
async fn sight(by: &Client, id: &Value) -> &'static str {
    match seen(by, id).await {
        Value::Null => "nothing",
        item if item["title"].is_null() => {
            assert!(item["body"].is_null() && item["author"].is_null());
            "that it is there"
        }
        item => {
            assert!(item["body"].is_string() && item["author"].is_string());
            "what it says"
        }
    }
}

on_both! {
    async fn each_visibility_opens_an_item_to_whom_it_should(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let away = planner.colleague(&app, "away").await;
        planner.limit(&app, "suspendMembership", &away).await;
        let reads = planner.colleague(&app, "reads").await;
        planner.limit(&app, "restrictMembership", &reads).await;
        let stranger = app.person("stranger@home.example").await;
        let other = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let owner = app.administrator(planner.id, RoleName::Owner).await;
        let key = app.api_key(planner.id, owner.id, RoleName::Auditor).await;
        let (nothing, there, says) = ("nothing", "that it is there", "what it says");
        let ana = &planner.ana.client;
        for (place, visibility, expected) in [
            (json!(planner.workspace), "PRIVATE", [says, nothing, nothing, nothing, nothing, nothing, there, there, says, nothing]),
            (json!(planner.workspace), "WORKSPACE", [says, says, nothing, says, nothing, nothing, there, there, says, nothing]),
            (json!(planner.workspace), "PUBLIC", [says, says, says, says, says, says, says, there, says, nothing]),
            (Value::Null, "PRIVATE", [says, nothing, nothing, nothing, nothing, nothing, there, there, says, nothing]),
            (Value::Null, "PUBLIC", [says, says, says, says, says, says, says, there, says, nothing]),
        ] {
            let id = planner.make(ana, json!({ "workspaceId": place, "visibility": visibility })).await;
            let nobody = app.nobody();
            let who = [
                ana, &bo.client, &away.client, &reads.client, &stranger.client, &other.client, &owner.client, &key, &planner.client,
                &nobody,
            ];
            for (number, (by, expected)) in who.into_iter().zip(expected).enumerate() {
                assert_eq!(sight(by, &id).await, expected, "{number}: {visibility} in {place}");
            }
        }
    }
}

on_both! {
    async fn what_is_public_is_so_for_its_person_too(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let mut made = Vec::new();
        for visibility in ["PUBLIC", "WORKSPACE", "PRIVATE"] {
            made.push(planner.make(&bo.client, json!({ "visibility": visibility })).await);
        }
        planner.limit(&app, "suspendMembership", &bo).await;
        for (id, expected) in made.iter().zip(["what it says", "nothing", "nothing"]) {
            assert_eq!(sight(&bo.client, id).await, expected);
        }
    }
}

on_both! {
    async fn after_an_erasure_only_what_was_shared_stays(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let cleo = planner.colleague(&app, "cleo").await;
        let shared = planner.make(&bo.client, json!({ "visibility": "WORKSPACE" })).await;
        planner.make(&bo.client, json!({})).await;
        planner.make(&bo.client, json!({ "workspaceId": null, "visibility": "PUBLIC" })).await;
        let plan = "plan { consequences { part fate count } }";
        let planned = bo.client.done("deleteMyAccount", json!({ "dryRun": true }), plan).await;
        let parts = planned["plan"]["consequences"].as_array().unwrap().clone();
        let part = |name: &str| parts.iter().find(|row| row["part"] == name).unwrap().clone();
        assert_eq!(part("ITEMS"), json!({ "part": "ITEMS", "fate": "ERASED", "count": 2 }));
        assert_eq!(part("SHARED_ITEMS"), json!({ "part": "SHARED_ITEMS", "fate": "KEPT", "count": 1 }));
        bo.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
        app.run_jobs().await;

        assert_eq!(row(&app, bo.id).await.display_name, "Former user");
        let left = item::Entity::find().all(&app.database).await.unwrap();
        assert_eq!(left.iter().map(|item| json!(item.id)).collect::<Vec<_>>(), std::slice::from_ref(&shared));
        assert_eq!(item_content::Entity::find().all(&app.database).await.unwrap().len(), 1);
        let seen = seen(&cleo.client, &shared).await;
        assert_eq!((&seen["author"], &seen["title"]), (&json!("Former user"), &json!("Pump 3")));
        assert_eq!(events(&app, planner.id, "createItem").await, 2, "the log stays whole");
    }
}

on_both! {
    async fn very_many_items_go_in_chunks(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let first = app.item(bo.id, None).await;
        let kind = item::Entity::find_by_id(first).one(&app.database).await.unwrap().unwrap();
        let rows = (0..1_100).map(|_| item::ActiveModel { id: sea_orm::Set(app.id()), ..sea_orm::IntoActiveModel::into_active_model(kind.clone()) });
        for some in rows.collect::<Vec<_>>().chunks(500) {
            item::Entity::insert_many(some.to_vec()).exec_without_returning(&app.database).await.unwrap();
        }
        bo.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(item::Entity::find().all(&app.database).await.unwrap(), []);
    }
}
