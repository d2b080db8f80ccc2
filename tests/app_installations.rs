//! Apps at work: planned, installed, changed, removed, in every state; who is told, and what holds when.

mod agreed;
mod changed_apps;
mod states;

use crate::{
    app_policies::Acme,
    apps::registered,
    left_behind::{events, last_event, notices},
};
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait, Set};
use serde_json::{Value, json};
use steward_entities::{
    app_installation,
    id::{AccountId, OrganizationId},
    kinds::RoleName,
    organization,
};
use steward_tests::{Answer, Client, TestApp, on_both};

/// What is asked of an installation.
pub const SEEN: &str = "installation { id state scopes pendingScopes effectiveScopes ungrantedScopes closedBecause \
    failedBecause endedBecause version }";

impl Acme {
    /// Approves the app, and gives the input that installs it on the workspace.
    pub async fn installable(&self) -> Value {
        self.admin.client.done("approveApp", self.on_app(json!({})), "").await;
        self.on_app(json!({ "target": { "workspaceId": self.workspace }, "scopes": ["READ_NAME"] }))
    }

    /// Installs the app on the workspace: its id. Nobody has been told yet.
    pub async fn begun(&self) -> Value {
        let input = self.installable().await;
        self.admin.client.done("installApp", input, SEEN).await["installation"]["id"].clone()
    }

    /// The same, when everybody has been told.
    pub async fn installed(&self, app: &TestApp) -> Value {
        let id = self.begun().await;
        app.run_jobs().await;
        id
    }

    /// An input about an installation.
    pub fn on(&self, installation: &Value, more: Value) -> Value {
        let mut input = json!({ "organizationId": self.id, "installationId": installation });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }

    /// The installation as the administrator sees it.
    pub async fn seen(&self, installation: &Value) -> Value {
        seen(&self.admin.client, installation).await
    }

    pub async fn uninstall(&self, installation: &Value) -> Answer {
        let input = self.on(installation, json!({ "reason": "Nobody uses it" }));
        self.admin.client.run("uninstallApp", input, SEEN).await
    }
}

pub async fn seen(by: &Client, installation: &Value) -> Value {
    let fields = SEEN.replacen("installation", "appInstallation(id: $id)", 1);
    by.ask(&format!("query($id: ID!) {{ {fields} }}"), json!({ "id": installation })).await["appInstallation"].clone()
}

/// Who was told so, in the order of their ids.
pub async fn told(app: &TestApp, kind: &str) -> Vec<AccountId> {
    let mut told: Vec<AccountId> = notices(app, kind).await.into_iter().filter_map(|(account, ..)| account).collect();
    told.sort();
    told
}

/// Manages somebody more there.
pub async fn managed(app: &TestApp, organization: OrganizationId, email: &str) -> AccountId {
    let domain = app.proved_domain(organization, email.split_once('@').unwrap().1).await;
    let person = app.account(email).await;
    app.under_control(organization, domain, person).await;
    person
}

on_both! {
    async fn a_plan_tells_what_an_installation_means(app: TestApp) {
        let acme = Acme::new(&app).await;
        managed(&app, acme.id, "bo@acme.example").await;
        let row = organization::ActiveModel {
            id: Set(acme.id),
            technical_email: Set(Some("tech@acme.example".to_owned())),
            ..Default::default()
        };
        row.update(&app.database).await.unwrap();
        let plan = "installation { id } plan { affected managed members added { scope reason } contactsShared { kind name email } }";
        let mut input = acme.installable().await;
        input["target"] = json!({ "organization": {} });
        input["dryRun"] = json!(true);
        let done = acme.admin.client.done("installApp", input.clone(), plan).await;
        assert_eq!(done["installation"], Value::Null);
        assert_eq!(done["plan"], json!({
            "affected": 2, "managed": 1, "members": 1,
            "added": [{ "scope": "READ_NAME", "reason": "to plan shifts" }],
            "contactsShared": [
                { "kind": "INSTALLER", "name": acme.admin.email.split_once('@').unwrap().0, "email": acme.admin.email },
                { "kind": "TECHNICAL", "name": null, "email": "tech@acme.example" },
            ],
        }));
        input["target"] = json!({ "workspaceId": acme.workspace });
        let done = acme.admin.client.done("installApp", input, plan).await;
        assert_eq!((&done["plan"]["affected"], &done["plan"]["managed"]), (&json!(1), &json!(0)));
        app.run_jobs().await;
        assert_eq!(app_installation::Entity::find().count(&app.database).await.unwrap(), 0);
        assert_eq!((events(&app, acme.id, "installApp").await, notices(&app, "app_installed").await.len()), (0, 0));
    }
}

