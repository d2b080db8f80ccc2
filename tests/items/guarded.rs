//! No edit of an item slips past what administrators have restricted: each operation, each restriction, each path; and what
//! a service is told before is what is decided then.

use super::{ITEM, Planner};
use futures::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use steward::core::edits::Operations;
use steward_entities::{
    event,
    kinds::{BlockKind, EditOperation},
};
use steward_tests::{Client, on_both};

/// One edit of an item by each of the operations, as they come: what is refused leaves the item as it is.
async fn tried(by: &Client, planner: &Planner, operation: EditOperation, item: &Value, round: usize) -> String {
    let of_ana = json!({ "accountId": planner.ana.id });
    match operation {
        EditOperation::EditItems => {
            let input = json!({ "itemId": item, "title": format!("Round {round}") });
            let changed = by.run("updateItem", input, ITEM).await.code();
            let made = by.run("createItem", planner.note(of_ana), ITEM).await.code();
            assert!(changed == made || item_is_personal(planner, item).await, "{changed} {made}");
            changed
        }
        EditOperation::ChangeVisibility => {
            let visibility = if round.is_multiple_of(2) { "PUBLIC" } else { "PRIVATE" };
            by.run("setItemVisibility", json!({ "itemId": item, "visibility": visibility }), ITEM).await.code()
        }
        _ => by.run("deleteItem", json!({ "itemId": item, "dryRun": true }), "").await.code(),
    }
}

async fn item_is_personal(planner: &Planner, item: &Value) -> bool {
    let query = "query($id: ID!) { item(id: $id) { workspaceId } }";
    planner.client.ask(query, json!({ "id": item })).await["item"]["workspaceId"].is_null()
}

/// Whether a service is told that Ana may do it.
async fn told(planner: &Planner, operation: EditOperation, item: &Value) -> bool {
    let query = "query($id: ID!, $operation: DecisionOperation!, $item: ID) { \
        it: decision(accountId: $id, operation: $operation, itemId: $item) { allowed itemId } }";
    let asked = json!({ "id": planner.ana.id, "operation": operation.as_str(), "item": item });
    let decided = planner.client.ask(query, asked).await["it"].clone();
    assert_eq!(&decided["itemId"], item);
    decided["allowed"].as_bool().unwrap()
}

on_both! {
    async fn each_operation_is_closed_by_each_restriction_on_each_path(app: TestApp) {
        let planner = Planner::new(&app).await;
        let shared = planner.make(&planner.ana.client, json!({})).await;
        let personal = planner.make(&planner.ana.client, json!({ "workspaceId": null })).await;
        let targets = [
            json!({ "organization": {} }), json!({ "workspaceId": planner.workspace }), json!({ "accountIds": [planner.ana.id] }),
        ];
        let (mut round, mut closed) = (0, 0);
        for target in &targets {
            for restricted in Operations::ON_ITEMS {
                let input = json!({
                    "organizationId": planner.id, "target": target, "operations": [restricted.as_str()], "reason": "An audit",
                });
                let set = planner.admin.client.done("restrictEdits", input, "editRestriction { id }").await;
                for item in [&shared, &personal] {
                    for operation in Operations::ON_ITEMS {
                        for by in [&planner.ana.client, &planner.client] {
                            round += 1;
                            let expected = if operation == restricted { "EDIT_RESTRICTED" } else { "OK" };
                            let code = tried(by, &planner, operation, item, round).await;
                            assert_eq!(code, expected, "{operation:?} under {restricted:?} of {target}");
                            closed += usize::from(code != "OK");
                        }
                        assert_eq!(told(&planner, operation, item).await, operation != restricted, "{operation:?} {target}");
                    }
                }
                // Administrators' acts in bulk, and imports, change no items: that is nobody's way round.
                let lift = json!({ "organizationId": planner.id, "editRestrictionId": set["editRestriction"]["id"] });
                planner.admin.client.done("liftEditRestriction", lift, "").await;
            }
        }
        assert_eq!(closed, 3 * 3 * 2 * 2);
    }
}

