//! An organization's word on third-party apps: its policy, its decisions, and what its people ask for.

use crate::{
    apps::registered,
    deletions::Hofer,
    left_behind::{events, holding, last_event, notices},
};
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use steward_entities::{
    app_request,
    id::{OrganizationId, WorkspaceId},
    kinds::{AppRequestStatus, RoleName},
};
use steward_tests::{Client, Somebody, TestApp, on_both};

/// An organization with an administrator of apps, a member, and an app in the catalogue.
pub struct Acme {
    pub id: OrganizationId,
    pub admin: Somebody,
    pub ana: Somebody,
    pub operator: Somebody,
    pub workspace: WorkspaceId,
    pub app: String,
}

impl Acme {
    pub async fn new(app: &TestApp) -> Self {
        let id = app.organization("Acme").await;
        let admin = app.administrator(id, RoleName::AppAdmin).await;
        let ana = app.person("ana@home.example").await;
        let workspace = app.workspace(id).await;
        app.joined(id, workspace, ana.id, &ana.email).await;
        let operator = app.operator().await;
        let (shifts, _) = registered(&operator.client, "Shifts", &["READ_NAME", "READ_EMAIL"]).await;
        Self { id, admin, ana, operator, workspace, app: shifts }
    }

    /// An input about the app.
    pub fn on_app(&self, more: Value) -> Value {
        let mut input = json!({ "organizationId": self.id, "appId": self.app });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }

    async fn asked(&self) -> Value {
        let input = self.on_app(json!({ "reason": "Nobody finds the paper" }));
        self.ana.client.done("requestApp", input, "appRequest { id }").await["appRequest"]["id"].clone()
    }

    fn answer(&self, request: &Value, outcome: &str) -> Value {
        json!({ "organizationId": self.id, "appRequestId": request, "outcome": outcome, "reason": "We try it" })
    }
}

const DECIDED: &str = "query($id: ID!) { organization(id: $id) { appPolicy appDecisions { totalCount nodes { \
    app { name } verdict scopes reason expiresAt decidedById } } } }";
const QUEUE: &str = "query($id: ID!, $status: AppRequestStatus) { organization(id: $id) { appRequests(status: $status) { \
    nodes { id app { name } account { displayName } reason status answer answeredById } } } }";

async fn decided(by: &Client, organization: OrganizationId) -> Value {
    by.ask(DECIDED, json!({ "id": organization })).await["organization"].clone()
}

on_both! {
    async fn a_policy_and_decisions_say_what_is_allowed(app: TestApp) {
        let acme = Acme::new(&app).await;
        let admin = &acme.admin.client;
        assert_eq!(decided(admin, acme.id).await["appPolicy"], "ALLOW_APPROVED", "the usual one");
        let policy = |mode: &str| json!({ "organizationId": acme.id, "mode": mode });
        let set = admin.done("setAppPolicy", policy("ALLOW_ALL"), "appPolicy").await;
        assert_eq!(set["appPolicy"], "ALLOW_ALL");
        admin.done("setAppPolicy", policy("ALLOW_ALL"), "").await;
        assert_eq!(events(&app, acme.id, "setAppPolicy").await, 1, "what changes nothing leaves nothing");
        let (_, details) = last_event(&app, acme.id, "setAppPolicy").await;
        assert_eq!(details, json!({ "before": { "mode": "ALLOW_APPROVED" }, "after": { "mode": "ALLOW_ALL" } }));
        admin.done("setAppPolicy", policy("BLOCK_ALL"), "").await;
        assert_eq!(decided(admin, acme.id).await["appPolicy"], "BLOCK_ALL");

        let until = app.now() + TimeDelta::days(30);
        let input = acme.on_app(json!({ "scopes": ["READ_NAME"], "expiresAt": until, "reason": "A trial" }));
        admin.done("approveApp", input.clone(), "appDecision { verdict }").await;
        admin.done("approveApp", input, "appDecision { verdict }").await;
        assert_eq!(events(&app, acme.id, "approveApp").await, 1);
        let seen = decided(admin, acme.id).await["appDecisions"].clone();
        assert_eq!(seen["totalCount"], 1);
        let node = &seen["nodes"][0];
        assert_eq!((&node["verdict"], &node["scopes"], &node["reason"]), (&json!("APPROVED"), &json!(["READ_NAME"]), &json!("A trial")));
        assert_eq!((&node["app"]["name"], &node["decidedById"]), (&json!("Shifts"), &json!(acme.admin.id)));

        let done = admin.done("blockApp", acme.on_app(json!({ "reason": "It leaked" })), "appDecision { verdict scopes expiresAt }").await;
        assert_eq!(done["appDecision"], json!({ "verdict": "BLOCKED", "scopes": null, "expiresAt": null }));
        let (_, details) = last_event(&app, acme.id, "blockApp").await;
        assert_eq!((&details["before"]["verdict"], &details["after"]["reason"]), (&json!("APPROVED"), &json!("It leaked")));
        admin.done("clearAppDecision", acme.on_app(json!({})), "app { name }").await;
        admin.done("clearAppDecision", acme.on_app(json!({})), "app { name }").await;
        assert_eq!(events(&app, acme.id, "clearAppDecision").await, 1);
        assert_eq!(decided(admin, acme.id).await["appDecisions"]["nodes"], json!([]));
    }
}

