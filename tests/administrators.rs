//! Roles: who gives them, who takes them, and that an organization keeps an owner.

use crate::claims::Acme;
use crate::left_behind::{events, forget_password, last_event, link, notices};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use steward_entities::{
    account, account_block,
    id::{AccountId, OrganizationId},
    kinds::{RoleName, TokenPurpose},
    role,
};
use steward_tests::{Answer, Client, TestApp, on_both};
use uuid::Uuid;

pub async fn roles(app: &TestApp, organization: OrganizationId) -> Vec<role::Model> {
    role::Entity::find().filter(role::Column::OrganizationId.eq(organization)).all(&app.database).await.unwrap()
}

pub async fn role_of(app: &TestApp, organization: OrganizationId, account: AccountId) -> Option<RoleName> {
    let all = roles(app, organization).await;
    all.iter().find(|role| role.account_id == account).map(|role| role.role)
}

pub async fn put_to_sleep(app: &TestApp, organization: OrganizationId, account: AccountId) {
    for found in roles(app, organization).await {
        if found.account_id == account {
            let row = role::ActiveModel { id: Set(found.id), asleep_at: Set(Some(app.now())), ..Default::default() };
            row.update(&app.database).await.unwrap();
        }
    }
}

pub async fn manage(app: &TestApp, organization: OrganizationId, account: AccountId) {
    let row = account::ActiveModel {
        id: Set(account),
        managed_by: Set(Some(organization)),
        managed_at: Set(Some(app.now())),
        ..Default::default()
    };
    row.update(&app.database).await.unwrap();
}

pub async fn invite(client: &Client, organization: OrganizationId, email: &str, role: &str) -> Answer {
    let input = json!({ "organizationId": organization, "email": email, "role": role });
    client.run("inviteAdministrator", input, "invitation { id email role expiresAt }").await
}

pub async fn assign(client: &Client, organization: OrganizationId, account: AccountId, role: &str) -> Answer {
    let input = json!({ "organizationId": organization, "accountId": account, "role": role });
    client.run("assignRole", input, "administrator { role accountId asleepAt }").await
}

pub async fn revoke(client: &Client, organization: OrganizationId, account: AccountId) -> Answer {
    let input = json!({ "organizationId": organization, "accountId": account, "reason": "left the team" });
    client.run("revokeRole", input, "organization { id }").await
}

pub async fn resign(client: &Client, organization: OrganizationId) -> Answer {
    client.run("resignRole", json!({ "organizationId": organization }), "organizationId").await
}

pub async fn accept(client: &Client, token: &str) -> Answer {
    let input = json!({ "token": token });
    client.run("acceptInvitation", input, "organizationId administrator { role accountId }").await
}

