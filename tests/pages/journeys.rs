//! People who get by with a mail and a browser.

use super::*;
use crate::claims::Acme;
use steward_entities::{
    control_assertion,
    kinds::{AssertionStatus, MembershipStatus},
};
use steward_tests::{on_both, seed::PASSWORD};

const DEAD: &str = "This link doesn&#x27;t work any more";

on_both! {
    async fn an_invited_owner_without_an_account_becomes_one(app: TestApp) {
        let (hofer, page) = invitation_page(&app, "Lena@hofer.example").await;
        let shown = open(&app, &page).await;
        assert!(shown.html.contains("The operators invite you") && shown.html.contains("Owner"), "{}", shown.html);
        let fields = [("display_name", "Lena Moser"), ("password", NEW_PASSWORD)];
        let done = send(&app, &page, &fields).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "You administer Hofer"), "{}", done.html);
        assert_eq!(live_sessions(&app, "Lena@hofer.example").await, 0);
        for again in [send(&app, &page, &fields).await, open(&app, &page).await] {
            assert_eq!((again.status, again.heading()), (StatusCode::NOT_FOUND, DEAD));
        }
        let lena = sign_in(&app, "lena@hofer.example", NEW_PASSWORD).await;
        let seen = lena.ask("query($id: ID!) { organization(id: $id) { name viewerRole } }", json!({ "id": hofer })).await;
        assert_eq!(seen["organization"], json!({ "name": "Hofer", "viewerRole": "OWNER" }));
    }
}

on_both! {
    async fn an_invited_person_with_an_account_accepts_with_their_password(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let (hofer, page) = invitation_page(&app, "ANA@hofer.example".to_lowercase().as_str()).await;
        let shown = open(&app, &page).await;
        assert!(shown.html.contains("Sign in to accept") && !shown.html.contains("display_name"), "{}", shown.html);
        let done = send(&app, &page, &[("password", PASSWORD)]).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "You administer Hofer"), "{}", done.html);
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 1, "the one from before");
        assert_eq!(send(&app, &page, &[("password", PASSWORD)]).await.heading(), DEAD);
        let seen = ana.client.ask("query($id: ID!) { organization(id: $id) { viewerRole } }", json!({ "id": hofer })).await;
        assert_eq!(seen["organization"]["viewerRole"], "OWNER");
    }
}

on_both! {
    async fn a_form_that_is_sent_many_times_at_once_acts_once(app: TestApp) {
        let (hofer, page) = invitation_page(&app, "lena@hofer.example").await;
        let fields = [("display_name", "Lena Moser"), ("password", NEW_PASSWORD)];
        let seen = futures::future::join_all((0..8).map(|_| send(&app, &page, &fields))).await;
        assert_eq!(seen.iter().filter(|seen| seen.status == StatusCode::OK).count(), 1);
        assert_eq!(account::Entity::find().filter(account::Column::Email.eq("lena@hofer.example")).count(&app.database).await.unwrap(), 1);
        assert_eq!(live_sessions(&app, "lena@hofer.example").await, 0);
        let accepted = crate::left_behind::events(&app, hofer, "acceptInvitation").await;
        assert_eq!(accepted, 1);
    }
}

on_both! {
    async fn a_visitor_who_leaves_at_once_leaves_nothing_half_done(app: TestApp) {
        let (hofer, page) = invitation_page(&app, "lena@hofer.example").await;
        let fields = [("display_name", "Lena Moser"), ("password", NEW_PASSWORD)];
        let mut gone = Box::pin(send(&app, &page, &fields));
        // As far as to the first answer of the database and on, until the account is there; then the browser is closed.
        while account::Entity::find().filter(account::Column::Email.eq("lena@hofer.example")).count(&app.database).await.unwrap() == 0 {
            let _ = futures::poll!(&mut gone);
        }
        drop(gone);
        while crate::left_behind::events(&app, hofer, "acceptInvitation").await == 0
            || live_sessions(&app, "lena@hofer.example").await > 0
        {
            tokio::task::yield_now().await;
        }
        assert_eq!(open(&app, &page).await.heading(), DEAD);
    }
}

