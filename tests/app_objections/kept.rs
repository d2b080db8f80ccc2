//! Who is kept from an app isn't told that it sees them; and who leaves does so before an objection, or after it.

use super::{decide, object, objected, withdraw};
use crate::{app_installations::told, app_policies::Acme, behind_locks::beside, left_behind::notices};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{app_objection, id::AccountId, kinds::RoleName, membership};
use steward_tests::{TestApp, on_both};

/// How often somebody was told so.
async fn heard(app: &TestApp, kind: &str, account: AccountId) -> usize {
    told(app, kind).await.into_iter().filter(|to| *to == account).count()
}

async fn membership_of(app: &TestApp, account: AccountId) -> Value {
    let theirs = membership::Entity::find().filter(membership::Column::AccountId.eq(account));
    json!(theirs.one(&app.database).await.unwrap().unwrap().id)
}

on_both! {
    async fn who_is_kept_from_an_app_isnt_told_that_it_sees_them(app: TestApp) {
        let acme = Acme::new(&app).await;
        let owner = app.administrator(acme.id, RoleName::Owner).await;
        let bo = app.person("bo@home.example").await;
        let cy = app.person("cy@home.example").await;
        for person in [&bo, &cy] {
            app.joined(acme.id, acme.workspace, person.id, &person.email).await;
        }
        let first = acme.installed(&app).await;
        let objection = objected(&acme.ana.client, &first).await;
        let exclude = acme.on(&first, json!({ "accountId": cy.id, "reason": "Other work" }));
        acme.admin.client.done("revokeAppAccess", exclude, "").await;
        // It has seen them until then, and they hear that it is gone.
        acme.uninstall(&first).await.payload();
        app.run_jobs().await;
        for person in [acme.ana.id, bo.id, cy.id] {
            assert_eq!(heard(&app, "app_uninstalled", person).await, 1);
        }
        // Installed anew, with more later, and gone again: it never sees them.
        app.advance(TimeDelta::minutes(1));
        let second = acme.installed(&app).await;
        let more = acme.on(&second, json!({ "scopes": ["READ_NAME", "READ_EMAIL"] }));
        acme.admin.client.done("updateInstallation", more, "").await;
        app.run_jobs().await;
        // Who leaves, and comes back to it, comes within reach of what doesn't see them.
        let left = json!({ "membershipId": membership_of(&app, acme.ana.id).await });
        acme.ana.client.done("leaveWorkspace", left, "").await;
        let input = json!({ "organizationId": acme.id, "workspaceId": acme.workspace, "email": acme.ana.email });
        let made = owner.client.done("addMember", input, "membership { id }").await;
        acme.ana.client.done("acceptMembership", json!({ "membershipId": made["membership"]["id"] }), "").await;
        for (person, times, widened) in [(acme.ana.id, 1, 0), (bo.id, 2, 1), (cy.id, 1, 0)] {
            assert_eq!(heard(&app, "app_installed", person).await, times);
            assert_eq!(heard(&app, "app_access_widened", person).await, widened);
        }
        // Who takes it back is seen from then on, and hears of the end.
        withdraw(&acme.ana.client, &objection).await.payload();
        acme.uninstall(&second).await.payload();
        app.run_jobs().await;
        for (person, times) in [(acme.ana.id, 2), (bo.id, 2), (cy.id, 1)] {
            assert_eq!(heard(&app, "app_uninstalled", person).await, times);
        }
    }
}

on_both! {
    async fn who_is_excluded_isnt_told_that_a_dismissed_objection_lets_the_app_see_them(app: TestApp) {
        let acme = Acme::new(&app).await;
        app.administrator(acme.id, RoleName::Owner).await;
        let installation = acme.installed(&app).await;
        let objection = objected(&acme.ana.client, &installation).await;
        let exclude = acme.on(&installation, json!({ "accountId": acme.ana.id, "reason": "Other work" }));
        acme.admin.client.done("revokeAppAccess", exclude.clone(), "").await;
        decide(&acme, &objection, "DISMISS").await.payload();
        let excluded = async |kind: &str| {
            let all = notices(&app, kind).await;
            all.into_iter().map(|(.., content)| content["excluded"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(excluded("app_objection_decided").await, [json!(true)]);
        assert_eq!(excluded("app_objection_closed").await, [json!(true)]);
        acme.admin.client.done("restoreAppAccess", exclude, "").await;
        let bo = app.person("bo@home.example").await;
        app.joined(acme.id, acme.workspace, bo.id, &bo.email).await;
        let his = objected(&bo.client, &installation).await;
        decide(&acme, &his, "DISMISS").await.payload();
        assert_eq!(excluded("app_objection_decided").await, [json!(true), json!(false)]);
    }
}

on_both! {
    async fn who_leaves_waits_for_whoever_decides_by_where_they_are(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let input = json!({ "membershipId": membership_of(&app, acme.ana.id).await });
        // When she was here last is noted before, so that nothing but the request waits.
        acme.ana.client.ask("{ viewer { account { id } } }", json!({})).await;
        app.steward.bookkeeping_done().await;
        // As an objection holds it, or the end of the account.
        let client = acme.ana.client.clone();
        let leaving = async move { client.run("leaveWorkspace", input, "").await };
        let (left, waited) = beside(&app, acme.ana.id, leaving).await;
        assert_eq!(left.code(), "OK");
        assert_ne!(waited, Some(false), "nobody leaves between two looks of somebody who holds the account");
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "NOT_FOUND", "she has left");
        assert_eq!(app_objection::Entity::find().all(&app.database).await.unwrap(), []);
    }
}