on_both! {
    async fn roles_are_assigned_changed_and_revoked(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let second = app.person("second@acme.test").await;
        app.role(acme, second.id, RoleName::Owner).await;
        let helper = app.administrator(acme, RoleName::HelpDesk).await;
        let managed = app.person("managed@acme.test").await;
        manage(&app, acme, managed.id).await;
        let stranger = app.person("stranger@else.test").await;

        assert_eq!(assign(&helper.client, acme, managed.id, "AUDITOR").await.code(), "FORBIDDEN");
        assert_eq!(assign(&stranger.client, acme, managed.id, "AUDITOR").await.code(), "NOT_FOUND");
        assert_eq!(assign(&owner.client, acme, stranger.id, "AUDITOR").await.code(), "NOT_FOUND");
        assert_eq!(assign(&owner.client, acme, AccountId(Uuid::from_u128(1)), "AUDITOR").await.code(), "NOT_FOUND");
        assert_eq!(assign(&owner.client, acme, owner.id, "AUDITOR").await.code(), "SELF");
        assert_eq!(revoke(&owner.client, acme, owner.id).await.code(), "SELF");
        assert_eq!(revoke(&owner.client, acme, managed.id).await.code(), "NOT_FOUND");
        assert_eq!(revoke(&helper.client, acme, owner.id).await.code(), "FORBIDDEN");
        assert_eq!(revoke(&stranger.client, acme, helper.id).await.code(), "NOT_FOUND");
        // Who could be claimed is seen, and can only be invited.
        app.proved_domain(acme, "acme.test").await;
        let candidate = app.person("candidate@acme.test").await;
        assert_eq!(assign(&owner.client, acme, candidate.id, "AUDITOR").await.code(), "NOT_MANAGED");
        assert_eq!(events(&app, acme, "assignRole").await + events(&app, acme, "revokeRole").await, 0);

        // A managed person needs no invitation.
        let answer = assign(&owner.client, acme, managed.id, "AUDITOR").await;
        assert_eq!(answer.payload()["administrator"]["role"], "AUDITOR", "{}", answer.body);
        assert_eq!(notices(&app, "role_assigned").await[0].0, Some(managed.id));
        // The same again changes nothing.
        assert_eq!(assign(&owner.client, acme, managed.id, "AUDITOR").await.code(), "OK");
        assert_eq!(events(&app, acme, "assignRole").await, 1);
        // Another role.
        assert_eq!(assign(&owner.client, acme, managed.id, "HELP_DESK").await.code(), "OK");
        let changed = notices(&app, "role_changed").await;
        assert_eq!((&changed[0].2["old_role"], &changed[0].2["new_role"]), (&json!("AUDITOR"), &json!("HELP_DESK")));
        let (event, details) = last_event(&app, acme, "assignRole").await;
        assert_eq!((event.account_id, event.actor_id), (Some(managed.id), Some(owner.id.0)));
        assert_eq!((&details["before"]["role"], &details["after"]["role"]), (&json!("AUDITOR"), &json!("HELP_DESK")));
        // A role that is asleep wakes by being given again.
        put_to_sleep(&app, acme, managed.id).await;
        let answer = assign(&owner.client, acme, managed.id, "HELP_DESK").await;
        assert_eq!(answer.payload()["administrator"]["asleepAt"], Value::Null);
        assert_eq!(events(&app, acme, "assignRole").await, 3);

        // An owner may take another owner's role.
        assert_eq!(assign(&owner.client, acme, second.id, "USER_ADMIN").await.code(), "OK");
        assert_eq!(revoke(&owner.client, acme, second.id).await.code(), "OK");
        let revoked = notices(&app, "role_revoked").await;
        assert_eq!((revoked[0].0, &revoked[0].2["reason"]), (Some(second.id), &json!("left the team")));
        // What is gone is gone at once.
        assert_eq!(assign(&second.client, acme, helper.id, "AUDITOR").await.code(), "NOT_FOUND");

        assert_eq!(invite(&owner.client, acme, &helper.email, "HELP_DESK").await.code(), "CONFLICT");
        assert_eq!(invite(&owner.client, acme, &helper.email, "AUDITOR").await.code(), "OK");
        let secret = link(&app, TokenPurpose::Invitation, &helper.email).await;
        assert_eq!(accept(&helper.client, &secret).await.code(), "OK");
        assert_eq!(role_of(&app, acme, helper.id).await, Some(RoleName::Auditor));

        forget_password(&app, &owner).await;
        for code in [
            assign(&owner.client, acme, helper.id, "HELP_DESK").await.code(),
            revoke(&owner.client, acme, helper.id).await.code(),
            invite(&owner.client, acme, "x@acme.test", "AUDITOR").await.code(),
        ] {
            assert_eq!(code, "REAUTHENTICATION_REQUIRED");
        }
    }
}

