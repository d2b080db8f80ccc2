//! A proof with subdomains doesn't reach into a name that another organization has proved: the longest proved name decides
//! where accounts are made, moved and claimed.

use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::{Value, json};
use steward_entities::{
    account, domain,
    id::{DomainId, OrganizationId},
    kinds::{DomainStatus, RoleName},
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

struct Scene {
    group: OrganizationId,
    wide: DomainId,
    admin: Somebody,
    firm: DomainId,
    firms_owner: Somebody,
}

impl Scene {
    /// A group that has proved a name and all below, and a firm that has proved one of those.
    async fn new(app: &TestApp) -> Self {
        let group = app.organization("Group").await;
        let wide = widely(app, group, "corp.test").await;
        let admin = app.administrator(group, RoleName::Owner).await;
        let other = app.organization("Firm").await;
        let firm = app.proved_domain(other, "firm.corp.test").await;
        Self { group, wide, admin, firm, firms_owner: app.administrator(other, RoleName::Owner).await }
    }

    async fn create(&self, email: &str) -> (String, String) {
        let input = json!({ "organizationId": self.group, "email": email });
        told(&self.admin.client.run("createAccount", input, "email").await)
    }
}

async fn widely(app: &TestApp, organization: OrganizationId, name: &str) -> DomainId {
    let id = app.proved_domain(organization, name).await;
    let row = domain::ActiveModel { id: Set(id), include_subdomains: Set(Some(app.now())), ..Default::default() };
    row.update(&app.database).await.unwrap();
    id
}

fn told(answer: &Answer) -> (String, String) {
    (answer.code(), answer.field())
}

async fn plan(client: &Client, domain: DomainId) -> Value {
    let query = "query($id: ID!) { domain(id: $id) { claimPlan { claimable candidates { nodes { email } } } } }";
    client.ask(query, json!({ "id": domain })).await["domain"]["claimPlan"].clone()
}

on_both! {
    async fn accounts_are_made_and_moved_only_where_no_other_proof_is_nearer(app: TestApp) {
        let scene = Scene::new(&app).await;
        let outside = |field: &str| ("OUTSIDE_DOMAINS".to_owned(), field.to_owned());
        let ana = app.account("ana@corp.test").await;
        app.under_control(scene.group, scene.wide, ana).await;
        let change = async |email: &str| {
            let input = json!({ "organizationId": scene.group, "accountId": ana, "newEmail": email, "reason": "a move" });
            told(&scene.admin.client.run("changeAccountEmail", input, "").await)
        };
        for email in ["ana@firm.corp.test", "ana@deep.firm.corp.test"] {
            assert_eq!(scene.create(email).await, outside("input.email"), "{email}");
            assert_eq!(change(email).await, outside("input.newEmail"), "{email}");
        }
        assert_eq!(scene.create("bo@firms.corp.test").await.0, "OK");
        assert_eq!(change("ana@branch.corp.test").await.0, "OK");
        // A nearer proof of one's own reaches there again.
        app.proved_domain(scene.group, "deep.firm.corp.test").await;
        assert_eq!(scene.create("cid@deep.firm.corp.test").await.0, "OK");
        assert_eq!(change("ana@deep.firm.corp.test").await.0, "OK");
        assert_eq!(scene.create("cid@firm.corp.test").await, outside("input.email"));
        // A proof that has lapsed is none.
        let lapsed = domain::ActiveModel { id: Set(scene.firm), status: Set(DomainStatus::Lapsed), ..Default::default() };
        lapsed.update(&app.database).await.unwrap();
        assert_eq!(scene.create("cid@firm.corp.test").await.0, "OK");
    }
}

on_both! {
    async fn candidates_belong_to_the_nearest_proof_and_managed_accounts_stay(app: TestApp) {
        let scene = Scene::new(&app).await;
        let ana = app.account("ana@firm.corp.test").await;
        app.account("deep@deep.firm.corp.test").await;
        app.account("bo@branch.corp.test").await;
        let managed = app.account("managed@firm.corp.test").await;
        app.under_control(scene.group, scene.wide, managed).await;
        let mine = |email: &str| json!({ "claimable": 1, "candidates": { "nodes": [{ "email": email }] } });
        assert_eq!(plan(&scene.admin.client, scene.wide).await, mine("bo@branch.corp.test"));
        assert_eq!(plan(&scene.firms_owner.client, scene.firm).await, mine("ana@firm.corp.test"));
        let own = app.proved_domain(scene.group, "deep.firm.corp.test").await;
        assert_eq!(plan(&scene.admin.client, own).await, mine("deep@deep.firm.corp.test"));

        let seen = "query($id: ID!) { account(id: $id) { id } }";
        assert_eq!(scene.admin.client.ask(seen, json!({ "id": ana })).await["account"], Value::Null);
        let input = json!({ "organizationId": scene.group, "domainId": scene.wide, "scope": { "accountIds": [ana] } });
        assert_ne!(scene.admin.client.run("claimAccounts", input, "").await.code(), "OK");
        let input = json!({ "organizationId": scene.group, "domainId": scene.wide, "scope": { "everyone": {} } });
        scene.admin.client.done("claimAccounts", input, "").await;
        app.run_jobs().await;
        app.advance(chrono::TimeDelta::days(14));
        app.run_jobs().await;
        let manager = async |id| account::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap().managed_by;
        assert_eq!((manager(ana).await, manager(managed).await), (None, Some(scene.group)));
    }
}
