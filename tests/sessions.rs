//! Sessions: ended by the person, ended by administrators, and the password once more.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    account, account_block, event,
    id::{AccountId, OrganizationId},
    idempotency,
    kinds::{BlockKind, RoleName},
    session,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both, seed::PASSWORD};

async fn lives(somebody: &Somebody) -> bool {
    let input = json!({ "sessionId": "sess_00000000000000000000000000" });
    let code = somebody.client.run("revokeSession", input, "sessionId").await.code();
    assert!(["INVALID", "NOT_FOUND", "UNAUTHENTICATED"].contains(&code.as_str()), "{code}");
    code != "UNAUTHENTICATED"
}

async fn revoke(client: &Client, organization: OrganizationId, account: AccountId, more: Value) -> Answer {
    let mut input = json!({ "organizationId": organization.to_string(), "accountId": account.to_string(), "reason": "A lost telephone." });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.run("revokeSessions", input, "accountId sessionIds").await
}

async fn manage(app: &TestApp, organization: OrganizationId, account: AccountId) {
    let row = account::ActiveModel { id: Set(account), managed_by: Set(Some(organization)), ..Default::default() };
    row.update(&app.database).await.unwrap();
}

on_both! {
    async fn signing_out_ends_this_session_or_all(app: TestApp) {
        let here = app.person("ana@hofer.example").await;
        let there = app.signed_in(here.id, &here.email).await;
        let third = app.signed_in(here.id, &here.email).await;
        let done = here.client.done("signOut", json!({}), "sessionId").await;
        assert_eq!(done["sessionId"], here.session.to_string());
        assert_eq!((lives(&here).await, lives(&there).await), (false, true));
        there.client.done("signOut", json!({ "everywhere": true }), "sessionId").await;
        assert_eq!((lives(&there).await, lives(&third).await), (false, false));
        assert_eq!(app.nobody().run("signOut", json!({}), "sessionId").await.code(), "UNAUTHENTICATED");
        let log = event::Entity::find().all(&app.database).await.unwrap();
        assert_eq!(log.iter().filter(|event| event.action == "signOut" && event.account_id == Some(here.id)).count(), 2);
    }
}

on_both! {
    async fn one_ends_ones_own_sessions_and_nobody_elses(app: TestApp) {
        let here = app.person("ana@hofer.example").await;
        let lost = app.signed_in(here.id, &here.email).await;
        let ben = app.person("ben@hofer.example").await;
        let input = json!({ "sessionId": lost.session.to_string() });
        let stranger = ben.client.run("revokeSession", input.clone(), "sessionId").await;
        assert_eq!((stranger.code().as_str(), lives(&lost).await), ("NOT_FOUND", true));
        here.client.done("revokeSession", input.clone(), "sessionId").await;
        assert_eq!((lives(&lost).await, lives(&here).await), (false, true));
        let again = here.client.run("revokeSession", input, "sessionId").await;
        assert_eq!(again.payload(), stranger.payload());
    }
}

on_both! {
    async fn all_others_end_by_one_act(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let others = [app.signed_in(ana.id, &ana.email).await, app.signed_in(ana.id, &ana.email).await];
        let ben = app.person("ben@acme.test").await;
        for both_or_neither in [json!({}), json!({ "allOthers": true, "sessionId": others[0].session })] {
            let answer = ana.client.run("revokeSession", both_or_neither, "sessionIds").await;
            assert_eq!((answer.code(), answer.field()), ("INVALID".into(), "input.sessionId".into()));
        }
        let client = ana.client.with_key("all others");
        let ended = client.done("revokeSession", json!({ "allOthers": true }), "sessionId sessionIds").await;
        let ids = others.each_ref().map(|other| other.session);
        assert_eq!(ended["sessionId"], Value::Null);
        assert_eq!(ended["sessionIds"], json!(ids));
        for other in &others {
            assert!(!lives(other).await);
        }
        assert!(lives(&ana).await && lives(&ben).await);
        let logged = event::Entity::find().filter(event::Column::Action.eq("revokeSession"));
        assert_eq!(logged.clone().all(&app.database).await.unwrap().len(), 1, "one for all of them");
        // There is nobody left to end, and the request that is sent again is answered from the record.
        assert_eq!(ana.client.done("revokeSession", json!({ "allOthers": true }), "sessionIds").await["sessionIds"], json!([]));
        let again = client.done("revokeSession", json!({ "allOthers": true }), "sessionId sessionIds").await;
        assert_eq!(again["sessionIds"], json!(ids));
        assert_eq!(logged.all(&app.database).await.unwrap().len(), 1);
    }
}

on_both! {
    async fn two_devices_that_end_each_other_at_once_leave_one(app: TestApp) {
        for round in 0..10 {
            let one = app.person(&format!("ana{round}@acme.test")).await;
            let other = app.signed_in(one.id, &one.email).await;
            let end = |client: &Client| {
                let client = client.clone();
                async move { client.run("revokeSession", json!({ "allOthers": true }), "sessionIds").await.code() }
            };
            let (first, second) = tokio::join!(end(&one.client), end(&other.client));
            let mut codes = [first, second];
            codes.sort();
            assert_eq!(codes, ["OK", "UNAUTHENTICATED"], "round {round}");
            assert_ne!(lives(&one).await, lives(&other).await, "round {round}");
        }
    }
}

