//! Workspaces: offers answered and memberships left on the page.

use super::*;
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, Set};
use steward_entities::{
    account,
    id::{MembershipId, OrganizationId, WorkspaceId},
    kinds::{BlockKind, MembershipStatus, RoleName, VerificationMethod},
    membership,
};
use steward_tests::{Client, on_both};

const PATH: &str = "/account/memberships";

/// Offers a membership of a new workspace.
pub(super) async fn offer(
    app: &TestApp,
    organization: OrganizationId,
    administrator: &Client,
    email: &str,
) -> MembershipId {
    let workspace: WorkspaceId = app.workspace(organization).await;
    let input = json!({ "organizationId": organization, "workspaceId": workspace, "email": email });
    let made = administrator.done("addMember", input, "membership { id }").await;
    made["membership"]["id"].as_str().unwrap().parse().unwrap()
}

pub(super) async fn status(app: &TestApp, id: MembershipId) -> MembershipStatus {
    membership::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap().status
}

on_both! {
    async fn offers_are_answered_and_memberships_left_by_whose_they_are(app: TestApp) {
        let acme = app.organization("Acme").await;
        let administrator = app.administrator(acme, RoleName::UserAdmin).await.client;
        app.account("ana@hofer.example").await;
        app.account("ben@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        assert!(browser.open(PATH).await.html.contains("You are in none, and none is offered to you."));
        let taken = offer(&app, acme, &administrator, "ana@hofer.example").await;
        let refused = offer(&app, acme, &administrator, "ana@hofer.example").await;
        let expired = offer(&app, acme, &administrator, "ana@hofer.example").await;
        let bens = offer(&app, acme, &administrator, "ben@hofer.example").await;
        let row = membership::ActiveModel { id: Set(expired), expires_at: Set(Some(app.now())), ..Default::default() };
        row.update(&app.database).await.unwrap();
        let seen = browser.open(PATH).await;
        assert_eq!((seen.heading(), seen.html.matches("name=\"accept\"").count()), ("Your workspaces", 2), "{}", seen.html);
        assert!(!seen.html.contains(&bens.to_string()) && !seen.html.contains("name=\"leave\""));

        let before = everything(&app).await;
        for (button, id) in [("accept", bens), ("decline", bens), ("leave", bens), ("leave", taken), ("accept", expired)] {
            let seen = browser.send(PATH, &[(button, &id.to_string())]).await;
            assert_eq!((seen.status, seen.heading()), (StatusCode::UNPROCESSABLE_ENTITY, "This didn&#x27;t work"), "{button}");
        }
        for wrong in ["", "guess", "mem_"] {
            assert_eq!(browser.send(PATH, &[("accept", wrong)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(everything(&app).await, before);

        let accepted = browser.done(PATH, &[("accept", &taken.to_string())]).await;
        assert!(accepted.html.contains("You have accepted.") && accepted.html.contains("name=\"leave\""), "{}", accepted.html);
        let declined = browser.done(PATH, &[("decline", &refused.to_string())]).await;
        assert!(declined.html.contains("You have declined."), "{}", declined.html);
        assert_eq!((status(&app, taken).await, status(&app, refused).await), (MembershipStatus::Active, MembershipStatus::Declined));
        let left = browser.done(PATH, &[("leave", &taken.to_string())]).await;
        assert!(left.html.contains("You have left the workspace.") && left.html.contains("You have left it, on"), "{}", left.html);
        assert_eq!((status(&app, taken).await, status(&app, bens).await), (MembershipStatus::Left, MembershipStatus::Invited));
        let again = browser.send(PATH, &[("leave", &taken.to_string())]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

on_both! {
    async fn an_offer_that_only_its_mailed_link_answers_isnt_on_the_page(app: TestApp) {
        let acme = app.organization("Acme").await;
        let administrator = app.administrator(acme, RoleName::UserAdmin).await.client;
        let ana = app.account("ana@hofer.example").await;
        let by_domain = account::ActiveModel { id: Set(ana), verified_by: Set(Some(VerificationMethod::Domain)), ..Default::default() };
        by_domain.update(&app.database).await.unwrap();
        let id = offer(&app, acme, &administrator, "ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        assert!(browser.open(PATH).await.html.contains("none is offered to you"));
        let seen = browser.send(PATH, &[("accept", &id.to_string())]).await;
        assert_eq!((seen.status, status(&app, id).await), (StatusCode::UNPROCESSABLE_ENTITY, MembershipStatus::Invited));
    }
}

on_both! {
    async fn who_is_limited_declines_and_leaves_and_accepts_nothing(app: TestApp) {
        let acme = app.organization("Acme").await;
        let administrator = app.administrator(acme, RoleName::UserAdmin).await.client;
        for (number, kind) in BlockKind::ALL.iter().filter(|kind| **kind != BlockKind::PasswordReset).enumerate() {
            let email = format!("p{number}@hofer.example");
            let person = app.person(&email).await;
            let joined = offer(&app, acme, &administrator, &email).await;
            person.client.done("acceptMembership", json!({ "membershipId": joined }), "membership { id }").await;
            let offered = offer(&app, acme, &administrator, &email).await;
            app.blocked(person.id, *kind, None).await;
            let mut browser = Browser::signed_in(&app, &email).await;
            let seen = browser.open(PATH).await;
            assert!(!seen.html.contains("name=\"accept\"") && seen.html.contains("you can't accept it"), "{kind:?} {}", seen.html);
            let refused = browser.send(PATH, &[("accept", &offered.to_string())]).await;
            assert_eq!((refused.status, status(&app, offered).await), (StatusCode::FORBIDDEN, MembershipStatus::Invited));
            browser.send(PATH, &[("decline", &offered.to_string())]).await;
            browser.send(PATH, &[("leave", &joined.to_string())]).await;
            assert_eq!(
                (status(&app, offered).await, status(&app, joined).await),
                (MembershipStatus::Declined, MembershipStatus::Left),
                "{kind:?}"
            );
            app.advance(TimeDelta::minutes(10));
        }
    }
}

on_both! {
    async fn many_memberships_stand_on_several_pages(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@hofer.example").await;
        for _ in 0..21 {
            let workspace = app.workspace(acme).await;
            app.joined(acme, workspace, ana, "ana@hofer.example").await;
        }
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let first = browser.open(PATH).await;
        assert_eq!(first.html.matches("name=\"leave\"").count(), 20);
        let older = first.html.split(&format!("{PATH}?before=")).nth(1).unwrap().split('"').next().unwrap();
        let second = browser.open(&format!("{PATH}?before={older}")).await;
        assert_eq!((second.html.matches("name=\"leave\"").count(), second.html.contains("?before=")), (1, false));
        let all = membership::Entity::find().filter(membership::Column::AccountId.eq(ana)).all(&app.database).await.unwrap();
        assert_eq!(all.iter().filter(|row| first.html.contains(&row.id.to_string())).count(), 20);
        assert_eq!(browser.open(&format!("{PATH}?before=guess")).await.status, StatusCode::BAD_REQUEST);
    }
}