on_both! {
    async fn a_revocation_that_is_sent_again_is_answered_again(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let helper = app.administrator(acme, RoleName::HelpDesk).await;
        let client = owner.client.with_key("once");
        assert_eq!(revoke(&client, acme, helper.id).await.code(), "OK");
        assert_eq!(revoke(&client, acme, helper.id).await.code(), "OK");
        assert_eq!(revoke(&owner.client, acme, helper.id).await.code(), "NOT_FOUND");
        assert_eq!(events(&app, acme, "revokeRole").await, 1);
    }
}

on_both! {
    async fn the_last_owner_stays(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let sleeper = app.person("sleeper@acme.test").await;
        app.role(acme, sleeper.id, RoleName::Owner).await;
        put_to_sleep(&app, acme, sleeper.id).await;

        assert_eq!(resign(&owner.client, acme).await.code(), "LAST_OWNER");
        // Nor by accepting less than they have.
        assert_eq!(invite(&owner.client, acme, &owner.email, "AUDITOR").await.code(), "OK");
        let secret = link(&app, TokenPurpose::Invitation, &owner.email).await;
        assert_eq!(accept(&owner.client, &secret).await.code(), "LAST_OWNER");
        assert_eq!(role_of(&app, acme, owner.id).await, Some(RoleName::Owner));

        // Who is asleep may go; who has no role is told nothing.
        assert_eq!(resign(&sleeper.client, acme).await.code(), "OK");
        assert_eq!(resign(&sleeper.client, acme).await.code(), "NOT_FOUND");
        assert_eq!(resign(&sleeper.client, OrganizationId(Uuid::from_u128(1))).await.code(), "NOT_FOUND");

        // An operator brings in another owner, and then the first may go.
        app.advance(chrono::TimeDelta::seconds(1));
        let operator = app.operator().await;
        assert_eq!(invite(&operator.client, acme, "next@acme.test", "OWNER").await.code(), "OK");
        let next = app.person("next@acme.test").await;
        let secret = link(&app, TokenPurpose::Invitation, "next@acme.test").await;
        assert_eq!(accept(&next.client, &secret).await.code(), "OK");
        assert_eq!(resign(&owner.client, acme).await.code(), "OK");
        let told = notices(&app, "role_revoked").await;
        assert_eq!((told[1].0, &told[1].2["revoked_by"]), (Some(owner.id), &Value::Null));
        let (event, _) = last_event(&app, acme, "resignRole").await;
        assert_eq!(event.account_id, Some(owner.id));
    }
}

on_both! {
    async fn the_last_owner_raced(app: TestApp) {
        let acme = app.organization("Acme").await;
        let (a, b) = (app.person("a@acme.test").await, app.person("b@acme.test").await);
        for round in 0..100 {
            for old in roles(&app, acme).await {
                role::Entity::delete_by_id(old.id).exec(&app.database).await.unwrap();
            }
            app.role(acme, a.id, RoleName::Owner).await;
            app.role(acme, b.id, RoleName::Owner).await;
            // Each removes the other; both resign; one removes the other, who resigns.
            let codes = match round % 3 {
                0 => {
                    let (x, y) = futures::join!(revoke(&a.client, acme, b.id), revoke(&b.client, acme, a.id));
                    [x.code(), y.code()]
                }
                1 => {
                    let (x, y) = futures::join!(resign(&a.client, acme), resign(&b.client, acme));
                    [x.code(), y.code()]
                }
                _ => {
                    let (x, y) = futures::join!(revoke(&a.client, acme, b.id), resign(&a.client, acme));
                    [x.code(), y.code()]
                }
            };
            let left = roles(&app, acme).await;
            assert_eq!(left.len(), 1, "round {round}: {codes:?}");
            assert_eq!(codes.iter().filter(|code| *code == "OK").count(), 1, "round {round}: {codes:?}");
        }
    }
}