on_both! {
    async fn two_devices_that_end_each_other_by_id_leave_one(app: TestApp) {
        for round in 0..10 {
            let one = app.person(&format!("ana{round}@acme.test")).await;
            let other = app.signed_in(one.id, &one.email).await;
            let end = |by: &Somebody, whose: &Somebody| {
                let (client, session) = (by.client.clone(), whose.session);
                async move { client.run("revokeSession", json!({ "sessionId": session }), "sessionId").await.code() }
            };
            let (first, second) = tokio::join!(end(&one, &other), end(&other, &one));
            let mut codes = [first, second];
            codes.sort();
            assert_eq!(codes, ["OK", "UNAUTHENTICATED"], "round {round}");
            assert_ne!(lives(&one).await, lives(&other).await, "round {round}");
        }
    }
}

on_both! {
    async fn a_repeated_end_of_a_session_is_answered_from_the_record_of_whichever_version(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let other = app.signed_in(ana.id, &ana.email).await.session;
        let client = ana.client.with_key("that one");
        let end = async || client.done("revokeSession", json!({ "sessionId": other }), "sessionId sessionIds").await;
        let ended = end().await;
        assert_eq!(ended["sessionIds"], json!([other]));
        assert_eq!(end().await, ended);
        let earlier = json!({ "session": other });
        let record = idempotency::Entity::update_many()
            .col_expr(idempotency::Column::Output, sea_orm::prelude::Expr::value(earlier))
            .exec(&app.database);
        assert_eq!(record.await.unwrap().rows_affected, 1);
        assert_eq!(end().await, ended);
    }
}

on_both! {
    async fn administrators_end_sessions_of_managed_accounts_and_the_person_is_told(app: TestApp) {
        let organization = app.organization("Hofer").await;
        let helper = app.administrator(organization, RoleName::HelpDesk).await;
        let (ana, lost) = {
            let ana = app.person("ana@hofer.example").await;
            let lost = app.signed_in(ana.id, &ana.email).await;
            (ana, lost)
        };
        manage(&app, organization, ana.id).await;
        let one = json!({ "sessionIds": [lost.session.to_string()], "dryRun": true });
        let plan = revoke(&helper.client, organization, ana.id, one).await.payload();
        assert_eq!(plan["sessionIds"], json!([lost.session.to_string()]));
        assert!(lives(&lost).await);
        assert!(app.notices_to(&ana.email, NoticeKind::SessionsEnded).await.is_empty());

        let one = json!({ "sessionIds": [lost.session.to_string()] });
        assert_eq!(revoke(&helper.client, organization, ana.id, one.clone()).await.code(), "OK");
        assert_eq!((lives(&lost).await, lives(&ana).await), (false, true));
        assert_eq!(revoke(&helper.client, organization, ana.id, one).await.code(), "NOT_FOUND");
        let foreign = json!({ "sessionIds": [helper.session.to_string()] });
        assert_eq!(revoke(&helper.client, organization, ana.id, foreign).await.field(), "input.sessionIds");

        assert_eq!(revoke(&helper.client, organization, ana.id, json!({})).await.code(), "OK");
        assert!(!lives(&ana).await);
        let told = app.notices_to(&ana.email, NoticeKind::SessionsEnded).await;
        assert_eq!((told.len(), told[0].organization_id), (2, Some(organization)));
        let nothing = revoke(&helper.client, organization, ana.id, json!({})).await.payload();
        assert_eq!(nothing["sessionIds"], json!([]));
        let log = event::Entity::find().all(&app.database).await.unwrap();
        let log: Vec<_> = log.iter().filter(|event| event.action == "revokeSessions").collect();
        assert_eq!(log.len(), 2);
        assert!(log.iter().all(|event| event.stream_id == organization.0 && event.account_id == Some(ana.id)));
    }
}

on_both! {
    async fn without_a_ground_sessions_go_on(app: TestApp) {
        let (hofer, other) = (app.organization("Hofer").await, app.organization("Other").await);
        let helper = app.administrator(hofer, RoleName::HelpDesk).await;
        let auditor = app.administrator(hofer, RoleName::Auditor).await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        let ana = app.person("ana@hofer.example").await;
        assert_eq!(revoke(&helper.client, hofer, ana.id, json!({})).await.code(), "NOT_FOUND");
        manage(&app, hofer, ana.id).await;
        assert_eq!(revoke(&stranger.client, hofer, ana.id, json!({})).await.code(), "NOT_FOUND");
        assert_eq!(revoke(&stranger.client, other, ana.id, json!({})).await.code(), "NOT_FOUND");
        assert_eq!(revoke(&auditor.client, hofer, ana.id, json!({})).await.code(), "FORBIDDEN");
        app.role(hofer, ana.id, RoleName::Owner).await;
        assert_eq!(revoke(&helper.client, hofer, ana.id, json!({})).await.code(), "HIGHER_ROLE");
        manage(&app, hofer, helper.id).await;
        assert_eq!(revoke(&helper.client, hofer, helper.id, json!({})).await.code(), "SELF");
        assert!(lives(&ana).await && lives(&helper).await);
    }
}

