//! Erasures, and what others do at the same moment.

use crate::{
    account_invitations::{self, company, decline, made},
    app_policies,
    behind_locks::{begin, somebody_waits_or},
    claims::Acme,
};
use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, Set, prelude::Expr,
};
use serde_json::json;
use std::sync::Arc;
use steward::{jobs::worker, notices::content::NoticeKind};
use steward_entities::{
    account, api_key, claim, delivery, email_change, event, event_detail,
    id::{AccountId, OrganizationId},
    invitation,
    kinds::{ClaimStatus, EmailChangeStatus, MembershipStatus, RoleName, TokenPurpose},
    membership, token,
};
use steward_tests::{Client, TestApp, on_both};

const ANA: &str = "ana@home.test";

/// A membership and a role, offered to this address.
async fn offer(app: &TestApp, by: &Client, organization: OrganizationId, email: &str) {
    let workspace = app.workspace(organization).await;
    let offered = json!({ "organizationId": organization, "workspaceId": workspace, "email": email });
    by.done("addMember", offered, "").await;
    invite(by, organization, email).await;
}

async fn invite(by: &Client, organization: OrganizationId, email: &str) {
    let invited = json!({ "organizationId": organization, "email": email, "role": "AUDITOR" });
    by.done("inviteAdministrator", invited, "").await;
}

async fn leave(app: &TestApp, id: AccountId, email: &str) {
    let person = app.signed_in(id, email).await;
    person.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
}

/// Somebody new with this address takes up both offers with the links that were mailed.
async fn take_up(app: &TestApp, email: &str) {
    let next = app.person(email).await;
    let link = app.mailed_link(email, NoticeKind::MembershipOffered).await;
    next.client.done("acceptMembership", json!({ "token": link }), "").await;
    let link = app.mailed_link(email, NoticeKind::AdministratorInvitation).await;
    next.client.done("acceptInvitation", json!({ "token": link }), "").await;
}

/// What an erasure leaves of an account, as far as others read it; the account is locked as an erasure locks it.
async fn leaves_for_good(before: &DatabaseTransaction, account: AccountId) {
    account::Entity::find_by_id(account).lock_exclusive().one(before).await.unwrap();
    let former = account::ActiveModel {
        id: Set(account),
        email: Set(String::new()),
        email_canonical: Set(format!("former {account}")),
        display_name: Set("Former user".to_owned()),
        operator_at: Set(None),
        ..Default::default()
    };
    former.update(before).await.unwrap();
}

async fn mailed_to(app: &TestApp, email: &str) -> u64 {
    delivery::Entity::find().filter(delivery::Column::Address.eq(email)).count(&app.database).await.unwrap()
}

on_both! {
    async fn links_end_with_what_they_offered(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let ana = app.account(ANA).await;
        offer(&app, &owner.client, acme, ANA).await;
        app.run_jobs().await;
        // What she has offered to others ends with her, too.
        app.role(acme, ana, RoleName::Owner).await;
        let second = app.account("second@acme.test").await;
        app.role(acme, second, RoleName::Owner).await;
        invite(&app.signed_in(ana, ANA).await.client, acme, "ben@elsewhere.test").await;
        leave(&app, ana, ANA).await;
        app.run_jobs().await;
        let links = token::Entity::find().filter(token::Column::Purpose.is_in([TokenPurpose::Membership, TokenPurpose::Invitation]));
        let links = links.all(&app.database).await.unwrap();
        assert_eq!(links.iter().map(|link| link.revoked_at).collect::<Vec<_>>(), [Some(app.now()); 3]);
        let offered = membership::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!((offered.status, &*offered.email), (MembershipStatus::Declined, ""));
        let invited = invitation::Entity::find().all(&app.database).await.unwrap();
        assert!(invited.len() == 2 && invited.iter().all(|invited| invited.canceled_at == Some(app.now())));
    }
}

on_both! {
    async fn the_link_of_an_offer_ends_when_the_account_is_declined(app: TestApp) {
        let hofer = company(&app).await;
        let workspace = app.workspace(hofer.id).await;
        let offered = json!({ "organizationId": hofer.id, "workspaceId": workspace, "email": account_invitations::ANA });
        hofer.admin.client.done("addMember", offered, "").await;
        let (_, token) = made(&app, &hofer, json!({})).await;
        assert_eq!(decline(&app, &token).await, "OK");
        let link = token::Entity::find().filter(token::Column::Purpose.eq(TokenPurpose::Membership));
        assert_eq!(link.one(&app.database).await.unwrap().unwrap().revoked_at, Some(app.now()));
    }
}