on_both! {
    async fn people_are_told_before_the_app_is_there(app: TestApp) {
        let acme = Acme::new(&app).await;
        app.many_managed(acme.id, 700).await;
        let mut input = acme.installable().await;
        input["target"] = json!({ "organization": {} });
        let done = acme.admin.client.done("installApp", input, SEEN).await;
        let id = &done["installation"]["id"];
        assert_eq!((&done["installation"]["state"], &done["installation"]["effectiveScopes"]), (&json!("INSTALLING"), &json!([])));
        assert_eq!(notices(&app, "app_installed").await.len(), 0, "a job tells them");
        steward::jobs::worker::run_job(&app.steward).await.unwrap();
        assert_eq!(notices(&app, "app_installed").await.len(), 500);
        assert_eq!(acme.seen(id).await["state"], "INSTALLING");
        app.run_jobs().await;
        let seen = acme.seen(id).await;
        assert_eq!((&seen["state"], &seen["effectiveScopes"], &seen["version"]), (&json!("INSTALLED"), &json!(["READ_NAME"]), &json!(2)));
        let told = told(&app, "app_installed").await;
        assert_eq!(told.len(), 701);
        assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "nobody twice");
        let to_ana = notices(&app, "app_installed").await.into_iter().find(|(to, ..)| *to == Some(acme.ana.id)).unwrap().2;
        assert_eq!((&to_ana["app"], &to_ana["managed"], &to_ana["scopes"]), (&json!("Shifts"), &json!(false), &json!(["READ_NAME"])));
        assert_eq!(to_ana["privacy_policy_url"], "https://shiftworks.example/privacy");
        let (event, details) = last_event(&app, acme.id, "completeInstallation").await;
        assert_eq!((event.account_id, &details["state"]), (None, &json!("INSTALLED")));
        let (_, details) = last_event(&app, acme.id, "installApp").await;
        assert_eq!((&details["app"], &details["scopes"]), (&json!("Shifts"), &json!(["READ_NAME"])));
    }
}

on_both! {
    async fn what_may_not_be_installed_is_refused(app: TestApp) {
        let acme = Acme::new(&app).await;
        let admin = &acme.admin.client;
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::AppAdmin).await;
        let install = async |more: Value| {
            let mut all = json!({ "target": { "workspaceId": acme.workspace }, "scopes": ["READ_NAME"] });
            for (name, value) in more.as_object().unwrap() {
                all[name] = value.clone();
            }
            let answer = admin.run("installApp", acme.on_app(all), "").await;
            (answer.code(), answer.field())
        };
        let refused = |code: &str, field: &str| (code.to_owned(), format!("input.{field}"));
        assert_eq!(install(json!({})).await, refused("APP_NOT_ALLOWED", "appId"), "nobody has approved it");
        let until = app.now() + TimeDelta::days(1);
        admin.done("approveApp", acme.on_app(json!({ "scopes": ["READ_NAME"], "expiresAt": until })), "").await;
        assert_eq!(install(json!({ "scopes": ["READ_NAME", "READ_EMAIL"] })).await, refused("APP_NOT_ALLOWED", "scopes"));
        assert_eq!(install(json!({ "scopes": ["WRITE_ITEMS"] })).await, refused("INVALID", "scopes"));
        assert_eq!(install(json!({ "scopes": [] })).await, refused("INVALID", "scopes"));
        let elsewhere = json!({ "target": { "workspaceId": app.workspace(other).await } });
        assert_eq!(install(elsewhere).await, refused("NOT_FOUND", "target.workspaceId"));
        app.advance(TimeDelta::days(1));
        assert_eq!(install(json!({})).await, refused("APP_NOT_ALLOWED", "appId"), "the approval is over");
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "ALLOW_ALL" }), "").await;
        assert_eq!(install(json!({})).await, refused("APP_NOT_ALLOWED", "appId"), "and its end opens nothing");
        admin.done("clearAppDecision", acme.on_app(json!({})), "").await;
        let (code, _) = install(json!({ "dryRun": true })).await;
        assert_eq!(code, "OK", "every app is allowed now");
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "BLOCK_ALL" }), "").await;
        assert_eq!(install(json!({})).await, refused("APP_NOT_ALLOWED", "appId"));
        admin.done("setAppPolicy", json!({ "organizationId": acme.id, "mode": "ALLOW_ALL" }), "").await;
        let operator = app.signed_in(acme.operator.id, &acme.operator.email).await;
        operator.client.done("retireApp", json!({ "appId": acme.app, "reason": "gone" }), "").await;
        assert_eq!(install(json!({})).await, refused("INVALID_STATE", "appId"));
        assert_eq!(stranger.client.run("installApp", acme.on_app(json!({ "target": { "organization": {} }, "scopes": ["READ_NAME"] })), "").await.code(), "NOT_FOUND");
        assert_eq!(app_installation::Entity::find().count(&app.database).await.unwrap(), 0);
    }
}