on_both! {
    async fn a_person_signs_up_and_later_sets_another_password(app: TestApp) {
        let page = sign_up_page(&app, "ana@hofer.example").await;
        let fields = [("display_name", "Ana G."), ("password", PASSWORD)];
        let done = send(&app, &page, &fields).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Your account is open"), "{}", done.html);
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 0);
        assert_eq!(send(&app, &page, &fields).await.heading(), DEAD);
        let ana = sign_in(&app, "ana@hofer.example", PASSWORD).await;
        assert_eq!(ana.ask("{ viewer { account { displayName } } }", json!({})).await["viewer"]["account"]["displayName"], "Ana G.");

        let page = reset_page(&app, "ana@hofer.example").await;
        let done = send(&app, &page, &[("new_password", NEW_PASSWORD)]).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Your password is set"), "{}", done.html);
        assert_eq!(send(&app, &page, &[("new_password", NEW_PASSWORD)]).await.heading(), DEAD);
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 0);
        sign_in(&app, "ana@hofer.example", NEW_PASSWORD).await;
    }
}

on_both! {
    async fn a_person_moves_their_address_away_from_a_claim(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.person("ana@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.test" }), "emailChangeId").await;
        let page = mailed_page(&app, "ana@home.test").await;
        let shown = open(&app, &page).await;
        assert!(shown.html.contains("ana@acme.test") && shown.html.contains("ana@home.test"), "{}", shown.html);
        let done = send(&app, &page, &[("confirm", "yes")]).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Your address is changed"), "{}", done.html);
        assert_eq!(send(&app, &page, &[("confirm", "yes")]).await.heading(), DEAD);
        let assertions = control_assertion::Entity::find().filter(control_assertion::Column::AccountId.eq(ana.id));
        let assertions = assertions.all(&app.database).await.unwrap();
        assert_eq!(assertions.iter().map(|row| row.status).collect::<Vec<_>>(), [AssertionStatus::Avoided]);
        sign_in(&app, "ana@home.test", PASSWORD).await;
    }
}

on_both! {
    async fn a_membership_is_accepted_with_and_without_an_account(app: TestApp) {
        let offering = Offering::new(&app).await;
        app.account("ben@wald.example").await;
        let page = offering.page(&app, "ben@wald.example").await;
        let wrong = send(&app, &page, &[("answer", "accept"), ("password", "not the one that it is")]).await;
        assert!(wrong.error_at("password").starts_with("This isn't the password"), "{}", wrong.html);
        let done = send(&app, &page, &[("answer", "accept"), ("password", PASSWORD)]).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "You are a member of a team"), "{}", done.html);
        assert_eq!(send(&app, &page, &[("answer", "accept"), ("password", PASSWORD)]).await.heading(), DEAD);

        let page = offering.page(&app, "pia@wald.example").await;
        let fields = [("answer", "accept"), ("password", NEW_PASSWORD), ("display_name", "Pia Wald")];
        let unnamed = send(&app, &page, &fields[..2]).await;
        assert_eq!(unnamed.error_at("display_name"), "Your name must not be empty.");
        let done = send(&app, &page, &fields).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "You are a member of a team"), "{}", done.html);
        assert_eq!(send(&app, &page, &fields).await.heading(), DEAD);
        assert_eq!(live_sessions(&app, "pia@wald.example").await + live_sessions(&app, "ben@wald.example").await, 0);
        let members = offering.members().await;
        let mut seen: Vec<_> = members.as_array().unwrap().iter().map(|one| (&one["status"], &one["name"])).collect();
        seen.sort_by_key(|(_, name)| name.to_string());
        assert_eq!(seen, [(&json!("ACTIVE"), &json!("Pia Wald")), (&json!("ACTIVE"), &json!("ben"))]);
    }
}

