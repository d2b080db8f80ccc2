//! Reading the log: in order, page by page, by administrators alone.

use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward_entities::{event_detail, id::OrganizationId, kinds::RoleName};
use steward_tests::{Client, on_both};

/// A page of an organization's log.
async fn read(client: &Client, organization: OrganizationId, page: &str) -> Value {
    let query = format!(
        "query($id: ID!) {{ organization(id: $id) {{ events({page}) {{ totalCount pageInfo {{ hasNextPage endCursor }} \
         nodes {{ position action actor {{ kind id role }} accountId objectId details occurredAt requestId }} }} }} }}"
    );
    client.ask(&query, json!({ "id": organization })).await["organization"].clone()
}

fn positions(page: &Value) -> Vec<i64> {
    let nodes = page["events"]["nodes"].as_array().expect("a page");
    nodes.iter().filter_map(|node| node["position"].as_i64()).collect()
}

on_both! {
    async fn an_administrator_reads_who_did_what(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let auditor = app.administrator(acme, RoleName::Auditor).await;
        let input = json!({ "organizationId": acme, "name": "acme.test" });
        let added = owner.client.done("addDomain", input, "domain { id }").await;

        let page = read(&auditor.client, acme, "first: 10").await;
        let event = &page["events"]["nodes"][0];
        assert_eq!((page["events"]["totalCount"].as_i64(), positions(&page)), (Some(1), vec![1]));
        assert_eq!(event["action"], "addDomain");
        assert_eq!(event["actor"], json!({ "kind": "ACCOUNT", "id": owner.id, "role": "OWNER" }));
        assert_eq!((&event["objectId"], &event["accountId"]), (&added["domain"]["id"], &Value::Null));
        assert_eq!(event["details"]["name"], "acme.test", "{event}");
        assert_eq!(event["occurredAt"], "2026-11-21T09:00:00+00:00");
        assert!(event["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{event}");

        event_detail::Entity::delete_many().exec(&app.database).await.unwrap();
        let page = read(&auditor.client, acme, "first: 10").await;
        assert_eq!((&page["events"]["nodes"][0]["details"], positions(&page)), (&Value::Null, vec![1]), "erased");
    }
}

on_both! {
    async fn pages_follow_positions_in_both_directions(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        for number in 0..5 {
            let input = json!({ "organizationId": acme, "name": format!("acme{number}.test") });
            owner.client.done("addDomain", input, "domain { id }").await;
        }
        let first = read(&owner.client, acme, "first: 2").await;
        assert_eq!((positions(&first), &first["events"]["pageInfo"]["hasNextPage"]), (vec![1, 2], &json!(true)));
        let cursor = first["events"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
        assert_eq!(positions(&read(&owner.client, acme, &format!("after: \"{cursor}\"")).await), [3, 4, 5]);
        assert_eq!(positions(&read(&owner.client, acme, &format!("last: 5, before: \"{cursor}\"")).await), [1]);
        assert_eq!(positions(&read(&owner.client, acme, "last: 2").await), [4, 5]);

        let query = "query($id: ID!, $after: String) { organization(id: $id) { events(after: $after) { totalCount } } }";
        let foreign = steward::graphql::page::cursor(&["019a0000-0000-7000-8000-000000000000".to_owned()]);
        let answer = owner.client.send(query, json!({ "id": acme, "after": foreign })).await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.body);
    }
}

on_both! {
    async fn nobody_else_reads_it(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let input = json!({ "organizationId": acme, "name": "acme.test" });
        owner.client.done("addDomain", input, "domain { id }").await;

        let rival = app.organization("Rival").await;
        let stranger = app.administrator(rival, RoleName::Owner).await;
        assert_eq!(read(&stranger.client, acme, "first: 10").await, Value::Null, "not even that there is one");
        assert_eq!(positions(&read(&stranger.client, rival, "first: 10").await), Vec::<i64>::new());
        let operator = app.operator().await;
        assert_eq!(read(&operator.client, acme, "first: 10").await, json!({ "events": null }));
        assert_eq!(read(&app.nobody(), acme, "first: 10").await, Value::Null);
    }
}