on_both! {
    async fn an_approval_that_cant_be_meant_is_refused_at_its_field(app: TestApp) {
        let acme = Acme::new(&app).await;
        let admin = &acme.admin.client;
        for (more, code, field) in [
            (json!({ "scopes": [] }), "INVALID", "scopes"),
            (json!({ "scopes": ["WRITE_ITEMS"] }), "INVALID", "scopes"),
            (json!({ "expiresAt": app.now() }), "INVALID", "expiresAt"),
            (json!({ "expiresAt": app.now() + TimeDelta::days(4_000) }), "INVALID", "expiresAt"),
            (json!({ "reason": "x".repeat(501) }), "INVALID", "reason"),
            (json!({ "appId": "app_0" }), "INVALID", "appId"),
        ] {
            let answer = admin.run("approveApp", acme.on_app(more.clone()), "").await;
            assert_eq!((answer.code().as_str(), answer.field()), (code, format!("input.{field}")), "{more}");
        }
        acme.operator.client.done("retireApp", json!({ "appId": acme.app, "reason": "gone" }), "").await;
        assert_eq!(admin.run("approveApp", acme.on_app(json!({})), "").await.code(), "INVALID_STATE");
    }
}

on_both! {
    async fn strangers_learn_and_decide_nothing(app: TestApp) {
        let acme = Acme::new(&app).await;
        let request = acme.asked().await;
        acme.admin.client.done("approveApp", acme.on_app(json!({})), "").await;
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        for (mutation, input) in [
            ("approveApp", acme.on_app(json!({}))),
            ("blockApp", acme.on_app(json!({}))),
            ("clearAppDecision", acme.on_app(json!({}))),
            ("answerAppRequest", acme.answer(&request, "DECLINED")),
        ] {
            assert_eq!(stranger.client.run(mutation, input, "").await.code(), "NOT_FOUND", "{mutation}");
        }
        let mut theirs = acme.answer(&request, "DECLINED");
        theirs["organizationId"] = json!(other);
        let answer = stranger.client.run("answerAppRequest", theirs, "").await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("NOT_FOUND", "input.appRequestId"));
        for somebody in [&stranger.client, &acme.ana.client] {
            assert_eq!(decided(somebody, acme.id).await, Value::Null);
            assert_eq!(somebody.ask(QUEUE, json!({ "id": acme.id })).await["organization"], Value::Null);
        }
        let mine = stranger.client.ask("{ viewer { appRequests { nodes { id } } } }", json!({})).await;
        assert_eq!(mine["viewer"]["appRequests"]["nodes"], json!([]));
    }
}

