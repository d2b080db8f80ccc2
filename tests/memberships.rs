//! What administrators do to memberships: limits with an end, the end of one, restoring; and what they can't keep anybody
//! from.

use crate::left_behind::{events, last_event, notices};
use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward_entities::{
    id::{MembershipId, OrganizationId, WorkspaceId},
    kinds::{BlockKind, MembershipStatus, RoleName},
    membership,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

const SEEN: &str = "membership { id status message reason until email }";

/// An organization with a workspace, an administrator, and a contractor who is a member.
struct Hofer {
    id: OrganizationId,
    workspace: WorkspaceId,
    admin: Somebody,
    bo: Somebody,
    membership: MembershipId,
}

impl Hofer {
    async fn new(app: &TestApp) -> Self {
        let id = app.organization("Hofer").await;
        let admin = app.administrator(id, RoleName::UserAdmin).await;
        let workspace = app.workspace(id).await;
        let bo = app.person("bo@home.example").await;
        let membership = app.joined(id, workspace, bo.id, &bo.email).await;
        Self { id, workspace, admin, bo, membership }
    }

    async fn act(&self, by: &Client, what: &str, more: Value) -> Answer {
        let mut input =
            json!({ "organizationId": self.id, "membershipId": self.membership, "reason": "an open question" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        by.run(what, input, SEEN).await
    }

    async fn done(&self, what: &str, more: Value) -> Value {
        let answer = self.act(&self.admin.client, what, more).await;
        assert_eq!(answer.code(), "OK", "{what}: {}", answer.body);
        answer.payload()["membership"].clone()
    }

    async fn leave(&self) -> String {
        self.bo.client.run("leaveWorkspace", json!({ "membershipId": self.membership }), "").await.code()
    }
}

/// The person's own memberships, as they see them.
async fn mine(person: &Client) -> Value {
    let query = "{ viewer { memberships { nodes { status message reason until } } } }";
    person.ask(query, json!({})).await["viewer"]["memberships"]["nodes"].clone()
}

on_both! {
    async fn a_limit_is_told_renewed_and_ends_by_itself(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        for (what, status, kind) in [
            ("restrictMembership", "RESTRICTED", "membership_restricted"),
            ("suspendMembership", "SUSPENDED", "membership_suspended"),
        ] {
            let (short, long) = (app.now() + TimeDelta::days(1), app.now() + TimeDelta::days(3));
            let seen = hofer.done(what, json!({ "until": short, "message": "We call you." })).await;
            assert_eq!((&seen["status"], &seen["reason"]), (&json!(status), &json!("an open question")));
            let own = mine(&hofer.bo.client).await[0].clone();
            assert_eq!((&own["status"], &own["message"], &own["reason"]), (&json!(status), &json!("We call you."), &Value::Null));
            let same = hofer.act(&hofer.admin.client, what, json!({ "until": short, "message": "We call you." })).await;
            assert_eq!(same.code(), "INVALID_STATE");
            hofer.done(what, json!({ "until": long })).await;
            let told = notices(&app, kind).await;
            assert_eq!((told.len(), told[1].0, &told[1].2["until"].is_string()), (2, Some(hofer.bo.id), &true));
            let (event, details) = last_event(&app, hofer.id, what).await;
            assert_eq!((event.account_id, event.object_kind.as_deref()), (Some(hofer.bo.id), Some("mem")));
            assert_eq!(details["status"]["after"], status);

            app.advance(TimeDelta::days(1));
            app.run_jobs().await;
            assert_eq!(mine(&hofer.bo.client).await[0]["status"], status, "the first end was replaced");
            app.advance(TimeDelta::days(2));
            assert_eq!(mine(&hofer.bo.client).await[0]["status"], "ACTIVE", "nobody has to notice");
            assert_eq!(hofer.act(&hofer.admin.client, "restoreMembership", json!({})).await.code(), "INVALID_STATE");
            app.run_jobs().await;
            app.run_jobs().await;
        }
        assert_eq!(notices(&app, "membership_restored").await.len(), 2);
        assert_eq!(events(&app, hofer.id, "endMembershipLimit").await, 2);
    }
}

on_both! {
    async fn limits_leave_the_account_and_other_workspaces_alone(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        app.advance(TimeDelta::seconds(1));
        let second = app.workspace(hofer.id).await;
        app.joined(hofer.id, second, hofer.bo.id, &hofer.bo.email).await;
        hofer.done("suspendMembership", json!({})).await;
        let statuses: Vec<Value> = mine(&hofer.bo.client).await.as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
        assert_eq!(statuses, [json!("SUSPENDED"), json!("ACTIVE")]);
        let own = hofer.bo.client.ask("{ viewer { actor { limited } account { access } } }", json!({})).await;
        assert_eq!(own["viewer"], json!({ "actor": { "limited": false }, "account": { "access": "FULL" } }));
        assert_eq!(hofer.bo.client.run("updateMyProfile", json!({ "jobTitle": "Guest" }), "").await.code(), "OK");
        // It is still a ground.
        let input = json!({ "organizationId": hofer.id, "accountId": hofer.bo.id, "reason": "a phishing mail" });
        hofer.admin.client.done("requirePasswordReset", input, "").await;
    }
}

on_both! {
    async fn what_was_ended_gives_only_restoring(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let plan = hofer.done("terminateMembership", json!({ "dryRun": true })).await;
        assert_eq!((&plan["status"], notices(&app, "membership_ended").await.len()), (&json!("ACTIVE"), 0));
        let seen = hofer.done("terminateMembership", json!({ "message": "Thank you, Bo!" })).await;
        assert_eq!((&seen["status"], &seen["email"]), (&json!("TERMINATED"), &json!("bo@home.example")));
        assert_eq!(notices(&app, "membership_ended").await[0].2["reason"], "Thank you, Bo!");
        let account = "query($id: ID!) { account(id: $id) { id } }";
        assert_eq!(hofer.admin.client.ask(account, json!({ "id": hofer.bo.id })).await["account"], Value::Null);
        let input = json!({ "organizationId": hofer.id, "accountId": hofer.bo.id, "reason": "a phishing mail" });
        assert_eq!(hofer.admin.client.run("requirePasswordReset", input, "").await.code(), "NOT_FOUND");
        for what in ["restrictMembership", "suspendMembership", "terminateMembership"] {
            assert_eq!(hofer.act(&hofer.admin.client, what, json!({})).await.code(), "INVALID_STATE", "{what}");
        }
        assert_eq!(hofer.done("restoreMembership", json!({ "message": "Back again." })).await["status"], "ACTIVE");
        assert_eq!(hofer.act(&hofer.admin.client, "restoreMembership", json!({})).await.code(), "INVALID_STATE");

        // Who has come back by a newer invitation isn't a member twice.
        hofer.done("terminateMembership", json!({})).await;
        let offer = json!({ "organizationId": hofer.id, "workspaceId": hofer.workspace, "email": hofer.bo.email });
        let offered = hofer.admin.client.done("addMember", offer, "membership { id }").await["membership"]["id"].clone();
        hofer.bo.client.done("acceptMembership", json!({ "membershipId": offered }), "").await;
        assert_eq!(hofer.act(&hofer.admin.client, "restoreMembership", json!({})).await.code(), "CONFLICT");
    }
}

on_both! {
    async fn nothing_but_their_own_choice_keeps_a_person(app: TestApp) {
        for what in ["restrictMembership", "suspendMembership", "terminateMembership"] {
            let hofer = Hofer { bo: app.person(&format!("{what}@home.example")).await, ..Hofer::new_without(&app, what).await };
            let membership = app.joined(hofer.id, hofer.workspace, hofer.bo.id, &hofer.bo.email).await;
            let hofer = Hofer { membership, ..hofer };
            hofer.done(what, json!({})).await;
            let all = ["EDIT_PROFILE", "CHANGE_EMAIL", "EDIT_ITEMS", "CHANGE_VISIBILITY", "DELETE_ITEMS", "DELETE_ACCOUNT"];
            let input = json!({ "organizationId": hofer.id, "target": { "organization": {} }, "operations": all, "reason": "An audit" });
            hofer.admin.client.done("restrictEdits", input, "").await;
            app.blocked(hofer.bo.id, BlockKind::Deactivation, None).await;
            assert_eq!(hofer.leave().await, "OK", "{what}");
            assert_eq!(mine(&hofer.bo.client).await[0]["status"], "LEFT");
            assert_eq!(hofer.leave().await, "NOT_FOUND");
            // What was left nobody revives.
            for act in ["restoreMembership", "restrictMembership", "terminateMembership"] {
                assert_eq!(hofer.act(&hofer.admin.client, act, json!({})).await.code(), "INVALID_STATE", "{what} {act}");
            }
        }
    }
}

impl Hofer {
    /// Another organization, whose member is chosen later.
    async fn new_without(app: &TestApp, name: &str) -> Self {
        let id = app.organization(name).await;
        let admin = app.administrator(id, RoleName::UserAdmin).await;
        let bo = app.person(&format!("nobody-{name}@home.example")).await;
        Self { id, workspace: app.workspace(id).await, admin, bo, membership: app.id() }
    }
}

on_both! {
    async fn each_refusal_has_its_code_and_changes_nothing(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (admin, past) = (&hofer.admin.client, app.now() - TimeDelta::seconds(1));
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let of_owner = app.joined(hofer.id, hofer.workspace, owner.id, &owner.email).await;
        let of_admin = app.joined(hofer.id, hofer.workspace, hofer.admin.id, &hofer.admin.email).await;
        let offer = json!({ "organizationId": hofer.id, "workspaceId": hofer.workspace, "email": "new@home.example" });
        let offered = admin.done("addMember", offer, "membership { id }").await["membership"]["id"].clone();
        let mut small = Vec::new();
        for role in [RoleName::HelpDesk, RoleName::Auditor, RoleName::PrivacyOfficer] {
            small.push(app.administrator(hofer.id, role).await);
        }
        for what in ["restrictMembership", "suspendMembership", "terminateMembership", "restoreMembership"] {
            let code = async |by: &Client, more: Value| hofer.act(by, what, more).await.code();
            assert_eq!(code(&stranger.client, json!({})).await, "NOT_FOUND", "{what}");
            assert_eq!(code(&hofer.bo.client, json!({})).await, "NOT_FOUND", "{what}");
            for administrator in &small {
                assert_eq!(code(&administrator.client, json!({})).await, "FORBIDDEN", "{what}");
            }
            assert_eq!(code(admin, json!({ "membershipId": of_owner })).await, "HIGHER_ROLE", "{what}");
            assert_eq!(code(admin, json!({ "membershipId": of_admin })).await, "SELF", "{what}");
            assert_eq!(code(admin, json!({ "membershipId": offered })).await, "INVALID_STATE", "{what}");
            assert_eq!(code(admin, json!({ "reason": "" })).await, "INVALID", "{what}");
        }
        for what in ["restrictMembership", "suspendMembership"] {
            let answer = hofer.act(admin, what, json!({ "until": past })).await;
            assert_eq!((answer.code(), answer.field()), ("INVALID".to_owned(), "input.until".to_owned()));
        }
        let rows = membership::Entity::find().all(&app.database).await.unwrap();
        assert!(rows.iter().all(|row| matches!(row.status, MembershipStatus::Active | MembershipStatus::Invited)));
    }
}

on_both! {
    async fn who_leaves_and_who_restores_at_once_end_in_one_order(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.done("terminateMembership", json!({})).await;
        let restore = hofer.act(&hofer.admin.client, "restoreMembership", json!({}));
        let (restored, left) = futures::join!(restore, hofer.leave());
        assert_eq!(left, "OK", "whichever was first");
        assert!(["OK", "INVALID_STATE"].contains(&restored.code().as_str()), "{}", restored.body);
        assert_eq!(mine(&hofer.bo.client).await[0]["status"], "LEFT");
    }
}