on_both! {
    async fn the_password_opens_ten_minutes_and_guessing_it_is_limited(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let wrong = json!({ "password": "some other password" });
        let answer = ana.client.run("reauthenticate", wrong.clone(), "reauthenticatedUntil").await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("WRONG_CREDENTIALS", "input.password"));
        app.advance(TimeDelta::minutes(11));
        let right = json!({ "password": PASSWORD });
        let done = ana.client.done("reauthenticate", right.clone(), "reauthenticatedUntil").await;
        let until: chrono::DateTime<chrono::Utc> = done["reauthenticatedUntil"].as_str().unwrap().parse().unwrap();
        assert_eq!(until, app.now() + TimeDelta::minutes(10));
        let row = session::Entity::find_by_id(ana.session).one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.reauthenticated_at, Some(app.now()));
        app.advance(TimeDelta::minutes(15));
        for _ in 0..10 {
            ana.client.run("reauthenticate", wrong.clone(), "reauthenticatedUntil").await;
        }
        assert_eq!(ana.client.run("reauthenticate", right, "reauthenticatedUntil").await.code(), "RATE_LIMITED");
        let answer = app.nobody().run("reauthenticate", wrong, "reauthenticatedUntil").await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn deactivated_people_sign_in_to_a_limited_session(app: TestApp) {
        let operator = app.operator().await;
        let block = account_block::ActiveModel {
            id: Set(uuid::Uuid::from_u128(1).into()),
            account_id: Set(operator.id),
            organization_id: Set(None),
            kind: Set(BlockKind::Deactivation),
            reason: Set(None),
            message: Set(None),
            created_at: Set(app.now()),
            until: Set(None),
            lifted_at: Set(None),
        };
        block.insert(&app.database).await.unwrap();
        let input = json!({ "email": operator.email, "password": PASSWORD });
        let token = app.nobody().done("signIn", input, "token").await["token"].as_str().unwrap().to_owned();
        let limited = app.with(&token);
        let input = json!({ "name": "Hofer", "ownerEmail": "ana@hofer.example" });
        assert_eq!(limited.run("createOrganization", input, "organization { id }").await.code(), "FORBIDDEN");
        limited.done("reauthenticate", json!({ "password": PASSWORD }), "reauthenticatedUntil").await;
        limited.done("signOut", json!({}), "sessionId").await;
    }
}

on_both! {
    async fn when_somebody_was_last_seen_is_kept_to_the_minute_and_the_hour(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        app.advance(TimeDelta::minutes(61) + TimeDelta::seconds(7));
        assert!(lives(&ana).await);
        app.steward.bookkeeping_done().await;
        let seen = || async {
            let session = session::Entity::find_by_id(ana.session).one(&app.database).await.unwrap().unwrap();
            let account = account::Entity::find_by_id(ana.id).one(&app.database).await.unwrap().unwrap();
            (session.last_used_at.to_rfc3339(), account.last_active_at.unwrap().to_rfc3339())
        };
        let first = ("2026-11-21T10:01:00+00:00".to_owned(), "2026-11-21T10:00:00+00:00".to_owned());
        assert_eq!(seen().await, first);
        app.advance(TimeDelta::seconds(50));
        assert!(lives(&ana).await);
        app.steward.bookkeeping_done().await;
        assert_eq!(seen().await, first, "the same minute writes nothing");
        app.advance(TimeDelta::seconds(50));
        assert!(lives(&ana).await);
        app.steward.bookkeeping_done().await;
        assert_eq!(seen().await.0, "2026-11-21T10:02:00+00:00");
    }
}

on_both! {
    async fn one_session_too_many_ends_the_oldest(app: TestApp) {
        let first = app.person("ana@hofer.example").await;
        let other = app.person("ben@hofer.example").await;
        app.advance(TimeDelta::milliseconds(1));
        let second = app.signed_in(first.id, &first.email).await;
        for _ in 2..100 {
            app.advance(TimeDelta::milliseconds(1));
            app.signed_in(first.id, &first.email).await;
        }
        assert!(lives(&first).await);
        app.advance(TimeDelta::milliseconds(1));
        let input = json!({ "email": first.email, "password": PASSWORD });
        app.nobody().done("signIn", input, "token").await;
        assert_eq!((lives(&first).await, lives(&second).await, lives(&other).await), (false, true, true));
        let query = "{ viewer { account { sessions { id } } } }";
        let seen = second.client.ask(query, json!({})).await;
        let seen = seen["viewer"]["account"]["sessions"].as_array().unwrap().clone();
        assert_eq!((seen.len(), &seen[0]["id"]), (100, &json!(second.session)), "newest last");
    }
}
