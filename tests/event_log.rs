//! The log: nobody changes it, and nothing is missing in it, however many write at once.

mod reading;

use futures::future::join_all;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use steward_entities::{event, kinds::RoleName};
use steward_tests::on_both;

on_both! {
    async fn the_database_refuses_to_change_or_remove_an_event(app: TestApp) {
        let organization = app.organization("Acme").await;
        let owner = app.administrator(organization, RoleName::Owner).await;
        let input = json!({ "organizationId": organization.to_string(), "name": "Acme & Sons" });
        owner.client.done("updateOrganization", input, "organization { name }").await;
        let before = event::Entity::find().all(&app.database).await.unwrap();
        assert!(!before.is_empty());
        for statement in ["UPDATE event SET action = 'signIn'", "DELETE FROM event"] {
            let outcome = app.database.execute_unprepared(statement).await;
            let refusal = outcome.unwrap_err().to_string();
            assert!(refusal.contains("append-only"), "{statement}: {refusal}");
        }
        assert_eq!(event::Entity::find().all(&app.database).await.unwrap(), before);
    }
}

on_both! {
    async fn positions_have_no_gaps_when_many_write_at_once(app: TestApp) {
        let organization = app.organization("Acme").await;
        let owner = app.administrator(organization, RoleName::Owner).await;
        let changes = (0..20).map(|number| {
            // Every third one is refused, and takes no position.
            let name = if number % 3 == 0 { String::new() } else { format!("Acme {number}") };
            let input = json!({ "organizationId": organization.to_string(), "name": name });
            owner.client.run("updateOrganization", input, "organization { name }")
        });
        let answers = join_all(changes).await;
        let written = answers.iter().filter(|answer| answer.code() == "OK").count();
        assert_eq!(written, 13);
        let events = event::Entity::find()
            .filter(event::Column::StreamId.eq(organization.0))
            .order_by_asc(event::Column::Position)
            .all(&app.database)
            .await
            .unwrap();
        let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
        let expected: Vec<i64> = (1..=i64::try_from(positions.len()).unwrap()).collect();
        assert_eq!(positions, expected);
        assert!(positions.len() >= written);
    }
}
