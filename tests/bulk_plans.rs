//! What a dry run of a job over many tells, and how often it is told.

use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward::bulk::bulk_accounts::PLANS;
use steward_entities::{
    id::{AccountId, OrganizationId},
    kinds::RoleName,
    profile,
};
use steward_tests::{Answer, Client, on_both};

async fn ask(by: &Client, id: OrganizationId, of: &[AccountId], action: &Value, dry_run: bool) -> Answer {
    let input = json!({
        "organizationId": id, "selection": { "accountIds": of }, "action": action, "dryRun": dry_run,
    });
    by.run("bulkAccounts", input, "job { id } plan { affected skipped { reason accounts } }").await
}

on_both! {
    async fn a_plan_says_of_whom_the_job_finds_nothing_to_do(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let admin = app.administrator(acme, RoleName::UserAdmin).await.client;
        let (ana, bo, cy) =
            (app.person("ana@acme.test").await, app.account("bo@acme.test").await, app.account("cy@acme.test").await);
        let people = [ana.id, bo, cy];
        for account in people {
            app.under_control(acme, domain, account).await;
        }
        let title = json!({ "updateProfile": { "profile": { "jobTitle": "Fitter" }, "reason": "new names" } });
        assert_eq!(ask(&admin, acme, &[cy], &title, false).await.code(), "OK");
        app.run_jobs().await;
        for (action, done) in [(title, 2), (json!({ "revokeSessions": { "reason": "new devices" } }), 1)] {
            let plan = ask(&admin, acme, &people, &action, true).await.payload()["plan"].clone();
            let skipped = json!([{ "reason": "ALREADY_SO", "accounts": 3 - done }]);
            assert_eq!(plan, json!({ "affected": done, "skipped": skipped }), "{action}");
            let job = ask(&admin, acme, &people, &action, false).await.payload()["job"]["id"].clone();
            app.run_jobs().await;
            let query = "query($id: ID!) { job(id: $id) { status skipped { reason accounts } } }";
            let told = admin.ask(query, json!({ "id": job })).await["job"].clone();
            assert_eq!(told, json!({ "status": "COMPLETE", "skipped": skipped }), "{action}");
        }
        let profiles = profile::Entity::find().all(&app.database).await.unwrap();
        assert!(profiles.len() == 3 && profiles.iter().all(|profile| profile.job_title.as_deref() == Some("Fitter")));
    }
}

on_both! {
    async fn so_many_plans_a_minute_are_enough(app: TestApp) {
        let acme = app.organization("Acme").await;
        let admin = app.administrator(acme, RoleName::UserAdmin).await.client;
        let action = json!({ "revokeSessions": { "reason": "new devices" } });
        let nobody: AccountId = app.id();
        for _ in 0..PLANS.most {
            assert_eq!(ask(&admin, acme, &[nobody], &action, true).await.code(), "OK");
        }
        assert_eq!(ask(&admin, acme, &[nobody], &action, true).await.code(), "RATE_LIMITED");
        assert_eq!(ask(&admin, acme, &[nobody], &action, false).await.code(), "OK", "a job is no plan");
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::UserAdmin).await.client;
        assert_eq!(ask(&stranger, other, &[nobody], &action, true).await.code(), "OK", "others have their own count");
        app.advance(PLANS.window);
        assert_eq!(ask(&admin, acme, &[nobody], &action, true).await.code(), "OK");
    }
}