on_both! {
    async fn a_person_asks_and_administrators_answer(app: TestApp) {
        let acme = Acme::new(&app).await;
        app.administrator(acme.id, RoleName::UserAdmin).await;
        let request = acme.asked().await;
        let told = notices(&app, "app_requested").await;
        assert_eq!(told.iter().map(|(to, ..)| *to).collect::<Vec<_>>(), [Some(acme.admin.id)], "who decides about apps");
        let content = &told[0].2;
        assert_eq!((&content["person"], &content["reason"]), (&json!("ana"), &json!("Nobody finds the paper")));
        assert_eq!(content["scopes"], json!(["READ_NAME", "READ_EMAIL"]));
        let queue = acme.admin.client.ask(QUEUE, json!({ "id": acme.id, "status": "WAITING" })).await;
        let node = &queue["organization"]["appRequests"]["nodes"][0];
        assert_eq!((&node["id"], &node["account"]["displayName"], &node["status"]), (&request, &json!("ana"), &json!("WAITING")));

        let input = acme.answer(&request, "APPROVED");
        let done = acme.admin.client.done("answerAppRequest", input, "appRequest { status answer answeredById }").await;
        assert_eq!(done["appRequest"], json!({ "status": "APPROVED", "answer": "We try it", "answeredById": acme.admin.id }));
        assert_eq!(decided(&acme.admin.client, acme.id).await["appDecisions"]["nodes"][0]["verdict"], "APPROVED");
        assert_eq!(events(&app, acme.id, "approveApp").await, 1, "the app is allowed by that");
        let told = notices(&app, "app_request_answered").await;
        assert_eq!((told[0].0, &told[0].2["approved"], &told[0].2["reason"]), (Some(acme.ana.id), &json!(true), &json!("We try it")));
        let mine = acme.ana.client.ask("{ viewer { appRequests { nodes { status answer answeredById organization { name } } } } }", json!({})).await;
        assert_eq!(mine["viewer"]["appRequests"]["nodes"], json!([{
            "status": "APPROVED", "answer": "We try it", "answeredById": null, "organization": { "name": "Acme" },
        }]));

        // Asked again, and refused; the decision about the app stays.
        let request = acme.asked().await;
        acme.admin.client.done("answerAppRequest", acme.answer(&request, "DECLINED"), "").await;
        assert_eq!(notices(&app, "app_request_answered").await[1].2["approved"], false);
        assert_eq!(events(&app, acme.id, "approveApp").await, 1);
    }
}

on_both! {
    async fn who_isnt_there_cant_ask_and_nobody_asks_twice(app: TestApp) {
        let acme = Acme::new(&app).await;
        acme.asked().await;
        let ask = async |by: &Client| by.run("requestApp", acme.on_app(json!({})), "").await.code();
        assert_eq!(ask(&acme.ana.client).await, "INVALID_STATE", "the one before waits");
        let bo = app.person("bo@home.example").await;
        assert_eq!(ask(&bo.client).await, "NOT_FOUND");
        let acmes = app.proved_domain(acme.id, "acme.example").await;
        app.under_control(acme.id, acmes, bo.id).await;
        acme.admin.client.done("blockApp", acme.on_app(json!({})), "").await;
        assert_eq!(ask(&bo.client).await, "APP_NOT_ALLOWED");
        acme.admin.client.done("clearAppDecision", acme.on_app(json!({})), "").await;
        assert_eq!(ask(&bo.client).await, "OK");
        acme.admin.client.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "BLOCK_ALL" }), "").await;
        let (rotas, _) = registered(&acme.operator.client, "Rotas", &["READ_NAME"]).await;
        let input = json!({ "organizationId": acme.id, "appId": rotas });
        assert_eq!(bo.client.run("requestApp", input, "").await.code(), "APP_NOT_ALLOWED");
        // What is refused isn't counted.
        for _ in 0..10 {
            assert_eq!(ask(&bo.client).await, "APP_NOT_ALLOWED");
        }
        acme.admin.client.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "ALLOW_ALL" }), "").await;
        for number in 0..10 {
            let (another, _) = registered(&acme.operator.client, &format!("App {number}"), &["READ_NAME"]).await;
            let input = json!({ "organizationId": acme.id, "appId": another });
            let code = bo.client.run("requestApp", input, "").await.code();
            assert_eq!(code, if number < 9 { "OK" } else { "RATE_LIMITED" }, "each is mail to all administrators");
        }
    }
}

on_both! {
    async fn asked_at_once_one_request_waits(app: TestApp) {
        let acme = Acme::new(&app).await;
        let all = join_all((0..5).map(|_| acme.ana.client.run("requestApp", acme.on_app(json!({})), ""))).await;
        assert_eq!(all.iter().filter(|answer| answer.code() == "OK").count(), 1);
        assert_eq!(app_request::Entity::find().count(&app.database).await.unwrap(), 1);
    }
}

on_both! {
    async fn a_request_is_answered_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let request = acme.asked().await;
        let outcomes = ["APPROVED", "DECLINED", "APPROVED", "DECLINED"];
        let all = join_all(outcomes.map(|outcome| {
            acme.admin.client.run("answerAppRequest", acme.answer(&request, outcome), "")
        }))
        .await;
        let mut codes: Vec<String> = all.iter().map(steward_tests::Answer::code).collect();
        codes.sort();
        assert_eq!(codes, ["INVALID_STATE", "INVALID_STATE", "INVALID_STATE", "OK"]);
        assert_eq!(notices(&app, "app_request_answered").await.len(), 1);

        let request = acme.asked().await;
        acme.admin.client.done("blockApp", acme.on_app(json!({})), "").await;
        let yes = acme.admin.client.run("answerAppRequest", acme.answer(&request, "APPROVED"), "").await;
        assert_eq!(yes.code(), "APP_NOT_ALLOWED", "a yes would promise what isn't so");
        acme.admin.client.done("answerAppRequest", acme.answer(&request, "DECLINED"), "").await;
    }
}

