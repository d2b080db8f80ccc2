//! A domain's proof counts for an address while its organization manages the account, and no longer: what is left of
//! accounts that are released, and what invitations to them are worth then.

use crate::{
    account_invitations::{ANA, company, create, decline, made, of_address, sign_in, take_up},
    claims::Acme,
    left_behind::{last_event, link, notices},
};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::json;
use std::sync::atomic::Ordering;
use steward_entities::{
    account, control_assertion,
    id::AccountId,
    kinds::{AssertionStatus, RoleName, TokenPurpose, VerificationMethod},
    profile,
};
use steward_tests::on_both;

on_both! {
    async fn a_domain_s_proof_ends_with_control_and_a_mailed_link_proves_the_address_anew(app: TestApp) {
        let hofer = company(&app).await;
        let (_, invitation) = made(&app, &hofer, json!({})).await;
        // One of theirs had a password before administrators chose the address.
        let ben = app.account("ben@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, ben).await;
        let input = json!({ "organizationId": hofer.id, "accountId": ben, "newEmail": "ceo@hofer.example", "reason": "a typo" });
        hofer.admin.client.done("changeAccountEmail", input, "").await;
        // Who has taken the account up has proved the address, whatever becomes of the domain.
        let dora = create(&hofer.admin.client, hofer.id, "dora@hofer.example", json!({})).await;
        assert_eq!(dora.code(), "OK");
        let dora = link(&app, TokenPurpose::AccountInvitation, "dora@hofer.example").await;
        assert_eq!(take_up(&app, &dora).await, "OK");

        let claims = app.administrator(hofer.id, RoleName::Owner).await;
        let input = json!({ "organizationId": hofer.id, "domainId": hofer.domain });
        claims.client.done("removeDomain", input, "").await;
        app.run_jobs().await;
        let proof = async |email: &str| {
            let row = of_address(&app, email).await.unwrap();
            (row.managed_by, row.verified_by, row.verified_at.is_some())
        };
        assert_eq!(proof(ANA).await, (None, None, false));
        assert_eq!(proof("ceo@hofer.example").await, (None, None, false));
        assert_eq!(proof("dora@hofer.example").await, (None, Some(VerificationMethod::Link), true));
        assert_eq!((take_up(&app, &invitation).await.as_str(), decline(&app, &invitation).await.as_str()), ("LINK_INVALID", "LINK_INVALID"));
        // The next holder of the domain can't claim what nobody has proved, and sees the one that somebody has.
        let next = app.organization("Next").await;
        let domain = app.proved_domain(next, "hofer.example").await;
        let owner = app.administrator(next, RoleName::Owner).await;
        let query = "query($id: ID!) { domain(id: $id) { claimPlan { claimable excluded { reason accounts } } } }";
        let plan = owner.client.ask(query, json!({ "id": domain })).await["domain"]["claimPlan"].clone();
        assert_eq!(plan, json!({ "claimable": 1, "excluded": [{ "reason": "UNVERIFIED", "accounts": 2 }] }));

        // A released person signs in as before, and proves the address by a reset; Ana, who never had a password, too.
        assert_eq!(sign_in(&app, "ceo@hofer.example").await, "OK");
        for email in ["ceo@hofer.example", ANA] {
            app.nobody().done("requestPasswordReset", json!({ "email": email }), "").await;
            app.run_jobs().await;
            let reset = link(&app, TokenPurpose::PasswordReset, email).await;
            assert_eq!(take_up(&app, &reset).await, "OK");
            assert_eq!(proof(email).await, (None, Some(VerificationMethod::Link), true));
            assert_eq!(sign_in(&app, email).await, "OK");
        }
    }
}

on_both! {
    async fn released_accounts_are_declined_no_more(app: TestApp) {
        let hofer = company(&app).await;
        let (id, token) = made(&app, &hofer, json!({})).await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": [id] } });
        owner.client.done("releaseAccounts", input, "").await;
        assert_eq!((decline(&app, &token).await.as_str(), take_up(&app, &token).await.as_str()), ("LINK_INVALID", "LINK_INVALID"));
        let row = of_address(&app, ANA).await.unwrap();
        assert_eq!((row.managed_by, row.verified_at), (None, None));
        // It was never used, so that it can be made for her again, with a link of its own.
        let (again, token) = made(&app, &hofer, json!({})).await;
        assert_eq!(again, id);
        let elsewhere = account::ActiveModel { id: Set(id), managed_by: Set(Some(app.organization("Other").await)), ..Default::default() };
        elsewhere.update(&app.database).await.unwrap();
        assert_eq!(decline(&app, &token).await, "LINK_INVALID", "another organization manages it");
    }
}

on_both! {
    async fn what_was_written_of_many_who_never_came_is_taken_back_by_as_few_statements_as_of_one(app: TestApp) {
        let hofer = company(&app).await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let mut people = Vec::new();
        for number in 0..24 {
            let email = format!("p{number}@hofer.example");
            let more = json!({ "profile": { "displayName": format!("Person {number}"), "locale": "en", "jobTitle": "Fitter" } });
            assert_eq!(create(&hofer.admin.client, hofer.id, &email, more).await.code(), "OK");
            people.push(of_address(&app, &email).await.unwrap().id);
        }
        let released = async |people: &[AccountId]| {
            let input = json!({ "organizationId": hofer.id, "selection": { "accountIds": people } });
            let before = app.statements.load(Ordering::Relaxed);
            owner.client.done("releaseAccounts", input, "").await;
            app.statements.load(Ordering::Relaxed) - before
        };
        let (few, many) = (released(&people[..2]).await, released(&people[2..]).await);
        for (number, id) in people.iter().enumerate() {
            let row = account::Entity::find_by_id(*id).one(&app.database).await.unwrap().unwrap();
            assert_eq!((row.display_name, row.managed_by), (format!("p{number}"), None));
            let known = profile::Entity::find_by_id(*id).one(&app.database).await.unwrap();
            assert_eq!(known.and_then(|known| known.job_title), None);
        }
        assert!(many < few + 10, "{few} statements for two people, {many} for twenty-two");
    }
}

on_both! {
    async fn a_released_person_s_account_is_never_made_anew(app: TestApp) {
        let hofer = company(&app).await;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        let ben = app.account("ben@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, ben).await;
        // Only the domain's proof counts for the address, and the password is dead, when the account is given back.
        let input = |mut rest: serde_json::Value| {
            rest["organizationId"] = json!(hofer.id);
            rest
        };
        let moved = json!({ "accountId": ben, "newEmail": "ceo@hofer.example", "reason": "a typo" });
        owner.client.done("changeAccountEmail", input(moved), "").await;
        owner.client.done("requirePasswordReset", input(json!({ "accountId": ben, "reason": "a leak" })), "").await;
        owner.client.done("releaseAccounts", input(json!({ "selection": { "accountIds": [ben] } })), "").await;
        // No control without notice: making an account there is no way around a claim. He gets word of it.
        assert_eq!(create(&hofer.admin.client, hofer.id, "ceo@hofer.example", json!({})).await.code(), "OK");
        assert_eq!(of_address(&app, "ceo@hofer.example").await.unwrap().managed_by, None);
        assert_eq!(notices(&app, "account_existing").await.len(), 1);
        app.nobody().done("requestPasswordReset", json!({ "email": "ceo@hofer.example" }), "").await;
        app.run_jobs().await;
        let reset = link(&app, TokenPurpose::PasswordReset, "ceo@hofer.example").await;
        assert_eq!(take_up(&app, &reset).await, "OK");
        assert_eq!(sign_in(&app, "ceo@hofer.example").await, "OK");
    }
}

on_both! {
    async fn what_others_assert_over_a_declined_account_is_avoided(app: TestApp) {
        let hofer = company(&app).await;
        let other = Acme::new(&app).await;
        let id = app.account("ana@acme.test").await;
        other.claim(&app).await;
        app.run_jobs().await;
        let unused = account::ActiveModel {
            id: Set(id),
            email: Set(ANA.to_owned()),
            email_canonical: Set(ANA.to_owned()),
            email_domain_key: Set("example.hofer.".to_owned()),
            password_hash: Set(None),
            password_changed_at: Set(None),
            verified_at: Set(None),
            verified_by: Set(None),
            ..Default::default()
        };
        unused.update(&app.database).await.unwrap();
        let (_, token) = made(&app, &hofer, json!({})).await;
        assert_eq!(decline(&app, &token).await, "OK");
        let left = control_assertion::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!((left.status, left.ended_because.as_deref()), (AssertionStatus::Avoided, Some("MOVED_AWAY")));
        assert_eq!(last_event(&app, other.organization, "endControl").await.0.account_id, Some(id));
    }
}
