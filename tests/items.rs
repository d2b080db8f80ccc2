//! Items: what people and services make and change, who sees them, and who learns what they say.

mod departures;
mod guarded;
mod lists;
mod reading;
mod replays;
mod seeing;
mod unreachable;

use crate::{
    decisions::{service, workspace},
    left_behind::{events, last_event},
};
use serde_json::{Value, json};
use steward::items::body::ItemBody;
use steward_entities::{
    id::{OrganizationId, WorkspaceId},
    kinds::RoleName,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

pub const ITEM: &str = "item { id accountId workspaceId kind title body size visibility version }";

/// A service with a kind of items and a key, an organization that manages Ana, and a workspace of which she is a member.
pub struct Planner {
    pub operator: Somebody,
    pub service: Value,
    pub client: Client,
    pub id: OrganizationId,
    pub admin: Somebody,
    pub workspace: WorkspaceId,
    pub ana: Somebody,
}

impl Planner {
    pub async fn new(app: &TestApp) -> Self {
        let operator = app.operator().await;
        let (service, client) = service(app, &operator.client, "Planner").await;
        operator.client.done("registerItemKind", json!({ "serviceId": service, "name": "planner.note" }), "").await;
        let id = app.organization("Hofer").await;
        let domain = app.proved_domain(id, "hofer.example").await;
        let admin = app.administrator(id, RoleName::UserAdmin).await;
        let workspace = workspace(&admin.client, id, &service).await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(id, domain, ana.id).await;
        app.joined(id, workspace, ana.id, &ana.email).await;
        Self { operator, service, client, id, admin, workspace, ana }
    }

    /// Makes an item, with `more` in its input; its id.
    pub async fn make(&self, by: &Client, more: Value) -> Value {
        by.done("createItem", self.note(more), ITEM).await["item"]["id"].clone()
    }

    pub fn note(&self, more: Value) -> Value {
        let mut input =
            json!({ "workspaceId": self.workspace, "kind": "planner.note", "title": "Pump 3", "body": "{\"a\":1}" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    }

    /// Somebody else who is a member.
    pub async fn colleague(&self, app: &TestApp, name: &str) -> Somebody {
        let person = app.person(&format!("{name}@home.example")).await;
        app.joined(self.id, self.workspace, person.id, &person.email).await;
        person
    }

    pub async fn limit(&self, app: &TestApp, what: &str, person: &Somebody) {
        let query = "query($id: ID!) { workspace(id: $id) { members { nodes { id accountId } } } }";
        let members = self.admin.client.ask(query, json!({ "id": self.workspace })).await;
        let nodes = members["workspace"]["members"]["nodes"].as_array().unwrap().clone();
        let theirs = nodes.iter().find(|node| node["accountId"] == json!(person.id)).unwrap();
        let input = json!({ "organizationId": self.id, "membershipId": theirs["id"], "reason": "a question" });
        self.admin.client.done(what, input, "").await;
        app.run_jobs().await;
    }
}

/// What somebody sees of an item.
pub async fn seen(by: &Client, id: &Value) -> Value {
    let query = "query($id: ID!) { item(id: $id) { accountId author kind title body visibility version } }";
    by.ask(query, json!({ "id": id })).await["item"].clone()
}

fn refused(answer: &Answer) -> (String, String) {
    (answer.code(), answer.field())
}

on_both! {
    async fn a_person_makes_changes_hides_and_deletes_an_item(app: TestApp) {
        let planner = Planner::new(&app).await;
        let ana = &planner.ana.client;
        let key = ana.with_key("make");
        let made = key.done("createItem", planner.note(json!({})), ITEM).await["item"].clone();
        assert_eq!(key.done("createItem", planner.note(json!({})), ITEM).await["item"], made, "asked again, made once");
        assert_eq!(made, json!({
            "id": made["id"], "accountId": planner.ana.id, "workspaceId": planner.workspace, "kind": "planner.note",
            "title": "Pump 3", "body": "{\"a\":1}", "size": 7, "visibility": "PRIVATE", "version": 1,
        }));
        assert_eq!(events(&app, planner.id, "createItem").await, 1);
        let (event, details) = last_event(&app, planner.id, "createItem").await;
        assert_eq!((event.account_id, event.object_kind.as_deref()), (Some(planner.ana.id), Some("item")));
        assert_eq!(details, json!({ "kind": "planner.note", "workspaceId": planner.workspace, "visibility": "PRIVATE", "size": 7 }));

        let id = made["id"].clone();
        let body = " [1, 2.50] ";
        let input = json!({ "itemId": id, "body": body, "expectedVersion": 1 });
        let changed = ana.done("updateItem", input.clone(), ITEM).await["item"].clone();
        assert_eq!((&changed["title"], &changed["body"], &changed["version"]), (&json!("Pump 3"), &json!(body), &json!(2)));
        assert_eq!(refused(&ana.run("updateItem", input, ITEM).await), ("STALE".into(), "input.expectedVersion".into()));
        ana.done("updateItem", json!({ "itemId": id, "body": body, "title": "Pump 3" }), ITEM).await;
        assert_eq!(events(&app, planner.id, "updateItem").await, 1, "nothing changed");
        assert_eq!(last_event(&app, planner.id, "updateItem").await.1["changed"], json!(["body"]), "and what it says isn't told");

        let hide = |visibility: &str| json!({ "itemId": id, "visibility": visibility });
        assert_eq!(ana.done("setItemVisibility", hide("WORKSPACE"), ITEM).await["item"]["version"], 3);
        ana.done("setItemVisibility", hide("WORKSPACE"), ITEM).await;
        let told = last_event(&app, planner.id, "setItemVisibility").await.1;
        assert_eq!(told["visibility"], json!({ "before": "PRIVATE", "after": "WORKSPACE" }));
        assert_eq!(events(&app, planner.id, "setItemVisibility").await, 1);

        ana.done("deleteItem", json!({ "itemId": id, "dryRun": true }), "itemId").await;
        assert_eq!(seen(ana, &id).await["version"], 3);
        let key = ana.with_key("delete");
        for _ in 0..2 {
            assert_eq!(key.done("deleteItem", json!({ "itemId": id }), "itemId").await["itemId"], id, "answered again");
        }
        assert_eq!(seen(ana, &id).await, Value::Null);
        assert_eq!(refused(&ana.run("deleteItem", json!({ "itemId": id }), "").await), ("NOT_FOUND".into(), "input.itemId".into()));
        assert_eq!(events(&app, planner.id, "deleteItem").await, 1);
    }
}

on_both! {
    async fn bad_input_is_told_at_its_field(app: TestApp) {
        let planner = Planner::new(&app).await;
        let ana = &planner.ana.client;
        let elsewhere = app.workspace(app.organization("Elsewhere").await).await;
        let long = format!("\"{}\"", "x".repeat(ItemBody::MOST_BYTES));
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        for (more, code, field, says) in [
            (json!({ "kind": "planner.unknown" }), "INVALID", "input.kind", "registered per service"),
            (json!({ "kind": app.item_kind(None).await }), "INVALID", "input.kind", "registered per service"),
            (json!({ "kind": "\u{1}" }), "INVALID", "input.kind", "registered per service"),
            (json!({ "body": long }), "INVALID", "input.body", "65538 bytes"),
            (json!({ "body": deep }), "INVALID", "input.body", "32 levels"),
            (json!({ "body": "{a: 1}" }), "INVALID", "input.body", "isn't JSON"),
            (json!({ "title": " " }), "INVALID", "input.title", "must not be empty"),
            (json!({ "title": "x".repeat(201) }), "INVALID", "input.title", "at most 200"),
            (json!({ "workspaceId": elsewhere }), "NOT_FOUND", "input.workspaceId", "nothing under this id"),
            (json!({ "workspaceId": "wsp_1" }), "INVALID", "input.workspaceId", "isn't an id"),
            (json!({ "workspaceId": null, "visibility": "WORKSPACE" }), "INVALID", "input.visibility", "lies in no workspace"),
            (json!({ "accountId": planner.admin.id }), "NOT_FOUND", "input.accountId", "nothing under this id"),
        ] {
            let answer = ana.run("createItem", planner.note(more.clone()), "").await;
            let says = says.replace("isn't an id", "is not an id");
            assert_eq!(refused(&answer), (code.to_owned(), field.to_owned()), "{more}");
            assert!(answer.body.to_string().contains(&says), "{says}: {}", answer.body);
        }
        let id = planner.make(ana, json!({ "workspaceId": null })).await;
        let answer = ana.run("setItemVisibility", json!({ "itemId": id, "visibility": "WORKSPACE" }), "").await;
        assert_eq!(refused(&answer), ("INVALID".into(), "input.visibility".into()));
        assert_eq!(refused(&ana.run("updateItem", json!({ "itemId": id, "body": "nul" }), "").await), ("INVALID".into(), "input.body".into()));
        let operator = &planner.operator.client;
        for (name, code) in [("Planner", "INVALID"), ("planner.note", "CONFLICT")] {
            let answer = operator.run("registerItemKind", json!({ "serviceId": planner.service, "name": name }), "").await;
            assert_eq!(refused(&answer), (code.into(), "input.name".into()));
        }
        let query = "{ services(first: 20) { nodes { id itemKinds { nodes { name } } } } }";
        let services = ana.ask(query, json!({})).await["services"]["nodes"].as_array().unwrap().clone();
        let ours = services.iter().find(|service| service["id"] == planner.service).unwrap();
        assert_eq!(ours["itemKinds"], json!({ "nodes": [{ "name": "planner.note" }] }));
    }
}

on_both! {
    async fn a_service_acts_for_members_of_its_workspaces_alone(app: TestApp) {
        let planner = Planner::new(&app).await;
        let (other_service, other) = service(&app, &planner.operator.client, "Other").await;
        let theirs = workspace(&planner.admin.client, planner.id, &other_service).await;
        let stranger = app.person("stranger@home.example").await;
        let of_ana = json!({ "accountId": planner.ana.id });
        let id = planner.make(&planner.client, of_ana.clone()).await;
        let personal = planner.make(&planner.client, json!({ "accountId": planner.ana.id, "workspaceId": null })).await;
        let (event, _) = last_event(&app, planner.id, "createItem").await;
        assert_eq!(event.actor_kind, steward_entities::kinds::ActorKind::ServiceKey, "told by whom it was done");
        for id in [&id, &personal] {
            assert_eq!(seen(&planner.ana.client, id).await["title"], "Pump 3", "it is hers");
            let own = planner.client.done("updateItem", json!({ "itemId": id, "title": "Pump 4" }), ITEM).await;
            assert_eq!(own["item"]["title"], "Pump 4");
            // The key of another service finds nothing, whatever it does.
            assert_eq!(seen(&other, id).await, Value::Null);
            for (act, more) in [("updateItem", json!({ "title": "x" })), ("setItemVisibility", json!({ "visibility": "PUBLIC" })), ("deleteItem", json!({}))] {
                let mut input = json!({ "itemId": id });
                input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                assert_eq!(refused(&other.run(act, input, "").await), ("NOT_FOUND".into(), "input.itemId".into()), "{act}");
            }
        }
        for (by, more, code, field) in [
            (&planner.client, json!({}), "INVALID", "input.accountId"),
            (&planner.client, json!({ "accountId": stranger.id }), "NOT_FOUND", "input.accountId"),
            (&planner.client, json!({ "accountId": planner.ana.id, "workspaceId": theirs }), "NOT_FOUND", "input.workspaceId"),
            (&other, of_ana.clone(), "NOT_FOUND", "input.accountId"),
        ] {
            assert_eq!(refused(&by.run("createItem", planner.note(more), "").await), (code.to_owned(), field.to_owned()));
        }
        app.joined(planner.id, theirs, planner.ana.id, &planner.ana.email).await;
        for (more, field) in [(of_ana.clone(), "input.workspaceId"), (json!({ "accountId": planner.ana.id, "workspaceId": theirs }), "input.kind")] {
            assert_eq!(other.run("createItem", planner.note(more), "").await.field(), field, "of a kind that isn't its own, nowhere");
        }
        // Whoever leaves takes what is theirs out of the service's reach.
        let query = "{ viewer { memberships { nodes { id workspaceId } } } }";
        let all = planner.ana.client.ask(query, json!({})).await["viewer"]["memberships"]["nodes"].as_array().unwrap().clone();
        let here = all.iter().find(|row| row["workspaceId"] == json!(planner.workspace)).unwrap();
        planner.ana.client.done("leaveWorkspace", json!({ "membershipId": here["id"] }), "").await;
        for id in [&id, &personal] {
            assert_eq!(seen(&planner.client, id).await, Value::Null);
            assert_eq!(planner.client.run("deleteItem", json!({ "itemId": id }), "").await.code(), "NOT_FOUND");
        }
        assert_eq!(planner.ana.client.run("deleteItem", json!({ "itemId": id }), "").await.code(), "NOT_FOUND", "it stays in the workspace");
        planner.ana.client.done("deleteItem", json!({ "itemId": personal }), "").await;
        let owner = app.administrator(planner.id, RoleName::Owner).await;
        let key = app.api_key(planner.id, owner.id, RoleName::PrivacyOfficer).await;
        assert_eq!(key.run("createItem", planner.note(json!({})), "").await.code(), "FORBIDDEN");
        assert_eq!(app.nobody().run("createItem", planner.note(json!({})), "").await.code(), "UNAUTHENTICATED");
    }
}