on_both! {
    async fn administrators_hear_some_days_before_an_approval_is_over(app: TestApp) {
        let acme = Acme::new(&app).await;
        let approve = async |days: i64| {
            let input = acme.on_app(json!({ "expiresAt": app.now() + TimeDelta::days(days) }));
            acme.admin.client.done("approveApp", input, "").await;
        };
        let told = async || {
            app.run_jobs().await;
            notices(&app, "app_approval_ending").await
        };
        approve(20).await;
        approve(30).await;
        app.advance(TimeDelta::days(22));
        assert_eq!(told().await.len(), 0, "the first end holds no more");
        app.advance(TimeDelta::days(1));
        let heard = told().await;
        assert_eq!((heard.len(), heard[0].0, &heard[0].2["installed"]), (1, Some(acme.admin.id), &json!(false)));
        let admin = app.signed_in(acme.admin.id, &acme.admin.email).await;
        let input = acme.on_app(json!({ "expiresAt": app.now() + TimeDelta::days(7) }));
        admin.client.done("approveApp", input, "").await;
        app.advance(TimeDelta::days(6));
        assert_eq!(told().await.len(), 1, "for a week nobody forgets it");
    }
}

on_both! {
    async fn a_yes_doesnt_renew_an_approval_that_is_over(app: TestApp) {
        let acme = Acme::new(&app).await;
        let until = app.now() + TimeDelta::days(1);
        let limited = acme.on_app(json!({ "scopes": ["READ_NAME"], "expiresAt": until }));
        acme.admin.client.done("approveApp", limited, "").await;
        app.advance(TimeDelta::days(1));
        let request = acme.asked().await;
        let yes = acme.admin.client.run("answerAppRequest", acme.answer(&request, "APPROVED"), "").await;
        assert_eq!((yes.code().as_str(), yes.field().as_str()), ("APP_NOT_ALLOWED", "input.appRequestId"));
        let decided = decided(&acme.admin.client, acme.id).await["appDecisions"]["nodes"][0].clone();
        assert_eq!((&decided["scopes"], decided["expiresAt"].is_string()), (&json!(["READ_NAME"]), true), "it stays as it was");
        // How much, and until when, is said anew; then the person hears yes.
        let until = app.now() + TimeDelta::days(1);
        let limited = acme.on_app(json!({ "scopes": ["READ_NAME"], "expiresAt": until }));
        acme.admin.client.done("approveApp", limited, "").await;
        acme.admin.client.done("answerAppRequest", acme.answer(&request, "APPROVED"), "").await;
        assert_eq!(events(&app, acme.id, "approveApp").await, 2);
        assert_eq!(notices(&app, "app_request_answered").await.len(), 1);
        // A no needs nothing.
        app.advance(TimeDelta::days(1));
        let request = acme.asked().await;
        acme.admin.client.done("answerAppRequest", acme.answer(&request, "DECLINED"), "").await;
    }
}

on_both! {
    async fn who_leaves_for_good_leaves_no_words_in_requests(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = app.administrator(hofer.id, RoleName::AppAdmin).await;
        let operator = app.operator().await;
        let (shifts, _) = registered(&operator.client, "Shifts", &["READ_NAME"]).await;
        let (rotas, _) = registered(&operator.client, "Rotas", &["READ_NAME"]).await;
        let asked = async |id: &str| {
            let input = json!({ "organizationId": hofer.id, "appId": id, "reason": "Anagram wants it" });
            hofer.ana.client.done("requestApp", input, "appRequest { id }").await["appRequest"]["id"].clone()
        };
        let (first, _) = (asked(&shifts).await, asked(&rotas).await);
        let input = json!({ "organizationId": hofer.id, "appRequestId": first, "outcome": "DECLINED", "reason": "No, Anagram" });
        admin.client.done("answerAppRequest", input, "").await;
        app.run_jobs().await;
        hofer.delete(&hofer.officer.client, hofer.ana.id, json!({ "graceDays": 0 })).await.payload();
        app.run_jobs().await;
        let rows = app_request::Entity::find().all(&app.database).await.unwrap();
        let states: Vec<_> = rows.iter().map(|row| row.status).collect();
        assert_eq!(states, [AppRequestStatus::Declined, AppRequestStatus::Withdrawn]);
        assert_eq!(holding(&app, &["Anagram"]).await, []);
    }
}