on_both! {
    async fn a_membership_is_declined_by_its_link_alone(app: TestApp) {
        let offering = Offering::new(&app).await;
        app.account("ben@wald.example").await;
        for email in ["ben@wald.example", "pia@wald.example"] {
            let page = offering.page(&app, email).await;
            let done = send(&app, &page, &[("answer", "decline"), ("password", ""), ("display_name", "")]).await;
            assert_eq!((done.status, done.heading()), (StatusCode::OK, "You have declined"), "{}", done.html);
            for answer in ["decline", "accept"] {
                assert_eq!(send(&app, &page, &[("answer", answer)]).await.heading(), DEAD);
            }
        }
        let members = offering.members().await;
        let expected = |email: &str| json!({ "status": "DECLINED", "email": email, "name": null });
        assert!(members.as_array().unwrap().iter().all(|one| *one == expected("ben@wald.example") || *one == expected("pia@wald.example")), "{members}");
        assert_eq!(members.as_array().unwrap().len(), 2);
        let pia = account::Entity::find().filter(account::Column::Email.eq("pia@wald.example"));
        assert_eq!(pia.count(&app.database).await.unwrap(), 0, "no account for who says no");

        // In the API it is the same; by its id only the person answers.
        let page = offering.page(&app, "ben@wald.example").await;
        let token = page.rsplit_once('/').unwrap().1;
        let decline = async |client: &Client, input: Value| client.run("declineMembership", input, "membershipId").await;
        let open = membership::Entity::find().filter(membership::Column::Status.eq(MembershipStatus::Invited));
        let id = open.one(&app.database).await.unwrap().unwrap().id;
        assert_eq!(decline(&app.nobody(), json!({ "membershipId": id })).await.code(), "UNAUTHENTICATED");
        let other = app.person("eve@wald.example").await;
        assert_eq!(decline(&other.client, json!({ "membershipId": id })).await.code(), "NOT_FOUND");
        assert_eq!(decline(&app.nobody(), json!({ "token": token })).await.code(), "OK");
        assert_eq!(decline(&app.nobody(), json!({ "token": token })).await.code(), "LINK_INVALID");
    }
}

on_both! {
    async fn a_managed_person_reads_what_confirming_means(app: TestApp) {
        let acme = Acme::new(&app).await;
        for (who, new, before, after) in [
            ("ana@acme.test", "ana.moser@acme.test", "goes on managing your account", "Acme goes on managing it"),
            ("ben@acme.test", "ben@home.test", "the account is yours alone", "Acme no longer manages it"),
        ] {
            let person = app.person(who).await;
            app.under_control(acme.organization, acme.domain, person.id).await;
            let asked = person.client.done("requestEmailChange", json!({ "newEmail": new }), "emailChangeId").await;
            let input = json!({ "organizationId": acme.organization, "emailChangeId": asked["emailChangeId"] });
            acme.owner.client.done("approveEmailChange", input, "").await;
            let page = mailed_page(&app, new).await;
            let shown = open(&app, &page).await;
            assert!(shown.html.contains(before), "{}", shown.html);
            let done = send(&app, &page, &[("confirm", "yes")]).await;
            assert_eq!(done.heading(), "Your address is changed");
            assert!(done.html.contains(after), "{}", done.html);
        }
    }
}

on_both! {
    async fn an_account_that_was_made_is_taken_up_or_declined(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        app.proved_domain(hofer, "hofer.example").await;
        let admin = app.administrator(hofer, steward_entities::kinds::RoleName::UserAdmin).await;
        let make = async |email: &str| {
            let input = json!({ "organizationId": hofer, "email": email, "message": "Welcome!\n<b>Bring a pen.</b>" });
            admin.client.done("createAccount", input, "").await;
            mailed_page(&app, email).await
        };
        let page = make("ana@hofer.example").await;
        let before = everything(&app).await;
        let shown = open(&app, &page).await;
        assert_eq!((shown.status, shown.heading()), (StatusCode::OK, "Your account at Hofer"));
        assert!(shown.html.contains("Welcome!<br>\n&lt;b&gt;Bring a pen.&lt;/b&gt;"), "{}", shown.html);
        let weak = send(&app, &page, &[("answer", "accept"), ("new_password", "short")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(weak.error_at("new_password"), "This password must have at least 15 characters.");
        let unclear = send(&app, &page, &[("answer", "perhaps"), ("new_password", NEW_PASSWORD)]).await;
        assert_eq!(unclear.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(everything(&app).await, before, "nothing was changed by looking, nor by mistakes");
        let done = send(&app, &page, &[("answer", "accept"), ("new_password", NEW_PASSWORD)]).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Your account is ready"), "{}", done.html);
        sign_in(&app, "ana@hofer.example", NEW_PASSWORD).await;
        assert_eq!(open(&app, &page).await.heading(), DEAD);

        let page = make("ben@hofer.example").await;
        let done = send(&app, &page, &[("answer", "decline")]).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "You have declined"), "{}", done.html);
        for again in [open(&app, &page).await, send(&app, &page, &[("answer", "decline")]).await] {
            assert_eq!((again.status, again.heading()), (StatusCode::NOT_FOUND, DEAD));
        }
    }
}
