//! Edit restrictions: what is taken from whom on which ground, what stays, who is told, who may lift it; and that no edit
//! slips past one.

mod importing;
mod limits;
mod roles;
mod telling;

use crate::left_behind::{events, last_event, link};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use steward::import::{self, Options};
use steward_entities::{
    edit_restriction_account, event,
    id::{AccountId, OrganizationId, WorkspaceId},
    kinds::{EditOperation, RoleName, TokenPurpose},
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

pub const SEEN: &str = "editRestriction { id target workspaceId operations reason message until inForce endedAt } \
    affected skipped { accountId reason }";

/// An organization with a workspace, an administrator, and somebody whose account it manages, who is a member too.
pub struct Hofer {
    pub id: OrganizationId,
    pub workspace: WorkspaceId,
    pub admin: Somebody,
    pub ana: Somebody,
}

impl Hofer {
    pub async fn new(app: &TestApp) -> Self {
        let id = app.organization("Hofer").await;
        let domain = app.proved_domain(id, "hofer.example").await;
        let admin = app.administrator(id, RoleName::UserAdmin).await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(id, domain, ana.id).await;
        let workspace = app.workspace(id).await;
        app.joined(id, workspace, ana.id, &ana.email).await;
        Self { id, workspace, admin, ana }
    }

    pub async fn restrict(&self, by: &Client, target: Value, operations: &[&str], more: Value) -> Answer {
        let mut input = json!({
            "organizationId": self.id, "target": target, "operations": operations, "reason": "An audit",
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        by.run("restrictEdits", input, SEEN).await
    }

    /// Restricts as the administrator; the restriction's id.
    pub async fn restricted(&self, target: Value, operations: &[&str]) -> Value {
        let answer = self.restrict(&self.admin.client, target, operations, json!({})).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        answer.payload()["editRestriction"]["id"].clone()
    }

    pub async fn lift(&self, by: &Client, restriction: &Value) -> Answer {
        let input = json!({ "organizationId": self.id, "editRestrictionId": restriction, "reason": "done" });
        by.run("liftEditRestriction", input, "editRestriction { inForce endedAt }").await
    }

    pub fn targets(&self) -> [Value; 3] {
        [
            json!({ "organization": {} }),
            json!({ "workspaceId": self.workspace }),
            json!({ "accountIds": [self.ana.id] }),
        ]
    }
}

pub fn everybody() -> Value {
    json!({ "organization": {} })
}

pub async fn profile(person: &Client, job: &str) -> Answer {
    person.run("updateMyProfile", json!({ "jobTitle": job }), "account { version }").await
}

pub async fn move_away(person: &Client, to: &str) -> String {
    person.run("requestEmailChange", json!({ "newEmail": to }), "").await.code()
}

/// What holds for somebody, as they see it.
pub async fn mine(person: &Client) -> Value {
    let query = "{ viewer { editRestrictions { id operations reason message until organization { name } } } }";
    person.ask(query, json!({})).await["viewer"]["editRestrictions"].clone()
}

on_both! {
    async fn each_operation_is_taken_on_each_path_and_given_back(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = &hofer.admin.client;
        let mut number = 0;
        for target in hofer.targets() {
            // Each day so many requests for another address.
            app.advance(TimeDelta::days(1));
            let ana = &app.signed_in(hofer.ana.id, &hofer.ana.email).await.client;
            for operation in EditOperation::ALL {
                let what = format!("{} {target}", operation.as_str());
                number += 1;
                let id = hofer.restricted(target.clone(), &[operation.as_str()]).await;
                let closed = |of: EditOperation, open: &str| if *operation == of { "EDIT_RESTRICTED" } else { open }.to_owned();
                let answer = profile(ana, &format!("Job {number}")).await;
                assert_eq!(answer.code(), closed(EditOperation::EditProfile, "OK"), "{what}: {}", answer.body);
                let to = format!("ana{number}@home.example");
                assert_eq!(move_away(ana, &to).await, closed(EditOperation::ChangeEmail, "OK"), "{what}");
                let delete = ana.run("deleteMyAccount", json!({}), "").await.code();
                assert_eq!(delete, closed(EditOperation::DeleteAccount, "MANAGED"), "{what}");

                // It takes nothing from administrators, one by one or in bulk, nor from what isn't named.
                let of_ana = json!({ "organizationId": hofer.id, "accountId": hofer.ana.id, "department": format!("D{number}") });
                admin.done("updateAccountProfile", of_ana, "").await;
                let bulk = json!({
                    "organizationId": hofer.id, "selection": { "accountIds": [hofer.ana.id] },
                    "action": { "updateProfile": { "profile": { "department": format!("B{number}") } } },
                });
                let job = admin.done("bulkAccounts", bulk, "job { id }").await["job"]["id"].clone();
                app.run_jobs().await;
                let query = "query($id: ID!) { job(id: $id) { skipped { accounts } } }";
                assert_eq!(admin.ask(query, json!({ "id": job })).await["job"]["skipped"], json!([]), "{what}");
                ana.run("cancelEmailChange", json!({}), "").await;
                // An import changes nobody who is there.
                assert_eq!(imported(&app, &hofer.ana.email).await, 0, "{what}");

                assert_eq!(mine(ana).await[0]["operations"], json!([operation.as_str()]), "{what}");
                assert_eq!(hofer.lift(admin, &id).await.payload()["editRestriction"]["inForce"], false, "{what}");
                assert_eq!(mine(ana).await, json!([]), "{what}");
                assert_eq!(profile(ana, &format!("After {number}")).await.code(), "OK", "{what}");
            }
        }
        let ana = app.signed_in(hofer.ana.id, &hofer.ana.email).await;
        assert_eq!(ana.client.run("changePassword", json!({
            "currentPassword": steward_tests::seed::PASSWORD, "newPassword": "meadow copper winter thimble 5",
        }), "").await.code(), "OK", "passwords are nobody's but the person's");
    }
}

/// How many accounts an import of this address makes.
async fn imported(app: &TestApp, email: &str) -> u64 {
    let file = format!("email,display_name,job title\n{email},Imported,Imported\n");
    let mut refused = Vec::new();
    let options = Options { attest_verified: true, dry_run: false, refused: &mut refused, progress: |_| {} };
    import::accounts(&app.steward, file.as_bytes(), options).await.unwrap().created
}

on_both! {
    async fn an_address_isnt_confirmed_by_a_link_from_before(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (ana, admin) = (&hofer.ana.client, &hofer.admin.client);
        let asked = ana.done("requestEmailChange", json!({ "newEmail": "ana@home.example" }), "emailChangeId").await;
        let approve = json!({ "organizationId": hofer.id, "emailChangeId": asked["emailChangeId"] });
        admin.done("approveEmailChange", approve, "").await;
        let token = link(&app, TokenPurpose::EmailChange, "ana@home.example").await;
        let id = hofer.restricted(everybody(), &["CHANGE_EMAIL"]).await;
        let confirm = async || app.nobody().run("confirmEmailChange", json!({ "token": token }), "confirmed").await;
        let refused = confirm().await;
        assert_eq!((refused.code(), refused.field()), ("EDIT_RESTRICTED".to_owned(), "input".to_owned()));
        hofer.lift(admin, &id).await.payload();
        assert_eq!(confirm().await.code(), "OK", "the link wasn't used up");
    }
}

on_both! {
    async fn of_members_only_items_are_reached(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let bo = app.person("bo@home.example").await;
        app.joined(hofer.id, hofer.workspace, bo.id, &bo.email).await;
        let all: Vec<&str> = EditOperation::ALL.iter().map(|operation| operation.as_str()).collect();
        let on_items = ["EDIT_ITEMS", "CHANGE_VISIBILITY", "DELETE_ITEMS"];
        for target in [everybody(), json!({ "workspaceId": hofer.workspace })] {
            let id = hofer.restricted(target, &all).await;
            assert_eq!(mine(&bo.client).await[0]["operations"], json!(on_items));
            assert_eq!(profile(&bo.client, "Guest").await.code(), "OK");
            assert_eq!(move_away(&bo.client, "bo2@home.example").await, "OK");
            assert_eq!(mine(&hofer.ana.client).await[0]["operations"], json!(all));
            hofer.lift(&hofer.admin.client, &id).await.payload();
        }
        let bo_by_name = json!({ "accountIds": [bo.id] });
        let admin = &hofer.admin.client;
        for operations in [&["EDIT_PROFILE"][..], &["EDIT_ITEMS", "DELETE_ACCOUNT"]] {
            assert_eq!(hofer.restrict(admin, bo_by_name.clone(), operations, json!({})).await.code(), "NOT_MANAGED");
        }
        hofer.restricted(bo_by_name, &on_items).await;
        assert_eq!(mine(&bo.client).await.as_array().unwrap().len(), 1);
        assert_eq!(bo.client.run("deleteMyAccount", json!({}), "").await.code(), "OK", "a way out stays open");

        // Without the ground it holds no more.
        let input = json!({ "membershipId": membership(&bo.client).await });
        bo.client.done("leaveWorkspace", input, "").await;
        assert_eq!(mine(&bo.client).await, json!([]));
    }
}

async fn membership(person: &Client) -> Value {
    let query = "{ viewer { memberships { nodes { id } } } }";
    person.ask(query, json!({})).await["viewer"]["memberships"]["nodes"][0]["id"].clone()
}

on_both! {
    async fn each_stands_by_itself_and_is_lifted_once_by_its_own_organization(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (ana, admin) = (&hofer.ana.client, &hofer.admin.client);
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        let one = hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        let two = hofer.restricted(json!({ "accountIds": [hofer.ana.id] }), &["EDIT_PROFILE", "CHANGE_EMAIL"]).await;
        assert_eq!(mine(ana).await.as_array().unwrap().len(), 2);
        assert_eq!(hofer.lift(&stranger.client, &one).await.code(), "NOT_FOUND");
        let input = json!({ "organizationId": other, "editRestrictionId": one });
        assert_eq!(stranger.client.run("liftEditRestriction", input, "").await.code(), "NOT_FOUND");
        assert_eq!(hofer.lift(admin, &one).await.code(), "OK");
        assert_eq!(hofer.lift(admin, &one).await.code(), "INVALID_STATE");
        assert_eq!(profile(ana, "Job").await.code(), "EDIT_RESTRICTED");
        assert_eq!(hofer.lift(admin, &two).await.code(), "OK");
        assert_eq!(profile(ana, "Job").await.code(), "OK");
        assert_eq!((events(&app, hofer.id, "restrictEdits").await, events(&app, hofer.id, "liftEditRestriction").await), (2, 2));
        let (lifted, details) = last_event(&app, hofer.id, "liftEditRestriction").await;
        assert_eq!((lifted.object_kind.as_deref(), &details["reason"]), (Some("edr"), &json!("done")));
    }
}

on_both! {
    async fn who_sets_it_and_who_outranks_them_is_left_out_and_nobody_lifts_it_from_themselves(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let domain = app.proved_domain(hofer.id, "second.example").await;
        let (owner, second, helper) = (
            app.administrator(hofer.id, RoleName::Owner).await,
            app.person("second@hofer.example").await,
            app.administrator(hofer.id, RoleName::HelpDesk).await,
        );
        app.role(hofer.id, second.id, RoleName::UserAdmin).await;
        for person in [&owner, &second, &helper, &hofer.admin] {
            app.under_control(hofer.id, domain, person.id).await;
        }
        let plan = hofer.restrict(&hofer.admin.client, everybody(), &["EDIT_PROFILE"], json!({ "dryRun": true })).await.payload();
        assert_eq!((&plan["editRestriction"], &plan["affected"]), (&Value::Null, &json!(3)), "{plan}");
        let mut skipped = plan["skipped"].as_array().unwrap().clone();
        skipped.sort_by_key(|row| row["reason"].to_string());
        assert_eq!(skipped, [
            json!({ "accountId": owner.id, "reason": "HIGHER_ROLE" }),
            json!({ "accountId": hofer.admin.id, "reason": "SELF" }),
        ]);
        assert_eq!(mine(&hofer.ana.client).await, json!([]), "a plan changes nothing");

        let id = hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        for (person, code) in [(&owner, "OK"), (&hofer.admin, "OK"), (&second, "EDIT_RESTRICTED"), (&helper, "EDIT_RESTRICTED")] {
            assert_eq!(profile(&person.client, "Job").await.code(), code, "{}", person.email);
        }
        assert_eq!(hofer.lift(&second.client, &id).await.code(), "SELF");
        assert_eq!(hofer.lift(&helper.client, &id).await.code(), "FORBIDDEN");
        assert_eq!(hofer.lift(&owner.client, &id).await.code(), "OK");
        let id = hofer.restrict(&owner.client, everybody(), &["EDIT_PROFILE"], json!({})).await.payload()["editRestriction"]["id"].clone();
        assert_eq!(hofer.lift(&hofer.admin.client, &id).await.code(), "HIGHER_ROLE");

        // By name the rules are those of every act on accounts.
        for (account, code) in [(owner.id, "HIGHER_ROLE"), (hofer.admin.id, "SELF")] {
            let named = json!({ "accountIds": [account] });
            assert_eq!(hofer.restrict(&hofer.admin.client, named, &["EDIT_PROFILE"], json!({})).await.code(), code);
        }
    }
}

on_both! {
    async fn bad_input_and_strangers_are_refused_at_the_field(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = &hofer.admin.client;
        let (other, past) = (app.organization("Other").await, app.now() - TimeDelta::seconds(1));
        let stranger = app.administrator(other, RoleName::Owner).await;
        let far = app.now() + TimeDelta::days(4_000);
        let theirs = app.workspace(other).await;
        let too_many: Vec<AccountId> = (0..1_001).map(|_| app.id()).collect();
        for (target, operations, more, code, field) in [
            (everybody(), &["EDIT_ITEMS"][..], json!({ "until": past }), "INVALID", "input.until"),
            (everybody(), &["EDIT_ITEMS"], json!({ "until": far }), "INVALID", "input.until"),
            (everybody(), &[], json!({}), "INVALID", "input.operations"),
            (everybody(), &["EDIT_ITEMS"], json!({ "reason": " " }), "INVALID", "input.reason"),
            (json!({ "workspaceId": theirs }), &["EDIT_ITEMS"], json!({}), "NOT_FOUND", "input.target.workspaceId"),
            (json!({ "workspaceId": "wsp_1" }), &["EDIT_ITEMS"], json!({}), "INVALID", "input.target.workspaceId"),
            (json!({ "accountIds": [] }), &["EDIT_ITEMS"], json!({}), "INVALID", "input.target.accountIds"),
            (json!({ "accountIds": too_many }), &["EDIT_ITEMS"], json!({}), "INVALID", "input.target.accountIds"),
            (json!({ "accountIds": [stranger.id] }), &["EDIT_ITEMS"], json!({}), "NOT_FOUND", "input.accountId"),
        ] {
            let answer = hofer.restrict(admin, target, operations, more).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), (code, field), "{}", answer.body);
        }
        assert_eq!(hofer.restrict(&stranger.client, everybody(), &["EDIT_ITEMS"], json!({})).await.code(), "NOT_FOUND");
        for role in [RoleName::HelpDesk, RoleName::PrivacyOfficer, RoleName::Auditor] {
            let administrator = app.administrator(hofer.id, role).await;
            assert_eq!(hofer.restrict(&administrator.client, everybody(), &["EDIT_ITEMS"], json!({})).await.code(), "FORBIDDEN");
        }
        assert_eq!(events(&app, hofer.id, "restrictEdits").await, 0);
    }
}

on_both! {
    async fn release_gives_back_what_was_taken_by_name(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.restricted(json!({ "accountIds": [hofer.ana.id] }), &["EDIT_PROFILE", "EDIT_ITEMS"]).await;
        hofer.restricted(everybody(), &["EDIT_PROFILE", "DELETE_ITEMS"]).await;
        let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": [hofer.ana.id] } });
        hofer.admin.client.done("releaseAccounts", input, "").await;
        let left = mine(&hofer.ana.client).await;
        assert_eq!((left.as_array().unwrap().len(), &left[0]["operations"]), (1, &json!(["DELETE_ITEMS"])), "still a member");
        assert_eq!(profile(&hofer.ana.client, "Free").await.code(), "OK");
        let rows = edit_restriction_account::Entity::find().all(&app.database).await.unwrap();
        assert!(rows.iter().all(|row| row.lifted_at.is_some()));
    }
}

on_both! {
    async fn no_edit_slips_past_a_restriction_that_is_set_at_the_same_time(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        for (round, target) in hofer.targets().into_iter().enumerate() {
            let edits = futures::future::join_all((0..12).map(|number| {
                let ana = hofer.ana.client.clone();
                async move { profile(&ana, &format!("Job {round} {number}")).await.code() }
            }));
            let (edits, id) = futures::join!(edits, hofer.restricted(target, &["EDIT_PROFILE"]));
            assert!(edits.iter().all(|code| code == "OK" || code == "EDIT_RESTRICTED"), "{edits:?}");
            assert_eq!(profile(&hofer.ana.client, "Too late").await.code(), "EDIT_RESTRICTED");
            let log = event::Entity::find()
                .filter(event::Column::StreamId.eq(hofer.id.0))
                .order_by_asc(event::Column::Position)
                .all(&app.database)
                .await
                .unwrap();
            let set = log.iter().rposition(|event| event.action == "restrictEdits").unwrap();
            let later = log[set..].iter().filter(|event| event.action == "updateMyProfile").count();
            assert_eq!(later, 0, "what is in the log after the restriction was edited in spite of it");
            hofer.lift(&hofer.admin.client, &id).await.payload();
        }
    }
}

on_both! {
    async fn many_are_restricted_by_name_under_one_restriction(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let bo = app.person("bo@home.example").await;
        app.joined(hofer.id, hofer.workspace, bo.id, &bo.email).await;
        let until: DateTime<Utc> = app.now() + TimeDelta::days(2);
        let act = json!({ "restrictEdits": { "operations": ["EDIT_PROFILE"], "reason": "An audit", "until": until } });
        let input = |dry_run: bool| json!({
            "organizationId": hofer.id, "selection": { "filter": {} }, "action": act, "dryRun": dry_run,
        });
        let asked = "job { id } plan { affected skipped { reason accounts } }";
        let admin = &hofer.admin.client;
        let plan = admin.done("bulkAccounts", input(true), asked).await["plan"].clone();
        assert_eq!(plan, json!({ "affected": 1, "skipped": [{ "reason": "NOT_MANAGED", "accounts": 1 }] }));
        admin.done("bulkAccounts", input(false), asked).await;
        app.run_jobs().await;
        assert_eq!(profile(&hofer.ana.client, "Job").await.code(), "EDIT_RESTRICTED");
        assert_eq!(mine(&bo.client).await, json!([]));
        let id = mine(&hofer.ana.client).await[0]["id"].clone();
        let query = "query($id: ID!) { organization(id: $id) { editRestrictions { totalCount nodes { id target accounts { nodes { id } } } } } }";
        let listed = admin.ask(query, json!({ "id": hofer.id })).await["organization"]["editRestrictions"].clone();
        assert_eq!(listed["totalCount"], 1);
        assert_eq!(listed["nodes"][0], json!({ "id": id, "target": "ACCOUNTS", "accounts": { "nodes": [{ "id": hofer.ana.id }] } }));
        assert_eq!(hofer.lift(admin, &id).await.code(), "OK");
        assert_eq!(profile(&hofer.ana.client, "Job").await.code(), "OK");
    }
}

on_both! {
    async fn each_sees_what_concerns_them(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let until = app.now() + TimeDelta::days(3);
        let more = json!({ "until": until, "message": "Until Friday." });
        hofer.restrict(&hofer.admin.client, everybody(), &["EDIT_PROFILE"], more).await.payload();
        app.advance(TimeDelta::seconds(1));
        let on_ana = hofer.restricted(json!({ "accountIds": [hofer.ana.id] }), &["EDIT_ITEMS"]).await;
        let on_workspace = hofer.restricted(json!({ "workspaceId": hofer.workspace }), &["DELETE_ITEMS"]).await;
        let first = mine(&hofer.ana.client).await[0].clone();
        assert_eq!((&first["reason"], &first["message"]), (&json!("An audit"), &json!("Until Friday.")));
        assert_eq!((&first["organization"]["name"], first["until"].is_string()), (&json!("Hofer"), true));

        let auditor = app.administrator(hofer.id, RoleName::Auditor).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let of_ana = "query($id: ID!) { account(id: $id) { editRestrictions { id } } }";
        let seen = auditor.client.ask(of_ana, json!({ "id": hofer.ana.id })).await["account"]["editRestrictions"].clone();
        assert_eq!(seen.as_array().unwrap().len(), 3);
        assert_eq!(stranger.client.ask(of_ana, json!({ "id": hofer.ana.id })).await["account"], Value::Null);
        let list = "query($id: ID!, $filter: EditRestrictionFilterInput) { organization(id: $id) { editRestrictions(filter: $filter) { nodes { id } } } }";
        let listed = async |client: &Client, filter: Value| {
            client.ask(list, json!({ "id": hofer.id, "filter": filter })).await["organization"]["editRestrictions"]["nodes"].clone()
        };
        assert_eq!(listed(&auditor.client, json!({})).await.as_array().unwrap().len(), 3);
        assert_eq!(listed(&auditor.client, json!({ "accountId": hofer.ana.id })).await, json!([{ "id": on_ana }]));
        assert_eq!(listed(&auditor.client, json!({ "workspaceId": hofer.workspace })).await, json!([{ "id": on_workspace }]));
        assert_eq!(listed(&auditor.client, json!({ "operation": "EDIT_ITEMS" })).await, json!([{ "id": on_ana }]));
        assert_eq!(listed(&auditor.client, json!({ "target": "WORKSPACE", "inForce": true })).await, json!([{ "id": on_workspace }]));
        assert_eq!(listed(&auditor.client, json!({ "inForce": false })).await, json!([]));
        app.advance(TimeDelta::days(3));
        assert_eq!(listed(&auditor.client, json!({ "inForce": false })).await.as_array().unwrap().len(), 1, "over by the clock alone");
        assert_eq!(listed(&hofer.ana.client, json!({})).await, Value::Null);
        assert_eq!(listed(&stranger.client, json!({})).await, Value::Null);
    }
}
