//! The directory: who sees whom, and who is hidden.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::{Value, json};
use steward_entities::{
    account,
    id::WorkspaceId,
    kinds::{BlockKind, RoleName},
};
use steward_tests::{Client, on_both};

const QUERY: &str = "query($of: DirectoryInput!, $after: String) { directory(of: $of, first: 2, after: $after) { \
    totalCount pageInfo { hasNextPage endCursor } nodes { accountId name email pictureUrl } } }";

async fn seen(client: &Client, of: Value) -> Value {
    client.ask(QUERY, json!({ "of": of })).await["directory"].clone()
}

fn of(workspace: WorkspaceId) -> Value {
    json!({ "workspaceId": workspace })
}

on_both! {
    async fn members_see_each_other_and_nobody_else_does(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let admin = app.administrator(hofer, RoleName::Owner).await;
        let workspace = app.workspace(hofer).await;
        let mut people = Vec::new();
        for name in ["ana", "ben", "cem"] {
            let person = app.person(&format!("{name}@home.example")).await;
            let membership = app.joined(hofer, workspace, person.id, &person.email).await;
            people.push((person, membership));
            app.advance(TimeDelta::seconds(1));
        }
        let (ana, ben, cem) = (&people[0].0, &people[1].0, &people[2].0);
        ana.client.done("updateMyProfile", json!({ "pictureUrl": "https://pictures.example/ana.png" }), "").await;
        let page = seen(&ben.client, of(workspace)).await;
        assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
        assert_eq!(page["nodes"][0], json!({
            "accountId": ana.id, "name": "ana", "email": "ana@home.example", "pictureUrl": "https://pictures.example/ana.png",
        }));
        let rest = ben.client.ask(QUERY, json!({ "of": of(workspace), "after": page["pageInfo"]["endCursor"] })).await;
        assert_eq!(rest["directory"]["nodes"][0]["accountId"], json!(cem.id));
        let stranger = app.person("stranger@home.example").await;
        for client in [&app.nobody(), &stranger.client, &admin.client] {
            assert_eq!(seen(client, of(workspace)).await, Value::Null);
        }
        assert_eq!(seen(&ben.client, json!({ "workspaceId": "wsp_1" })).await, Value::Null);

        // Whoever is kept out sees nobody, and is seen by nobody.
        let input = json!({ "organizationId": hofer, "membershipId": people[2].1, "reason": "a question" });
        admin.client.done("suspendMembership", input, "").await;
        app.blocked(ana.id, BlockKind::Deactivation, None).await;
        for hidden in [ana, cem] {
            assert_eq!(seen(&hidden.client, of(workspace)).await, Value::Null);
        }
        let left = seen(&ben.client, of(workspace)).await;
        assert_eq!((&left["totalCount"], &left["nodes"][0]["accountId"]), (&json!(1), &json!(ben.id)));
        app.blocked(ben.id, BlockKind::PasswordReset, Some(hofer)).await;
        assert_eq!(seen(&ben.client, of(workspace)).await, Value::Null, "until there is a new password");
    }
}

on_both! {
    async fn managed_people_see_each_other(app: TestApp) {
        let hofer = app.organization("Hofer").await;
        let domain = app.proved_domain(hofer, "hofer.example").await;
        let (ana, ben) = (app.person("ana@hofer.example").await, app.person("ben@hofer.example").await);
        let candidate = app.person("cem@hofer.example").await;
        let unproved = app.person("dan@hofer.example").await;
        for person in [&ana, &ben, &unproved] {
            app.under_control(hofer, domain, person.id).await;
        }
        let row = account::ActiveModel { id: Set(unproved.id), verified_at: Set(None), ..Default::default() };
        row.update(&app.database).await.unwrap();
        let of = json!({ "organizationId": hofer });
        assert_eq!(seen(&ana.client, of.clone()).await["totalCount"], 2);
        assert_eq!(seen(&candidate.client, of.clone()).await, Value::Null, "whom nobody manages is asked first");
        app.blocked(ben.id, BlockKind::Suspension, Some(hofer)).await;
        assert_eq!(seen(&ana.client, of).await["totalCount"], 1);
    }
}
