//! Accounts that administrators make for people: who may, what the person is told, how they take one up or decline, and
//! what nobody learns.

use crate::left_behind::{events, holding, last_event, link, notices};
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    account, delivery, event, event_detail,
    id::{AccountId, DomainId, OrganizationId},
    kinds::{ActorKind, DomainStatus, MembershipStatus, RoleName, TokenPurpose, VerificationMethod},
    membership, notice, profile, token,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both, seed::PASSWORD};

pub const ANA: &str = "ana@hofer.example";

pub struct Company {
    pub id: OrganizationId,
    pub domain: DomainId,
    pub admin: Somebody,
}

pub async fn company(app: &TestApp) -> Company {
    let id = app.organization("Hofer").await;
    let domain = app.proved_domain(id, "hofer.example").await;
    Company { id, domain, admin: app.administrator(id, RoleName::UserAdmin).await }
}

pub async fn create(client: &Client, organization: OrganizationId, email: &str, more: Value) -> Answer {
    let mut input = json!({ "organizationId": organization, "email": email });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.run("createAccount", input, "email expiresAt").await
}

pub async fn of_address(app: &TestApp, email: &str) -> Option<account::Model> {
    account::Entity::find().filter(account::Column::Email.eq(email)).one(&app.database).await.unwrap()
}

pub async fn sign_in(app: &TestApp, email: &str) -> String {
    app.nobody().run("signIn", json!({ "email": email, "password": PASSWORD }), "token").await.code()
}

pub async fn take_up(app: &TestApp, token: &str) -> String {
    app.nobody().run("resetPassword", json!({ "token": token, "newPassword": PASSWORD }), "changed").await.code()
}

pub async fn decline(app: &TestApp, token: &str) -> String {
    app.nobody().run("declineAccount", json!({ "token": token }), "declined").await.code()
}

/// An account that was made for Ana, with its link.
pub async fn made(app: &TestApp, hofer: &Company, more: Value) -> (AccountId, String) {
    let answer = create(&hofer.admin.client, hofer.id, ANA, more).await;
    assert_eq!(answer.code(), "OK", "{}", answer.body);
    let id = of_address(app, ANA).await.unwrap().id;
    (id, link(app, TokenPurpose::AccountInvitation, ANA).await)
}

on_both! {
    async fn an_account_is_made_managed_from_the_start_and_taken_up_by_its_link(app: TestApp) {
        let hofer = company(&app).await;
        let workspace = app.workspace(hofer.id).await;
        let more = json!({
            "profile": { "displayName": "Ana Gruber", "jobTitle": "Designer", "phone": "+43 512 555012" },
            "workspaceIds": [workspace], "message": "Welcome, Ana!",
        });
        let (id, token) = made(&app, &hofer, more).await;
        let row = of_address(&app, ANA).await.unwrap();
        assert_eq!((row.managed_by, row.managed_domain_id), (Some(hofer.id), Some(hofer.domain)));
        assert_eq!((row.verified_by, row.password_hash), (Some(VerificationMethod::Domain), None));
        let query = "query($id: ID!) { account(id: $id) { profile { displayName jobTitle phone } } }";
        let seen = hofer.admin.client.ask(query, json!({ "id": id })).await;
        let expected = json!({ "displayName": "Ana Gruber", "jobTitle": "Designer", "phone": "+43512555012" });
        assert_eq!(seen["account"]["profile"], expected);
        let (event, details) = last_event(&app, hofer.id, "createAccount").await;
        assert_eq!((event.account_id, &details["email"]), (Some(id), &json!(ANA)));
        assert_eq!(sign_in(&app, ANA).await, "WRONG_CREDENTIALS", "nobody can sign in yet");
        app.run_jobs().await;
        let mail = app.mailer.mails_to(ANA).pop().unwrap();
        for words in ["Hello Ana Gruber,", "**", "Hofer", "hofer.example", "> Welcome, Ana!", "/account/", "- a team", "5 December 2026"] {
            assert_eq!(mail.text.contains(words), words != "**", "{words}: {}", mail.text);
        }

        assert_eq!(take_up(&app, &token).await, "OK");
        let row = of_address(&app, ANA).await.unwrap();
        assert_eq!((row.managed_by, row.verified_by), (Some(hofer.id), Some(VerificationMethod::Link)));
        assert!(app.notices_to(ANA, NoticeKind::PasswordChanged).await.is_empty(), "there was none that could change");
        assert_eq!((take_up(&app, &token).await.as_str(), decline(&app, &token).await.as_str()), ("LINK_INVALID", "LINK_INVALID"));
        let signed_in = app.nobody().run("signIn", json!({ "email": ANA, "password": PASSWORD }), "token").await.payload();
        let ana = app.with(signed_in["token"].as_str().unwrap());
        let offers = "{ viewer { memberships { nodes { id status } } } }";
        let offers = ana.ask(offers, json!({})).await["viewer"]["memberships"]["nodes"].clone();
        assert_eq!(offers[0]["status"], "INVITED");
        ana.done("acceptMembership", json!({ "membershipId": offers[0]["id"] }), "").await;
    }
}

