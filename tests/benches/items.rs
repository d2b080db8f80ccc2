//! Pages of items where there are very many: the first one and a deep one, of each list that walks an index of its own.

use crate::{
    Size, dataset,
    load::{self, Requests},
    many_items::{self, CHATTY, KINDS},
    process::Server,
    turns::{Side, cost},
    workspaces::{self, workspace_of},
};
use serde_json::{Value, json};
use std::sync::Arc;
use steward::{core::database::sql, graphql::page::cursor};
use steward_entities::kinds::RoleName;
use steward_tests::TestApp;
use uuid::Uuid;

/// What is asked of each item.
const NODE: &str =
    "nodes { id accountId workspaceId kind size visibility createdAt title body } pageInfo { hasNextPage endCursor }";
/// How many items a page has.
const PAGE: usize = 50;

/// A list: what it is called, who asks, how, where the answer has it, and which rows it holds.
struct List {
    name: &'static str,
    token: String,
    query: String,
    variables: Value,
    path: &'static str,
    rows: String,
    /// Whether whoever asks learns what the items say.
    reads: bool,
}

/// Measures it on each database.
pub async fn run(size: Size) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::managed(&app, size.accounts).await;
        let members = dataset::in_the_largest(size.accounts);
        let service = workspaces::with_members(&app, members).await;
        many_items::write(&app, engine, service.id, members, size.items).await;
        let server = Server::ours(&app, size, "api").await;
        // The last tenth begins here.
        let deep = many_items::item_id(size.items / 10 * 9);
        for list in lists(&app, service.key).await {
            let (first, late) = (list.request(None), list.request(Some(deep)));
            for (after, request) in [(Uuid::nil(), &first), (deep, &late)] {
                list.check(&app, after, &load::ask(server.address, request).await).await;
            }
            let [first, late] = [first, late].map(|request| -> Requests { Arc::new(move |_, _| request.clone()) });
            let sides = [
                Side { name: "the first page", server: &server, requests: &first },
                Side { name: "a deep page", server: &server, requests: &late },
            ];
            cost(&format!("items, {}, {} of them, {engine:?}", list.name, size.items), size, &sides).await;
        }
    }
}

async fn lists(app: &TestApp, key: String) -> [List; 5] {
    let administrator = app.person("auditor@admins.test").await;
    app.role(dataset::largest(), administrator.id, RoleName::Auditor).await;
    let person = app.signed_in(dataset::account_id(CHATTY), &dataset::email(CHATTY)).await.token;
    let organization = format!("organization_id = {}", literal(app, dataset::largest().0));
    let workspace = format!("workspace_id = {}", literal(app, workspace_of(CHATTY).0));
    let account = format!("account_id = {}", literal(app, dataset::account_id(CHATTY).0));
    let of = |of: Value, filter: Value| json!({ "of": of, "filter": filter });
    let whole = json!({ "organizationId": dataset::largest().to_string() });
    let place = json!({ "workspaceId": workspace_of(CHATTY).to_string() });
    let query = format!(
        "query Items($of: ItemsOfInput!, $filter: ItemFilterInput, $after: String) {{ \
         items(of: $of, filter: $filter, first: {PAGE}, after: $after) {{ {NODE} }} }}"
    );
    let own = format!("query Own($after: String) {{ viewer {{ items(first: {PAGE}, after: $after) {{ {NODE} }} }} }}");
    let list = |name, token: &str, query: &str, variables, path, rows, reads| List {
        name,
        token: token.to_owned(),
        query: query.to_owned(),
        variables,
        path,
        rows,
        reads,
    };
    let (admin, items) = (administrator.token.as_str(), "/data/items");
    let of_kind = format!("{organization} AND kind_id = (SELECT id FROM item_kind WHERE name = '{}')", KINDS[1]);
    let in_workspace = "an administrator's list of a workspace";
    [
        list("an administrator's list", admin, &query, of(whole.clone(), json!({})), items, organization, false),
        list("the same of one kind", admin, &query, of(whole, json!({ "kind": KINDS[1] })), items, of_kind, false),
        list(in_workspace, admin, &query, of(place.clone(), json!({})), items, workspace.clone(), false),
        list("a person's own", &person, &own, json!({}), "/data/viewer/items", account, true),
        list("a service's list of a workspace", &key, &query, of(place, json!({})), items, workspace, true),
    ]
}

/// An id as it is written into a statement.
fn literal(app: &TestApp, id: Uuid) -> String {
    use sea_orm::DbBackend;
    match app.database.get_database_backend() {
        DbBackend::Postgres => format!("CAST('{id}' AS uuid)"),
        _ => format!("x'{}'", id.simple()),
    }
}

impl List {
    fn request(&self, after: Option<Uuid>) -> Vec<u8> {
        let mut variables = self.variables.clone();
        variables["after"] = json!(after.map(|after| cursor(&[after.to_string()])));
        load::graphql(Some(&self.token), None, &self.query, variables)
    }

    /// Whether the answer has the very rows that a plain statement finds.
    async fn check(&self, app: &TestApp, after: Uuid, answer: &Value) {
        use sea_orm::ConnectionTrait;
        let page = answer.pointer(self.path).unwrap_or_else(|| panic!("{}: {answer}", self.name));
        let statement = format!("SELECT id FROM item WHERE {} AND id > $1 ORDER BY id LIMIT {}", self.rows, PAGE + 1);
        let rows = app.database.query_all_raw(sql(&app.database, &statement, [after.into()])).await.expect("items");
        let expected: Vec<Uuid> = rows.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect();
        let nodes = page["nodes"].as_array().expect("items");
        let told: Vec<Uuid> =
            nodes.iter().map(|node| many_items::read_id(node["id"].as_str().expect("an id"))).collect();
        assert!(!told.is_empty(), "{}: an empty page", self.name);
        assert_eq!(told, expected[..expected.len().min(PAGE)], "{}", self.name);
        assert_eq!(page["pageInfo"]["hasNextPage"], json!(expected.len() > PAGE), "{}", self.name);
        assert!(nodes.iter().all(|node| node["body"].is_string() == self.reads), "{}: {answer}", self.name);
    }
}
