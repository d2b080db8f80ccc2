//! `readItems`: who learns what items say, of whom, and how they are told.

use super::{Planner, seen};
use crate::left_behind::{events, notices};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{event, event_detail, kinds::RoleName};
use steward_tests::{Answer, Client, on_both};

const SEEN: &str = "items { id title body author } contentAlreadyShown";

async fn read(by: &Client, planner: &Planner, items: &[&Value], reason: &str) -> Answer {
    by.run("readItems", json!({ "organizationId": planner.id, "itemIds": items, "reason": reason }), SEEN).await
}

on_both! {
    async fn content_is_read_with_a_reason_and_each_person_is_told(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let shared = planner.make(&planner.ana.client, json!({})).await;
        let personal = planner.make(&planner.ana.client, json!({ "workspaceId": null, "title": "Mine" })).await;
        let of_bo = planner.make(&bo.client, json!({})).await;
        let officer = app.administrator(planner.id, RoleName::PrivacyOfficer).await;
        let key = officer.client.with_key("look");
        let items = [&of_bo, &personal, &shared];
        let shown = read(&key, &planner, &items, "A customer asks").await.payload();
        let titles: Vec<&Value> = shown["items"].as_array().unwrap().iter().map(|item| &item["title"]).collect();
        assert_eq!(titles, [&json!("Pump 3"), &json!("Mine"), &json!("Pump 3")], "in the order of the question");
        assert_eq!(shown["items"][0], json!({ "id": of_bo, "title": "Pump 3", "body": "{\"a\":1}", "author": "bo" }));
        assert_eq!(shown["contentAlreadyShown"], false);
        assert_eq!(seen(&officer.client, &shared).await["title"], Value::Null, "once, and not from then on");

        // What was shown isn't shown again without a trace.
        let again = read(&key, &planner, &items, "A customer asks").await.payload();
        assert_eq!((&again["contentAlreadyShown"], &again["items"][0]["title"]), (&json!(true), &Value::Null));

        assert_eq!(events(&app, planner.id, "readItems").await, 2);
        let of_him = event::Entity::find().filter(event::Column::Action.eq("readItems")).filter(event::Column::AccountId.eq(bo.id));
        let of_him = of_him.one(&app.database).await.unwrap().unwrap();
        let details = event_detail::Entity::find_by_id(of_him.id).one(&app.database).await.unwrap().unwrap().details;
        assert_eq!(details, json!({ "reason": "A customer asks", "itemIds": [of_bo] }));
        let told = notices(&app, "items_read").await;
        let mut to: Vec<_> = told.iter().map(|(account, _, content)| (*account, content["count"].clone(), content["personal"].clone())).collect();
        to.sort_by_key(|(_, count, _)| count.as_i64());
        assert_eq!(to, [(Some(bo.id), json!(1), json!(0)), (Some(planner.ana.id), json!(2), json!(1))]);
        app.run_jobs().await;
        let mail = app.mailer.mails_to(&bo.email).pop().unwrap();
        assert!(mail.text.contains("have read the content of one item of your account") && mail.text.contains("> A customer asks"), "{}", mail.text);
    }
}

on_both! {
    async fn only_who_may_reads_and_only_what_the_ground_gives(app: TestApp) {
        let planner = Planner::new(&app).await;
        let bo = planner.colleague(&app, "bo").await;
        let (mine, of_bo) = (planner.make(&planner.ana.client, json!({})).await, planner.make(&bo.client, json!({})).await);
        let personal = planner.make(&bo.client, json!({ "workspaceId": null })).await;
        let officer = app.administrator(planner.id, RoleName::PrivacyOfficer).await.client;
        for &role in RoleName::ALL {
            let by = app.person(&format!("{}@admins.example", role.as_str().to_lowercase())).await;
            app.role(planner.id, by.id, role).await;
            let expected = if matches!(role, RoleName::Owner | RoleName::PrivacyOfficer) { "OK" } else { "FORBIDDEN" };
            assert_eq!(read(&by.client, &planner, &[&mine], "a question").await.code(), expected, "{role:?}");
        }
        let before = events(&app, planner.id, "readItems").await;
        let told = notices(&app, "items_read").await.len();
        // Of a member only what lies in the organization's workspaces; and all or nothing.
        for items in [vec![&personal], vec![&of_bo, &personal]] {
            assert_eq!(read(&officer, &planner, &items, "a question").await.code(), "NOT_FOUND");
        }
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await.client;
        let input = json!({ "organizationId": other, "itemIds": [mine], "reason": "a question" });
        assert_eq!(stranger.run("readItems", input, SEEN).await.code(), "NOT_FOUND");
        assert_eq!(read(&stranger, &planner, &[&mine], "a question").await.code(), "NOT_FOUND");
        assert_eq!(read(&bo.client, &planner, &[&mine], "a question").await.code(), "NOT_FOUND");
        assert_eq!(read(&planner.client, &planner, &[&mine], "a question").await.code(), "NOT_FOUND", "a service reads by itself");
        for (items, reason, field) in [(vec![], "a question", "input.itemIds"), (vec![&mine], " ", "input.reason")] {
            let refused = read(&officer, &planner, &items, reason).await;
            assert_eq!((refused.code(), refused.field()), ("INVALID".into(), field.into()));
        }
        let many: Vec<Value> = (0..101).map(|_| json!(app.id::<steward_entities::id::ItemId>())).collect();
        assert_eq!(read(&officer, &planner, &many.iter().collect::<Vec<_>>(), "a question").await.code(), "INVALID");

        // Not of whoever holds powers that the reader lacks, nor one's own; and not of who has left.
        app.role(planner.id, planner.ana.id, RoleName::Owner).await;
        assert_eq!(read(&officer, &planner, &[&mine], "a question").await.code(), "HIGHER_ROLE");
        let ana = app.signed_in(planner.ana.id, &planner.ana.email).await;
        assert_eq!(read(&ana.client, &planner, &[&mine], "a question").await.code(), "SELF");
        planner.limit(&app, "terminateMembership", &bo).await;
        let gone = read(&officer, &planner, &[&of_bo], "a question").await;
        assert_eq!((gone.code(), gone.field()), ("NOT_MANAGED".into(), "input.itemIds".into()));
        assert_eq!(events(&app, planner.id, "readItems").await, before);
        assert_eq!(notices(&app, "items_read").await.len(), told);
    }
}
