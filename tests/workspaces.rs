//! Services, workspaces, memberships: no power before the person accepts, and no word about who has an account.

use crate::left_behind::{events, last_event, link, notices};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::{Value, json};
use steward_entities::{
    account_block, event,
    id::{AccountBlockId, AccountId, MembershipId, OrganizationId, ServiceId},
    kinds::{ActorKind, BlockKind, RoleName, TokenPurpose},
    membership,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};
use uuid::Uuid;

const MEMBER: &str = "membership { id status email name accountId expiresAt version }";

/// An organization with a workspace, and one who administers its memberships.
struct Scene {
    acme: OrganizationId,
    workspace: String,
    admin: Somebody,
}

impl Scene {
    async fn new(app: &TestApp) -> Self {
        let acme = app.organization("Acme").await;
        let admin = app.administrator(acme, RoleName::UserAdmin).await;
        let operator = app.operator().await;
        let made = operator.client.done("createService", json!({ "name": "Wiki" }), "service { id }").await;
        let input = json!({ "organizationId": acme, "serviceId": made["service"]["id"], "name": "Design" });
        let made = admin.client.done("createWorkspace", input, "workspace { id }").await;
        Self { acme, workspace: made["workspace"]["id"].as_str().unwrap().to_owned(), admin }
    }

    async fn add(&self, client: &Client, email: &str) -> Answer {
        let input = json!({ "organizationId": self.acme, "workspaceId": self.workspace, "email": email });
        client.run("addMember", input, MEMBER).await
    }

    /// Adds somebody and gives the membership's id.
    async fn offer(&self, email: &str) -> Value {
        let answer = self.add(&self.admin.client, email).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        answer.payload()["membership"]["id"].clone()
    }

    async fn members(&self, client: &Client) -> Value {
        let query = "query($id: ID!) { workspace(id: $id) { name service { name } members { totalCount nodes { id status email name accountId } } } }";
        client.ask(query, json!({ "id": self.workspace })).await["workspace"].clone()
    }
}

async fn accept(client: &Client, input: Value) -> Answer {
    client.run("acceptMembership", input, MEMBER).await
}

async fn decline(client: &Client, input: Value) -> Answer {
    client.run("declineMembership", input, "membershipId").await
}

async fn mine(client: &Client) -> Value {
    let query = "{ viewer { memberships { nodes { id status workspaceName organizationName } } } }";
    client.ask(query, json!({})).await["viewer"]["memberships"]["nodes"].clone()
}

on_both! {
    async fn services_and_workspaces_are_made(app: TestApp) {
        let scene = Scene::new(&app).await;
        let operator = app.signed_in(operator_id(&app).await, "operator@example.com").await;
        assert_eq!(operator.client.run("createService", json!({ "name": "Wiki" }), "service { id }").await.code(), "CONFLICT");
        assert_eq!(operator.client.run("createService", json!({ "name": "" }), "service { id }").await.field(), "input.name");
        assert_eq!(scene.admin.client.run("createService", json!({ "name": "Chat" }), "service { id }").await.code(), "FORBIDDEN");
        let answers = futures::future::join_all((0..5).map(|_| operator.client.run("createService", json!({ "name": "Chat" }), "service { id }"))).await;
        assert_eq!(answers.iter().filter(|answer| answer.code() == "OK").count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.code() == "CONFLICT").count(), 4);
        let services = scene.admin.client.ask("{ services { nodes { id name } } }", json!({})).await;
        assert_eq!(services["services"]["nodes"].as_array().unwrap().len(), 2);
        assert_eq!(app.nobody().ask("{ services { nodes { id } } }", json!({})).await["services"]["nodes"], json!([]));

        let service = services["services"]["nodes"][0]["id"].clone();
        app.advance(TimeDelta::seconds(1));
        let input = json!({ "organizationId": scene.acme, "serviceId": service, "name": "Sales" });
        let auditor = app.administrator(scene.acme, RoleName::Auditor).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        assert_eq!(auditor.client.run("createWorkspace", input.clone(), "workspace { id }").await.code(), "FORBIDDEN");
        assert_eq!(stranger.client.run("createWorkspace", input.clone(), "workspace { id }").await.code(), "NOT_FOUND");
        let mut wrong = input.clone();
        wrong["serviceId"] = json!(ServiceId(Uuid::from_u128(1)));
        assert_eq!(scene.admin.client.run("createWorkspace", wrong, "workspace { id }").await.field(), "input.serviceId");
        scene.admin.client.done("createWorkspace", input, "workspace { id name }").await;
        let query = "query($id: ID!) { organization(id: $id) { workspaces(first: 1) { totalCount pageInfo { hasNextPage } nodes { name service { name } } } } }";
        let seen = auditor.client.ask(query, json!({ "id": scene.acme })).await["organization"]["workspaces"].clone();
        assert_eq!((&seen["totalCount"], &seen["nodes"][0]["name"]), (&json!(2), &json!("Design")));
        assert_eq!(seen["pageInfo"]["hasNextPage"], true);
        assert_eq!(events(&app, scene.acme, "createWorkspace").await, 2);
        assert_eq!(scene.members(&stranger.client).await, Value::Null);
    }
}

