//! What a service is told before is what is decided then: each answer beside the mutation itself.

use super::{Chat, ONE, workspace};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::{Value, json};
use steward_entities::{
    account, account_block, item, item_kind,
    kinds::{BlockKind, RoleName},
};
use steward_tests::{Client, TestApp, on_both};

/// Whether the person can do it now, by the mutation itself; what it would leave is undone.
async fn performed(by: &Client, operation: &str, round: usize) -> String {
    match operation {
        "EDIT_PROFILE" => by.run("updateMyProfile", json!({ "jobTitle": format!("Job {round}") }), "").await.code(),
        "CHANGE_EMAIL" => {
            let input = json!({ "newEmail": format!("bo{round}@elsewhere.example") });
            let code = by.run("requestEmailChange", input, "").await.code();
            by.run("cancelEmailChange", json!({}), "").await;
            code
        }
        _ => by.run("deleteMyAccount", json!({ "dryRun": true }), "").await.code(),
    }
}

const OWN: [&str; 3] = ["EDIT_PROFILE", "CHANGE_EMAIL", "DELETE_ACCOUNT"];

/// Compares each operation on what is the person's own with what is told of it, with and without a workspace.
async fn compared(app: &TestApp, chat: &Chat, what: &str) -> Vec<bool> {
    let mut told = Vec::new();
    for (round, operation) in OWN.into_iter().enumerate() {
        app.advance(TimeDelta::days(1));
        let bo = app.signed_in(chat.bo.id, &chat.bo.email).await;
        let code = performed(&bo.client, operation, round).await;
        let decided = chat.decided(operation, None).await;
        assert_eq!(decided["allowed"], code == "OK", "{operation}, {what}: {code}, {decided}");
        let with_workspace = chat.decided(operation, Some(chat.workspace)).await;
        assert_eq!(with_workspace["rules"], decided["rules"], "{operation}, {what}: wherever they are");
        told.push(code == "OK");
    }
    told
}

on_both! {
    async fn what_limits_a_person_forbids_what_it_does(app: TestApp) {
        let chat = Chat::new(&app).await;
        assert_eq!(compared(&app, &chat, "nothing").await, [true, true, true]);
        for kind in [BlockKind::Deactivation, BlockKind::Restriction, BlockKind::Suspension] {
            let block = app.blocked(chat.bo.id, kind, None).await;
            let told = compared(&app, &chat, kind.as_str()).await;
            assert_eq!(told, [false, true, true], "{kind:?}: their ways out stay open");
            account_block::Entity::delete_by_id(block).exec(&app.database).await.unwrap();
        }
        // An organization that doesn't manage the account closes its own workspaces, and nothing that is theirs.
        let block = app.blocked(chat.bo.id, BlockKind::PasswordReset, Some(chat.hofer)).await;
        assert_eq!(compared(&app, &chat, "a required reset").await, [true, true, true]);
        assert!(!chat.short("EDIT_ITEMS", Some(chat.workspace)).await.0);
        account_block::Entity::delete_by_id(block).exec(&app.database).await.unwrap();
        app.blocked(chat.bo.id, BlockKind::Deletion, None).await;
        assert_eq!(compared(&app, &chat, "a deletion").await, [false, false, false]);
    }
}

on_both! {
    async fn who_is_still_needed_cant_go_and_a_service_is_told(app: TestApp) {
        let chat = Chat::new(&app).await;
        let needed = async |what: &str| {
            let told = compared(&app, &chat, what).await;
            assert_eq!((told[0], told[1]), (true, true), "{what}");
            let rules = chat.decided("DELETE_ACCOUNT", None).await["rules"].clone();
            assert_eq!(rules[0]["code"] == "STILL_NEEDED", !told[2], "{what}: {rules}");
            !told[2]
        };
        let other = app.organization("Bo's own").await;
        app.role(other, chat.bo.id, RoleName::Owner).await;
        assert!(needed("the last owner").await);
        let second = app.account("second@home.example").await;
        app.role(other, second, RoleName::Owner).await;
        assert!(!needed("one of two owners").await);
        app.blocked(second, BlockKind::Suspension, None).await;
        assert!(needed("the last owner who can act").await);
        let third = app.account("third@home.example").await;
        app.role(other, third, RoleName::Owner).await;
        assert!(!needed("another one again").await);
        let row = account::ActiveModel { id: Set(third), password_hash: Set(None), password_changed_at: Set(None), ..Default::default() };
        row.update(&app.database).await.unwrap();
        assert!(needed("the other has never taken the account up").await);
        app.role(other, app.account("fourth@home.example").await, RoleName::Owner).await;
        assert!(!needed("and another one").await);
        let operator = |at| account::ActiveModel { id: Set(chat.bo.id), operator_at: Set(at), ..Default::default() };
        operator(Some(app.now())).update(&app.database).await.unwrap();
        assert!(needed("an operator").await);
        operator(None).update(&app.database).await.unwrap();
        assert!(!needed("none any more").await);
    }
}

