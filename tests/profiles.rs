//! Profiles: people change their own, administrators those of managed accounts; who sees what; who is told.

use crate::left_behind::{events, last_event, notices};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    id::{AccountId, OrganizationId},
    kinds::RoleName,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

const ALL: &str = "displayName locale givenName familyName nickname jobTitle department organizationUnit location \
                   timeZone phone pictureUrl";

fn whole() -> Value {
    json!({
        "displayName": "Ana Gruber", "locale": "de-AT", "givenName": " Ana ", "familyName": "Gruber",
        "nickname": "Ani", "jobTitle": "Designer", "department": "Product", "organizationUnit": "Plant 2",
        "location": "Innsbruck", "timeZone": "europe/vienna", "phone": "+43 (512) 5550-12",
        "pictureUrl": "https://pictures.example/ana.png",
    })
}

async fn mine(client: &Client, input: Value) -> Answer {
    client.run("updateMyProfile", input, &format!("account {{ version profile {{ {ALL} }} }}")).await
}

async fn theirs(client: &Client, organization: OrganizationId, account: AccountId, more: Value) -> Answer {
    let mut input = json!({ "organizationId": organization, "accountId": account });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.run("updateAccountProfile", input, &format!("account {{ version profile {{ {ALL} }} }}")).await
}

async fn seen(client: &Client, account: AccountId) -> Value {
    let query = format!("query($id: ID!) {{ account(id: $id) {{ displayName profile {{ {ALL} }} }} }}");
    client.ask(&query, json!({ "id": account })).await["account"].clone()
}

/// An organization with an administrator, and somebody whose account it manages.
async fn managed(app: &TestApp) -> (OrganizationId, Somebody, Somebody) {
    let organization = app.organization("Hofer").await;
    let domain = app.proved_domain(organization, "hofer.example").await;
    let admin = app.administrator(organization, RoleName::UserAdmin).await;
    let ana = app.person("ana@hofer.example").await;
    app.under_control(organization, domain, ana.id).await;
    (organization, admin, ana)
}

on_both! {
    async fn a_person_changes_and_clears_what_is_known_of_them(app: TestApp) {
        let (hofer, _, ana) = managed(&app).await;
        let account = mine(&ana.client, whole()).await.payload()["account"].clone();
        let mut expected = whole();
        expected["locale"] = json!("de");
        expected["givenName"] = json!("Ana");
        expected["timeZone"] = json!("Europe/Vienna");
        expected["phone"] = json!("+43512555012");
        assert_eq!((&account["version"], &account["profile"]), (&json!(2), &expected));
        let (event, details) = last_event(&app, hofer, "updateMyProfile").await;
        assert_eq!(event.account_id, Some(ana.id));
        assert_eq!((&details["before"]["phone"], &details["after"]["phone"]), (&Value::Null, &json!("+43512555012")));
        assert_eq!(details["before"]["displayName"], "ana");

        // What is left out stays, null takes away, the same again leaves no trace.
        let account = mine(&ana.client, json!({ "nickname": null, "expectedVersion": 2 })).await.payload()["account"].clone();
        expected["nickname"] = Value::Null;
        assert_eq!((&account["version"], &account["profile"]), (&json!(3), &expected));
        let again = mine(&ana.client, json!({ "nickname": null, "jobTitle": "Designer" })).await.payload();
        assert_eq!(again["account"]["version"], 3);
        assert_eq!(mine(&ana.client, json!({})).await.payload()["account"]["version"], 3);
        assert_eq!(events(&app, hofer, "updateMyProfile").await, 2);
        let (_, details) = last_event(&app, hofer, "updateMyProfile").await;
        assert_eq!(details, json!({ "before": { "nickname": "Ani" }, "after": { "nickname": null } }));
        assert!(app.notices_to(&ana.email, NoticeKind::ProfileChanged).await.is_empty());

        let stale = mine(&ana.client, json!({ "nickname": "A", "expectedVersion": 2 })).await;
        assert_eq!((stale.code().as_str(), stale.field().as_str()), ("STALE", "input.expectedVersion"));
    }
}

