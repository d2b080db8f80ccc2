//! After a deletion nothing tells whose account it was: no row of any table holds the addresses or the names. The log stays
//! whole, and others keep what is theirs.

use crate::{
    account_invitations::{ANA, company, create, decline, made},
    deletions::{Hofer, row},
    left_behind::{events, holding, last_event, notices},
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use steward::{http::app::App, notices::content::NoticeKind};
use steward_entities::{
    account, event, event_detail,
    id::AccountId,
    kinds::{MembershipStatus, RoleName},
    membership, role, session,
};
use steward_tests::{Client, Somebody, TestApp, on_both, seed::PASSWORD};

const OLD: &str = "ana.gruber@old.example";
const NEW: &str = "ana@hofer.example";
const UNCONFIRMED: &str = "ana.elsewhere@home.example";
/// Everything that tells of her: addresses, names old and new, where she signed in from, what was written about her.
const WORDS: [&str; 10] = [
    "old.example",
    "ana@",
    "ana.elsewhere",
    "Gruber",
    "Ana",
    "203.0.113.77",
    "Annas Maschine",
    "+43 512",
    "pottery",
    "left for Vienna",
];

/// Ana has signed up herself, moved to another address, administers, and is invited by others.
async fn rich_life(app: &TestApp, hofer: &Hofer) -> Somebody {
    // Behind a proxy, which tells from where she comes.
    let router = App::new(Arc::clone(&app.steward), 1).router();
    let nobody = Client::new(router.clone(), None).on("Annas Maschine/1").at("203.0.113.77");
    nobody.done("signUp", json!({ "email": OLD, "displayName": "Ana Gruber" }), "accepted").await;
    app.run_jobs().await;
    let token = app.mailed_link(OLD, NoticeKind::SignUp).await;
    nobody.done("completeSignUp", json!({ "token": token, "password": PASSWORD }), "").await;
    nobody.done("signUp", json!({ "email": OLD, "displayName": "Somebody Gruber" }), "accepted").await;
    let given = json!({ "email": OLD, "password": PASSWORD });
    let token = nobody.done("signIn", given.clone(), "token").await["token"].as_str().unwrap().to_owned();
    let ana = Client::new(router, Some(token)).on("Annas Maschine/1").at("203.0.113.77");
    let profile = json!({ "displayName": "Anna Gruber-Moser", "phone": "+43 512 5550 12", "jobTitle": "pottery" });
    ana.done("updateMyProfile", profile, "").await;
    nobody.at("203.0.113.78").on("Annas Maschine/2").done("signIn", given, "token").await;
    ana.done("requestEmailChange", json!({ "newEmail": NEW }), "").await;
    let token = app.mailed_link(NEW, NoticeKind::EmailChangeConfirm).await;
    nobody.done("confirmEmailChange", json!({ "token": token }), "").await;
    nobody.done("requestPasswordReset", json!({ "email": NEW }), "").await;
    app.run_jobs().await;

    let found = account::Entity::find().filter(account::Column::Email.eq(NEW));
    let id = found.one(&app.database).await.unwrap().unwrap().id;
    let ana = app.signed_in(id, NEW).await;
    let owner = app.administrator(hofer.id, RoleName::Owner).await;
    member_and_owner(app, hofer, &owner, &ana).await;
    ana
}

/// She is a member and an owner; what she does is told to others by her name.
async fn member_and_owner(app: &TestApp, hofer: &Hofer, owner: &Somebody, ana: &Somebody) {
    let (first, second) = (app.workspace(hofer.id).await, app.workspace(hofer.id).await);
    for workspace in [first, second] {
        let input = json!({ "organizationId": hofer.id, "workspaceId": workspace, "email": NEW });
        owner.client.done("addMember", input, "").await;
    }
    let offered = membership::Entity::find().filter(membership::Column::WorkspaceId.eq(first));
    let offered = offered.one(&app.database).await.unwrap().unwrap();
    ana.client.done("acceptMembership", json!({ "membershipId": offered.id }), "").await;
    // One that she has declined before.
    let third = app.workspace(hofer.id).await;
    let input = json!({ "organizationId": hofer.id, "workspaceId": third, "email": NEW });
    owner.client.done("addMember", input, "").await;
    let offered = membership::Entity::find().filter(membership::Column::WorkspaceId.eq(third));
    let offered = offered.one(&app.database).await.unwrap().unwrap();
    ana.client.done("declineMembership", json!({ "membershipId": offered.id }), "").await;

    invite(&owner.client, hofer.id, NEW, "OWNER").await;
    let token = app.mailed_link(NEW, NoticeKind::AdministratorInvitation).await;
    ana.client.done("acceptInvitation", json!({ "token": token }), "").await;
    invite(&ana.client, hofer.id, "invited@elsewhere.example", "AUDITOR").await;
    let ben = app.person("ben@elsewhere.example").await;
    app.role(hofer.id, ben.id, RoleName::Auditor).await;
    for role in ["HELP_DESK", "OWNER"] {
        let input = json!({ "organizationId": hofer.id, "accountId": ben.id, "role": role });
        ana.client.done("assignRole", input, "").await;
    }
    let input = json!({ "organizationId": hofer.id, "name": "nightly", "role": "AUDITOR" });
    ana.client.with_key("a-key-of-ana").done("createApiKey", input, "").await;

    // Others offer things to her that she never answers.
    let other = app.organization("Other").await;
    let stranger = app.administrator(other, RoleName::Owner).await;
    invite(&stranger.client, other, NEW, "AUDITOR").await;
    let input = json!({ "organizationId": other, "workspaceId": app.workspace(other).await, "email": NEW });
    stranger.client.done("addMember", input, "").await;
    app.run_jobs().await;
}

pub async fn invite(by: &Client, organization: impl serde::Serialize, email: &str, role: &str) {
    by.done("inviteAdministrator", json!({ "organizationId": organization, "email": email, "role": role }), "").await;
}

/// What administrators do to her, with words that name her.
async fn administered(app: &TestApp, hofer: &Hofer, ana: &Somebody) {
    app.under_control(hofer.id, hofer.domain, ana.id).await;
    let owner = app.person("lena@elsewhere.example").await;
    app.role(hofer.id, owner.id, RoleName::Owner).await;
    let on = |more: Value| {
        let mut input =
            json!({ "organizationId": hofer.id, "accountId": ana.id, "reason": "Ana Gruber left for Vienna" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let words = json!({ "message": "Dear Ana Gruber" });
    owner.client.done("suspendAccount", on(words.clone()), "").await;
    owner.client.done("restoreAccount", on(words), "").await;
    owner.client.done("updateAccountProfile", on(json!({ "nickname": "Anatol" })), "").await;
    owner.client.done("requirePasswordReset", on(json!({})), "").await;
    let asks = app.signed_in(ana.id, NEW).await;
    let input = json!({ "newEmail": UNCONFIRMED, "reason": "Ana moves to Vienna" });
    let change = asks.client.done("requestEmailChange", input, "emailChangeId").await["emailChangeId"].clone();
    let input = json!({ "organizationId": hofer.id, "emailChangeId": change, "reason": "Ana, please keep it" });
    owner.client.done("rejectEmailChange", input, "").await;
    let asks = app.signed_in(ana.id, NEW).await;
    let input = json!({ "newEmail": UNCONFIRMED, "reason": "Ana moves to Vienna" });
    let change = asks.client.done("requestEmailChange", input, "emailChangeId").await["emailChangeId"].clone();
    let input = json!({ "organizationId": hofer.id, "emailChangeId": change, "reason": "well then, Ana" });
    owner.client.done("approveEmailChange", input, "").await;
    let action = json!({ "updateProfile": { "profile": { "department": "Gruber and Sons" }, "reason": "for Ana" } });
    for filter in [json!({ "text": "Gruber" }), json!({ "emailPrefix": "ana@" })] {
        let input = json!({ "organizationId": hofer.id, "selection": { "filter": filter }, "action": action });
        owner.client.done("bulkAccounts", input, "").await;
        app.run_jobs().await;
    }
}

/// The positions of every log are 1, 2, 3 and so on, and every commitment that has its detail is true.
async fn the_log_is_whole(app: &TestApp) -> usize {
    let mut logs: BTreeMap<uuid::Uuid, Vec<i64>> = BTreeMap::new();
    let all = event::Entity::find().order_by_asc(event::Column::Position).all(&app.database).await.unwrap();
    for row in &all {
        logs.entry(row.stream_id).or_default().push(row.position);
        if let Some(detail) = event_detail::Entity::find_by_id(row.id).one(&app.database).await.unwrap() {
            let proof = steward::core::event::commitment(&detail.salt, &detail.details);
            assert_eq!(row.commitment.as_ref(), Some(&proof), "{row:?}");
        }
    }
    for positions in logs.values() {
        assert_eq!(*positions, (1..=i64::try_from(positions.len()).unwrap()).collect::<Vec<_>>());
    }
    all.len()
}

async fn sessions_of(app: &TestApp, account: AccountId) -> usize {
    let of_account = session::Column::AccountId.eq(account);
    session::Entity::find().filter(of_account).all(&app.database).await.unwrap().len()
}

on_both! {
    async fn after_a_deletion_no_table_holds_an_address_or_a_name(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        // Somebody else of the seed's has the address: he makes place.
        let rename = account::ActiveModel {
            id: sea_orm::Set(hofer.ana.id),
            email: sea_orm::Set("first@hofer.example".to_owned()),
            email_canonical: sea_orm::Set("first@hofer.example".to_owned()),
            display_name: sea_orm::Set("First".to_owned()),
            ..Default::default()
        };
        sea_orm::ActiveModelTrait::update(rename, &app.database).await.unwrap();
        let ana = rich_life(&app, &hofer).await;
        administered(&app, &hofer, &ana).await;
        let before = the_log_is_whole(&app).await;
        let tables: std::collections::BTreeSet<String> = holding(&app, &WORDS).await.into_iter().map(|(table, _)| table).collect();
        for table in [
            "account", "account_block", "delivery", "email_change", "event_detail", "invitation", "job", "membership", "notice",
            "notice_mention", "profile", "seen_device", "session", "token",
        ] {
            assert!(table == "job" || tables.contains(table), "{table} holds none of her words: nothing would be shown by it");
        }

        let owner = app.person("late@elsewhere.example").await;
        app.role(hofer.id, owner.id, RoleName::Owner).await;
        let more = json!({ "message": "Dear Ana Gruber", "reason": "Ana left for Vienna", "graceDays": 7 });
        assert_eq!(hofer.delete(&owner.client, ana.id, more).await.code(), "OK");
        // Her mail server is down for the last word at first: its words tell of her, too.
        app.advance(TimeDelta::days(7));
        app.mailer.fail(1);
        app.run_jobs().await;
        let kept: Vec<_> = holding(&app, &WORDS).await.into_iter().map(|(table, _)| table).collect();
        assert_eq!(kept, ["delivery"], "until the last word is there, its delivery alone keeps the address");
        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        assert_eq!(holding(&app, &WORDS).await, []);

        let last = app.mailer.mails_to(NEW).pop().unwrap();
        assert!(last.subject.contains("was deleted"), "{}", last.subject);
        assert!(the_log_is_whole(&app).await > before, "nothing is taken out of the log");
        let now = row(&app, ana.id).await;
        assert_eq!((now.display_name.as_str(), now.email.as_str(), now.managed_by), ("Former user", "", None));
        assert!(now.password_hash.is_none() && now.verified_at.is_none());
        assert_eq!(sessions_of(&app, ana.id).await, 0);
        let hers = membership::Entity::find().filter(membership::Column::AccountId.eq(ana.id)).all(&app.database).await.unwrap();
        assert_eq!(hers.iter().map(|row| row.status).collect::<Vec<_>>(), [MembershipStatus::Left]);
        assert_eq!(role::Entity::find().filter(role::Column::AccountId.eq(ana.id)).all(&app.database).await.unwrap(), []);
        assert_eq!(events(&app, hofer.id, "eraseAccount").await, 1);
        assert_eq!((events(&app, hofer.id, "resignRole").await, events(&app, hofer.id, "leaveWorkspace").await), (1, 1));

        // What others were told still reads well.
        let told = notices(&app, "role_assigned").await.into_iter().chain(notices(&app, "role_changed").await);
        let names: Vec<_> = told.map(|(_, _, content)| content["changed_by"].clone()).collect();
        assert!(names.contains(&json!("Former user")), "{names:?}");
        for kind in NoticeKind::ALL {
            for (_, _, content) in notices(&app, kind.as_str()).await {
                let read = serde_json::from_value::<steward::notices::content::Content>(content.clone());
                assert!(read.is_ok(), "{kind}: {content}");
            }
        }
    }
}

on_both! {
    async fn a_former_user_is_nobody_any_more_and_the_address_is_free(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (officer, ana) = (&hofer.officer, &hofer.ana);
        let list = "query($id: ID!, $text: String) { organization(id: $id) { accounts(filter: { text: $text }) { totalCount nodes { id } } events { nodes { accountId details } } } }";
        let seen = officer.client.ask(list, json!({ "id": hofer.id })).await;
        assert_eq!(seen["organization"]["accounts"]["totalCount"], 1);
        hofer.delete(&officer.client, ana.id, json!({ "graceDays": 0 })).await.payload();
        app.run_jobs().await;

        let seen = officer.client.ask(list, json!({ "id": hofer.id })).await;
        assert_eq!(seen["organization"]["accounts"], json!({ "totalCount": 0, "nodes": [] }));
        let events = seen["organization"]["events"]["nodes"].as_array().unwrap().clone();
        let deleted = events.iter().find(|event| event["accountId"] == json!(ana.id)).unwrap();
        assert_eq!(deleted["details"], Value::Null, "the event stays, its details are gone");
        let one = "query($id: ID!) { account(id: $id) { id } node(id: $id) { id } }";
        assert_eq!(officer.client.ask(one, json!({ "id": ana.id })).await, json!({ "account": null, "node": null }));
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        for act in ["deleteAccount", "cancelAccountDeletion", "suspendAccount", "restoreAccount", "revokeSessions"] {
            let input = json!({ "organizationId": hofer.id, "accountId": ana.id, "reason": "once more" });
            assert_eq!(owner.client.run(act, input, "").await.code(), "NOT_FOUND", "{act}");
        }
        let input = json!({ "organizationId": hofer.id, "accountId": ana.id, "newEmail": "anna@hofer.example", "reason": "x" });
        assert_eq!(owner.client.run("changeAccountEmail", input, "").await.code(), "NOT_FOUND");
        let notices = "query($id: ID!) { organization(id: $id) { notices { nodes { id subject text deliveries { address } } } } }";
        let seen = owner.client.ask(notices, json!({ "id": hofer.id })).await["organization"]["notices"]["nodes"].clone();
        for notice in seen.as_array().unwrap() {
            let input = json!({ "organizationId": hofer.id, "noticeId": notice["id"] });
            app.advance(TimeDelta::hours(2));
            let owner = app.signed_in(owner.id, &owner.email).await;
            assert_eq!(owner.client.run("resendNotice", input, "").await.code(), "INVALID_STATE", "{notice}");
        }
        assert_eq!(seen.as_array().unwrap().len(), 2);

        // Whoever comes next with this address begins anew.
        app.nobody().done("signUp", json!({ "email": ana.email, "displayName": "Another Ana" }), "accepted").await;
        app.run_jobs().await;
        let token = app.mailed_link(&ana.email, NoticeKind::SignUp).await;
        app.nobody().done("completeSignUp", json!({ "token": token, "password": PASSWORD }), "").await;
        let found = account::Entity::find().filter(account::Column::Email.eq(&ana.email)).one(&app.database).await.unwrap();
        assert_ne!(found.unwrap().id, ana.id);
    }
}

on_both! {
    async fn an_address_that_somebody_else_has_by_now_is_theirs(app: TestApp) {
        let ana = app.person("info@home.example").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.example" }), "").await;
        let token = app.mailed_link("ana@home.example", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": token }), "").await;
        let ben = app.person("info@home.example").await;
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        invite(&owner.client, acme, "info@home.example", "AUDITOR").await;
        let ana = app.signed_in(ana.id, "ana@home.example").await;
        ana.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
        app.run_jobs().await;
        assert_eq!(row(&app, ana.id).await.display_name, "Former user");
        let token = app.mailed_link("info@home.example", NoticeKind::AdministratorInvitation).await;
        ben.client.done("acceptInvitation", json!({ "token": token }), "").await;
    }
}

on_both! {
    async fn what_others_have_offered_to_an_address_stays_its_readers(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        invite(&owner.client, acme, "bob@hofer.example", "AUDITOR").await;
        // An account that nobody takes up, made and deleted by those who have the domain.
        let maker = app.administrator(hofer.id, RoleName::Owner).await;
        let input = json!({ "organizationId": hofer.id, "email": "bob@hofer.example", "profile": { "displayName": "Bob" } });
        maker.client.done("createAccount", input, "").await;
        let made = account::Entity::find().filter(account::Column::Email.eq("bob@hofer.example"));
        let made = made.one(&app.database).await.unwrap().unwrap();
        assert_eq!(hofer.delete(&maker.client, made.id, json!({ "graceDays": 0 })).await.code(), "OK");
        app.run_jobs().await;
        assert_eq!(row(&app, made.id).await.display_name, "Former user");
        let bob = app.person("bob@hofer.example").await;
        let token = app.mailed_link("bob@hofer.example", NoticeKind::AdministratorInvitation).await;
        bob.client.done("acceptInvitation", json!({ "token": token }), "").await;
    }
}

on_both! {
    async fn what_a_foreign_log_tells_of_a_person_goes_with_them(app: TestApp) {
        let hofer = company(&app).await;
        let elsewhere = app.organization("Elsewhere").await;
        let their_domain = app.proved_domain(elsewhere, "elsewhere.example").await;
        let officer = app.administrator(elsewhere, RoleName::PrivacyOfficer).await;
        let ana = app.person(ANA).await;
        app.under_control(elsewhere, their_domain, ana.id).await;
        // The organization can't see that there is an account, and its log must not say so.
        let more = json!({ "profile": { "displayName": "Ana Gruber" }, "message": "Welcome, Ana Gruber!" });
        assert_eq!(create(&hofer.admin.client, hofer.id, ANA, more).await.code(), "OK");
        let (event, details) = last_event(&app, hofer.id, "createAccount").await;
        assert_eq!((event.account_id, &details["email"]), (None, &json!(ANA)));
        let input = json!({ "organizationId": elsewhere, "accountId": ana.id, "reason": "left", "graceDays": 0 });
        officer.client.done("deleteAccount", input, "").await;
        app.run_jobs().await;
        assert_eq!(row(&app, ana.id).await.display_name, "Former user");
        assert_eq!(event_detail::Entity::find_by_id(event.id).one(&app.database).await.unwrap(), None);
        assert_eq!(holding(&app, &[ANA, "Ana Gruber"]).await, []);
        the_log_is_whole(&app).await;
    }
}

on_both! {
    async fn who_said_no_and_came_later_is_forgotten_by_those_who_were_told(app: TestApp) {
        let hofer = company(&app).await;
        let (_, token) = made(&app, &hofer, json!({})).await;
        assert_eq!(decline(&app, &token).await, "OK");
        app.run_jobs().await;
        let told = async || notices(&app, "account_declined").await[0].2["declined_email"].clone();
        assert_eq!(told().await, ANA);
        // She proves the address, and leaves for good.
        let ana = app.person(ANA).await;
        ana.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
        app.run_jobs().await;
        assert_eq!(told().await, "Former user");
        assert_eq!(holding(&app, &[ANA]).await, []);
    }
}