on_both! {
    async fn owners_learn_of_every_new_owner(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let sleeper = app.person("sleeper@acme.test").await;
        app.role(acme, sleeper.id, RoleName::Owner).await;
        put_to_sleep(&app, acme, sleeper.id).await;
        app.administrator(acme, RoleName::UserAdmin).await;
        let operator = app.operator().await;

        assert_eq!(invite(&owner.client, acme, "own@acme.test", "OWNER").await.code(), "OK");
        assert_eq!(notices(&app, "owner_added").await, [], "it isn't told to who does it, and it isn't so yet");
        assert_eq!(invite(&operator.client, acme, "next@acme.test", "OWNER").await.code(), "OK");
        let told = notices(&app, "owner_added").await;
        let told = told.iter().map(|(to, _, what)| (*to, &what["email"], &what["because"])).collect::<Vec<_>>();
        assert_eq!(told, [(Some(owner.id), &json!("next@acme.test"), &json!("invited"))]);

        app.advance(chrono::TimeDelta::seconds(1));
        let next = app.person("next@acme.test").await;
        let secret = link(&app, TokenPurpose::Invitation, "next@acme.test").await;
        assert_eq!(accept(&next.client, &secret).await.code(), "OK");
        let told = notices(&app, "owner_added").await;
        assert_eq!((told.len(), told[1].0, &told[1].2["because"]), (2, Some(owner.id), &json!("accepted")));

        // Whose role is confirmed owns it anew; both who own it already are told, and the new one by a word of their own.
        app.advance(chrono::TimeDelta::seconds(1));
        assert_eq!(assign(&owner.client, acme, sleeper.id, "OWNER").await.code(), "OK");
        let told = notices(&app, "owner_added").await;
        let mut to = told[2..].iter().map(|(to, ..)| *to).collect::<Vec<_>>();
        to.sort();
        assert_eq!(to, [Some(owner.id), Some(next.id)]);
        assert_eq!((&told[2].2["because"], &told[2].2["added_by"]), (&json!("assigned"), &json!("owner-".to_owned() + &acme.to_string()[20..])));
        assert_eq!(assign(&owner.client, acme, next.id, "AUDITOR").await.code(), "OK");
        assert_eq!(notices(&app, "owner_added").await.len(), 4);
    }
}

on_both! {
    async fn a_thiefs_invitations_and_keys_dont_come_back_with_a_confirmed_owner(app: TestApp) {
        let acme = Acme::new(&app).await;
        let club = app.organization("Club").await;
        let owner = app.administrator(club, RoleName::Owner).await;
        let ana = app.person("ana@acme.test").await;
        app.role(club, ana.id, RoleName::Owner).await;
        acme.claim(&app).await;
        app.run_jobs().await;
        app.advance(chrono::TimeDelta::days(13));
        let (friend, thief) = (app.person("friend@else.test").await, app.signed_in(ana.id, &ana.email).await);
        assert_eq!(invite(&thief.client, club, "friend@else.test", "OWNER").await.code(), "OK");
        let invitation = link(&app, TokenPurpose::Invitation, "friend@else.test").await;
        let input = json!({ "organizationId": club, "name": "a script", "role": "AUDITOR" });
        let key = thief.client.done("createApiKey", input, "secret").await["secret"].as_str().unwrap().to_owned();
        let seen = "query($id: ID!) { organization(id: $id) { name } }";
        assert_eq!(app.with(&key).ask(seen, json!({ "id": club })).await["organization"]["name"], "Club");

        app.advance(chrono::TimeDelta::days(1));
        app.run_jobs().await;
        let owner = app.signed_in(owner.id, &owner.email).await;
        assert_eq!(assign(&owner.client, club, ana.id, "OWNER").await.code(), "OK");
        let ana = app.signed_in(ana.id, &ana.email).await;
        assert_eq!(invite(&ana.client, club, "somebody@else.test", "AUDITOR").await.code(), "OK", "she owns it again");
        assert_eq!(accept(&friend.client, &invitation).await.code(), "LINK_INVALID");
        assert_eq!(app.with(&key).send(seen, json!({ "id": club })).await.code(), "UNAUTHENTICATED");
    }
}

