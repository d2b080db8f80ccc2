//! Whom apps have read about is noted before they are answered: once an hour, and not of who is gone.

use super::{ALL, World, installation_id, person, seen};
use crate::behind_locks::{begin, somebody_waits_or};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use steward::core::apps::sightings::that_saw;
use steward_entities::{account, app_sighting, id::AccountId};
use steward_tests::{TestApp, on_both};

async fn noted(app: &TestApp) -> Vec<app_sighting::Model> {
    app_sighting::Entity::find().order_by_asc(app_sighting::Column::AccountId).all(&app.database).await.unwrap()
}

async fn noted_ids(app: &TestApp) -> BTreeSet<AccountId> {
    noted(app).await.into_iter().map(|row| row.account_id).collect()
}

on_both! {
    async fn who_is_read_about_is_noted_once_an_hour(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &whole, &["READ_NAME"]).await;
        by.ask("{ viewer { installation { id } } people(first: 1) { totalCount } }", json!({})).await;
        let first = noted(&app).await;
        assert_eq!(first.len(), 1, "the rest of the list wasn't shown");
        app.advance(TimeDelta::minutes(1));
        assert_eq!(seen(&by).await, ["ana", "ben"]);
        let both = noted(&app).await;
        assert_eq!(noted_ids(&app).await, BTreeSet::from([it.ana.id, it.ben.id]));
        assert!(both.contains(&first[0]), "noted within the hour: {both:?}");
        app.advance(TimeDelta::minutes(1));
        seen(&by).await;
        assert_eq!(noted(&app).await, both, "a page that is read again writes nothing");
        app.advance(TimeDelta::hours(2));
        let by = it.client(&app, &whole, &ALL).await;
        person(&by, it.ben.id).await;
        let rows = noted(&app).await;
        let ben = rows.iter().find(|row| row.account_id == it.ben.id).unwrap();
        assert_eq!((ben.last_read_at, ben.installation_id), (app.now(), installation_id(&whole)));
        assert!(ben.first_read_at < ben.last_read_at && rows.iter().any(|row| row.last_read_at < app.now()));
        assert_eq!(that_saw(&app.database, it.ben.id).await.unwrap(), [installation_id(&whole)]);
    }
}

on_both! {
    async fn whose_items_are_read_is_noted(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let (ana, ben) = (app.item(it.ana.id, None).await, app.item(it.ben.id, Some((it.id, it.workspace))).await);
        let by = it.client(&app, &whole, &["READ_ITEMS", "WRITE_ITEMS"]).await;
        by.ask("query($id: ID!) { item(id: $id) { title } }", json!({ "id": ana })).await;
        assert_eq!(noted_ids(&app).await, BTreeSet::from([it.ana.id]));
        by.done("updateItem", json!({ "itemId": ben, "title": "New" }), "item { title }").await;
        assert_eq!(noted_ids(&app).await, BTreeSet::from([it.ana.id, it.ben.id]));
    }
}

on_both! {
    async fn who_leaves_for_good_was_seen_by_nobody(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &whole, &["READ_NAME"]).await;
        seen(&by).await;
        it.ben.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
        app.run_jobs().await;
        assert_eq!(noted_ids(&app).await, BTreeSet::from([it.ana.id]));
        assert_eq!(seen(&by).await, ["ana"]);
    }
}

on_both! {
    async fn who_is_being_erased_just_now_is_neither_noted_nor_shown(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        let by = it.client(&app, &whole, &["READ_NAME"]).await;
        let erasing = begin(&app).await;
        account::Entity::find_by_id(it.ben.id).lock_exclusive().one(&erasing).await.unwrap();
        let former = account::ActiveModel { id: Set(it.ben.id), email: Set(String::new()), ..Default::default() };
        sea_orm::ActiveModelTrait::update(former, &erasing).await.unwrap();
        let reading = async { by.ask("{ people { nodes { name } } }", json!({})).await["people"]["nodes"].clone() };
        let ending = async {
            somebody_waits_or(&app, || false).await;
            erasing.commit().await.unwrap();
        };
        let (people, ()) = tokio::join!(reading, ending);
        assert_eq!(people, json!([{ "name": "ana" }]));
        assert_eq!(noted_ids(&app).await, BTreeSet::from([it.ana.id]));
    }
}

on_both! {
    async fn two_pages_at_once_note_everybody_once(app: TestApp) {
        let it = World::new(&app).await;
        let whole = it.installed(&app, json!({ "organization": {} })).await;
        for number in 0..20 {
            it.managed(&app, &format!("person{number}")).await;
        }
        let by = it.client(&app, &whole, &["READ_NAME"]).await;
        let page = |arguments: &'static str| {
            let by = by.clone();
            async move { by.ask(&format!("{{ people({arguments}) {{ nodes {{ id }} }} }}"), json!({})).await }
        };
        let (forwards, backwards) = tokio::join!(page("first: 50"), page("last: 50"));
        assert_eq!(forwards["people"]["nodes"].as_array().map(Vec::len), Some(22));
        assert_eq!(forwards, backwards);
        assert_ne!(forwards["people"]["nodes"][0], Value::Null);
        assert_eq!(app_sighting::Entity::find().filter(app_sighting::Column::InstallationId.eq(installation_id(&whole))).count(&app.database).await.unwrap(), 22);
    }
}
