//! Invitations: made, renewed, canceled, accepted by the one person whose address it is.

use crate::{
    administrators::{accept, invite, manage, put_to_sleep, revoke, role_of},
    left_behind::{events, last_event, link, notices},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward::core::limit::Limit;
use steward_entities::{
    id::OrganizationId,
    invitation,
    kinds::{RoleName, TokenPurpose},
    role,
};
use steward_tests::{Client, Somebody, TestApp, on_both};
use uuid::Uuid;

on_both! {
    async fn an_operator_makes_an_organization_and_its_owner_accepts(app: TestApp) {
        let operator = app.operator().await;
        let input = json!({ "name": "Acme", "ownerEmail": "Ana@Acme.test" });
        let made = operator.client.done("createOrganization", input, "organization { id }").await;
        let organization: OrganizationId = made["organization"]["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(notices(&app, "administrator_invitation").await[0].1, "Ana@acme.test");
        let secret = link(&app, TokenPurpose::Invitation, "ana@acme.test").await;

        assert_eq!(accept(&app.nobody(), &secret).await.code(), "UNAUTHENTICATED");
        let other = app.person("other@acme.test").await;
        assert_eq!(accept(&other.client, &secret).await.code(), "LINK_INVALID");
        assert_eq!(accept(&other.client, "nonsense").await.code(), "LINK_INVALID");

        let ana = app.person("ana@acme.test").await;
        let answer = accept(&ana.client, &secret).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        assert_eq!(answer.payload()["administrator"], json!({ "role": "OWNER", "accountId": ana.id }));
        assert_eq!(accept(&ana.client, &secret).await.code(), "LINK_INVALID");
        let (event, details) = last_event(&app, organization, "acceptInvitation").await;
        assert_eq!((event.account_id, event.actor_id), (Some(ana.id), Some(ana.id.0)));
        assert_eq!(details["after"], json!({ "role": "OWNER" }));

        let query = "query($id: ID!) { organization(id: $id) { viewerRole \
            administrators { totalCount nodes { role email name accountId assignedAt asleepAt } } invitations { nodes { id } } } }";
        let seen = ana.client.ask(query, json!({ "id": organization })).await;
        assert_eq!(seen["organization"]["viewerRole"], "OWNER");
        assert_eq!(seen["organization"]["administrators"]["totalCount"], 1);
        assert_eq!(seen["organization"]["administrators"]["nodes"][0]["email"], "ana@acme.test");
        assert_eq!(seen["organization"]["invitations"]["nodes"], json!([]));
        // An operator sees that there is an organization, and not who is in it.
        let seen = operator.client.ask(query, json!({ "id": organization })).await;
        assert_eq!(seen["organization"]["administrators"]["nodes"], json!([]));
        assert_eq!(seen["organization"]["viewerRole"], Value::Null);
        assert_eq!(other.client.ask(query, json!({ "id": organization })).await["organization"], Value::Null);
    }
}

on_both! {
    async fn a_link_raced_by_a_hundred_gives_one_role(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        assert_eq!(invite(&owner.client, acme, "bo@acme.test", "AUDITOR").await.code(), "OK");
        let bo = app.person("bo@acme.test").await;
        let secret = link(&app, TokenPurpose::Invitation, "bo@acme.test").await;
        let answers = futures::future::join_all((0..100).map(|_| accept(&bo.client, &secret))).await;
        let won = answers.iter().filter(|answer| answer.code() == "OK").count();
        let lost = answers.iter().filter(|answer| answer.code() == "LINK_INVALID").count();
        assert_eq!((won, lost), (1, 99));
        assert_eq!(events(&app, acme, "acceptInvitation").await, 1);
    }
}

on_both! {
    async fn invitations_are_made_renewed_and_canceled(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let helper = app.administrator(acme, RoleName::HelpDesk).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let operator = app.operator().await;

        // Who may.
        assert_eq!(invite(&stranger.client, acme, "bo@acme.test", "AUDITOR").await.code(), "NOT_FOUND");
        assert_eq!(invite(&helper.client, acme, "bo@acme.test", "AUDITOR").await.code(), "FORBIDDEN");
        let refused = invite(&operator.client, acme, "bo@acme.test", "AUDITOR").await;
        assert_eq!((refused.code(), refused.field()), ("INVALID".to_owned(), "input.role".to_owned()));
        let nowhere = OrganizationId(Uuid::from_u128(1));
        assert_eq!(invite(&operator.client, nowhere, "bo@acme.test", "OWNER").await.code(), "NOT_FOUND");
        let key = app.api_key(acme, owner.id, RoleName::UserAdmin).await;
        assert_eq!(invite(&key, acme, "bo@acme.test", "AUDITOR").await.code(), "FORBIDDEN");
        assert_eq!(invite(&owner.client, acme, "no address", "AUDITOR").await.field(), "input.email");
        assert_eq!(events(&app, acme, "inviteAdministrator").await, 0);

        // Mail goes to the stored address, the answer knows the given one.
        let bo = app.person("bo@acme.test").await;
        let first = invite(&owner.client, acme, "BO@acme.test", "AUDITOR").await;
        assert_eq!(first.payload()["invitation"]["email"], "BO@acme.test");
        let sent = notices(&app, "administrator_invitation").await;
        assert_eq!((sent[0].0, sent[0].1.as_str()), (None, "bo@acme.test"));
        let old = link(&app, TokenPurpose::Invitation, "bo@acme.test").await;

        // Again: the same invitation, a fresh link, two weeks from now.
        app.advance(chrono::TimeDelta::days(1));
        let owner = app.signed_in(owner.id, &owner.email).await;
        let again = invite(&owner.client, acme, "bo@acme.test", "HELP_DESK").await;
        assert_eq!(again.payload()["invitation"]["id"], first.payload()["invitation"]["id"]);
        assert_eq!(again.payload()["invitation"]["role"], "HELP_DESK");
        let (_, details) = last_event(&app, acme, "inviteAdministrator").await;
        assert_eq!(details["before"], json!({ "role": "AUDITOR" }));
        assert_eq!(accept(&bo.client, &old).await.code(), "LINK_INVALID");
        let open = "query($id: ID!) { organization(id: $id) { invitations { nodes { id role } } } }";
        let seen = owner.client.ask(open, json!({ "id": acme })).await;
        assert_eq!(seen["organization"]["invitations"]["nodes"].as_array().unwrap().len(), 1);
        // Operators see those of owners alone.
        let seen = operator.client.ask(open, json!({ "id": acme })).await;
        assert_eq!(seen["organization"]["invitations"]["nodes"], json!([]));

        // Canceled, by who may.
        let input = json!({ "organizationId": acme, "invitationId": first.payload()["invitation"]["id"] });
        let cancel = async |client: &Client, input: &Value| {
            client.run("cancelInvitation", input.clone(), "invitation { canceledAt }").await.code()
        };
        let operator = app.signed_in(operator.id, &operator.email).await;
        let stranger = app.signed_in(stranger.id, &stranger.email).await;
        assert_eq!(cancel(&operator.client, &input).await, "NOT_FOUND");
        assert_eq!(cancel(&stranger.client, &input).await, "NOT_FOUND");
        let elsewhere = json!({ "organizationId": stranger_home(&app, &stranger).await, "invitationId": input["invitationId"] });
        assert_eq!(cancel(&stranger.client, &elsewhere).await, "NOT_FOUND");
        let secret = link(&app, TokenPurpose::Invitation, "bo@acme.test").await;
        assert_eq!(cancel(&owner.client, &input).await, "OK");
        assert_eq!(cancel(&owner.client, &input).await, "INVALID_STATE");
        assert_eq!(accept(&bo.client, &secret).await.code(), "LINK_INVALID");
        assert_eq!(events(&app, acme, "cancelInvitation").await, 1);

        // Too old.
        assert_eq!(invite(&owner.client, acme, "bo@acme.test", "AUDITOR").await.code(), "OK");
        let secret = link(&app, TokenPurpose::Invitation, "bo@acme.test").await;
        app.advance(chrono::TimeDelta::days(14));
        assert_eq!(accept(&bo.client, &secret).await.code(), "LINK_INVALID");
        assert_eq!(role_of(&app, acme, bo.id).await, None);
    }
}

async fn stranger_home(app: &TestApp, stranger: &Somebody) -> OrganizationId {
    let found = role::Entity::find().filter(role::Column::AccountId.eq(stranger.id)).one(&app.database).await;
    found.unwrap().unwrap().organization_id
}

on_both! {
    async fn two_invitations_at_once_to_one_address_are_one(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let answers = futures::future::join_all((0..10).map(|_| invite(&owner.client, acme, "bo@acme.test", "AUDITOR"))).await;
        for answer in &answers {
            assert_eq!(answer.code(), "OK", "{}", answer.body);
        }
        let rows = invitation::Entity::find().all(&app.database).await.unwrap();
        assert_eq!(rows.len(), 1);
    }
}

on_both! {
    async fn what_was_offered_before_is_no_way_back(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let bad = app.person("bad@acme.test").await;
        app.role(acme, bad.id, RoleName::Owner).await;
        let friend = app.person("friend@acme.test").await;

        // What an owner offered ends with their role, and so does what was offered to them.
        assert_eq!(invite(&bad.client, acme, "friend@acme.test", "OWNER").await.code(), "OK");
        assert_eq!(invite(&owner.client, acme, "bad@acme.test", "USER_ADMIN").await.code(), "OK");
        let (to_friend, to_bad) = (
            link(&app, TokenPurpose::Invitation, "friend@acme.test").await,
            link(&app, TokenPurpose::Invitation, "bad@acme.test").await,
        );
        assert_eq!(revoke(&owner.client, acme, bad.id).await.code(), "OK");
        assert_eq!(accept(&friend.client, &to_friend).await.code(), "LINK_INVALID");
        assert_eq!(accept(&bad.client, &to_bad).await.code(), "LINK_INVALID");
        let (_, details) = last_event(&app, acme, "revokeRole").await;
        assert_eq!((&details["invitationsWithdrawn"], &details["reason"]), (&json!(2), &json!("left the team")));

        // An owner who is asleep offers nothing.
        app.role(acme, bad.id, RoleName::Owner).await;
        assert_eq!(invite(&bad.client, acme, "friend@acme.test", "OWNER").await.code(), "OK");
        put_to_sleep(&app, acme, bad.id).await;
        let secret = link(&app, TokenPurpose::Invitation, "friend@acme.test").await;
        assert_eq!(accept(&friend.client, &secret).await.code(), "LINK_INVALID");

        // Nor does a role come along when another organization takes control after it was offered.
        let carla = app.person("carla@acme.test").await;
        assert_eq!(invite(&owner.client, acme, "carla@acme.test", "AUDITOR").await.code(), "OK");
        app.advance(chrono::TimeDelta::minutes(1));
        manage(&app, app.organization("Other").await, carla.id).await;
        let secret = link(&app, TokenPurpose::Invitation, "carla@acme.test").await;
        assert_eq!(accept(&carla.client, &secret).await.code(), "LINK_INVALID");
        app.advance(chrono::TimeDelta::minutes(1));
        assert_eq!(invite(&owner.client, acme, "carla@acme.test", "AUDITOR").await.code(), "OK");
        let secret = link(&app, TokenPurpose::Invitation, "carla@acme.test").await;
        assert_eq!(accept(&carla.client, &secret).await.code(), "OK");
    }
}

on_both! {
    async fn an_operator_who_is_an_owner_too_invites_as_an_owner(app: TestApp) {
        let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
        let operator = app.operator().await;
        app.role(acme, operator.id, RoleName::Owner).await;
        assert_eq!(invite(&operator.client, acme, "bo@acme.test", "AUDITOR").await.code(), "OK");
        let (event, _) = last_event(&app, acme, "inviteAdministrator").await;
        assert_eq!(event.actor_role, Some(RoleName::Owner));
        // Where they have no role, or none that suffices, they stay an operator.
        app.role(other, operator.id, RoleName::Auditor).await;
        assert_eq!(invite(&operator.client, other, "bo@acme.test", "AUDITOR").await.code(), "INVALID");
        assert_eq!(invite(&operator.client, other, "bo@acme.test", "OWNER").await.code(), "OK");
    }
}

on_both! {
    async fn an_organization_makes_no_mailing_list_of_us(app: TestApp) {
        let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
        let (owner, elsewhere) = (app.administrator(acme, RoleName::Owner).await, app.administrator(other, RoleName::Owner).await);
        for _ in 0..999 {
            app.steward.count(Limit::MAIL_OF_ONE_ORGANIZATION, &acme.to_string()).await.unwrap();
        }
        let keyed = owner.client.with_key("once");
        assert_eq!(invite(&keyed, acme, "bo@acme.test", "AUDITOR").await.code(), "OK");
        assert_eq!(invite(&owner.client, acme, "cy@acme.test", "AUDITOR").await.code(), "RATE_LIMITED");
        assert_eq!(invite(&keyed, acme, "bo@acme.test", "AUDITOR").await.code(), "OK", "it was done before");
        let input = json!({ "organizationId": acme, "workspaceId": app.workspace(acme).await, "email": "cy@acme.test" });
        assert_eq!(owner.client.run("addMember", input, "membership { id }").await.code(), "RATE_LIMITED");
        assert_eq!(invite(&elsewhere.client, other, "cy@acme.test", "AUDITOR").await.code(), "OK");
        app.advance(chrono::TimeDelta::days(1));
        let owner = app.signed_in(owner.id, &owner.email).await;
        assert_eq!(invite(&owner.client, acme, "cy@acme.test", "AUDITOR").await.code(), "OK");
    }
}
