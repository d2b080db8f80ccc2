//! People put their own account to rest; who is the last to act for an organization hands over first.

use futures::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    account_block, event,
    kinds::{BlockKind, RoleName},
};
use steward_tests::{Client, TestApp, on_both};

async fn rest(client: &Client) -> String {
    client.run("deactivateMyAccount", json!({ "confirm": true }), "deactivated").await.code()
}

async fn resting(app: &TestApp) -> u64 {
    let rows = account_block::Entity::find().filter(account_block::Column::Kind.eq(BlockKind::Deactivation));
    rows.count(&app.database).await.unwrap()
}

on_both! {
    async fn the_last_owner_who_can_act_stays_awake(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        assert_eq!((rest(&owner.client).await, resting(&app).await), ("LAST_OWNER".into(), 0));
        // Whoever administers without owning is free to rest, and helps nobody else to.
        let administrator = app.administrator(acme, RoleName::UserAdmin).await;
        assert_eq!(rest(&administrator.client).await, "OK");
        // An owner who is limited, or who never took up the account, can't act.
        let limited = app.person("limited@home.example").await;
        app.role(acme, limited.id, RoleName::Owner).await;
        app.blocked(limited.id, BlockKind::Restriction, Some(acme)).await;
        assert_eq!(rest(&owner.client).await, "LAST_OWNER");
        // Each organization counts.
        let second = app.person("second@home.example").await;
        app.role(acme, second.id, RoleName::Owner).await;
        let beta = app.organization("Beta").await;
        app.role(beta, owner.id, RoleName::Owner).await;
        assert_eq!(rest(&owner.client).await, "LAST_OWNER");
        let refused = owner.client.run("deactivateMyAccount", json!({ "confirm": true }), "deactivated").await.payload();
        let said = "You are the last owner of Beta. Invite another owner first.";
        assert_eq!(refused["userErrors"][0]["message"], said, "it tells which");
        app.role(beta, second.id, RoleName::Owner).await;
        assert_eq!(rest(&owner.client).await, "OK");
        assert_eq!(rest(&second.client).await, "LAST_OWNER", "who rests doesn't count");
        owner.client.done("reactivateMyAccount", json!({ "confirm": true }), "reactivated").await;
        assert_eq!(rest(&second.client).await, "OK");
        let logged = event::Entity::find().filter(event::Column::Action.eq("deactivateMyAccount"));
        assert_eq!(logged.count(&app.database).await.unwrap(), 3, "a refusal leaves none");
    }
}

on_both! {
    async fn resting_stays_a_way_out_of_announced_control_for_the_last_owner_too(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let claimant = app.administrator(acme, RoleName::Owner).await;
        let boss = app.person("boss@acme.test").await;
        app.role(app.organization("Her own").await, boss.id, RoleName::Owner).await;
        assert_eq!(rest(&boss.client).await, "LAST_OWNER");
        let input = json!({ "organizationId": acme, "domainId": domain, "scope": { "everyone": {} } });
        claimant.client.done("claimAccounts", input, "").await;
        app.run_jobs().await;
        assert_eq!((rest(&boss.client).await, resting(&app).await), ("OK".into(), 1));
    }
}

on_both! {
    async fn two_owners_who_rest_or_leave_at_once_leave_one_who_can_act(app: TestApp) {
        for round in 0..10 {
            let acme = app.organization(&format!("Acme {round}")).await;
            let mut owners = Vec::new();
            for number in 0..2 {
                let owner = app.person(&format!("owner{number}.{round}@home.example")).await;
                app.role(acme, owner.id, RoleName::Owner).await;
                owners.push(owner.client);
            }
            // Both count alike: two rest, one of each, or two leave.
            let go = async |number: usize| {
                if number >= 2 - round % 3 {
                    owners[number].run("deleteMyAccount", json!({}), "").await.code()
                } else {
                    rest(&owners[number]).await
                }
            };
            let (first, second) = tokio::join!(go(0), go(1));
            let mut codes = [first, second];
            codes.sort();
            assert_eq!(codes, ["LAST_OWNER", "OK"], "round {round}");
        }
    }
}

on_both! {
    async fn pressed_twice_it_rests_once(app: TestApp) {
        let ana = app.person("ana@home.example").await;
        let mut codes = join_all((0..2).map(|_| rest(&ana.client))).await;
        codes.sort();
        assert_eq!((codes, resting(&app).await), (vec!["FORBIDDEN".to_owned(), "OK".to_owned()], 1));
    }
}