async fn suspend(client: &Client, organization: OrganizationId, account: AccountId, until: Value) -> Answer {
    let input = json!({ "organizationId": organization, "accountId": account, "reason": "leaving", "until": until });
    client.run("suspendAccount", input, "").await
}

on_both! {
    async fn an_owner_who_is_closed_out_doesnt_count(app: TestApp) {
        let acme = app.organization("Acme").await;
        let (a, b) = (app.administrator(acme, RoleName::Owner).await, app.person("b@acme.test").await);
        app.role(acme, b.id, RoleName::Owner).await;
        manage(&app, acme, b.id).await;
        let until = app.now() + chrono::TimeDelta::hours(1);
        assert_eq!(suspend(&a.client, acme, b.id, json!(until)).await.code(), "OK");
        assert_eq!(resign(&a.client, acme).await.code(), "LAST_OWNER");
        assert_eq!(role_of(&app, acme, a.id).await, Some(RoleName::Owner));
        // A role that doesn't count may go all the same.
        assert_eq!(assign(&a.client, acme, b.id, "AUDITOR").await.code(), "OK");
        assert_eq!(assign(&a.client, acme, b.id, "OWNER").await.code(), "OK");
        app.advance(chrono::TimeDelta::hours(2));
        let a = app.signed_in(a.id, &a.email).await;
        assert_eq!(resign(&a.client, acme).await.code(), "OK", "it ended by itself");
    }
}

on_both! {
    async fn who_closes_out_the_other_owner_and_resigns_at_once_does_one_of_both(app: TestApp) {
        let acme = app.organization("Acme").await;
        let (a, b) = (app.person("a@acme.test").await, app.person("b@acme.test").await);
        manage(&app, acme, b.id).await;
        for round in 0..20 {
            role::Entity::delete_many().exec(&app.database).await.unwrap();
            account_block::Entity::delete_many().exec(&app.database).await.unwrap();
            app.role(acme, a.id, RoleName::Owner).await;
            app.role(acme, b.id, RoleName::Owner).await;
            let (x, y) = futures::join!(suspend(&a.client, acme, b.id, Value::Null), resign(&a.client, acme));
            let codes = [x.code(), y.code()];
            let either = [["OK", "LAST_OWNER"], ["NOT_FOUND", "OK"]];
            assert!(either.iter().any(|expected| codes == *expected), "round {round}: {codes:?}");
        }
    }
}

on_both! {
    async fn who_hasnt_taken_up_their_account_is_invited_and_doesnt_count(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        app.proved_domain(acme, "acme.test").await;
        let input = json!({ "organizationId": acme, "email": "new@acme.test" });
        owner.client.done("createAccount", input, "email").await;
        let new = account::Entity::find().filter(account::Column::Email.eq("new@acme.test")).one(&app.database).await;
        let new = new.unwrap().unwrap().id;
        let answer = assign(&owner.client, acme, new, "OWNER").await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID_STATE", "input.accountId"));
        assert_eq!(events(&app, acme, "assignRole").await, 0);

        // A role from before this was refused.
        app.role(acme, new, RoleName::Owner).await;
        assert_eq!(resign(&owner.client, acme).await.code(), "LAST_OWNER");
        let token = link(&app, TokenPurpose::AccountInvitation, "new@acme.test").await;
        let decline = async || app.nobody().run("declineAccount", json!({ "token": token }), "declined").await.code();
        let (declined, resigned) = futures::join!(decline(), resign(&owner.client, acme));
        assert_eq!((declined.as_str(), resigned.code().as_str()), ("OK", "LAST_OWNER"));
        assert_eq!(role_of(&app, acme, new).await, None);
        let (event, details) = last_event(&app, acme, "resignRole").await;
        assert_eq!((event.account_id, &details["before"]["role"]), (Some(new), &json!("OWNER")));
        assert_eq!(notices(&app, "account_declined").await[0].0, Some(owner.id));
    }
}
