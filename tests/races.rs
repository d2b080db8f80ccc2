//! Two people act at once on the same thing: one of them is first, and what stands afterwards is what one order of the
//! two would have left.

use crate::{claims::Acme, left_behind::link};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{
    account, control_assertion,
    id::{AccountId, DomainId},
    kinds::{AssertionStatus, RoleName, TokenPurpose},
};
use steward_tests::{Somebody, TestApp, on_both};

/// How often each race is run.
const ROUNDS: usize = 12;

async fn assertions(app: &TestApp, account: AccountId) -> Vec<AssertionStatus> {
    let of_account = control_assertion::Column::AccountId.eq(account);
    let all = control_assertion::Entity::find().filter(of_account).all(&app.database).await.unwrap();
    all.into_iter().map(|assertion| assertion.status).collect()
}

async fn row(app: &TestApp, account: AccountId) -> account::Model {
    account::Entity::find_by_id(account).one(&app.database).await.unwrap().unwrap()
}

/// The input that claims everyone in a domain.
fn everyone(acme: &Acme, domain: DomainId) -> Value {
    json!({ "organizationId": acme.organization, "domainId": domain, "scope": { "everyone": {} } })
}

/// Somebody in a domain of their own who has been told of a claim: they, the claim, the assertion.
async fn claimed(app: &TestApp, acme: &Acme, round: usize) -> (Somebody, Value, Value) {
    let domain = app.proved_domain(acme.organization, &format!("round{round}.test")).await;
    let person = app.person(&format!("ana@round{round}.test")).await;
    let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
    let claim = owner.client.done("claimAccounts", everyone(acme, domain), "claim { id }").await["claim"]["id"].clone();
    app.run_jobs().await;
    let of_person = control_assertion::Column::AccountId.eq(person.id);
    let assertion = control_assertion::Entity::find().filter(of_person).one(&app.database).await.unwrap().unwrap();
    (person, claim, json!(assertion.id))
}

on_both! {
    async fn two_claims_of_one_domain_at_once_assert_once(app: TestApp) {
        let acme = Acme::new(&app).await;
        let colleague = app.administrator(acme.organization, RoleName::UserAdmin).await;
        let mut people = Vec::new();
        for number in 0..10 {
            people.push(app.account(&format!("person{number}@acme.test")).await);
        }
        let claim = |by: &Somebody| {
            let (client, input) = (by.client.clone(), everyone(&acme, acme.domain));
            async move { client.run("claimAccounts", input, "claim { id }").await.code() }
        };
        let (first, second) = tokio::join!(claim(&acme.owner), claim(&colleague));
        assert!([&first, &second].contains(&&"OK".to_owned()), "{first} {second}");
        app.run_jobs().await;
        for person in people {
            assert_eq!(assertions(&app, person).await, [AssertionStatus::Pending]);
        }
    }
}

on_both! {
    async fn accepting_and_canceling_at_once_leaves_one_of_the_two(app: TestApp) {
        let acme = Acme::new(&app).await;
        for round in 0..ROUNDS {
            let (person, claim, assertion) = claimed(&app, &acme, round).await;
            let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
            let cancel = json!({ "organizationId": acme.organization, "claimId": claim });
            let (accepted, canceled) = tokio::join!(
                person.client.run("acceptControl", json!({ "controlAssertionId": assertion }), ""),
                owner.client.run("cancelClaim", cancel, ""),
            );
            app.run_jobs().await;
            let managed = row(&app, person.id).await.managed_by;
            match accepted.code().as_str() {
                "OK" => {
                    assert_eq!(managed, Some(acme.organization));
                    assert_eq!(assertions(&app, person.id).await, [AssertionStatus::InEffect]);
                }
                "INVALID_STATE" => {
                    assert_eq!((managed, canceled.code().as_str()), (None, "OK"));
                    assert_eq!(assertions(&app, person.id).await, [AssertionStatus::Canceled]);
                }
                other => panic!("{other}: {}", accepted.body),
            }
        }
    }
}

/// Who is managed has the address that was claimed; who has moved is nobody's.
async fn moved_or_managed(app: &TestApp, acme: &Acme, person: &Somebody, moved: bool) {
    let row = row(app, person.id).await;
    assert_eq!(row.email != person.email, moved);
    let (manager, status) = match moved {
        true => (None, AssertionStatus::Avoided),
        false => (Some(acme.organization), AssertionStatus::InEffect),
    };
    assert_eq!(row.managed_by, manager);
    assert_eq!(assertions(app, person.id).await, [status]);
}