on_both! {
    async fn only_addresses_in_proved_domains_and_only_by_who_may(app: TestApp) {
        let hofer = company(&app).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let help = app.administrator(hofer.id, RoleName::HelpDesk).await;
        let foreign = app.workspace(app.organization("Third").await).await;
        let refused = async |client: &Client, email: &str, more: Value| {
            let answer = create(client, hofer.id, email, more).await;
            (answer.code(), answer.field())
        };
        let at = |code: &str, field: &str| (code.to_owned(), field.to_owned());
        assert_eq!(refused(&app.nobody(), ANA, json!({})).await.0, "UNAUTHENTICATED");
        assert_eq!(refused(&stranger.client, ANA, json!({})).await, at("NOT_FOUND", "input.organizationId"));
        assert_eq!(refused(&help.client, ANA, json!({})).await.0, "FORBIDDEN");
        for outside in ["ana@elsewhere.example", "ana@sub.hofer.example", "ana@hofer.example.evil.example"] {
            assert_eq!(refused(&hofer.admin.client, outside, json!({})).await, at("OUTSIDE_DOMAINS", "input.email"));
        }
        for (more, field) in [
            (json!({ "profile": { "timeZone": "nowhere" } }), "input.profile.timeZone"),
            (json!({ "message": "x".repeat(2_001) }), "input.message"),
        ] {
            assert_eq!(refused(&hofer.admin.client, ANA, more).await, at("INVALID", field));
        }
        let unseen = refused(&hofer.admin.client, ANA, json!({ "workspaceIds": [foreign] })).await;
        assert_eq!(unseen, at("NOT_FOUND", "input.workspaceIds"));
        // While the proof is missing it still counts; once it has lapsed, or the domain was given up, it doesn't.
        for (status, code) in [(DomainStatus::Lapsing, "OK"), (DomainStatus::Lapsed, "OUTSIDE_DOMAINS"), (DomainStatus::Pending, "OUTSIDE_DOMAINS")] {
            let row = steward_entities::domain::ActiveModel { id: Set(hofer.domain), status: Set(status), ..Default::default() };
            row.update(&app.database).await.unwrap();
            let email = format!("{}@hofer.example", status.as_str().to_lowercase());
            assert_eq!(refused(&hofer.admin.client, &email, json!({})).await.0, code, "{status:?}");
        }
        assert_eq!(events(&app, hofer.id, "createAccount").await, 1);
    }
}

