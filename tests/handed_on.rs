//! Accounts that come from one organization to another before anybody has used them.

use crate::account_invitations::{company, create, made, of_address};
use sea_orm::EntityTrait;
use serde_json::json;
use steward_entities::{kinds::RoleName, made_account, profile};
use steward_tests::on_both;

on_both! {
    async fn what_one_organization_wrote_of_a_person_the_next_one_doesnt_read(app: TestApp) {
        let hofer = company(&app).await;
        let words = json!({ "displayName": "Ana, to be watched", "phone": "+43 1 5550100", "department": "Returns" });
        let (account, _) = made(&app, &hofer, json!({ "profile": words })).await;
        assert_eq!(of_address(&app, "ana@hofer.example").await.unwrap().display_name, "Ana, to be watched");
        let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": [account] }, "reason": "a slip" });
        hofer.admin.client.done("releaseAccounts", input, "").await;
        app.run_jobs().await;
        let released = of_address(&app, "ana@hofer.example").await.unwrap();
        assert_eq!((released.managed_by, released.display_name.as_str()), (None, "ana"));
        assert!(made_account::Entity::find().all(&app.database).await.unwrap().is_empty());

        // The next owner of the domain makes the account anew.
        let input = json!({ "organizationId": hofer.id, "domainId": hofer.domain });
        app.administrator(hofer.id, RoleName::Owner).await.client.done("removeDomain", input, "").await;
        app.run_jobs().await;
        let next = app.organization("Next").await;
        app.proved_domain(next, "hofer.example").await;
        let admin = app.administrator(next, RoleName::UserAdmin).await.client;
        let answer = create(&admin, next, "ana@hofer.example", json!({ "profile": { "jobTitle": "Fitter" } })).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        let found = profile::Entity::find_by_id(account).one(&app.database).await.unwrap().unwrap();
        assert_eq!((found.job_title.as_deref(), found.phone, found.department), (Some("Fitter"), None, None));
        assert_eq!(of_address(&app, "ana@hofer.example").await.unwrap().display_name, "ana");
    }
}