on_both! {
    async fn until_when_is_told_by_whom_a_service_may_know_alone(app: TestApp) {
        let chat = Chat::new(&app).await;
        let elsewhere = app.organization("Elsewhere").await;
        let domain = app.proved_domain(elsewhere, "home.example").await;
        let admin = app.administrator(elsewhere, RoleName::UserAdmin).await;
        app.under_control(elsewhere, domain, chat.bo.id).await;
        let until: DateTime<Utc> = app.now() + TimeDelta::days(3);
        let restrict = json!({
            "organizationId": elsewhere, "target": { "organization": {} }, "reason": "A secret audit",
            "operations": ["EDIT_PROFILE"], "until": until,
        });
        admin.client.done("restrictEdits", restrict, "").await;
        let suspend = json!({ "organizationId": elsewhere, "accountId": chat.bo.id, "reason": "why not", "until": until });
        admin.client.done("suspendAccount", suspend, "").await;
        let decided = chat.decided("EDIT_PROFILE", None).await;
        let untold = |decided: &Value, code: &str| {
            let rule = decided["rules"].as_array().unwrap().iter().find(|rule| rule["code"] == code).unwrap().clone();
            ["organizationId", "until", "reason", "editRestrictionId"].iter().all(|field| rule[field].is_null())
        };
        assert!(untold(&decided, "EDIT_RESTRICTED") && untold(&decided, "ACCOUNT_SUSPENDED"), "{decided}");
        // And yet no answer is kept beyond the end.
        app.advance(TimeDelta::days(3) - TimeDelta::seconds(20));
        let soon = chat.decided("EDIT_PROFILE", None).await;
        assert_eq!(soon["validUntil"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), until);

        // Where the person was sent away, that organization has no more to do with them here either.
        let here = workspace(&admin.client, elsewhere, &chat.service).await;
        let membership = app.joined(elsewhere, here, chat.bo.id, &chat.bo.email).await;
        assert!(!untold(&chat.decided("EDIT_PROFILE", None).await, "EDIT_RESTRICTED"));
        let input = json!({ "organizationId": elsewhere, "membershipId": membership, "reason": "no more" });
        admin.client.done("terminateMembership", input, "").await;
        let decided = chat.decided("EDIT_PROFILE", None).await;
        assert!(untold(&decided, "EDIT_RESTRICTED"), "{decided}");
        let ended = chat.decided("ACCESS_WORKSPACE", Some(here)).await;
        let rule = ended["rules"].as_array().unwrap().iter().find(|rule| rule["code"] == "MEMBERSHIP_TERMINATED").unwrap().clone();
        assert_eq!(rule["organizationId"], json!(elsewhere), "what became of a membership in its own workspace it may know");
    }
}

on_both! {
    async fn of_an_item_whose_person_has_gone_nothing_is_told(app: TestApp) {
        let chat = Chat::new(&app).await;
        let register = json!({ "serviceId": chat.service, "name": "chat.note" });
        chat.operator.client.done("registerItemKind", register, "").await;
        let other = app.person("cleo@home.example").await;
        app.joined(chat.hofer, chat.workspace, other.id, &other.email).await;
        let make = |workspace: Value| json!({ "workspaceId": workspace, "kind": "chat.note", "title": "A", "body": "1" });
        let mut items = Vec::new();
        for place in [json!(chat.workspace), Value::Null] {
            items.push(chat.bo.client.done("createItem", make(place), "item { id }").await["item"]["id"].clone());
        }
        let told = async |person: &Value, item: &Value| {
            let query = "query($id: ID!, $item: ID) { it: decision(accountId: $id, operation: EDIT_ITEMS, itemId: $item) { allowed } }";
            chat.client.ask(query, json!({ "id": person, "item": item })).await["it"]["allowed"].clone()
        };
        for (ends, there) in [(None, true), (Some("terminateMembership"), false)] {
            if let Some(what) = ends {
                chat.limit(what, json!({})).await;
            }
            for item in &items {
                let edit = chat.client.run("updateItem", json!({ "itemId": item, "title": "A" }), "").await.code();
                assert_eq!(edit, if there { "OK" } else { "NOT_FOUND" });
                let expected = if there { [json!(true), json!(false)] } else { [Value::Null, Value::Null] };
                assert_eq!([told(&json!(chat.bo.id), item).await, told(&json!(other.id), item).await], expected);
            }
        }
        assert_eq!(item::Entity::find().all(&app.database).await.unwrap().len(), 2, "they wait for their person");
        assert_eq!(item_kind::Entity::find().all(&app.database).await.unwrap().len(), 1);
        assert_eq!(chat.client.send(ONE, json!({ "id": chat.bo.id, "operation": "EDIT_PROFILE" })).await.code(), "OK");
    }
}
