//! What people decide about a claim over their account, and about its address.

use super::*;
use crate::{claims::Acme, pages};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use steward_entities::{
    account, control_assertion, event,
    id::{AccountId, OrganizationId},
    kinds::AssertionStatus,
};
use steward_tests::on_both;

async fn assertions(app: &TestApp, account: AccountId) -> Vec<control_assertion::Model> {
    let of_them = control_assertion::Entity::find().filter(control_assertion::Column::AccountId.eq(account));
    of_them.order_by_asc(control_assertion::Column::Id).all(&app.database).await.unwrap()
}

async fn managed_by(app: &TestApp, account: AccountId) -> Option<OrganizationId> {
    account::Entity::find_by_id(account).one(&app.database).await.unwrap().unwrap().managed_by
}

/// Somebody over whom control is asserted, with the page about it.
pub(super) async fn claimed<'a>(app: &'a TestApp, acme: &Acme, email: &str) -> (AccountId, Browser<'a>, String) {
    let id = app.account(email).await;
    acme.claim(app).await;
    app.run_jobs().await;
    let mut browser = Browser::signed_in(app, email).await;
    let seen = browser.open("/account").await;
    assert!(seen.html.contains("<h2>Acme is going to manage your account</h2>"), "{}", seen.html);
    assert!(seen.html.contains("5 December 2026, 09:00 UTC"), "{}", seen.html);
    let path = seen.html.split("href=\"").find(|rest| rest.starts_with("/account/control/")).expect("a link");
    let path = path.split('"').next().unwrap().to_owned();
    (id, browser, path)
}

