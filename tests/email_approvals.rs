//! A managed person asks for another address, and administrators decide: what each is told, who may, and what happens
//! when nobody answers.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    account, account_block,
    id::{AccountId, DomainId, OrganizationId},
    kinds::{BlockKind, RoleName},
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

const SEEN: &str = "emailChange { status newEmail currentEmail willRelease answerReason } ";

struct Hofer {
    id: OrganizationId,
    domain: DomainId,
    admin: Somebody,
    ana: Somebody,
}

impl Hofer {
    async fn new(app: &TestApp) -> Self {
        let id = app.organization("Hofer").await;
        let domain = app.proved_domain(id, "hofer.example").await;
        let admin = app.administrator(id, RoleName::UserAdmin).await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(id, domain, ana.id).await;
        Self { id, domain, admin, ana }
    }

    async fn answer(&self, by: &Client, what: &str, change: &Value, more: Value) -> Answer {
        let mut input = json!({ "organizationId": self.id, "emailChangeId": change });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        by.run(what, input, SEEN).await
    }

    async fn approve(&self, by: &Client, change: &Value) -> Answer {
        self.answer(by, "approveEmailChange", change, json!({})).await
    }

    async fn reject(&self, by: &Client, change: &Value) -> Answer {
        self.answer(by, "rejectEmailChange", change, json!({ "reason": "Please keep the work address." })).await
    }
}

async fn ask(person: &Client, email: &str) -> Value {
    let input = json!({ "newEmail": email, "reason": "I married." });
    person.done("requestEmailChange", input, "emailChangeId").await["emailChangeId"].clone()
}

async fn own(person: &Client) -> Value {
    let query = "{ viewer { emailChange { status answerReason approvedUntil } } }";
    person.ask(query, json!({})).await["viewer"]["emailChange"].clone()
}

async fn row(app: &TestApp, id: AccountId) -> account::Model {
    account::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap()
}

async fn confirm(app: &TestApp, email: &str) -> String {
    let token = app.mailed_link(email, NoticeKind::EmailChangeConfirm).await;
    app.nobody().run("confirmEmailChange", json!({ "token": token }), "confirmed").await.code()
}

on_both! {
    async fn an_approved_address_in_the_domain_keeps_the_account_managed(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let change = ask(&hofer.ana.client, "ana.moser@hofer.example").await;
        assert_eq!(own(&hofer.ana.client).await["status"], "WAITING_FOR_APPROVAL");
        assert!(app.notices_to("ana.moser@hofer.example", NoticeKind::EmailChangeConfirm).await.is_empty(), "no link yet");
        let asked = app.notices_to(&hofer.admin.email, NoticeKind::EmailChangeApproval).await;
        assert_eq!((asked.len(), &asked[0].content["new_email"]), (1, &json!("ana.moser@hofer.example")));
        assert_eq!(asked[0].content["reason"], "I married.");
        let again = hofer.ana.client.run("requestEmailChange", json!({ "newEmail": "ana.moser@hofer.example" }), "").await;
        assert_eq!(again.code(), "INVALID_STATE", "it waits already");

        let query = "query($id: ID!) { organization(id: $id) { emailChanges(filter: { status: WAITING_FOR_APPROVAL }) { totalCount nodes { id newEmail reason account { email } } } } }";
        let listed = hofer.admin.client.ask(query, json!({ "id": hofer.id })).await["organization"]["emailChanges"].clone();
        let node = json!({ "id": change, "newEmail": "ana.moser@hofer.example", "reason": "I married.", "account": { "email": "ana@hofer.example" } });
        assert_eq!(listed, json!({ "totalCount": 1, "nodes": [node] }));

        let payload = hofer.approve(&hofer.admin.client, &change).await.payload();
        assert_eq!((&payload["emailChange"]["status"], &payload["emailChange"]["willRelease"]), (&json!("APPROVED"), &json!(false)));
        assert_eq!(app.notices_to("ana@hofer.example", NoticeKind::EmailChangeApproved).await.len(), 1);
        assert_eq!(row(&app, hofer.ana.id).await.email, "ana@hofer.example", "nothing changes before she confirms");
        assert_eq!(confirm(&app, "ana.moser@hofer.example").await, "OK");
        let after = row(&app, hofer.ana.id).await;
        assert_eq!((after.email.as_str(), after.managed_by), ("ana.moser@hofer.example", Some(hofer.id)));
        for what in ["approveEmailChange", "rejectEmailChange"] {
            let answered = hofer.answer(&hofer.admin.client, what, &change, json!({ "reason": "late" })).await;
            assert_eq!((answered.code().as_str(), answered.field().as_str()), ("INVALID_STATE", "input.emailChangeId"));
        }
    }
}