on_both! {
    async fn of_a_member_personal_items_are_out_of_reach(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let shared = planner.make(&bo.client, json!({})).await;
        let personal = planner.make(&bo.client, json!({ "workspaceId": null })).await;
        let act = json!({ "restrictEdits": { "operations": ["EDIT_ITEMS", "DELETE_ITEMS"], "reason": "An audit" } });
        let input = json!({ "organizationId": planner.id, "selection": { "accountIds": [bo.id, planner.ana.id] }, "action": act });
        planner.admin.client.done("bulkAccounts", input, "job { id }").await;
        app.run_jobs().await;
        for (item, code) in [(&shared, "EDIT_RESTRICTED"), (&personal, "OK")] {
            let edited = bo.client.run("updateItem", json!({ "itemId": item, "title": "Mine" }), "").await;
            assert_eq!(edited.code(), code, "{}", edited.body);
            assert_eq!(bo.client.run("deleteItem", json!({ "itemId": item, "dryRun": true }), "").await.code(), code);
        }
        let edited = bo.client.run("updateItem", json!({ "itemId": shared, "title": "Mine" }), "").await;
        assert!(edited.body.to_string().contains("Hofer has restricted this for you, because: An audit."), "{}", edited.body);
        let mine = planner.ana.client.run("updateItem", json!({ "itemId": shared, "title": "Hers" }), "").await;
        assert_eq!(mine.code(), "NOT_FOUND", "nobody edits what is another's");
    }
}

on_both! {
    async fn memberships_and_blocks_close_items_as_a_service_is_told(app: TestApp) {
        let planner = Planner::new(&app).await;
        let ana = &planner.ana;
        let shared = planner.make(&ana.client, json!({})).await;
        let edit = json!({ "itemId": shared, "title": "Pump 5" });
        for (limit, by_ana, seen) in [("restrictMembership", "INVALID_STATE", true), ("suspendMembership", "INVALID_STATE", false)] {
            planner.limit(&app, limit, ana).await;
            assert_eq!(ana.client.run("updateItem", edit.clone(), "").await.code(), by_ana, "{limit}");
            assert_eq!(planner.client.run("updateItem", edit.clone(), "").await.code(), "INVALID_STATE", "{limit}");
            assert!(!told(&planner, EditOperation::EditItems, &shared).await, "{limit}");
            assert_eq!(crate::items::seen(&ana.client, &shared).await.is_object(), seen, "{limit}");
        }
        planner.limit(&app, "restoreMembership", ana).await;
        assert!(told(&planner, EditOperation::EditItems, &shared).await);
        // In the person's name a service does no more than they could.
        for kind in [BlockKind::Restriction, BlockKind::Suspension, BlockKind::Deletion] {
            let block = app.blocked(ana.id, kind, Some(planner.id)).await;
            let again = app.signed_in(ana.id, &ana.email).await;
            assert_eq!(again.client.run("updateItem", edit.clone(), "").await.code(), "FORBIDDEN", "{kind:?}");
            assert_eq!(planner.client.run("updateItem", edit.clone(), "").await.code(), "INVALID_STATE", "{kind:?}");
            assert!(!told(&planner, EditOperation::EditItems, &shared).await, "{kind:?}");
            assert_eq!(crate::items::seen(&again.client, &shared).await.is_object(), kind == BlockKind::Restriction, "{kind:?}");
            steward_entities::account_block::Entity::delete_by_id(block).exec(&app.database).await.unwrap();
        }
        app.blocked(ana.id, BlockKind::PasswordReset, Some(planner.id)).await;
        assert_eq!(planner.client.run("updateItem", edit, "").await.code(), "INVALID_STATE");
        assert!(!told(&planner, EditOperation::EditItems, &shared).await);
    }
}