on_both! {
    async fn an_app_is_there_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let admin = &acme.admin.client;
        let mut input = acme.installable().await;
        for round in 0..100 {
            let workspace = app.workspace(acme.id).await;
            input["target"] = json!({ "workspaceId": workspace });
            let all = join_all((0..2).map(|_| admin.run("installApp", input.clone(), ""))).await;
            let mut codes: Vec<String> = all.iter().map(Answer::code).collect();
            codes.sort();
            assert_eq!(codes, ["CONFLICT", "OK"], "round {round}");
        }
        assert_eq!(app_installation::Entity::find().count(&app.database).await.unwrap(), 100);
        input["target"] = json!({ "organization": {} });
        assert_eq!(admin.run("installApp", input.clone(), "").await.code(), "CONFLICT", "people there would have it twice");
        let (rotas, _) = registered(&acme.operator.client, "Rotas", &["READ_NAME"]).await;
        input["appId"] = json!(rotas);
        admin.done("approveApp", json!({ "organizationId": acme.id, "appId": rotas }), "").await;
        admin.done("installApp", input.clone(), "").await;
        for target in [json!({ "organization": {} }), json!({ "workspaceId": acme.workspace })] {
            input["target"] = target;
            let answer = admin.run("installApp", input.clone(), "").await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("CONFLICT", "input.target"));
        }
    }
}

on_both! {
    async fn who_joins_later_is_told_of_the_apps_that_are_there(app: TestApp) {
        let acme = Acme::new(&app).await;
        acme.installed(&app).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let bo = app.person("bo@home.example").await;
        let second = app.workspace(acme.id).await;
        let joins = async |workspace| {
            let input = json!({ "organizationId": acme.id, "workspaceId": workspace, "email": bo.email });
            let made = owner.client.done("addMember", input, "membership { id }").await;
            bo.client.done("acceptMembership", json!({ "membershipId": made["membership"]["id"] }), "").await;
            app.run_jobs().await;
            told(&app, "app_installed").await.into_iter().filter(|to| *to == bo.id).count()
        };
        assert_eq!(joins(second).await, 0, "it isn't there");
        assert_eq!(joins(acme.workspace).await, 1);
        // Before the job has told anybody: who comes now is told by one of the two.
        let (rotas, _) = registered(&acme.operator.client, "Rotas", &["READ_NAME"]).await;
        acme.admin.client.done("approveApp", json!({ "organizationId": acme.id, "appId": rotas }), "").await;
        let third = app.workspace(acme.id).await;
        let input = json!({ "organizationId": acme.id, "appId": rotas, "target": { "workspaceId": third }, "scopes": ["READ_NAME"] });
        acme.admin.client.done("installApp", input, "").await;
        assert_eq!(joins(third).await, 2);

        // Who is given an account is told with it.
        let (plans, _) = registered(&acme.operator.client, "Plans", &["READ_NAME"]).await;
        acme.admin.client.done("approveApp", json!({ "organizationId": acme.id, "appId": plans }), "").await;
        let input = json!({ "organizationId": acme.id, "appId": plans, "target": { "organization": {} }, "scopes": ["READ_NAME"] });
        acme.admin.client.done("installApp", input, "").await;
        app.run_jobs().await;
        app.proved_domain(acme.id, "acme.example").await;
        let input = json!({ "organizationId": acme.id, "email": "new@acme.example" });
        owner.client.done("createAccount", input, "expiresAt").await;
        let told = notices(&app, "app_installed").await;
        let to_new: Vec<_> = told.iter().filter(|(_, address, _)| address == "new@acme.example").collect();
        assert_eq!(to_new.len(), 1);
        assert_eq!((&to_new[0].2["app"], &to_new[0].2["managed"]), (&json!("Plans"), &json!(true)));
    }
}
