//! What apps see of people: whom, and how much of them; what they change in their name; and what people see of the apps.

mod ends;
mod items;
mod matrix;
mod own;
mod sightings;

use crate::{app_tokens::post, apps::registered};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward_entities::{
    app_exclusion, app_objection,
    id::{AccountId, AppId, AppInstallationId, DomainId, OrganizationId, WorkspaceId},
    kinds::{AppObjectionStatus, BlockKind, MembershipStatus, RoleName},
    membership,
};
use steward_tests::{Client, Somebody, TestApp, on_both};
use url::form_urlencoded;

pub const ALL: [&str; 5] = ["READ_NAME", "READ_EMAIL", "READ_PROFILE", "READ_ITEMS", "WRITE_ITEMS"];

/// Hofer, with an app that asks for everything; Ana, whose account it manages, and Ben, who is a member of its workspace.
pub struct World {
    pub id: OrganizationId,
    pub domain: DomainId,
    pub workspace: WorkspaceId,
    pub admin: Somebody,
    pub operator: Somebody,
    pub ana: Somebody,
    pub ben: Somebody,
    pub app: String,
    secret: String,
}

fn profile() -> Value {
    json!({
        "givenName": "First", "familyName": "Last", "nickname": "Nick", "jobTitle": "Designer", "department": "Product",
        "organizationUnit": "Plant 2", "location": "Innsbruck", "timeZone": "Europe/Vienna", "phone": "+43512555012",
        "pictureUrl": "https://pictures.example/one.png",
    })
}

impl World {
    pub async fn new(app: &TestApp) -> Self {
        let id = app.organization("Hofer").await;
        let domain = app.proved_domain(id, "hofer.example").await;
        let workspace = app.workspace(id).await;
        let admin = app.administrator(id, RoleName::Owner).await;
        let operator = app.operator().await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(id, domain, ana.id).await;
        let ben = app.person("ben@home.example").await;
        app.joined(id, workspace, ben.id, &ben.email).await;
        for person in [&ana, &ben] {
            person.client.done("updateMyProfile", profile(), "").await;
        }
        let (made, secret) = registered(&operator.client, "Rotas", &ALL).await;
        let it = Self { id, domain, workspace, admin, operator, ana, ben, app: made, secret };
        it.admin.client.done("approveApp", it.on(json!({ "appId": it.app })), "").await;
        it
    }

    /// An input of an administrator's.
    pub fn on(&self, more: Value) -> Value {
        let mut input = json!({ "organizationId": self.id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    }

    /// Installs the app there, with all that it asks for: its id. Everybody has been told.
    pub async fn installed(&self, app: &TestApp, target: Value) -> Value {
        let input = self.on(json!({ "appId": self.app, "target": target, "scopes": ALL }));
        let made = self.admin.client.done("installApp", input, "installation { id }").await;
        app.run_jobs().await;
        made["installation"]["id"].clone()
    }

    /// The app, with a token for some scopes.
    pub async fn client(&self, app: &TestApp, installation: &Value, scopes: &[&str]) -> Client {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.app)
            .append_pair("client_secret", &self.secret)
            .append_pair("installation_id", installation.as_str().unwrap())
            .append_pair("scope", &scopes.join(" "))
            .finish();
        let answer = post(app, "/oauth/token", form).await;
        app.with(answer.body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", answer.body)))
    }

    /// Somebody whose account Hofer manages.
    pub async fn managed(&self, app: &TestApp, name: &str) -> Somebody {
        let person = app.person(&format!("{name}@hofer.example")).await;
        app.under_control(self.id, self.domain, person.id).await;
        person
    }

    /// Somebody who is a member of a workspace.
    pub async fn member(&self, app: &TestApp, name: &str, workspace: WorkspaceId) -> Somebody {
        let person = app.person(&format!("{name}@home.example")).await;
        app.joined(self.id, workspace, person.id, &person.email).await;
        person
    }

    /// An objection of somebody's.
    pub async fn objects(&self, app: &TestApp, installation: &Value, account: AccountId) {
        let row = app_objection::ActiveModel {
            id: Set(app.id()),
            organization_id: Set(self.id),
            app_id: Set(self.app_id()),
            account_id: Set(account),
            installation_id: Set(installation_id(installation)),
            scopes: Set(1),
            reach: Set(json!({})),
            reason: Set(None),
            status: Set(AppObjectionStatus::Open),
            created_at: Set(app.now()),
            decided_at: Set(None),
            decided_by: Set(None),
            decision: Set(None),
            withdrawn_at: Set(None),
        };
        row.insert(&app.database).await.unwrap();
    }

    fn app_id(&self) -> AppId {
        self.app.parse().unwrap()
    }
}

pub fn installation_id(installation: &Value) -> AppInstallationId {
    installation.as_str().unwrap().parse().unwrap()
}

/// The names of all whom an app sees, page by page, sorted.
pub async fn seen(by: &Client) -> Vec<String> {
    let query = "query($after: String) { people(first: 2, after: $after) { totalCount nodes { id name } pageInfo { hasNextPage endCursor } } }";
    let (mut names, mut ids, mut after) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let page = by.ask(query, json!({ "after": after })).await["people"].clone();
        let nodes = page["nodes"].as_array().unwrap();
        names.extend(nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()));
        ids.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], names.len());
            assert!(ids.is_sorted(), "{ids:?}");
            names.sort();
            return names;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn person(by: &Client, id: AccountId) -> Value {
    by.ask("query($id: ID!) { person(id: $id) { id name } }", json!({ "id": id })).await["person"].clone()
}