async fn operator_id(app: &TestApp) -> AccountId {
    use sea_orm::{ColumnTrait, QueryFilter};
    use steward_entities::account;
    let found = account::Entity::find().filter(account::Column::OperatorAt.is_not_null()).one(&app.database).await;
    found.unwrap().unwrap().id
}

on_both! {
    async fn an_offer_looks_the_same_with_and_without_an_account(app: TestApp) {
        let scene = Scene::new(&app).await;
        app.person("known@else.test").await;
        let mut shapes = Vec::new();
        for email in ["known@else.test", "nobody@else.test"] {
            let answer = scene.add(&scene.admin.client, email).await;
            let mut it = answer.payload()["membership"].clone();
            assert_eq!(it["email"], email);
            it["id"] = Value::Null;
            it["email"] = Value::Null;
            let (event, details) = last_event(&app, scene.acme, "addMember").await;
            assert_eq!((event.account_id, &details["email"]), (None, &json!(email)));
            shapes.push((it, details.as_object().unwrap().len()));
        }
        assert_eq!(shapes[0], shapes[1]);
        assert_eq!(shapes[0].0["status"], "INVITED");
        assert_eq!((&shapes[0].0["accountId"], &shapes[0].0["name"]), (&Value::Null, &Value::Null));
        let members = scene.members(&scene.admin.client).await["members"].clone();
        assert!(members["nodes"].as_array().unwrap().iter().all(|member| member["accountId"].is_null()));
        assert_eq!(members["totalCount"], 2);
        // Nothing in the notice names an account; the mail itself goes to the stored address.
        app.advance(TimeDelta::seconds(1));
        scene.offer("KNOWN@else.test").await;
        let sent = notices(&app, "membership_offered").await;
        assert!(sent.iter().all(|(account, ..)| account.is_none()));
        assert_eq!(sent[2].1, "known@else.test");
    }
}

