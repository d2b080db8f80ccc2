//! Edit restrictions and roles: whoever loses what left them out comes under them, and is told; nobody gets out by giving a
//! domain up.

use super::{Hofer, everybody, mine, profile};
use crate::left_behind::notices;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use steward_entities::{
    account, domain,
    id::{AccountId, DomainId},
    kinds::RoleName,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

/// The domain by which the organization manages accounts.
async fn its_domain(app: &TestApp) -> DomainId {
    domain::Entity::find().one(&app.database).await.unwrap().unwrap().id
}

/// Somebody whose account the organization manages, with a role in it.
async fn managed(app: &TestApp, hofer: &Hofer, name: &str, role: RoleName) -> Somebody {
    let person = app.person(&format!("{name}@hofer.example")).await;
    app.under_control(hofer.id, its_domain(app).await, person.id).await;
    app.role(hofer.id, person.id, role).await;
    person
}

/// How many restrictions somebody was told of.
async fn told(app: &TestApp, person: AccountId) -> usize {
    notices(app, "edit_restriction_set").await.iter().filter(|(account, ..)| *account == Some(person)).count()
}

on_both! {
    async fn who_loses_the_role_that_left_them_out_is_told_of_what_holds(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let olga = app.administrator(hofer.id, RoleName::Owner).await;
        let (first, second, third) = (
            managed(&app, &hofer, "first", RoleName::Owner).await,
            managed(&app, &hofer, "second", RoleName::Owner).await,
            managed(&app, &hofer, "third", RoleName::Owner).await,
        );
        hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        app.run_jobs().await;
        let of = |person: &Somebody, more: Value| {
            let mut input = json!({ "organizationId": hofer.id, "accountId": person.id });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        for person in [&first, &second, &third] {
            assert_eq!((told(&app, person.id).await, mine(&person.client).await), (0, json!([])));
        }
        // Of equal rank with who set it: it holds.
        olga.client.done("assignRole", of(&first, json!({ "role": "USER_ADMIN" })), "").await;
        olga.client.done("revokeRole", of(&second, json!({})), "").await;
        third.client.done("resignRole", json!({ "organizationId": hofer.id }), "organizationId").await;
        for person in [&first, &second, &third] {
            assert_eq!(profile(&person.client, "Director").await.code(), "EDIT_RESTRICTED");
            assert_eq!(told(&app, person.id).await, 1);
        }
        // Whom it held for before isn't told again.
        olga.client.done("assignRole", of(&first, json!({ "role": "AUDITOR" })), "").await;
        assert_eq!(told(&app, first.id).await, 1);
    }
}

async fn remove(by: &Client, hofer: &Hofer, domain: DomainId, dry_run: bool) -> Answer {
    let input = json!({ "organizationId": hofer.id, "domainId": domain, "dryRun": dry_run });
    by.run("removeDomain", input, "plan { releasedAccounts }").await
}

on_both! {
    async fn nobody_gives_a_domain_up_to_be_rid_of_a_restriction(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let uta = managed(&app, &hofer, "uta", RoleName::UserAdmin).await;
        let domain = its_domain(&app).await;
        let other = app.proved_domain(hofer.id, "other.example").await;
        let restriction = hofer.restricted(everybody(), &["EDIT_PROFILE"]).await;
        assert_eq!(hofer.lift(&uta.client, &restriction).await.code(), "SELF");
        for dry_run in [true, false] {
            let refused = remove(&uta.client, &hofer, domain, dry_run).await;
            assert_eq!((refused.code().as_str(), refused.field().as_str()), ("SELF", "input.domainId"), "{dry_run}");
        }
        assert_eq!(remove(&uta.client, &hofer, other, false).await.code(), "OK", "what frees nobody");
        assert_eq!(remove(&hofer.admin.client, &hofer, domain, true).await.code(), "OK", "who isn't bound");
        assert_eq!(hofer.lift(&hofer.admin.client, &restriction).await.code(), "OK");
        assert_eq!(remove(&uta.client, &hofer, domain, false).await.code(), "OK");
        app.run_jobs().await;
        let row = account::Entity::find_by_id(uta.id).one(&app.database).await.unwrap().unwrap();
        assert_eq!(row.managed_by, None);
    }
}

on_both! {
    async fn the_only_owner_whom_nobody_could_free_removes_a_domain(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let olga = managed(&app, &hofer, "olga", RoleName::Owner).await;
        let setter = app.administrator(hofer.id, RoleName::Owner).await;
        hofer.restrict(&setter.client, everybody(), &["EDIT_PROFILE"], json!({})).await.payload();
        let domain = its_domain(&app).await;
        assert_eq!(remove(&olga.client, &hofer, domain, true).await.code(), "SELF");
        setter.client.done("resignRole", json!({ "organizationId": hofer.id }), "organizationId").await;
        assert_eq!(remove(&olga.client, &hofer, domain, true).await.code(), "OK");
    }
}