on_both! {
    async fn who_sees_the_account_is_told_and_who_doesnt_learns_nothing(app: TestApp) {
        let hofer = company(&app).await;
        let elsewhere = app.organization("Elsewhere").await;
        let their_domain = app.proved_domain(elsewhere, "elsewhere.example").await;
        let client = &hofer.admin.client;
        // Seen: one that could be claimed, a managed one.
        app.account("candidate@hofer.example").await;
        let managed = app.account("managed@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, managed).await;
        for email in ["candidate@hofer.example", "Managed@hofer.example"] {
            let answer = create(client, hofer.id, email, json!({})).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("CONFLICT", "input.email"), "{email}");
        }
        // Not seen: one that another organization manages, an operator's.
        let theirs = app.account("theirs@hofer.example").await;
        app.under_control(elsewhere, their_domain, theirs).await;
        let staff = app.account("staff@hofer.example").await;
        let row = account::ActiveModel { id: Set(staff), operator_at: Set(Some(app.now())), ..Default::default() };
        row.update(&app.database).await.unwrap();
        let free = create(client, hofer.id, "free@hofer.example", json!({})).await.payload();
        for (email, id) in [("theirs@hofer.example", theirs), ("staff@hofer.example", staff)] {
            let before = of_address(&app, email).await.unwrap();
            let answer = create(client, hofer.id, email, json!({})).await.payload();
            let mut expected = free.clone();
            expected["email"] = json!(email);
            assert_eq!(answer, expected);
            assert_eq!(of_address(&app, email).await.unwrap(), before, "nothing comes of it");
            let told = app.notices_to(email, NoticeKind::AccountExisting).await;
            assert_eq!((told.len(), told[0].account_id, told[0].organization_id), (1, Some(id), None));
        }
        let (event, details) = last_event(&app, hofer.id, "createAccount").await;
        assert_eq!((event.account_id, &details["email"]), (None, &json!("staff@hofer.example")));
        assert!(token::Entity::find().all(&app.database).await.unwrap().iter().all(|link| link.email == "free@hofer.example"));
    }
}

on_both! {
    async fn a_person_declines_and_nothing_that_identifies_them_stays(app: TestApp) {
        let hofer = company(&app).await;
        let workspace = app.workspace(hofer.id).await;
        let more = json!({ "profile": { "displayName": "Ana Gruber", "phone": "+43512555012" }, "workspaceIds": [workspace] });
        let (id, token) = made(&app, &hofer, more).await;
        let answers = join_all((0..10).map(|_| decline(&app, &token))).await;
        assert_eq!(answers.iter().filter(|code| *code == "OK").count(), 1, "{answers:?}");
        assert_eq!(take_up(&app, &token).await, "LINK_INVALID");
        app.run_jobs().await;

        assert_eq!(of_address(&app, ANA).await, None);
        let row = account::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.display_name.as_str(), row.managed_by, row.verified_at), ("Former user", None, None));
        assert!(profile::Entity::find().all(&app.database).await.unwrap().is_empty());
        let details = event_detail::Entity::find().filter(event_detail::Column::AccountId.eq(id)).all(&app.database).await;
        assert!(details.unwrap().is_empty());
        let told = notice::Entity::find().filter(notice::Column::AccountId.eq(id)).all(&app.database).await.unwrap();
        assert!(told.iter().all(|notice| !notice.content.to_string().contains("ana@")), "{told:?}");
        let sent = delivery::Entity::find().filter(delivery::Column::Address.eq(ANA)).all(&app.database).await.unwrap();
        assert!(sent.is_empty() && app.mailer.mails_to(ANA).is_empty(), "a mail that was on its way isn't sent");
        let links = token::Entity::find().filter(token::Column::AccountId.eq(id)).all(&app.database).await.unwrap();
        assert!(links.iter().all(|link| link.email.is_empty() && link.used_at.is_some()), "{links:?}");
        let offer = membership::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(offer.status, MembershipStatus::Declined);

        // The log stays whole; the organization sees the account no more, and its administrators are told.
        let log = event::Entity::find().filter(event::Column::AccountId.eq(id)).all(&app.database).await.unwrap();
        let declined = log.iter().find(|event| event.action == "declineAccount").unwrap();
        assert_eq!((declined.actor_kind, declined.stream_id), (ActorKind::Link, hofer.id.0));
        assert_eq!(log.iter().filter(|event| event.action == "createAccount").count(), 1);
        let seen = hofer.admin.client.ask("query($id: ID!) { account(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(seen["account"], Value::Null);
        let told = notices(&app, "account_declined").await;
        assert_eq!((told.len(), told[0].0, &told[0].2["declined_email"]), (1, Some(hofer.admin.id), &json!(ANA)));

        // The address is free again.
        made(&app, &hofer, json!({})).await;
    }
}

