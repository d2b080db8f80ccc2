//! What services of the platform are told: of whom, by which rules, until when; and that it is what is enforced.

mod as_performed;

use crate::left_behind::events;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use steward::core::edits::{Edit, in_force};
use steward_entities::{
    id::{AccountId, OrganizationId, WorkspaceId},
    kinds::{BlockKind, EditOperation, RoleName},
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

static EMPTY: BTreeSet<String> = BTreeSet::new();

const ONE: &str = "query($id: ID!, $operation: DecisionOperation!, $workspace: ID) { \
    it: decision(accountId: $id, operation: $operation, workspaceId: $workspace) { \
    allowed validUntil version rules { code effect organizationId until reason editRestrictionId } } }";

/// A service with a key, an organization with a workspace in it, and a member.
struct Chat {
    operator: Somebody,
    service: Value,
    client: Client,
    hofer: OrganizationId,
    admin: Somebody,
    workspace: WorkspaceId,
    bo: Somebody,
}

impl Chat {
    async fn new(app: &TestApp) -> Self {
        let operator = app.operator().await;
        let (service, client) = service(app, &operator.client, "Chat").await;
        let hofer = app.organization("Hofer").await;
        let admin = app.administrator(hofer, RoleName::UserAdmin).await;
        let workspace = workspace(&admin.client, hofer, &service).await;
        let bo = app.person("bo@home.example").await;
        app.joined(hofer, workspace, bo.id, &bo.email).await;
        Self { operator, service, client, hofer, admin, workspace, bo }
    }

    async fn ask(&self, by: &Client, operation: &str, workspace: Option<WorkspaceId>) -> Answer {
        by.send(ONE, json!({ "id": self.bo.id, "operation": operation, "workspace": workspace })).await
    }

    async fn decided(&self, operation: &str, workspace: Option<WorkspaceId>) -> Value {
        let answer = self.ask(&self.client, operation, workspace).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        answer.body["data"]["it"].clone()
    }

    /// Whether it is allowed, and the codes.
    async fn short(&self, operation: &str, workspace: Option<WorkspaceId>) -> (bool, Vec<String>) {
        let decided = self.decided(operation, workspace).await;
        let codes = decided["rules"].as_array().unwrap().iter().map(|rule| rule["code"].as_str().unwrap().to_owned());
        (decided["allowed"].as_bool().unwrap(), codes.collect())
    }

    async fn limit(&self, what: &str, more: Value) {
        let query = "query($id: ID!) { workspace(id: $id) { members { nodes { id } } } }";
        let members = self.admin.client.ask(query, json!({ "id": self.workspace })).await;
        let mut input = json!({
            "organizationId": self.hofer, "reason": "a question",
            "membershipId": members["workspace"]["members"]["nodes"][0]["id"],
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin.client.done(what, input, "").await;
    }
}

/// A service, and who asks with a key of it.
pub async fn service(app: &TestApp, operator: &Client, name: &str) -> (Value, Client) {
    let made = operator.done("createService", json!({ "name": name }), "service { id }").await;
    let id = made["service"]["id"].clone();
    let input = json!({ "serviceId": id, "name": "the web server" });
    let key = operator.done("createServiceKey", input, "secret secretAlreadyShown").await;
    let secret = key["secret"].as_str().unwrap();
    assert!(secret.starts_with("steward_service_"));
    (id, app.with(secret))
}

pub async fn workspace(admin: &Client, organization: OrganizationId, service: &Value) -> WorkspaceId {
    let input = json!({ "organizationId": organization, "serviceId": service, "name": "a team" });
    let made = admin.done("createWorkspace", input, "workspace { id }").await;
    made["workspace"]["id"].as_str().unwrap().parse().unwrap()
}

fn told(allowed: bool, codes: &[&str]) -> (bool, Vec<String>) {
    (allowed, codes.iter().map(|code| (*code).to_owned()).collect())
}

on_both! {
    async fn a_key_works_until_it_is_revoked_or_over(app: TestApp) {
        let chat = Chat::new(&app).await;
        let operator = &chat.operator.client;
        let soon: DateTime<Utc> = app.now() + TimeDelta::days(1);
        let input = json!({ "serviceId": chat.service, "name": "short", "expiresAt": soon });
        let made = operator.done("createServiceKey", input, "secret serviceKey { id hint expiresAt }").await;
        let short = app.with(made["secret"].as_str().unwrap());
        for (expires, field) in [(app.now(), "input.expiresAt"), (app.now() + TimeDelta::days(366), "input.expiresAt")] {
            let input = json!({ "serviceId": chat.service, "name": "wrong", "expiresAt": expires });
            assert_eq!(operator.run("createServiceKey", input, "").await.field(), field);
        }
        assert_eq!(chat.ask(&short, "EDIT_PROFILE", None).await.code(), "OK");
        let query = "{ services(first: 5) { nodes { keys(first: 5) { nodes { name lastUsedAt revokedAt } } } } }";
        assert_eq!(operator.ask(query, json!({})).await["services"]["nodes"][0]["keys"]["nodes"].as_array().unwrap().len(), 2);
        assert_eq!(chat.bo.client.ask(query, json!({})).await["services"]["nodes"][0]["keys"], Value::Null);
        let revoke = json!({ "serviceKeyId": made["serviceKey"]["id"] });
        operator.done("revokeServiceKey", revoke.clone(), "serviceKey { revokedAt }").await;
        operator.done("revokeServiceKey", revoke, "serviceKey { revokedAt }").await;
        // A lone question is answered together with the key, and others after it.
        let other = "{ viewer { actor { kind } } }";
        assert_eq!(chat.ask(&short, "EDIT_PROFILE", None).await.code(), "UNAUTHENTICATED");
        assert_eq!(short.send(other, json!({})).await.code(), "UNAUTHENTICATED");
        for client in [app.with("steward_service_nobody"), app.with(&format!("{}x", made["secret"].as_str().unwrap()))] {
            assert_eq!(chat.ask(&client, "EDIT_PROFILE", None).await.code(), "UNAUTHENTICATED");
        }
        assert_eq!(chat.ask(&chat.client, "EDIT_PROFILE", None).await.code(), "OK");
        assert_eq!(chat.client.send(other, json!({})).await.code(), "OK");
        app.advance(TimeDelta::days(365));
        assert_eq!(chat.ask(&chat.client, "EDIT_PROFILE", None).await.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn strangers_ask_nothing_and_a_service_does_nothing_else(app: TestApp) {
        let chat = Chat::new(&app).await;
        assert_eq!(chat.ask(&app.nobody(), "EDIT_PROFILE", None).await.code(), "UNAUTHENTICATED");
        let owner = app.administrator(chat.hofer, RoleName::Owner).await;
        let key = app.api_key(chat.hofer, owner.id, RoleName::UserAdmin).await;
        for client in [&chat.bo.client, &chat.admin.client, &key, &chat.operator.client] {
            assert_eq!(chat.ask(client, "EDIT_PROFILE", None).await.code(), "FORBIDDEN");
        }
        let seen = chat.client.ask(
            "query($id: ID!, $account: ID!) { viewer { actor { kind } account { id } organizations { role } } organization(id: $id) { id } account(id: $account) { id } }",
            json!({ "id": chat.hofer, "account": chat.bo.id }),
        ).await;
        assert_eq!(seen["viewer"], json!({ "actor": { "kind": "SERVICE" }, "account": null, "organizations": [] }));
        assert_eq!((&seen["organization"], &seen["account"]), (&Value::Null, &Value::Null));
        assert_eq!(chat.client.run("updateMyProfile", json!({ "jobTitle": "Robot" }), "").await.code(), "FORBIDDEN");
        assert_eq!(chat.client.run("createService", json!({ "name": "Mine" }), "").await.code(), "FORBIDDEN");
        let input = json!({ "organizationId": chat.hofer, "accountId": chat.bo.id, "reason": "why not" });
        assert_eq!(chat.client.run("suspendAccount", input, "").await.code(), "NOT_FOUND");
        assert_eq!(events(&app, chat.hofer, "suspendAccount").await, 0);
    }
}

on_both! {
    async fn a_service_is_told_of_members_of_its_workspaces_alone(app: TestApp) {
        let chat = Chat::new(&app).await;
        let (mail, other) = service(&app, &chat.operator.client, "Mail").await;
        assert_eq!(chat.ask(&other, "EDIT_PROFILE", None).await.body["data"]["it"], Value::Null);
        assert_eq!(chat.short("EDIT_PROFILE", None).await, told(true, &["OWN_ACCOUNT"]));
        // A workspace in another service, one of nobody, and one where the person is no member: all the same.
        let of_mail = workspace(&chat.admin.client, chat.hofer, &mail).await;
        app.joined(chat.hofer, of_mail, chat.bo.id, &chat.bo.email).await;
        let empty = workspace(&chat.admin.client, chat.hofer, &chat.service).await;
        for place in [of_mail, app.id(), empty] {
            assert_eq!(chat.short("ACCESS_WORKSPACE", Some(place)).await, told(false, &["NOT_A_MEMBER"]));
            assert_eq!(chat.short("EDIT_ITEMS", Some(place)).await, told(false, &["NOT_A_MEMBER"]));
        }
        // Who isn't there, who was only invited, and who has left.
        let pia = app.person("pia@home.example").await;
        let offer = json!({ "organizationId": chat.hofer, "workspaceId": chat.workspace, "email": pia.email });
        chat.admin.client.done("addMember", offer, "").await;
        for id in [json!(pia.id), json!(app.id::<AccountId>()), json!("acct_1"), json!("")] {
            let answer = chat.client.send(ONE, json!({ "id": id, "operation": "EDIT_PROFILE" })).await;
            assert_eq!((answer.code().as_str(), &answer.body["data"]["it"]), ("OK", &Value::Null), "{id}");
        }
        chat.limit("terminateMembership", json!({})).await;
        for (operation, place) in [("EDIT_PROFILE", None), ("ACCESS_WORKSPACE", Some(chat.workspace))] {
            assert_eq!(chat.short(operation, place).await, told(false, &["MEMBERSHIP_TERMINATED"]));
        }
        let query = "{ viewer { memberships { nodes { id status } } } }";
        let mine = chat.bo.client.ask(query, json!({})).await["viewer"]["memberships"]["nodes"].clone();
        let ended = mine.as_array().unwrap().iter().find(|it| it["status"] == "TERMINATED").unwrap()["id"].clone();
        chat.bo.client.done("leaveWorkspace", json!({ "membershipId": ended }), "").await;
        assert_eq!(chat.ask(&chat.client, "EDIT_PROFILE", None).await.body["data"]["it"], Value::Null);
    }
}

on_both! {
    async fn memberships_and_blocks_decide_and_their_ends_end_the_answer(app: TestApp) {
        let chat = Chat::new(&app).await;
        let place = Some(chat.workspace);
        assert_eq!(chat.short("ACCESS_WORKSPACE", place).await, told(true, &["MEMBERSHIP_ACTIVE"]));
        let until = app.now() + TimeDelta::seconds(30);
        chat.limit("restrictMembership", json!({ "until": until })).await;
        assert_eq!(chat.short("ACCESS_WORKSPACE", place).await, told(true, &["MEMBERSHIP_RESTRICTED"]));
        let edit = chat.decided("EDIT_ITEMS", place).await;
        assert_eq!((&edit["allowed"], &edit["rules"][0]["effect"]), (&json!(false), &json!("FORBIDS")));
        assert_eq!(edit["validUntil"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), until);
        app.advance(TimeDelta::seconds(30));
        let after = chat.decided("EDIT_ITEMS", place).await;
        assert_eq!(after["allowed"], true, "by the clock alone");
        assert_ne!(after["version"], edit["version"]);
        assert_eq!(after["validUntil"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), app.now() + TimeDelta::seconds(60));
        chat.limit("suspendMembership", json!({})).await;
        assert_eq!(chat.short("ACCESS_WORKSPACE", place).await, told(false, &["MEMBERSHIP_SUSPENDED"]));
        assert_eq!(chat.short("EDIT_PROFILE", None).await, told(true, &["OWN_ACCOUNT"]));
        chat.limit("restoreMembership", json!({})).await;

        app.blocked(chat.bo.id, BlockKind::Restriction, None).await;
        assert_eq!(chat.short("ACCESS_WORKSPACE", place).await, told(true, &["ACCOUNT_RESTRICTED", "MEMBERSHIP_ACTIVE"]));
        assert_eq!(chat.short("EDIT_PROFILE", None).await, told(false, &["ACCOUNT_RESTRICTED", "OWN_ACCOUNT"]));
        app.blocked(chat.bo.id, BlockKind::Deactivation, None).await;
        app.blocked(chat.bo.id, BlockKind::PasswordReset, Some(chat.hofer)).await;
        let codes = ["ACCOUNT_DEACTIVATED", "PASSWORD_RESET_REQUIRED", "ACCOUNT_RESTRICTED", "MEMBERSHIP_ACTIVE"];
        assert_eq!(chat.short("ACCESS_WORKSPACE", place).await, told(false, &codes));
    }
}

on_both! {
    async fn what_is_told_of_edits_is_what_is_enforced(app: TestApp) {
        let chat = Chat::new(&app).await;
        let domain = app.proved_domain(chat.hofer, "home.example").await;
        app.under_control(chat.hofer, domain, chat.bo.id).await;
        let place = Some(chat.workspace);
        for restricted in EditOperation::ALL {
            let input = json!({
                "organizationId": chat.hofer, "target": { "organization": {} }, "reason": "An audit",
                "operations": [restricted.as_str()], "until": app.now() + TimeDelta::days(1),
            });
            let set = chat.admin.client.done("restrictEdits", input, "editRestriction { id }").await;
            let id = set["editRestriction"]["id"].clone();
            for operation in EditOperation::ALL {
                let on_items = steward::core::edits::Operations::ON_ITEMS.contains(operation);
                let decided = chat.decided(operation.as_str(), place.filter(|_| on_items)).await;
                let rule = decided["rules"].as_array().unwrap().iter().find(|rule| rule["code"] == "EDIT_RESTRICTED").cloned();
                assert_eq!(rule.is_some(), operation == restricted, "{operation:?} under {restricted:?}");
                let managed = *operation == EditOperation::DeleteAccount;
                assert_eq!(decided["allowed"], operation != restricted && !managed, "{operation:?}: {decided}");
                if let Some(rule) = rule {
                    assert_eq!((&rule["organizationId"], &rule["reason"]), (&json!(chat.hofer), &json!("An audit")));
                    assert_eq!((&rule["editRestrictionId"], rule["until"].is_string()), (&id, true));
                }
            }
            let own = chat.bo.client.run("updateMyProfile", json!({ "jobTitle": restricted.as_str() }), "").await.code();
            assert_eq!(own == "OK", chat.decided("EDIT_PROFILE", None).await["allowed"] == true, "{restricted:?}");
            let lift = json!({ "organizationId": chat.hofer, "editRestrictionId": id });
            chat.admin.client.done("liftEditRestriction", lift, "").await;
        }
        let email = chat.decided("CHANGE_EMAIL", None).await;
        assert_eq!((&email["allowed"], &email["rules"][0]["code"]), (&json!(true), &json!("APPROVAL_REQUIRED")));
    }
}

on_both! {
    async fn a_service_is_told_of_each_restriction_that_the_guard_finds_and_of_no_other(app: TestApp) {
        let chat = Chat::new(&app).await;
        let domain = app.proved_domain(chat.hofer, "hofer.example").await;
        let second = workspace(&chat.admin.client, chat.hofer, &chat.service).await;
        let (mail, _) = service(&app, &chat.operator.client, "Mail").await;
        let elsewhere = workspace(&chat.admin.client, chat.hofer, &mail).await;
        // Every ground: managed or not, a member of one, of both, or elsewhere too; who set it; who holds larger powers.
        let owner = app.administrator(chat.hofer, RoleName::Owner).await;
        let mut people = vec![(chat.bo.id, vec![]), (chat.admin.id, vec![chat.workspace]), (owner.id, vec![chat.workspace])];
        let places = [vec![chat.workspace], vec![second], vec![chat.workspace, second, elsewhere]];
        for (number, places) in places.iter().chain(&places).enumerate() {
            let id = app.account(&format!("person{number}@hofer.example")).await;
            if number < 3 {
                app.under_control(chat.hofer, domain, id).await;
            }
            people.push((id, places.clone()));
        }
        for (id, places) in &people {
            for place in places {
                app.joined(chat.hofer, *place, *id, &format!("{id}@hofer.example").replace('_', "-")).await;
            }
        }
        let ids: Vec<AccountId> = people.iter().map(|(id, _)| *id).collect();
        let targets = [
            json!({ "organization": {} }), json!({ "workspaceId": chat.workspace }), json!({ "workspaceId": elsewhere }),
            json!({ "accountIds": [ids[0], ids[3], ids[5], ids[7]] }),
        ];
        for target in targets {
            let input = json!({
                "organizationId": chat.hofer, "target": target, "reason": "An audit", "operations": ["EDIT_ITEMS", "EDIT_PROFILE"],
            });
            chat.admin.client.done("restrictEdits", input, "").await;
        }
        let bound = in_force(&app.database, &ids, app.now()).await.unwrap();
        let (mut questions, mut expected) = (Vec::new(), Vec::new());
        for id in &ids {
            for (operation, place) in [
                (EditOperation::EditProfile, None), (EditOperation::EditItems, None), (EditOperation::DeleteItems, None),
                (EditOperation::EditItems, Some(chat.workspace)), (EditOperation::EditItems, Some(second)),
            ] {
                questions.push(json!({ "accountId": id, "operation": operation.as_str(), "workspaceId": place }));
                let edit = Edit { operation, workspace: place.map(|place| (chat.hofer, place)) };
                let covering = bound.get(id).into_iter().flatten().map(|it| &it.bound).filter(|bound| bound.covers(edit));
                expected.push(covering.map(|bound| bound.restriction.to_string()).collect::<BTreeSet<_>>());
            }
        }
        let query = "query($questions: [DecisionQuestionInput!]!) { decisions(questions: $questions) { rules { code editRestrictionId } } }";
        let answers = chat.client.ask(query, json!({ "questions": questions })).await["decisions"].clone();
        for ((question, expected), answer) in questions.iter().zip(&expected).zip(answers.as_array().unwrap()) {
            let rules = answer["rules"].as_array().unwrap();
            let ids = rules.iter().filter_map(|rule| rule["editRestrictionId"].as_str().map(str::to_owned));
            let told: BTreeSet<String> = ids.collect();
            // Where somebody is no member, that alone decides.
            let is_member = rules.iter().all(|rule| rule["code"] != "NOT_A_MEMBER");
            assert_eq!(&told, if is_member { expected } else { &EMPTY }, "{question}: {answer}");
        }
        assert!(expected.iter().any(|ids| ids.len() == 3) && expected.iter().any(BTreeSet::is_empty));
    }
}

on_both! {
    async fn of_organizations_elsewhere_a_service_learns_no_more_than_that_there_is_a_rule(app: TestApp) {
        let chat = Chat::new(&app).await;
        let other = app.organization("Elsewhere").await;
        let domain = app.proved_domain(other, "home.example").await;
        let admin = app.administrator(other, RoleName::UserAdmin).await;
        app.under_control(other, domain, chat.bo.id).await;
        let input = json!({
            "organizationId": other, "target": { "accountIds": [chat.bo.id] }, "reason": "A secret audit",
            "operations": ["EDIT_PROFILE", "EDIT_ITEMS"],
        });
        admin.client.done("restrictEdits", input, "").await;
        let decided = chat.decided("EDIT_PROFILE", None).await;
        assert_eq!(decided["rules"][0], json!({
            "code": "EDIT_RESTRICTED", "effect": "FORBIDS", "organizationId": null, "until": null, "reason": null,
            "editRestrictionId": null,
        }));
        assert_eq!(chat.short("EDIT_ITEMS", Some(chat.workspace)).await, told(true, &["MEMBERSHIP_ACTIVE"]), "out of its reach");
        assert_eq!(chat.short("EDIT_ITEMS", None).await, told(false, &["EDIT_RESTRICTED", "OWN_ACCOUNT"]));
    }
}

on_both! {
    async fn a_hundred_questions_are_answered_in_their_order(app: TestApp) {
        let chat = Chat::new(&app).await;
        let mut people = vec![(chat.bo.id, true)];
        for number in 0..9 {
            let email = format!("person{number}@home.example");
            let id = app.account(&email).await;
            if number % 2 == 0 {
                app.joined(chat.hofer, chat.workspace, id, &email).await;
            }
            people.push((id, number % 2 == 0));
        }
        let asked: Vec<&(AccountId, bool)> = people.iter().cycle().take(100).collect();
        let question = |id: &AccountId| json!({ "accountId": id, "operation": "ACCESS_WORKSPACE", "workspaceId": chat.workspace });
        let questions: Vec<Value> = asked.iter().map(|(id, _)| question(id)).collect();
        let query = "query($questions: [DecisionQuestionInput!]!) { decisions(questions: $questions) { accountId operation workspaceId allowed } }";
        let answers = chat.client.ask(query, json!({ "questions": questions })).await["decisions"].clone();
        let expected: Vec<Value> = asked.iter().map(|(id, is_member)| {
            let answer = json!({ "accountId": id, "operation": "ACCESS_WORKSPACE", "workspaceId": chat.workspace, "allowed": true });
            if *is_member { answer } else { Value::Null }
        }).collect();
        assert_eq!(answers, json!(expected));
        let too_many: Vec<Value> = (0..101).map(|_| question(&chat.bo.id)).collect();
        assert_eq!(chat.client.send(query, json!({ "questions": too_many })).await.code(), "BAD_REQUEST");
        assert_eq!(chat.client.ask(query, json!({ "questions": [] })).await["decisions"], json!([]));
        assert_eq!(chat.ask(&chat.client, "ACCESS_WORKSPACE", None).await.code(), "BAD_REQUEST");
    }
}