on_both! {
    async fn a_service_asks_about_items_of_its_kinds_alone(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let item = planner.make(&bo.client, json!({})).await;
        let query = "query($id: ID!, $operation: DecisionOperation!, $item: ID) { \
            it: decision(accountId: $id, operation: $operation, itemId: $item) { allowed rules { code } } }";
        let ask = |operation: &str, item: Value| json!({ "id": planner.ana.id, "operation": operation, "item": item });
        let others = planner.client.ask(query, ask("DELETE_ITEMS", item.clone())).await["it"].clone();
        assert_eq!(others, json!({ "allowed": false, "rules": [{ "code": "NOT_ITS_PERSON" }, { "code": "MEMBERSHIP_ACTIVE" }] }));
        let foreign = app.item(planner.ana.id, None).await;
        for unknown in [json!(foreign), json!("item_1")] {
            assert_eq!(planner.client.ask(query, ask("DELETE_ITEMS", unknown)).await["it"], Value::Null);
        }
        assert_eq!(planner.client.send(query, ask("EDIT_PROFILE", item)).await.code(), "BAD_REQUEST");
    }
}

on_both! {
    async fn no_edit_of_an_item_slips_past_a_restriction_that_is_set_at_the_same_time(app: TestApp) {
        let planner = Planner::new(&app).await;
        let item = planner.make(&planner.ana.client, json!({})).await;
        for (number, target) in [json!({ "organization": {} }), json!({ "workspaceId": planner.workspace })].into_iter().enumerate() {
            let edits = join_all((0..12).map(|edit| {
                let by = if edit % 2 == 0 { planner.ana.client.clone() } else { planner.client.clone() };
                let input = json!({ "itemId": item, "title": format!("Round {number}.{edit}") });
                async move { by.run("updateItem", input, "").await.code() }
            }));
            let input = json!({ "organizationId": planner.id, "target": target, "operations": ["EDIT_ITEMS"], "reason": "An audit" });
            let set = planner.admin.client.done("restrictEdits", input, "editRestriction { id }");
            let (edits, set) = futures::join!(edits, set);
            assert!(edits.iter().all(|code| code == "OK" || code == "EDIT_RESTRICTED"), "{edits:?}");
            let log = event::Entity::find()
                .filter(event::Column::StreamId.eq(planner.id.0))
                .order_by_asc(event::Column::Position)
                .all(&app.database)
                .await
                .unwrap();
            let restricted = log.iter().rposition(|event| event.action == "restrictEdits").unwrap();
            assert_eq!(log[restricted..].iter().filter(|event| event.action == "updateItem").count(), 0, "edited in spite of it");
            let lift = json!({ "organizationId": planner.id, "editRestrictionId": set["editRestriction"]["id"] });
            planner.admin.client.done("liftEditRestriction", lift, "").await;
        }
    }
}

on_both! {
    async fn where_visibility_is_restricted_nothing_new_is_shared(app: TestApp) {
        let planner = Planner::new(&app).await;
        let input = json!({
            "organizationId": planner.id, "target": { "organization": {} }, "operations": ["CHANGE_VISIBILITY"], "reason": "An audit",
        });
        let set = planner.admin.client.done("restrictEdits", input, "editRestriction { id }").await;
        let create = async |by: &Client, more: Value| {
            let mut more = more;
            more["accountId"] = json!(planner.ana.id);
            by.run("createItem", planner.note(more), ITEM).await.code()
        };
        for (visibility, place, code) in [
            ("PRIVATE", json!(planner.workspace), "OK"),
            ("WORKSPACE", json!(planner.workspace), "EDIT_RESTRICTED"),
            ("PUBLIC", json!(planner.workspace), "EDIT_RESTRICTED"),
            ("PUBLIC", Value::Null, "EDIT_RESTRICTED"),
        ] {
            for by in [&planner.ana.client, &planner.client] {
                assert_eq!(create(by, json!({ "workspaceId": place, "visibility": visibility })).await, code, "{visibility} {place}");
            }
        }
        let lift = json!({ "organizationId": planner.id, "editRestrictionId": set["editRestriction"]["id"] });
        planner.admin.client.done("liftEditRestriction", lift, "").await;
        assert_eq!(create(&planner.ana.client, json!({ "visibility": "PUBLIC" })).await, "OK");
    }
}