on_both! {
    async fn an_invitation_is_renewed_until_it_is_taken_up(app: TestApp) {
        let hofer = company(&app).await;
        let (id, old) = made(&app, &hofer, json!({ "message": "Welcome!" })).await;
        let input = json!({ "organizationId": hofer.id, "accountId": id });
        app.advance(TimeDelta::days(14));
        assert_eq!(take_up(&app, &old).await, "LINK_INVALID", "14 days are over");
        let admin = app.signed_in(hofer.admin.id, &hofer.admin.email).await;
        let renewed = admin.client.done("renewAccountInvitation", input.clone(), "account { id }").await;
        assert_eq!(renewed["account"]["id"], json!(id));
        let first = link(&app, TokenPurpose::AccountInvitation, ANA).await;
        app.advance(TimeDelta::minutes(1));
        admin.client.done("renewAccountInvitation", input.clone(), "").await;
        let second = link(&app, TokenPurpose::AccountInvitation, ANA).await;
        assert_eq!(take_up(&app, &first).await, "LINK_INVALID", "it died with the newer one");
        let told = app.notices_to(ANA, NoticeKind::AccountCreated).await;
        assert!(told.iter().all(|notice| notice.content["message"] == "Welcome!"));
        assert_eq!((told.len(), events(&app, hofer.id, "renewAccountInvitation").await), (3, 2));
        assert_eq!(take_up(&app, &second).await, "OK");
        assert_eq!(admin.client.run("renewAccountInvitation", input.clone(), "").await.code(), "INVALID_STATE");

        let help = app.administrator(hofer.id, RoleName::HelpDesk).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        assert_eq!(help.client.run("renewAccountInvitation", input.clone(), "").await.code(), "FORBIDDEN");
        assert_eq!(stranger.client.run("renewAccountInvitation", input, "").await.code(), "NOT_FOUND");
        let candidate = app.account("candidate@hofer.example").await;
        let input = json!({ "organizationId": hofer.id, "accountId": candidate });
        assert_eq!(admin.client.run("renewAccountInvitation", input, "").await.code(), "NOT_MANAGED");
    }
}

on_both! {
    async fn a_mailbox_isnt_flooded_by_renewals(app: TestApp) {
        let hofer = company(&app).await;
        let (id, _) = made(&app, &hofer, json!({})).await;
        let input = json!({ "organizationId": hofer.id, "accountId": id });
        // Making it was the first.
        for _ in 0..9 {
            hofer.admin.client.done("renewAccountInvitation", input.clone(), "").await;
        }
        assert_eq!(hofer.admin.client.run("renewAccountInvitation", input, "").await.code(), "RATE_LIMITED");
    }
}

on_both! {
    async fn a_reset_takes_it_up_too_and_acts_on_it_kill_the_link(app: TestApp) {
        let hofer = company(&app).await;
        let (id, token) = made(&app, &hofer, json!({})).await;
        let input = json!({ "organizationId": hofer.id, "accountId": id, "reason": "not yet" });
        hofer.admin.client.done("suspendAccount", input.clone(), "").await;
        assert_eq!((take_up(&app, &token).await.as_str(), decline(&app, &token).await.as_str()), ("LINK_INVALID", "LINK_INVALID"));
        hofer.admin.client.done("restoreAccount", input.clone(), "").await;
        hofer.admin.client.done("renewAccountInvitation", json!({ "organizationId": hofer.id, "accountId": id }), "").await;
        let token = link(&app, TokenPurpose::AccountInvitation, ANA).await;
        app.nobody().done("requestPasswordReset", json!({ "email": ANA }), "").await;
        app.run_jobs().await;
        let reset = link(&app, TokenPurpose::PasswordReset, ANA).await;
        assert_eq!(take_up(&app, &reset).await, "OK");
        assert_eq!(decline(&app, &token).await, "LINK_INVALID", "who has set a password has taken it up");
        assert_eq!(sign_in(&app, ANA).await, "OK");
    }
}