on_both! {
    async fn control_is_accepted_with_the_password_alone(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (ana, mut browser, path) = claimed(&app, &acme, "ana@acme.test").await;
        let seen = browser.open(&path).await;
        assert_eq!(seen.heading(), "Acme is going to manage your account");
        assert!(seen.html.contains("admin@acme.test"), "whom to ask: {}", seen.html);

        // Who administers the claim sees the assertion, and can't answer for its person.
        let mut owner = Browser::with(&app, acme.owner.token.clone());
        let accept = [("answer", "accept"), ("password", PASSWORD)];
        for stranger in [owner.open(&path).await, owner.send(&path, &accept).await] {
            assert_eq!((stranger.status, stranger.heading()), (StatusCode::NOT_FOUND, "There is nothing here"));
        }
        let wrong = browser.send(&path, &[("answer", "accept"), ("password", "not the right password")]).await;
        assert!(wrong.error_at("password").starts_with("This isn't the password of this account."), "{}", wrong.html);
        assert_eq!(browser.send(&path, &[("answer", "accept")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.send(&path, &[("password", PASSWORD)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(managed_by(&app, ana).await, None);

        let done = browser.send(&path, &accept).await;
        assert!(done.is_out() && browser.token.is_none());
        let told = browser.open("/sign-in").await;
        assert!(told.html.contains("You have accepted: the organization manages your account from now on."), "{}", told.html);
        assert_eq!(managed_by(&app, ana).await, Some(acme.organization));
        assert_eq!(live_sessions(&app, "ana@acme.test").await, 0);
        let accepted = event::Entity::find().filter(event::Column::Action.eq("acceptControl"));
        assert_eq!(accepted.all(&app.database).await.unwrap().len(), 1);

        browser.sign_in("ana@acme.test", PASSWORD).await;
        let seen = browser.open("/account").await;
        assert!(seen.html.contains("<strong>Acme</strong> manages your account, since 21 November 2026"), "{}", seen.html);
        assert_eq!(browser.open(&path).await.status, StatusCode::NOT_FOUND, "nothing is pending any more");
    }
}

on_both! {
    async fn a_personal_address_leads_out_of_a_claim(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (ana, mut browser, _) = claimed(&app, &acme, "ana@acme.test").await;
        let ask = |email: &'static str, password: &'static str| {
            [("do", "ask"), ("new_email", email), ("password", password)]
        };
        let wrong = browser.send("/account/address", &ask("ana@home.test", "not the right password")).await;
        assert!(wrong.error_at("password").starts_with("This isn't the password"), "{}", wrong.html);
        assert!(wrong.html.contains("value=\"ana@home.test\"") && !wrong.html.contains("not the right password"));
        assert_eq!(
            browser.send("/account/address", &ask("ana@acme.test", PASSWORD)).await.error_at("new_email"),
            "This is your address already."
        );
        let bad = browser.send("/account/address", &ask("no address", PASSWORD)).await;
        assert_eq!(bad.error_at("new_email").get(..13), Some("This address "), "{}", bad.html);

        let asked = browser.done("/account/address", &ask("ana@home.test", PASSWORD)).await;
        assert!(asked.html.contains("A link was mailed to <strong>ana@home.test</strong>."), "{}", asked.html);
        assert!(browser.open("/account").await.html.contains("A link was mailed to <strong>ana@home.test</strong>."));
        let back = browser.done("/account/address", &[("do", "take_back")]).await;
        assert!(back.html.contains("You have taken it back.") && !back.html.contains("A change that waits"));
        let nothing = browser.send("/account/address", &[("do", "take_back")]).await;
        assert!(nothing.html.contains("No change of address is waiting."), "{}", nothing.html);

        browser.send("/account/address", &ask("ana@home.test", PASSWORD)).await;
        let page = pages::mailed_page(&app, "ana@home.test").await;
        assert_eq!(pages::send(&app, &page, &[("confirm", "yes")]).await.heading(), "Your address is changed");
        let statuses: Vec<_> = assertions(&app, ana).await.into_iter().map(|row| row.status).collect();
        assert_eq!(statuses, [AssertionStatus::Avoided]);
        assert!(browser.open("/account").await.is_out(), "all sessions have ended");
        browser.sign_in("ana@home.test", PASSWORD).await;
        assert!(browser.open("/account").await.html.contains("Nobody but you."));
    }
}

on_both! {
    async fn a_deactivated_account_is_out_of_a_claim_until_it_comes_back(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (ana, mut browser, path) = claimed(&app, &acme, "ana@acme.test").await;
        assert!(browser.open("/account/deactivate").await.html.contains("Acme then doesn't get to manage it."));
        browser.send("/account/deactivate", &[("confirm", "yes")]).await;
        assert_eq!(assertions(&app, ana).await[0].status, AssertionStatus::Avoided);
        assert_eq!(browser.open(&path).await.status, StatusCode::NOT_FOUND);
        let back = browser.done("/account", &[("undo", "reactivate")]).await;
        assert!(back.html.contains("Acme is going to manage your account"), "with the full period: {}", back.html);
        let mut statuses: Vec<_> = assertions(&app, ana).await.into_iter().map(|row| row.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [AssertionStatus::Pending, AssertionStatus::Avoided]);
    }
}

on_both! {
    async fn a_managed_person_asks_their_administrators(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.account("ana@acme.test").await;
        app.under_control(acme.organization, acme.domain, ana).await;
        let mut browser = Browser::signed_in(&app, "ana@acme.test").await;
        let page = browser.open("/account/address").await;
        assert!(page.html.contains("its administrators decide first") && page.html.contains("name=\"reason\""));
        let fields =
            [("do", "ask"), ("new_email", "ana@home.test"), ("reason", "I have <i>left</i>."), ("password", PASSWORD)];
        let asked = browser.done("/account/address", &fields).await;
        for text in [
            "You have asked for <strong>ana@home.test</strong>. The administrators of Acme haven't answered yet.",
            "Once the account has moved, Acme no longer manages it: it is yours alone.",
        ] {
            assert!(asked.html.contains(text), "{}", asked.html);
        }
        let again = browser.send("/account/address", &fields).await;
        assert!(again.error_at("new_email").starts_with("You have asked for this address already."), "{}", again.html);
        assert!(again.html.contains("value=\"I have &lt;i&gt;left&lt;/i&gt;.\""), "{}", again.html);
        let long = "x".repeat(501);
        let seen = browser.send("/account/address", &[("do", "ask"), ("new_email", "ana@away.test"), ("reason", &long)]).await;
        assert_eq!(seen.error_at("reason"), "This text must have at most 500 characters.");

        let query = "query($id: ID!) { organization(id: $id) { emailChanges { nodes { id } } } }";
        let seen = acme.owner.client.ask(query, json!({ "id": acme.organization })).await;
        let change = &seen["organization"]["emailChanges"]["nodes"][0]["id"];
        let input = json!({ "organizationId": acme.organization, "emailChangeId": change });
        acme.owner.client.done("approveEmailChange", input, "").await;
        assert!(browser.open("/account").await.html.contains("A link was mailed to <strong>ana@home.test</strong>."));
        app.advance(chrono::TimeDelta::hours(2));
        let seen = browser.open("/account/address").await;
        assert!(seen.html.contains("the link that was mailed there has expired"), "{}", seen.html);
    }
}