on_both! {
    async fn what_a_profile_cant_say_is_refused_at_its_field(app: TestApp) {
        let ana = app.person("ana@people.example").await;
        for (field, value) in [
            ("displayName", Value::Null),
            ("displayName", json!(" ")),
            ("locale", Value::Null),
            ("locale", json!("tlh")),
            ("givenName", json!("")),
            ("familyName", json!("a\u{202e}b")),
            ("nickname", json!("two\nlines")),
            ("jobTitle", json!("x".repeat(201))),
            ("timeZone", json!("Europe/Innsbruck")),
            ("phone", json!("0512 555012")),
            ("pictureUrl", json!("http://pictures.example/ana.png")),
            ("pictureUrl", json!("javascript:alert(1)")),
            ("pictureUrl", json!("https://192.0.2.1/ana.png")),
        ] {
            let answer = mine(&ana.client, json!({ "location": "Innsbruck", field: value })).await;
            assert_eq!((answer.code().as_str(), answer.field()), ("INVALID", format!("input.{field}")), "{value}");
        }
        assert_eq!(seen(&ana.client, ana.id).await["profile"]["location"], Value::Null, "nothing was half done");
        assert_eq!(mine(&app.nobody(), json!({})).await.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn an_administrator_changes_a_managed_profile_and_the_person_is_told(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        mine(&ana.client, json!({ "jobTitle": "Designer" })).await.payload();
        let change = json!({
            "jobTitle": "Head of design", "department": "Product", "reason": "a promotion", "expectedVersion": 2,
        });
        let mut dry = change.clone();
        dry["dryRun"] = json!(true);
        assert_eq!(theirs(&admin.client, hofer, ana.id, dry).await.payload()["account"]["version"], 2);
        let account = theirs(&admin.client, hofer, ana.id, change.clone()).await.payload()["account"].clone();
        assert_eq!((&account["version"], &account["profile"]["jobTitle"]), (&json!(3), &json!("Head of design")));
        let (event, details) = last_event(&app, hofer, "updateAccountProfile").await;
        assert_eq!((event.account_id, event.actor_role), (Some(ana.id), Some(RoleName::UserAdmin)));
        assert_eq!(details, json!({
            "before": { "jobTitle": "Designer", "department": null },
            "after": { "jobTitle": "Head of design", "department": "Product" },
            "reason": "a promotion",
        }));
        app.run_jobs().await;
        let mail = app.mailer.mails_to(&ana.email).pop().unwrap();
        assert!(mail.text.contains("- Job title: Designer → Head of design\n- Department: (empty) → Product\n"), "{}", mail.text);
        assert!(!mail.text.contains("a promotion"));

        // An old version is refused; the same again, without one, changes nothing and tells nobody.
        let stale = theirs(&admin.client, hofer, ana.id, change.clone()).await;
        assert_eq!((stale.code().as_str(), stale.field().as_str()), ("STALE", "input.expectedVersion"));
        let mut again = change;
        again["expectedVersion"] = Value::Null;
        theirs(&admin.client, hofer, ana.id, again).await.payload();
        assert_eq!(events(&app, hofer, "updateAccountProfile").await, 1);
        assert_eq!(notices(&app, "profile_changed").await.len(), 1);
    }
}

on_both! {
    async fn without_the_ground_a_profile_stays_as_it_is(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        let help = app.administrator(hofer, RoleName::HelpDesk).await;
        let owner = app.administrator(hofer, RoleName::Owner).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let pia = app.person("pia@personal.example").await;
        let workspace = app.workspace(hofer).await;
        app.joined(hofer, workspace, pia.id, &pia.email).await;
        let domain = app.proved_domain(hofer, "second.example").await;
        app.under_control(hofer, domain, owner.id).await;
        app.under_control(hofer, domain, admin.id).await;
        let code = async |client: &Client, account| theirs(client, hofer, account, json!({ "nickname": "x" })).await.code();
        assert_eq!(code(&app.nobody(), ana.id).await, "UNAUTHENTICATED");
        assert_eq!(code(&stranger.client, ana.id).await, "NOT_FOUND");
        assert_eq!(code(&help.client, ana.id).await, "FORBIDDEN");
        assert_eq!(code(&admin.client, stranger.id).await, "NOT_FOUND");
        assert_eq!(code(&admin.client, pia.id).await, "NOT_MANAGED");
        assert_eq!(code(&admin.client, owner.id).await, "HIGHER_ROLE");
        assert_eq!(code(&admin.client, admin.id).await, "SELF");
        assert_eq!(events(&app, hofer, "updateAccountProfile").await, 0);
        assert!(notices(&app, "profile_changed").await.is_empty());
    }
}

on_both! {
    async fn each_ground_shows_its_part_of_a_profile(app: TestApp) {
        let (_, admin, ana) = managed(&app).await;
        let other = app.organization("Other").await;
        let member_admin = app.administrator(other, RoleName::Auditor).await;
        let workspace = app.workspace(other).await;
        app.joined(other, workspace, ana.id, &ana.email).await;
        mine(&ana.client, whole()).await.payload();
        let own = seen(&ana.client, ana.id).await;
        assert_eq!(own["profile"]["phone"], "+43512555012");
        assert_eq!(seen(&admin.client, ana.id).await, own);
        let mut as_member = own.clone();
        as_member["profile"]["phone"] = Value::Null;
        as_member["profile"]["location"] = Value::Null;
        assert_eq!(seen(&member_admin.client, ana.id).await, as_member);
        app.account("candidate@hofer.example").await;
        let candidate = app.account("other@hofer.example").await;
        assert_eq!(seen(&admin.client, candidate).await, json!({ "displayName": null, "profile": null }));
        let stranger = app.administrator(app.organization("Third").await, RoleName::Owner).await;
        assert_eq!(seen(&stranger.client, ana.id).await, Value::Null);
        let list = "query($id: ID!) { organization(id: $id) { accounts { nodes { profile { jobTitle phone } } } } }";
        let list = member_admin.client.ask(list, json!({ "id": other })).await;
        assert_eq!(list["organization"]["accounts"]["nodes"], json!([{ "profile": { "jobTitle": "Designer", "phone": null } }]));
    }
}

on_both! {
    async fn of_two_changes_of_one_version_at_once_one_is_stale(app: TestApp) {
        let (hofer, admin, ana) = managed(&app).await;
        let (first, second) = tokio::join!(
            mine(&ana.client, json!({ "nickname": "Ani", "expectedVersion": 1 })),
            theirs(&admin.client, hofer, ana.id, json!({ "nickname": "Anna", "expectedVersion": 1 })),
        );
        let mut codes = [first.code(), second.code()];
        codes.sort();
        assert_eq!(codes, ["OK", "STALE"]);
        assert_eq!(mine(&ana.client, json!({})).await.payload()["account"]["version"], 2);
    }
}