on_both! {
    async fn a_person_accepts_and_leaves(app: TestApp) {
        let scene = Scene::new(&app).await;
        let bo = app.person("bo@else.test").await;
        let other = app.person("other@else.test").await;
        let id = scene.offer("Bo@else.test").await;

        // Only the person whose address it is; before that nobody else knows of it.
        assert_eq!(mine(&bo.client).await, json!([{ "id": id, "status": "INVITED", "workspaceName": "Design", "organizationName": "Acme" }]));
        assert_eq!(mine(&other.client).await, json!([]));
        let secret = link(&app, TokenPurpose::Membership, "bo@else.test").await;
        assert_eq!(accept(&other.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        assert_eq!(accept(&other.client, json!({ "token": secret })).await.code(), "LINK_INVALID");
        assert_eq!(decline(&other.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        assert_eq!(accept(&app.nobody(), json!({ "token": secret })).await.code(), "UNAUTHENTICATED");
        assert_eq!(accept(&bo.client, json!({ "membershipId": MembershipId(Uuid::from_u128(1)) })).await.code(), "NOT_FOUND");
        let leave = json!({ "membershipId": id });
        assert_eq!(bo.client.run("leaveWorkspace", leave.clone(), "membership { status }").await.code(), "NOT_FOUND");

        let answer = accept(&bo.client, json!({ "token": secret })).await;
        assert_eq!(answer.payload()["membership"]["status"], "ACTIVE", "{}", answer.body);
        let (event, _) = last_event(&app, scene.acme, "acceptMembership").await;
        assert_eq!(event.account_id, Some(bo.id));
        assert_eq!(accept(&bo.client, json!({ "token": secret })).await.code(), "LINK_INVALID");
        assert_eq!(accept(&bo.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        let seen = scene.members(&scene.admin.client).await["members"]["nodes"][0].clone();
        assert_eq!((&seen["accountId"], &seen["email"], &seen["name"]), (&json!(bo.id), &json!("bo@else.test"), &json!("bo")));
        let again = scene.add(&scene.admin.client, "bo@else.test").await;
        assert_eq!((again.code(), again.field()), ("CONFLICT".to_owned(), "input.email".to_owned()));

        // Whatever limits the account, the person can leave.
        let block = account_block::ActiveModel {
            id: Set(AccountBlockId(Uuid::from_u128(5))),
            account_id: Set(bo.id),
            organization_id: Set(None),
            kind: Set(BlockKind::Deactivation),
            reason: Set(None),
            message: Set(None),
            created_at: Set(app.now()),
            until: Set(None),
            lifted_at: Set(None),
        };
        block.insert(&app.database).await.unwrap();
        assert_eq!(other.client.run("leaveWorkspace", leave.clone(), "membership { status }").await.code(), "NOT_FOUND");
        let left = bo.client.done("leaveWorkspace", leave.clone(), "membership { status }").await;
        assert_eq!(left["membership"]["status"], "LEFT");
        assert_eq!(bo.client.run("leaveWorkspace", leave, "membership { status }").await.code(), "NOT_FOUND");
        let seen = scene.members(&scene.admin.client).await["members"]["nodes"][0].clone();
        assert_eq!((&seen["email"], &seen["name"]), (&json!("Bo@else.test"), &Value::Null));
        assert_eq!(events(&app, scene.acme, "leaveWorkspace").await, 1);
        // Only a new invitation brings them back.
        assert_ne!(scene.offer("bo@else.test").await, id);
    }
}

on_both! {
    async fn a_person_declines_and_stays_unknown(app: TestApp) {
        let scene = Scene::new(&app).await;
        let bo = app.person("bo@else.test").await;
        let id = scene.offer("bo@else.test").await;
        assert_eq!(decline(&bo.client, json!({ "membershipId": id })).await.code(), "OK");
        assert_eq!(decline(&bo.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        assert_eq!(accept(&bo.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        let secrets = event::Entity::find().all(&app.database).await.unwrap();
        let declined = secrets.iter().find(|event| event.action == "declineMembership").unwrap();
        assert_eq!((declined.actor_kind, declined.account_id), (ActorKind::Link, None));
        assert_ne!(declined.actor_id, Some(bo.id.0));
        let seen = scene.members(&scene.admin.client).await["members"]["nodes"][0].clone();
        assert_eq!((&seen["status"], &seen["accountId"]), (&json!("DECLINED"), &Value::Null));
        // By link as well.
        scene.offer("bo@else.test").await;
        let secret = link(&app, TokenPurpose::Membership, "bo@else.test").await;
        assert_eq!(decline(&bo.client, json!({ "token": secret })).await.code(), "OK");
        assert_eq!(accept(&bo.client, json!({ "token": secret })).await.code(), "LINK_INVALID");
    }
}

on_both! {
    async fn an_offer_is_renewed_and_ends(app: TestApp) {
        let scene = Scene::new(&app).await;
        let bo = app.person("bo@else.test").await;
        let first = scene.offer("bo@else.test").await;
        let old = link(&app, TokenPurpose::Membership, "bo@else.test").await;
        app.advance(TimeDelta::days(13));
        assert_eq!(scene.offer("BO@else.test").await, first);
        assert_eq!(accept(&bo.client, json!({ "token": old })).await.code(), "LINK_INVALID");
        app.advance(TimeDelta::days(13));
        assert_eq!(mine(&bo.client).await.as_array().unwrap().len(), 1);
        app.advance(TimeDelta::days(1));
        assert_eq!(mine(&bo.client).await, json!([]));
        assert_eq!(accept(&bo.client, json!({ "membershipId": first })).await.code(), "NOT_FOUND");

        // Raced: one offer, one membership.
        let answers = futures::future::join_all((0..10).map(|_| scene.add(&scene.admin.client, "bo@else.test"))).await;
        assert!(answers.iter().all(|answer| answer.code() == "OK"));
        assert_eq!(membership::Entity::find().all(&app.database).await.unwrap().len(), 1);
        let secret = link(&app, TokenPurpose::Membership, "bo@else.test").await;
        let answers = futures::future::join_all((0..50).map(|_| accept(&bo.client, json!({ "token": secret })))).await;
        assert_eq!(answers.iter().filter(|answer| answer.code() == "OK").count(), 1);
        assert_eq!(events(&app, scene.acme, "acceptMembership").await, 1);
    }
}

on_both! {
    async fn strangers_and_small_roles_add_nobody(app: TestApp) {
        let scene = Scene::new(&app).await;
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        let helper = app.administrator(scene.acme, RoleName::HelpDesk).await;
        assert_eq!(scene.add(&stranger.client, "bo@else.test").await.code(), "NOT_FOUND");
        assert_eq!(scene.add(&helper.client, "bo@else.test").await.code(), "FORBIDDEN");
        assert_eq!(scene.add(&app.nobody(), "bo@else.test").await.code(), "UNAUTHENTICATED");
        assert_eq!(scene.add(&scene.admin.client, "bo").await.field(), "input.email");
        let input = json!({ "organizationId": other, "workspaceId": scene.workspace, "email": "bo@else.test" });
        let answer = stranger.client.run("addMember", input, MEMBER).await;
        assert_eq!((answer.code(), answer.field()), ("NOT_FOUND".to_owned(), "input.workspaceId".to_owned()));
        assert_eq!(events(&app, scene.acme, "addMember").await, 0);
        assert_eq!(notices(&app, "membership_offered").await.len(), 0);
    }
}

on_both! {
    async fn a_member_under_another_address_accepts_no_second_time(app: TestApp) {
        use steward_entities::account;
        let scene = Scene::new(&app).await;
        let bo = app.person("bo@else.test").await;
        let id = scene.offer("bo@else.test").await;
        accept(&bo.client, json!({ "membershipId": id })).await;
        let row = account::ActiveModel {
            id: Set(bo.id),
            email: Set("new@else.test".to_owned()),
            email_canonical: Set("new@else.test".to_owned()),
            ..Default::default()
        };
        row.update(&app.database).await.unwrap();
        // The old address is nobody's now, so it can be invited; the new one is a member's.
        scene.offer("bo@else.test").await;
        assert_eq!(scene.add(&scene.admin.client, "new@else.test").await.code(), "CONFLICT");
        assert_eq!(mine(&bo.client).await.as_array().unwrap().len(), 1);
    }
}

on_both! {
    async fn an_address_that_administrators_chose_answers_no_offer_of_others_without_its_link(app: TestApp) {
        use steward_entities::{account, kinds::VerificationMethod};
        let scene = Scene::new(&app).await;
        let corp = app.organization("Corp").await;
        let domain = app.proved_domain(corp, "corp.test").await;
        let chief = app.administrator(corp, RoleName::UserAdmin).await;
        let puppet = app.account("puppet@corp.test").await;
        app.under_control(corp, domain, puppet).await;
        let address = "bob@corp.test";
        let before = scene.offer(address).await;
        let input = json!({ "organizationId": corp, "accountId": puppet, "newEmail": address, "reason": "a mistake" });
        chief.client.done("changeAccountEmail", input, "").await;
        let id = scene.offer(address).await;
        assert_eq!(id, before);
        let input = json!({ "organizationId": corp, "workspaceId": app.workspace(corp).await, "email": address });
        let own = chief.client.done("addMember", input, "membership { id }").await["membership"]["id"].clone();

        // The password survived the change. It opens the account, and only what its organization offers.
        let puppet = app.signed_in(puppet, address).await;
        let listed = mine(&puppet.client).await;
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &own));
        assert_eq!(accept(&puppet.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        assert_eq!(decline(&puppet.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        assert_eq!(accept(&puppet.client, json!({ "membershipId": own })).await.code(), "OK");
        let method = async || {
            let row = account::Entity::find_by_id(puppet.id).one(&app.database).await.unwrap().unwrap();
            (row.verified_by, row.verified_at)
        };
        assert_eq!(method().await.0, Some(VerificationMethod::Domain));

        // Who has the mailed link reads mail there, and has proved it from then on.
        app.advance(TimeDelta::minutes(1));
        let secret = link(&app, TokenPurpose::Membership, address).await;
        assert_eq!(accept(&puppet.client, json!({ "token": secret })).await.code(), "OK");
        assert_eq!(method().await, (Some(VerificationMethod::Link), Some(app.now())));
    }
}