on_both! {
    async fn a_wrong_address_is_mended_in_one_step(app: TestApp) {
        let hofer = company(&app).await;
        let workspace = app.workspace(hofer.id).await;
        let offered = json!({ "message": "Welcome.", "workspaceIds": [workspace] });
        let (id, wrong) = made(&app, &hofer, offered).await;
        app.proved_domain(hofer.id, "hofer-group.example").await;
        let input = json!({ "organizationId": hofer.id, "accountId": id, "newEmail": "ana.huber@hofer-group.example", "reason": "a slip" });
        hofer.admin.client.done("changeAccountEmail", input, "").await;
        assert_eq!((take_up(&app, &wrong).await.as_str(), decline(&app, &wrong).await.as_str()), ("LINK_INVALID", "LINK_INVALID"));
        let told = app.notices_to("ana.huber@hofer-group.example", NoticeKind::AccountCreated).await;
        let said = (told[0].content["message"].as_str(), told[0].content["domain"].as_str());
        assert_eq!((told.len(), said), (1, (Some("Welcome."), Some("hofer-group.example"))));
        assert_eq!(told[0].content["workspaces"], json!([]), "what was offered to the wrong address is withdrawn");
        let offers = membership::Entity::find().all(&app.database).await.unwrap();
        assert_eq!((offers.len(), offers[0].status), (1, MembershipStatus::Declined));
        let wrongly = app.notices_to(ANA, NoticeKind::EmailChangedByAdministrators).await;
        assert!(wrongly.is_empty(), "whoever reads the wrong address learns of no other: {wrongly:?}");
        let token = link(&app, TokenPurpose::AccountInvitation, "ana.huber@hofer-group.example").await;
        assert_eq!(take_up(&app, &token).await, "OK");
        assert_eq!(sign_in(&app, "ana.huber@hofer-group.example").await, "OK");
        // Who has taken it up is told of a change, and needs no link.
        let input = json!({ "organizationId": hofer.id, "accountId": id, "newEmail": ANA, "reason": "as it was" });
        hofer.admin.client.done("changeAccountEmail", input, "").await;
        let count = app.notices_to(ANA, NoticeKind::AccountCreated).await.len();
        assert_eq!(count, 1, "the first one alone");
        assert_eq!(app.notices_to(ANA, NoticeKind::EmailChangedByAdministrators).await.len(), 1);
    }
}

on_both! {
    async fn what_nobody_has_used_is_taken_up_and_survives_a_no(app: TestApp) {
        let hofer = company(&app).await;
        let id = app.account(ANA).await;
        let imported = account::ActiveModel {
            id: Set(id),
            password_hash: Set(None),
            password_changed_at: Set(None),
            verified_at: Set(None),
            verified_by: Set(None),
            ..Default::default()
        };
        imported.update(&app.database).await.unwrap();
        let (found, token) = made(&app, &hofer, json!({ "profile": { "jobTitle": "Designer" } })).await;
        assert_eq!(found, id);
        assert_eq!(of_address(&app, ANA).await.unwrap().managed_by, Some(hofer.id));
        assert_eq!(decline(&app, &token).await, "OK");
        let row = of_address(&app, ANA).await.unwrap();
        assert_eq!((row.managed_by, row.verified_at, row.display_name.as_str()), (None, None, "ana"));
        let known = profile::Entity::find().all(&app.database).await.unwrap();
        assert!(known.iter().all(|row| row.job_title.is_none()), "what the organization wrote is gone: {known:?}");
        let told = notices(&app, "account_declined").await[0].2.clone();
        assert_eq!(told.get("ended"), None, "that there was an account before is told to nobody");
    }
}