on_both! {
    async fn an_approved_address_outside_the_domains_releases_and_the_approver_is_told_before(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let change = ask(&hofer.ana.client, "ana@home.test").await;
        assert_eq!(app.notices_to(&hofer.admin.email, NoticeKind::EmailChangeApproval).await[0].content["releases"], true);
        let input = json!({ "organizationId": hofer.id, "emailChangeId": change, "dryRun": true });
        let planned = hofer.admin.client.done("approveEmailChange", input.clone(), "willRelease emailChange { status }").await;
        assert_eq!(planned, json!({ "willRelease": true, "emailChange": { "status": "WAITING_FOR_APPROVAL" }, "userErrors": [] }));
        assert!(app.notices_to("ana@home.test", NoticeKind::EmailChangeConfirm).await.is_empty());
        hofer.approve(&hofer.admin.client, &change).await.payload();
        let told = app.notices_to("ana@hofer.example", NoticeKind::EmailChangeApproved).await;
        assert_eq!(told[0].content["releases"], true);
        let link = app.notices_to("ana@home.test", NoticeKind::EmailChangeConfirm).await;
        assert_eq!(link[0].content["leaves"], "Hofer");
        assert_eq!(confirm(&app, "ana@home.test").await, "OK");
        let after = row(&app, hofer.ana.id).await;
        assert_eq!((after.email.as_str(), after.managed_by), ("ana@home.test", None));
        assert_eq!(app.notices_to("ana@home.test", NoticeKind::AccountReleased).await.len(), 1);
        assert_eq!(hofer.ana.client.send("{ __typename }", json!({})).await.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn a_rejection_says_why_and_the_person_may_ask_again_or_take_back(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let change = ask(&hofer.ana.client, "ana@home.test").await;
        assert_eq!(hofer.answer(&hofer.admin.client, "rejectEmailChange", &change, json!({ "reason": " " })).await.code(), "INVALID");
        hofer.reject(&hofer.admin.client, &change).await.payload();
        let told = app.notices_to("ana@hofer.example", NoticeKind::EmailChangeRejected).await;
        assert_eq!(told[0].content["reason"], "Please keep the work address.");
        assert_eq!(own(&hofer.ana.client).await["answerReason"], "Please keep the work address.");
        assert_eq!(hofer.approve(&hofer.admin.client, &change).await.code(), "INVALID_STATE");

        app.advance(TimeDelta::minutes(1));
        let second = ask(&hofer.ana.client, "ana@home.test").await;
        assert_eq!(hofer.approve(&hofer.admin.client, &change).await.code(), "INVALID_STATE", "the old one stays answered");
        hofer.ana.client.done("cancelEmailChange", json!({ "emailChangeId": second }), "").await;
        assert_eq!(hofer.approve(&hofer.admin.client, &second).await.code(), "INVALID_STATE");
        // Who is released meanwhile needs nobody's answer any more.
        app.advance(TimeDelta::minutes(1));
        let third = ask(&hofer.ana.client, "ana@home.test").await;
        let selection = json!({ "accountIds": [hofer.ana.id] });
        hofer.admin.client.done("releaseAccounts", json!({ "organizationId": hofer.id, "selection": selection }), "").await;
        assert_eq!(own(&hofer.ana.client).await["status"], "CANCELED");
        assert_eq!(hofer.approve(&hofer.admin.client, &third).await.code(), "NOT_MANAGED", "still a candidate, no more");
        ask(&hofer.ana.client, "ana@home.test").await;
        assert_eq!(confirm(&app, "ana@home.test").await, "OK");
    }
}

on_both! {
    async fn an_approval_holds_fourteen_days_for_the_same_address(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let change = ask(&hofer.ana.client, "ana@home.test").await;
        hofer.approve(&hofer.admin.client, &change).await.payload();
        let first = app.mailed_link("ana@home.test", NoticeKind::EmailChangeConfirm).await;
        app.advance(TimeDelta::days(13));
        app.run_jobs().await;
        let ana = app.signed_in(hofer.ana.id, &hofer.ana.email).await.client;
        assert_eq!(ask(&ana, "ana@home.test").await, change, "the approval serves again");
        assert_eq!(app.notices_to(&hofer.admin.email, NoticeKind::EmailChangeApproval).await.len(), 1, "nobody is asked again");
        let dead = app.nobody().run("confirmEmailChange", json!({ "token": first }), "").await;
        assert_eq!(dead.code(), "LINK_INVALID");
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        assert_eq!(own(&app.signed_in(hofer.ana.id, &hofer.ana.email).await.client).await["status"], "EXPIRED");
        assert_eq!(confirm(&app, "ana@home.test").await, "LINK_INVALID");
        let told = app.notices_to("ana@hofer.example", NoticeKind::EmailChangeExpired).await;
        assert_eq!(told[0].content["because"], "unconfirmed");
        let ana = app.signed_in(hofer.ana.id, &hofer.ana.email).await.client;
        assert_ne!(ask(&ana, "ana@home.test").await, change);
        assert_eq!(own(&ana).await["status"], "WAITING_FOR_APPROVAL");
    }
}

on_both! {
    async fn what_nobody_answers_goes_to_the_operators_and_then_expires(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let operator = app.operator().await;
        let ben = app.person("ben@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, ben.id).await;
        let (change, other) = (ask(&hofer.ana.client, "ana@home.test").await, ask(&ben.client, "ben@home.test").await);
        let reminded = async || app.notices_to(&hofer.admin.email, NoticeKind::EmailChangeApproval).await.len();
        let escalated = async || app.notices_to(&operator.email, NoticeKind::EmailChangeApproval).await.len();
        app.run_jobs().await;
        assert_eq!((reminded().await, escalated().await), (2, 0));
        app.advance(TimeDelta::days(7));
        app.run_jobs().await;
        app.run_jobs().await;
        assert_eq!((reminded().await, escalated().await), (4, 0), "one reminder each");
        let staff = app.signed_in(operator.id, &operator.email).await.client;
        let early = hofer.approve(&staff, &change).await;
        assert_eq!((early.code().as_str(), early.field().as_str()), ("INVALID_STATE", "input.emailChangeId"));
        let list = "query($id: ID!) { organization(id: $id) { emailChanges { nodes { newEmail currentEmail account { id } } } } }";
        assert_eq!(staff.ask(list, json!({ "id": hofer.id })).await["organization"]["emailChanges"]["nodes"], json!([]));

        app.advance(TimeDelta::days(7));
        app.run_jobs().await;
        assert_eq!((reminded().await, escalated().await), (4, 2));
        let staff = app.signed_in(operator.id, &operator.email).await.client;
        let seen = staff.ask(list, json!({ "id": hofer.id })).await["organization"]["emailChanges"]["nodes"].clone();
        let ana = json!({ "newEmail": "ana@home.test", "currentEmail": "ana@hofer.example", "account": null });
        assert!(seen.as_array().unwrap().contains(&ana), "{seen}");
        hofer.approve(&staff, &change).await.payload();
        assert_eq!(confirm(&app, "ana@home.test").await, "OK");
        assert_eq!(row(&app, hofer.ana.id).await.managed_by, None);

        app.advance(TimeDelta::days(14));
        app.run_jobs().await;
        let told = app.notices_to("ben@hofer.example", NoticeKind::EmailChangeExpired).await;
        assert_eq!((told.len(), &told[0].content["because"]), (1, &json!("unanswered")));
        let staff = app.signed_in(operator.id, &operator.email).await.client;
        assert_eq!(hofer.approve(&staff, &other).await.code(), "INVALID_STATE");
        let admin = app.signed_in(hofer.admin.id, &hofer.admin.email).await.client;
        assert_eq!(hofer.reject(&admin, &other).await.code(), "INVALID_STATE");
    }
}

on_both! {
    async fn what_nobody_there_could_answer_goes_to_the_operators_at_once(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let operator = app.operator().await;
        let owner = app.person("olga@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, owner.id).await;
        app.role(hofer.id, owner.id, RoleName::Owner).await;
        let change = ask(&owner.client, "olga@home.test").await;
        assert_eq!(app.notices_to(&hofer.admin.email, NoticeKind::EmailChangeApproval).await.len(), 0);
        assert_eq!(app.notices_to(&operator.email, NoticeKind::EmailChangeApproval).await.len(), 1);
        assert_eq!(hofer.approve(&hofer.admin.client, &change).await.code(), "HIGHER_ROLE");
        assert_eq!(hofer.approve(&owner.client, &change).await.code(), "SELF");
        assert_eq!(hofer.reject(&operator.client, &change).await.code(), "OK");
        let told = app.notices_to("olga@hofer.example", NoticeKind::EmailChangeRejected).await;
        assert_eq!(told[0].content["by_operator"], true);
    }
}

on_both! {
    async fn who_may_answer_is_told_as_it_is_decided(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let quiet = app.person("quiet@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, quiet.id).await;
        let change = ask(&hofer.ana.client, "ana@home.test").await;
        assert_eq!(hofer.reject(&app.nobody(), &change).await.code(), "UNAUTHENTICATED");
        assert_eq!(hofer.reject(&stranger.client, &change).await.code(), "NOT_FOUND");
        let theirs = json!({ "organizationId": app.organization("Third").await, "emailChangeId": change });
        assert_eq!(stranger.client.run("approveEmailChange", theirs, "").await.code(), "NOT_FOUND");
        let told = async |by: &Client, on: AccountId| {
            let query = "query($id: ID!, $in: ID!) { account(id: $id) { viewerPermissions(organizationId: $in) { action reason } } }";
            let seen = by.ask(query, json!({ "id": on, "in": hofer.id })).await["account"]["viewerPermissions"].clone();
            let of = |action: &str| {
                let row = seen.as_array().unwrap().iter().find(|row| row["action"] == action).unwrap().clone();
                row["reason"].as_str().unwrap_or("OK").to_owned()
            };
            [of("CHANGE_ACCOUNT_EMAIL"), of("APPROVE_EMAIL_CHANGE"), of("REJECT_EMAIL_CHANGE")]
        };
        for role in RoleName::ALL {
            let by = app.person(&format!("{}@admins.test", role.as_str().to_lowercase().replace('_', "-"))).await;
            app.role(hofer.id, by.id, *role).await;
            let planned = json!({ "dryRun": true });
            let decided = hofer.answer(&by.client, "approveEmailChange", &change, planned).await.code();
            let change = json!({ "organizationId": hofer.id, "accountId": hofer.ana.id, "newEmail": "a@hofer.example", "reason": "x", "dryRun": true });
            assert_eq!(by.client.run("changeAccountEmail", change, "").await.code(), decided, "{role:?}");
            let (with, without) = (told(&by.client, hofer.ana.id).await, told(&by.client, quiet.id).await);
            match decided.as_str() {
                "OK" => assert_eq!((with, without), (["OK"; 3].map(String::from), ["OK", "INVALID_STATE", "INVALID_STATE"].map(String::from))),
                "FORBIDDEN" => assert_eq!((with, without), (["ROLE"; 3].map(String::from), ["ROLE"; 3].map(String::from))),
                other => panic!("{role:?}: {other}"),
            }
        }
        app.advance(TimeDelta::minutes(11));
        assert_eq!(hofer.approve(&hofer.admin.client, &change).await.code(), "REAUTHENTICATION_REQUIRED");
        assert_eq!(hofer.reject(&hofer.admin.client, &change).await.code(), "REAUTHENTICATION_REQUIRED");
    }
}

on_both! {
    async fn administrators_are_not_asked_without_end(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        for number in 0..10 {
            ask(&hofer.ana.client, &format!("ana{number}@home.test")).await;
        }
        let more = hofer.ana.client.run("requestEmailChange", json!({ "newEmail": "ana@home.test" }), "").await;
        assert_eq!(more.code(), "RATE_LIMITED");
        assert_eq!(app.notices_to(&hofer.admin.email, NoticeKind::EmailChangeApproval).await.len(), 10);
    }
}

on_both! {
    async fn approved_and_rejected_at_once_one_counts(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        for round in 0..12 {
            let person = app.person(&format!("person{round}@hofer.example")).await;
            app.under_control(hofer.id, hofer.domain, person.id).await;
            let change = ask(&person.client, &format!("person{round}@home.test")).await;
            let (approved, rejected) =
                tokio::join!(hofer.approve(&hofer.admin.client, &change), hofer.reject(&hofer.admin.client, &change));
            let (approved, rejected) = (approved.code(), rejected.code());
            assert!(matches!((approved.as_str(), rejected.as_str()), ("OK", "INVALID_STATE") | ("INVALID_STATE", "OK")), "{approved} {rejected}");
            let expected = if approved == "OK" { "APPROVED" } else { "REJECTED" };
            assert_eq!(own(&person.client).await["status"], expected);
        }
    }
}

on_both! {
    async fn who_is_suspended_or_at_rest_is_not_asked(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let operator = app.operator().await;
        let resting = app.administrator(hofer.id, RoleName::Owner).await;
        app.blocked(hofer.admin.id, BlockKind::Suspension, Some(hofer.id)).await;
        let rest = app.blocked(resting.id, BlockKind::Deactivation, None).await;
        let ben = app.person("ben@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, ben.id).await;
        let ben = app.signed_in(ben.id, &ben.email).await;
        let told = async |email: &str| app.notices_to(email, NoticeKind::EmailChangeApproval).await.len();
        ask(&hofer.ana.client, "ana@home.test").await;
        assert_eq!((told(&hofer.admin.email).await, told(&resting.email).await), (0, 0));
        assert_eq!(told(&operator.email).await, 1, "nobody there could answer");
        let back = account_block::ActiveModel { id: Set(rest), lifted_at: Set(Some(app.now())), ..Default::default() };
        back.update(&app.database).await.unwrap();
        ask(&ben.client, "ben@home.test").await;
        let asked = (told(&hofer.admin.email).await, told(&resting.email).await, told(&operator.email).await);
        assert_eq!(asked, (0, 1, 1));
    }
}