on_both! {
    async fn moving_and_accepting_at_once_leaves_one_of_the_two(app: TestApp) {
        let acme = Acme::new(&app).await;
        for round in 0..ROUNDS {
            let (person, _, assertion) = claimed(&app, &acme, round).await;
            let new = format!("ana{round}@home.test");
            person.client.done("requestEmailChange", json!({ "newEmail": new }), "").await;
            let token = link(&app, TokenPurpose::EmailChange, &new).await;
            let nobody = app.nobody();
            let (accepted, moved) = tokio::join!(
                person.client.run("acceptControl", json!({ "controlAssertionId": assertion }), ""),
                nobody.run("confirmEmailChange", json!({ "token": token }), ""),
            );
            let (accepted, moved) = (accepted.code(), moved.code());
            assert_ne!(accepted == "OK", moved == "OK", "{accepted} {moved}");
            moved_or_managed(&app, &acme, &person, moved == "OK").await;
        }
    }
}

on_both! {
    async fn moving_and_control_taking_effect_at_once_leaves_one_of_the_two(app: TestApp) {
        let acme = Acme::new(&app).await;
        for round in 0..ROUNDS {
            let (person, ..) = claimed(&app, &acme, round).await;
            app.advance(TimeDelta::days(14) - TimeDelta::minutes(30));
            let person = app.signed_in(person.id, &person.email).await;
            let new = format!("ana{round}@home.test");
            person.client.done("requestEmailChange", json!({ "newEmail": new }), "").await;
            let token = link(&app, TokenPurpose::EmailChange, &new).await;
            // The link holds the control back. In half of the rounds it still does, in the others its hour is over.
            app.advance(TimeDelta::hours(1) - TimeDelta::seconds(i64::from(round % 2 == 0)));
            let nobody = app.nobody();
            let confirm = nobody.run("confirmEmailChange", json!({ "token": token }), "");
            let (moved, ()) = tokio::join!(confirm, app.run_jobs());
            assert_eq!(moved.code(), if round % 2 == 0 { "OK" } else { "LINK_INVALID" });
            app.run_jobs().await;
            moved_or_managed(&app, &acme, &person, round % 2 == 0).await;
        }
    }
}

on_both! {
    async fn a_domain_that_is_removed_while_it_is_claimed_leaves_nobody_claimed(app: TestApp) {
        let acme = Acme::new(&app).await;
        let colleague = app.administrator(acme.organization, RoleName::UserAdmin).await;
        for round in 0..ROUNDS {
            let domain = app.proved_domain(acme.organization, &format!("round{round}.test")).await;
            let ana = app.account(&format!("ana@round{round}.test")).await;
            let remove = json!({ "organizationId": acme.organization, "domainId": domain });
            let (claimed, removed) = tokio::join!(
                acme.owner.client.run("claimAccounts", everyone(&acme, domain), ""),
                colleague.client.run("removeDomain", remove, ""),
            );
            assert_eq!(removed.code(), "OK", "{}", removed.body);
            assert!(["OK", "NOT_FOUND", "INVALID_STATE"].contains(&claimed.code().as_str()), "{}", claimed.body);
            app.run_jobs().await;
            let left = assertions(&app, ana).await;
            assert!(left.iter().all(|&status| status == AssertionStatus::Canceled), "{left:?}");
            assert_eq!(row(&app, ana).await.managed_by, None);
        }
    }
}

on_both! {
    async fn an_address_confirmed_while_its_domain_is_removed_leaves_nobody_managed_there(app: TestApp) {
        let acme = Acme::new(&app).await;
        let colleague = app.administrator(acme.organization, RoleName::UserAdmin).await;
        for round in 0..ROUNDS {
            let domain = app.proved_domain(acme.organization, &format!("round{round}.test")).await;
            let ana = app.account(&format!("ana{round}@acme.test")).await;
            app.under_control(acme.organization, acme.domain, ana).await;
            let ana = app.signed_in(ana, &format!("ana{round}@acme.test")).await;
            let new = format!("ana@round{round}.test");
            let asked = json!({ "newEmail": new, "reason": "I moved." });
            let asked = ana.client.done("requestEmailChange", asked, "emailChangeId").await["emailChangeId"].clone();
            let approve = json!({ "organizationId": acme.organization, "emailChangeId": asked });
            colleague.client.done("approveEmailChange", approve, "").await;
            let token = link(&app, TokenPurpose::EmailChange, &new).await;
            let nobody = app.nobody();
            let remove = async {
                let input = json!({ "organizationId": acme.organization, "domainId": domain });
                colleague.client.done("removeDomain", input, "").await;
                app.run_jobs().await;
            };
            let (moved, ()) = tokio::join!(nobody.run("confirmEmailChange", json!({ "token": token }), ""), remove);
            assert_eq!(moved.code(), "OK", "{}", moved.body);
            app.run_jobs().await;
            let row = row(&app, ana.id).await;
            assert_eq!((row.email, row.managed_by, row.managed_domain_id), (new, None, None));
        }
    }
}
