//! What ends with an account that is erased: told before by the plan, and afterwards by the log of each organization that it
//! concerns.

use crate::{
    deletions::{Hofer, SEEN},
    erasures::invite,
    left_behind::{events, last_event},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steward::notices::content::NoticeKind;
use steward_entities::{
    api_key, event,
    id::OrganizationId,
    invitation,
    kinds::{ActorKind, MembershipStatus, RoleName},
    membership,
};
use steward_tests::{Client, Somebody, TestApp, on_both};

const ANA: &str = "ana@home.example";

async fn offer(app: &TestApp, by: &Client, organization: OrganizationId, email: &str) {
    let workspace = app.workspace(organization).await;
    by.done("addMember", json!({ "organizationId": organization, "workspaceId": workspace, "email": email }), "").await;
}

/// Ana owns Acme with others and has begun things there; Other has offered her things that she hasn't answered.
async fn ana_of_acme(app: &TestApp) -> (OrganizationId, OrganizationId, Somebody) {
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    app.administrator(acme, RoleName::Owner).await;
    let ana = app.person(ANA).await;
    app.role(acme, ana.id, RoleName::Owner).await;
    let workspace = app.workspace(acme).await;
    app.joined(acme, workspace, ana.id, ANA).await;
    let (_, _, shared) = (
        app.item(ana.id, None).await,
        app.item(ana.id, Some((acme, workspace))).await,
        app.item(ana.id, Some((acme, workspace))).await,
    );
    ana.client.done("setItemVisibility", json!({ "itemId": shared, "visibility": "WORKSPACE" }), "").await;
    let input = json!({ "organizationId": acme, "name": "Ana's own", "role": "AUDITOR" });
    ana.client.with_key("a-key").done("createApiKey", input, "").await;
    invite(&ana.client, acme, "invited@elsewhere.example", "AUDITOR").await;
    let stranger = app.administrator(other, RoleName::Owner).await;
    invite(&stranger.client, other, ANA, "AUDITOR").await;
    offer(app, &stranger.client, other, ANA).await;
    (acme, other, ana)
}

/// The counts of a plan, by part.
fn counts(payload: &Value) -> BTreeMap<String, i64> {
    let rows = payload["plan"]["consequences"].as_array().unwrap();
    for row in rows {
        assert!(row["explanation"].as_str().unwrap().ends_with('.'), "{row}");
    }
    rows.iter().map(|row| (row["part"].as_str().unwrap().to_owned(), row["count"].as_i64().unwrap())).collect()
}

/// The actions in an organization's log that a job did, other than about mails, with the events.
async fn done_by_jobs(app: &TestApp, organization: OrganizationId) -> BTreeMap<String, event::Model> {
    let all = event::Entity::find()
        .filter(event::Column::StreamId.eq(organization.0))
        .filter(event::Column::ActorKind.eq(ActorKind::System))
        .filter(event::Column::Action.ne("recordDeliveries"));
    let all = all.all(&app.database).await.unwrap();
    let count = all.len();
    let by_action: BTreeMap<_, _> = all.into_iter().map(|event| (event.action.clone(), event)).collect();
    assert_eq!(by_action.len(), count, "each once");
    by_action
}

on_both! {
    async fn what_ends_with_an_account_is_in_the_log_of_whom_it_concerns(app: TestApp) {
        let (acme, other, ana) = ana_of_acme(&app).await;
        ana.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
        app.run_jobs().await;

        let here = done_by_jobs(&app, acme).await;
        let actions: Vec<_> = here.keys().map(String::as_str).collect();
        assert_eq!(actions, ["cancelInvitation", "leaveWorkspace", "resignRole", "revokeApiKey"]);
        let key = api_key::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!((here["revokeApiKey"].object_id, key.revoked_at), (Some(key.id.0), Some(app.now())));
        assert_eq!(last_event(&app, acme, "revokeApiKey").await.1, json!({ "role": "AUDITOR" }), "its name tells of her");
        let (withdrawn, details) = last_event(&app, acme, "cancelInvitation").await;
        let row = invitation::Entity::find().filter(invitation::Column::OrganizationId.eq(acme)).one(&app.database).await.unwrap().unwrap();
        assert_eq!((withdrawn.object_id, row.canceled_at), (Some(row.id.0), Some(app.now())));
        assert_eq!(details, json!({ "email": "invited@elsewhere.example", "role": "AUDITOR" }));

        // Who has only offered an address something learns nothing of whose it was.
        let there = done_by_jobs(&app, other).await;
        assert_eq!(there.keys().collect::<Vec<_>>(), Vec::<&String>::new());
        let offered = membership::Entity::find().filter(membership::Column::OrganizationId.eq(other));
        let offered = offered.one(&app.database).await.unwrap().unwrap();
        assert_eq!(offered.status, MembershipStatus::Declined);
        assert!(offered.version > 1 && offered.ended_at == Some(app.now()) && offered.email.is_empty());
        let left = membership::Entity::find().filter(membership::Column::OrganizationId.eq(acme));
        let left = left.one(&app.database).await.unwrap().unwrap();
        assert!(left.version > 1 && left.status == MembershipStatus::Left && left.email.is_empty());
    }
}

on_both! {
    async fn the_plan_tells_a_person_of_all_that_would_end(app: TestApp) {
        let (_, other, ana) = ana_of_acme(&app).await;
        let planned = ana.client.done("deleteMyAccount", json!({ "dryRun": true }), SEEN).await;
        let expected = [
            ("API_KEYS", 1), ("EVENTS", 0), ("IDENTITY", 1), ("INVITATIONS", 2), ("ITEMS", 2), ("MEMBERSHIPS", 1),
            ("NOTICES", 1), ("SHARED_ITEMS", 1),
            ("OFFERS", 1), ("ROLES", 1), ("SESSIONS", 1),
        ];
        let counted = counts(&planned);
        for (part, count) in expected {
            assert!(part == "EVENTS" || counted[part] == count, "{part}: {counted:?}");
        }
        assert_eq!(counted.len(), expected.len());
        // What is over isn't counted.
        app.advance(chrono::TimeDelta::days(15));
        let ana = app.signed_in(ana.id, ANA).await;
        let later = counts(&ana.client.done("deleteMyAccount", json!({ "dryRun": true }), SEEN).await);
        assert_eq!((later["INVITATIONS"], later["OFFERS"], later["API_KEYS"]), (0, 0, 1));
        assert_eq!(events(&app, other, "declineMembership").await, 0, "a plan changes nothing");
    }
}

on_both! {
    async fn the_plan_tells_administrators_of_their_organization_alone(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        // A private address of hers from before, to which the organization has offered something without knowing whose it is.
        let ana = app.person("private@home.example").await;
        offer(&app, &owner.client, hofer.id, "private@home.example").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "anna@hofer.example" }), "").await;
        let token = app.mailed_link("anna@hofer.example", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": token }), "").await;
        let own = app.signed_in(ana.id, "anna@hofer.example").await;
        for (by, organization) in [(&owner, hofer.id), (&stranger, other)] {
            invite(&by.client, organization, "anna@hofer.example", "AUDITOR").await;
            offer(&app, &by.client, organization, "anna@hofer.example").await;
        }
        let mine = counts(&own.client.done("deleteMyAccount", json!({ "dryRun": true }), SEEN).await);
        assert_eq!((mine["INVITATIONS"], mine["OFFERS"]), (2, 3), "she may know of all");

        app.under_control(hofer.id, hofer.domain, ana.id).await;
        let planned = hofer.delete(&hofer.officer.client, ana.id, json!({ "dryRun": true })).await.payload();
        let theirs = counts(&planned);
        assert_eq!((theirs["INVITATIONS"], theirs["OFFERS"], theirs["API_KEYS"]), (1, 1, 0));
    }
}