on_both! {
    async fn what_is_offered_again_to_an_address_that_was_left_is_for_its_next_reader(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let ana = app.person("info@home.test").await;
        let workspace = app.workspace(acme).await;
        let offer = json!({ "organizationId": acme, "workspaceId": workspace, "email": "info@home.test" });
        owner.client.done("addMember", offer.clone(), "").await;
        invite(&owner.client, acme, "info@home.test").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": ANA }), "").await;
        let link = app.mailed_link(ANA, NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": link }), "").await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(1));
        let owner = app.signed_in(owner.id, &owner.email).await;
        owner.client.done("addMember", offer, "").await;
        invite(&owner.client, acme, "info@home.test").await;
        app.advance(TimeDelta::minutes(1));
        leave(&app, ana.id, ANA).await;
        app.run_jobs().await;
        assert_eq!(membership::Entity::find().count(&app.database).await.unwrap(), 1, "it was renewed");
        take_up(&app, "info@home.test").await;
        // The log forgets what was written while the address was hers, and nothing of what came later.
        for action in ["addMember", "inviteAdministrator"] {
            let events = event::Entity::find().filter(event::Column::Action.eq(action)).all(&app.database).await.unwrap();
            assert_eq!(events.len(), 2, "{action}");
            for event in events {
                let details = event_detail::Entity::find_by_id(event.id).one(&app.database).await.unwrap();
                assert_eq!(details.is_some(), event.occurred_at > app.now() - TimeDelta::hours(1), "{action}");
            }
        }
    }
}

on_both! {
    async fn an_offer_that_is_made_amid_an_erasure_is_for_who_has_the_address_next(app: TestApp) {
        let acme = app.organization("Acme").await;
        app.administrator(acme, RoleName::Owner).await;
        let ana = app.account(ANA).await;
        app.role(acme, ana, RoleName::Owner).await;
        app.api_key(acme, ana, RoleName::Auditor).await;
        let other = app.organization("Other").await;
        let administrator = app.administrator(other, RoleName::Owner).await;
        leave(&app, ana, ANA).await;
        // Keys are revoked after offers are declined: there it waits. On SQLite nothing comes between.
        let amid = app.database.get_database_backend() == DbBackend::Postgres;
        let before = if amid { Some(begin(&app).await) } else { None };
        if let Some(before) = &before {
            api_key::Entity::find().lock_exclusive().all(before).await.unwrap();
        }
        let steward = Arc::clone(&app.steward);
        let erasure = tokio::spawn(async move { worker::run_job(&steward).await });
        if let Some(before) = before {
            somebody_waits_or(&app, || erasure.is_finished()).await;
            offer(&app, &administrator.client, other, ANA).await;
            before.commit().await.unwrap();
            assert!(erasure.await.unwrap().unwrap());
        } else {
            assert!(erasure.await.unwrap().unwrap());
            offer(&app, &administrator.client, other, ANA).await;
        }
        app.run_jobs().await;
        let gone = account::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap();
        assert_eq!((&*gone.display_name, &*gone.email), ("Former user", ""));
        assert_eq!(app.mailer.mails_to(ANA).iter().filter(|mail| mail.text.contains("Other")).count(), 2);
        take_up(&app, ANA).await;
    }
}

on_both! {
    async fn an_administrator_who_is_erased_just_now_is_told_nothing_more(app: TestApp) {
        let acme = Acme::new(&app).await;
        let gone = app.account("gone@elsewhere.test").await;
        app.role(acme.organization, gone, RoleName::Owner).await;
        let ana = app.person("ana@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        ana.client.done("deactivateMyAccount", json!({ "confirm": true }), "deactivated").await;
        app.advance(TimeDelta::hours(2));
        let told = mailed_to(&app, "gone@elsewhere.test").await;
        let before = begin(&app).await;
        leaves_for_good(&before, gone).await;
        let steward = Arc::clone(&app.steward);
        let chunk = tokio::spawn(async move { worker::run_job(&steward).await });
        somebody_waits_or(&app, || chunk.is_finished()).await;
        before.commit().await.unwrap();
        chunk.await.unwrap().unwrap();
        app.run_jobs().await;
        let claim = claim::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(claim.status, ClaimStatus::Complete);
        assert_eq!((mailed_to(&app, "gone@elsewhere.test").await, mailed_to(&app, "").await), (told, 0));
        assert_eq!(app.notices_to(&acme.owner.email, NoticeKind::ClaimFinished).await.len(), 1);
    }
}

on_both! {
    async fn who_decides_about_an_address_and_is_erased_just_now_is_told_nothing_more(app: TestApp) {
        let acme = Acme::new(&app).await;
        let gone = app.account("gone@elsewhere.test").await;
        app.role(acme.organization, gone, RoleName::Owner).await;
        let ana = app.person("ana@acme.test").await;
        app.under_control(acme.organization, acme.domain, ana.id).await;
        let before = begin(&app).await;
        leaves_for_good(&before, gone).await;
        let client = ana.client.clone();
        let request = tokio::spawn(async move {
            client.run("requestEmailChange", json!({ "newEmail": ANA }), "emailChangeId").await.code()
        });
        somebody_waits_or(&app, || request.is_finished()).await;
        before.commit().await.unwrap();
        assert_eq!(request.await.unwrap(), "OK");
        assert_eq!((mailed_to(&app, "gone@elsewhere.test").await, mailed_to(&app, "").await), (0, 0));
        assert_eq!(app.notices_to(&acme.owner.email, NoticeKind::EmailChangeApproval).await.len(), 1);
    }
}

on_both! {
    async fn who_is_erased_while_people_are_told_of_an_app_or_a_restriction_is_told_nothing_more(app: TestApp) {
        let acme = app_policies::Acme::new(&app).await;
        let bo = app.account("bo@elsewhere.test").await;
        app.joined(acme.id, acme.workspace, bo, "bo@elsewhere.test").await;
        let input = acme.installable().await;
        acme.admin.client.done("installApp", input, "").await;
        tell_while_one_leaves(&app, bo).await;
        assert_eq!((mailed_to(&app, "bo@elsewhere.test").await, mailed_to(&app, "").await), (0, 0));
        assert_eq!(app.notices_to(&acme.ana.email, NoticeKind::AppInstalled).await.len(), 1);

        let cleo = app.account("cleo@elsewhere.test").await;
        app.joined(acme.id, acme.workspace, cleo, "cleo@elsewhere.test").await;
        let officer = app.administrator(acme.id, RoleName::UserAdmin).await;
        let target = json!({ "workspaceId": acme.workspace });
        let input = json!({ "organizationId": acme.id, "target": target, "operations": ["EDIT_ITEMS"], "reason": "An audit" });
        officer.client.done("restrictEdits", input, "").await;
        tell_while_one_leaves(&app, cleo).await;
        assert_eq!((mailed_to(&app, "cleo@elsewhere.test").await, mailed_to(&app, "").await), (0, 0));
        assert_eq!(app.notices_to(&acme.ana.email, NoticeKind::EditRestrictionSet).await.len(), 1);
    }
}

/// A job tells people of something, and waits for an erasure that is about to be committed.
async fn tell_while_one_leaves(app: &TestApp, account: AccountId) {
    let before = begin(app).await;
    leaves_for_good(&before, account).await;
    let steward = Arc::clone(&app.steward);
    let chunk = tokio::spawn(async move { worker::run_job(&steward).await });
    somebody_waits_or(app, || chunk.is_finished()).await;
    before.commit().await.unwrap();
    chunk.await.unwrap().unwrap();
    app.run_jobs().await;
}

on_both! {
    async fn somebody_who_had_very_many_addresses_leaves_like_anybody(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let ana = app.person(ANA).await;
        let rows: Vec<_> = (0..1_200).map(|number| confirmed(&app, ana.id, &format!("ana{number}@home.test"))).collect();
        for some in rows.chunks(100) {
            email_change::Entity::insert_many(some.to_vec()).exec_without_returning(&app.database).await.unwrap();
        }
        offer(&app, &owner.client, acme, "ana1199@home.test").await;
        app.advance(TimeDelta::minutes(1));
        email_change::Entity::update_many()
            .col_expr(email_change::Column::EndedAt, Expr::value(app.now()))
            .exec(&app.database)
            .await
            .unwrap();
        let plan = "plan { consequences { part count } }";
        let planned = ana.client.done("deleteMyAccount", json!({ "graceDays": 0, "dryRun": true }), plan).await;
        let count = |part: &str| {
            let parts = planned["plan"]["consequences"].as_array().unwrap();
            parts.iter().find(|row| row["part"] == part).unwrap()["count"].clone()
        };
        assert_eq!((count("OFFERS"), count("INVITATIONS")), (json!(1), json!(1)));
        leave(&app, ana.id, ANA).await;
        app.run_jobs().await;
        let gone = account::Entity::find_by_id(ana.id).one(&app.database).await.unwrap().unwrap();
        assert_eq!(gone.display_name, "Former user");
        assert_eq!(membership::Entity::find().one(&app.database).await.unwrap().unwrap().status, MembershipStatus::Declined);
        assert!(invitation::Entity::find().one(&app.database).await.unwrap().unwrap().canceled_at.is_some());
    }
}

/// A change of address from long ago.
fn confirmed(app: &TestApp, account: AccountId, email: &str) -> email_change::ActiveModel {
    email_change::ActiveModel {
        id: Set(app.id()),
        account_id: Set(account),
        new_email: Set(email.to_owned()),
        new_email_canonical: Set(email.to_owned()),
        status: Set(EmailChangeStatus::Confirmed),
        created_at: Set(app.now()),
        expires_at: Set(app.now()),
        ended_at: Set(Some(app.now())),
        ..Default::default()
    }
}