on_both! {
    async fn what_is_known_of_an_invitation_outlives_its_links(app: TestApp) {
        let hofer = company(&app).await;
        let (id, _) = made(&app, &hofer, json!({ "message": "Welcome!" })).await;
        app.advance(TimeDelta::days(60));
        app.steward.clean_up().await.unwrap();
        assert!(token::Entity::find().all(&app.database).await.unwrap().is_empty());
        let admin = app.signed_in(hofer.admin.id, &hofer.admin.email).await;
        admin.client.done("renewAccountInvitation", json!({ "organizationId": hofer.id, "accountId": id }), "").await;
        let token = link(&app, TokenPurpose::AccountInvitation, ANA).await;
        assert_eq!(app.notices_to(ANA, NoticeKind::AccountCreated).await[1].content["message"], "Welcome!");
        assert_eq!(decline(&app, &token).await, "OK");
        assert_eq!(of_address(&app, ANA).await, None, "it ended, as the person was told");
    }
}

on_both! {
    async fn after_a_no_no_table_holds_the_address_or_the_name(app: TestApp) {
        let hofer = company(&app).await;
        let workspace = app.workspace(hofer.id).await;
        let more = json!({
            "profile": { "displayName": "Ana Gruber" }, "workspaceIds": [workspace], "message": "Welcome, Ana Gruber!",
        });
        let (id, _) = made(&app, &hofer, more).await;
        let input = json!({ "organizationId": hofer.id, "accountId": id, "reason": "Ana Gruber comes later", "message": "Later, Ana Gruber" });
        hofer.admin.client.done("suspendAccount", input, "").await;
        let input = json!({ "organizationId": hofer.id, "accountId": id });
        hofer.admin.client.done("renewAccountInvitation", input, "").await;
        let token = link(&app, TokenPurpose::AccountInvitation, ANA).await;
        app.nobody().done("requestPasswordReset", json!({ "email": ANA }), "").await;
        app.run_jobs().await;
        let words = [ANA, "Ana Gruber"];
        assert!(holding(&app, &words).await.len() > 5);
        assert_eq!(decline(&app, &token).await, "OK");
        app.run_jobs().await;
        let told = |(_, line): &(String, String)| !line.contains("declined_email");
        let left: Vec<_> = holding(&app, &words).await.into_iter().filter(told).collect();
        assert_eq!(left, [], "but for what administrators are told of the declination");
    }
}

on_both! {
    async fn a_reset_isnt_required_of_who_still_has_to_answer(app: TestApp) {
        let hofer = company(&app).await;
        let (id, token) = made(&app, &hofer, json!({})).await;
        let input = json!({ "organizationId": hofer.id, "accountId": id, "reason": "to be sure" });
        let answer = hofer.admin.client.run("requirePasswordReset", input.clone(), "accountId").await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID_STATE", "input.accountId"));
        assert_eq!(take_up(&app, &token).await, "OK", "the link still works");
        assert_eq!(hofer.admin.client.run("requirePasswordReset", input, "accountId").await.code(), "OK");
    }
}

on_both! {
    async fn of_two_who_make_one_account_at_once_one_does(app: TestApp) {
        let hofer = company(&app).await;
        let answers = join_all((0..5).map(|_| create(&hofer.admin.client, hofer.id, ANA, json!({})))).await;
        let mut codes: Vec<String> = answers.iter().map(Answer::code).collect();
        codes.sort();
        assert_eq!(codes, ["CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT", "OK"]);
        assert_eq!(app.notices_to(ANA, NoticeKind::AccountCreated).await.len(), 1);
    }
}