on_both! {
    async fn an_app_sees_the_people_of_its_installation_and_nobody_else(app: TestApp) {
        let it = World::new(&app).await;
        let other = app.workspace(it.id).await;
        let cem = it.member(&app, "cem", other).await;
        let away = it.member(&app, "away", it.workspace).await;
        let strangers = app.organization("Strangers").await;
        let elsewhere = app.workspace(strangers).await;
        let stranger = app.person("stranger@home.example").await;
        app.joined(strangers, elsewhere, stranger.id, &stranger.email).await;
        let hidden = [
            (it.managed(&app, "suspended").await, BlockKind::Suspension),
            (it.managed(&app, "resting").await, BlockKind::Deactivation),
            (it.member(&app, "closed", it.workspace).await, BlockKind::Termination),
            (it.member(&app, "leaving", it.workspace).await, BlockKind::Deletion),
        ];
        for (person, kind) in &hidden {
            app.blocked(person.id, *kind, Some(it.id)).await;
        }
        let restricted = it.managed(&app, "restricted").await;
        app.blocked(restricted.id, BlockKind::Restriction, Some(it.id)).await;
        let theirs = membership::Entity::find().filter(membership::Column::AccountId.eq(away.id)).one(&app.database).await.unwrap().unwrap();
        let suspended = membership::ActiveModel { id: Set(theirs.id), status: Set(MembershipStatus::Suspended), ..Default::default() };
        suspended.update(&app.database).await.unwrap();

        let on_workspace = it.installed(&app, json!({ "workspaceId": it.workspace })).await;
        let there = it.client(&app, &on_workspace, &["READ_NAME"]).await;
        assert_eq!(seen(&there).await, ["ben"]);
        it.admin.client.done("uninstallApp", it.on(json!({ "installationId": on_workspace, "reason": "wider" })), "").await;
        app.run_jobs().await;
        let everywhere = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &everywhere, &["READ_NAME"]).await;
        assert_eq!(seen(&by).await, ["ana", "ben", "cem", "restricted"]);
        for (id, name) in [(it.ana.id, "ana"), (it.ben.id, "ben"), (cem.id, "cem"), (restricted.id, "restricted")] {
            assert_eq!(person(&by, id).await, json!({ "id": id, "name": name }));
        }
        for id in hidden.iter().map(|(person, _)| person.id).chain([away.id, stranger.id, it.admin.id, app.id()]) {
            assert_eq!(person(&by, id).await, Value::Null);
        }
        assert_eq!(there.send("{ people { nodes { id } } }", json!({})).await.code(), "UNAUTHENTICATED");

        // A suspension that is over opens again; who objects, and whom administrators keep from it, is gone at once.
        let over = membership::ActiveModel { id: Set(theirs.id), until: Set(Some(app.now())), ..Default::default() };
        over.update(&app.database).await.unwrap();
        it.objects(&app, &everywhere, it.ana.id).await;
        let row = app_exclusion::ActiveModel {
            id: Set(app.id()),
            organization_id: Set(it.id),
            app_id: Set(it.app_id()),
            account_id: Set(cem.id),
            installation_id: Set(installation_id(&everywhere)),
            reason: Set(None),
            created_at: Set(app.now()),
            excluded_by: Set(it.admin.id),
            ended_at: Set(None),
            ended_by: Set(None),
            end_reason: Set(None),
        };
        row.insert(&app.database).await.unwrap();
        assert_eq!(seen(&by).await, ["away", "ben", "restricted"]);
        assert_eq!(person(&by, it.ana.id).await, Value::Null);
    }
}

on_both! {
    async fn whatever_isnt_opened_to_apps_is_closed_to_them(app: TestApp) {
        let it = World::new(&app).await;
        let everywhere = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &everywhere, &ALL).await;
        for query in ["{ apps { nodes { id } } }", "{ services { nodes { id } } }", "{ ...more } fragment more on Query { services { nodes { id } } }"] {
            assert_eq!(by.send(query, json!({})).await.code(), "FORBIDDEN", "{query}");
        }
        let id = json!({ "id": it.ana.id });
        for field in ["node(id: $id) { id }", "account(id: $id) { email }", "organization(id: $id) { name }"] {
            assert_eq!(by.send(&format!("query($id: ID!) {{ {field} }}"), id.clone()).await.code(), "FORBIDDEN", "{field}");
        }
        let sign_up = json!({ "email": "new@home.example", "displayName": "New", "locale": "en" });
        let suspend = it.on(json!({ "accountId": it.ana.id, "reason": "why" }));
        for (mutation, input) in [("signUp", sign_up), ("suspendAccount", suspend), ("updateMyProfile", profile())] {
            assert_eq!(by.run(mutation, input, "").await.code(), "FORBIDDEN", "{mutation}");
        }
        let items = json!({ "of": { "organizationId": it.id } });
        let reader = it.client(&app, &everywhere, &["READ_NAME", "WRITE_ITEMS"]).await;
        let refused = reader.send("query($of: ItemsOfInput!) { items(of: $of) { nodes { id } } }", items).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("READ_ITEMS"), "{}", refused.body);
        // Nobody but an app has these.
        let none = json!({ "people": null, "viewer": { "installation": null } });
        assert_eq!(it.admin.client.ask("{ people { nodes { id } } viewer { installation { id } } }", json!({})).await, none);
        let own = by.ask("{ viewer { installation { id appId appName organizationId workspaceId scopes } account { id } } }", json!({})).await;
        assert_eq!(own["viewer"]["installation"], json!({
            "id": everywhere, "appId": it.app, "appName": "Rotas", "organizationId": it.id, "workspaceId": null, "scopes": ALL,
        }));
        assert_eq!(own["viewer"]["account"], Value::Null);
    }
}
