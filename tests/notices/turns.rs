//! Whose mail leaves first.

use super::*;
use serde_json::json;
use steward::jobs::worker::run_job;
use steward_entities::kinds::RoleName;
use steward_tests::{client::Client, on_both};

/// To how many people a large change is told.
const MANY: usize = 30;

/// A job over all accounts that the organization manages.
async fn suspend_everybody(owner: &Client, organization: OrganizationId, reason: &str) {
    let input = json!({
        "organizationId": organization.to_string(),
        "selection": { "filter": { "managed": true } },
        "action": { "suspend": { "reason": reason } },
    });
    owner.done("bulkAccounts", input, "job { id }").await;
}

async fn kinds(app: &TestApp, leased: Vec<deliveries::Model>) -> Vec<String> {
    let mut kinds = Vec::new();
    for delivery in leased {
        kinds.push(stored(app, delivery.notice_id).await.kind);
    }
    kinds
}

on_both! {
    async fn what_one_person_waits_for_leaves_before_mail_to_many_that_was_there_earlier(app: TestApp) {
        let acme = app.organization("Acme").await;
        app.many_managed(acme, MANY).await;
        let owner = app.administrator(acme, RoleName::Owner).await.client;
        suspend_everybody(&owner, acme, "reorganisation").await;
        while run_job(&app.steward).await.unwrap() {}
        app.advance(TimeDelta::seconds(5));
        app.account("ana@elsewhere.test").await;
        app.nobody().done("requestPasswordReset", json!({ "email": "ana@elsewhere.test" }), "").await;
        while run_job(&app.steward).await.unwrap() {}

        let leased = app.steward.lease_deliveries(2).await.unwrap();
        let mut found = kinds(&app, leased).await;
        found.sort();
        assert_eq!(found, ["account_suspended", "password_reset"]);
        assert_eq!(app.steward.lease_deliveries(1_000).await.unwrap().len(), MANY - 1);
    }
}

on_both! {
    async fn a_quarter_is_left_to_mail_to_many_however_much_others_wait_for(app: TestApp) {
        let acme = app.organization("Acme").await;
        app.many_managed(acme, MANY).await;
        let owner = app.administrator(acme, RoleName::Owner).await.client;
        suspend_everybody(&owner, acme, "reorganisation").await;
        for number in 0..5 {
            let email = format!("ana{number}@elsewhere.test");
            app.account(&email).await;
            app.nobody().done("requestPasswordReset", json!({ "email": email }), "").await;
        }
        while run_job(&app.steward).await.unwrap() {}

        let leased = app.steward.lease_deliveries(4).await.unwrap();
        let mut found = kinds(&app, leased).await;
        found.sort();
        assert_eq!(found, ["account_suspended", "password_reset", "password_reset", "password_reset"]);
    }
}

on_both! {
    async fn mail_to_many_waits_while_large_changes_are_written_but_not_for_ever(app: TestApp) {
        let acme = app.organization("Acme").await;
        app.many_managed(acme, MANY).await;
        let owner = app.administrator(acme, RoleName::Owner).await.client;
        suspend_everybody(&owner, acme, "reorganisation").await;
        while run_job(&app.steward).await.unwrap() {}
        suspend_everybody(&owner, acme, "the same again").await;
        assert_eq!(app.steward.lease_deliveries(1_000).await.unwrap(), [], "there is more to write");

        app.advance(TimeDelta::minutes(10));
        assert_eq!(app.steward.lease_deliveries(7).await.unwrap().len(), 7, "they have waited long enough");
        while run_job(&app.steward).await.unwrap() {}
        assert_eq!(app.steward.lease_deliveries(1_000).await.unwrap().len(), 2 * MANY - 7);
    }
}

on_both! {
    async fn word_to_owners_that_others_gain_power_is_awaited_however_many_they_are(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await.client;
        for number in 0..MANY {
            let other = app.account(&format!("owner{number}@elsewhere.test")).await;
            app.role(acme, other, RoleName::Owner).await;
        }
        let key = json!({ "organizationId": acme, "name": "a script", "role": "AUDITOR" });
        owner.with_key("a key").done("createApiKey", key, "").await;
        let ben = app.account("ben@elsewhere.test").await;
        app.role(acme, ben, RoleName::Auditor).await;
        owner.done("assignRole", json!({ "organizationId": acme, "accountId": ben, "role": "OWNER" }), "").await;
        let sent = deliveries::Entity::find().all(&app.database).await.unwrap();
        assert!(sent.len() > 2 * MANY);
        assert!(sent.iter().all(|delivery| delivery.priority == 0));
    }
}
