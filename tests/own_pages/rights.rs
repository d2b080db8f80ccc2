//! Notices and sessions: read, acknowledged, ended; each person's own alone.

use super::*;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use steward_entities::{event, notice, session};
use steward_tests::on_both;

on_both! {
    async fn notices_are_read_and_acknowledged_by_whom_they_are_for(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        app.account("ben@hofer.example").await;
        for _ in 0..11 {
            ana.client.done("deactivateMyAccount", json!({ "confirm": true }), "deactivated").await;
            app.advance(TimeDelta::minutes(1));
            ana.client.done("reactivateMyAccount", json!({ "confirm": true }), "reactivated").await;
            app.advance(TimeDelta::minutes(1));
        }
        let own = notice::Entity::find().filter(notice::Column::AccountId.eq(ana.id));
        let own = own.order_by_desc(notice::Column::Id).all(&app.database).await.unwrap();
        assert_eq!(own.len(), 22);
        let mut browser = Browser::with(&app, ana.token.clone());
        let listed = |html: &str| -> Vec<String> {
            let parts = html.split("href=\"/account/notices/").skip(1);
            parts.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let ids: Vec<String> = own.iter().map(|notice| notice.id.to_string()).collect();
        let overview = browser.open("/account").await;
        assert_eq!(listed(&overview.html), ids[..3]);
        let first = browser.open("/account/notices").await;
        assert_eq!(listed(&first.html), ids[..20]);
        let older = first.html.split("/account/notices?before=").nth(1).unwrap().split('"').next().unwrap();
        let second = browser.open(&format!("/account/notices?before={older}")).await;
        assert_eq!((listed(&second.html), second.html.contains("?before=")), (ids[20..].to_vec(), false));
        assert_eq!(browser.open("/account/notices?before=guess").await.status, StatusCode::BAD_REQUEST);

        // To look changes nothing; the button does.
        let path = format!("/account/notices/{}", ids[4]);
        let mut other = Browser::signed_in(&app, "ben@hofer.example").await;
        let before = everything(&app).await;
        let seen = browser.open(&path).await;
        assert_eq!((seen.status, seen.heading()), (StatusCode::OK, "Your account at Steward is active again"));
        browser.send(&path, &[("acknowledge", "perhaps")]).await;
        for stranger in [other.open(&path).await, other.send(&path, &[("acknowledge", "yes")]).await] {
            assert_eq!((stranger.status, stranger.heading()), (StatusCode::NOT_FOUND, "There is nothing here"));
        }
        assert_eq!(everything(&app).await, before);
        let thanked = browser.done(&path, &[("acknowledge", "yes")]).await;
        assert!(thanked.html.contains("You have confirmed that you read this") && !thanked.html.contains("value=\"yes\""));
        let row = notice::Entity::find_by_id(own[4].id).one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.seen_at, row.acknowledged_at), (Some(app.now()), Some(app.now())));
        let acknowledged = event::Entity::find().filter(event::Column::Action.eq("acknowledgeNotice"));
        assert_eq!(acknowledged.all(&app.database).await.unwrap().len(), 1);
        for wrong in ["guess", "not_00000000000000000000000000", "%FF"] {
            assert_eq!(browser.open(&format!("/account/notices/{wrong}")).await.status, StatusCode::NOT_FOUND);
        }
    }
}

on_both! {
    async fn sessions_are_listed_and_ended_by_whose_they_are(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let telephone = app.signed_in(ana.id, &ana.email).await;
        let other = app.person("ben@hofer.example").await;
        let mut browser = Browser::signed_in(&app, &ana.email).await;
        let seen = browser.open("/account/sessions").await;
        assert_eq!(seen.html.matches("name=\"end\"").count(), 3, "two others, and all others: {}", seen.html);
        assert_eq!(seen.html.matches("this device").count(), 1);

        let stranger = browser.send("/account/sessions", &[("end", &other.session.to_string())]).await;
        assert_eq!(stranger.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(live_sessions(&app, "ben@hofer.example").await, 1);
        for wrong in ["", "guess", "OTHERS"] {
            let seen = browser.send("/account/sessions", &[("end", wrong)]).await;
            assert_eq!((seen.status, live_sessions(&app, &ana.email).await), (StatusCode::UNPROCESSABLE_ENTITY, 3));
        }
        let ended = browser.done("/account/sessions", &[("end", &telephone.session.to_string())]).await;
        assert!(ended.html.contains("That session has ended."), "{}", ended.html);
        let row = session::Entity::find_by_id(telephone.session).one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.ended_at, live_sessions(&app, &ana.email).await), (Some(app.now()), 2));

        let alone = browser.done("/account/sessions", &[("end", "others")]).await;
        assert!(alone.html.contains("You are signed in on this device alone."), "{}", alone.html);
        assert_eq!(live_sessions(&app, &ana.email).await, 1);
        assert!(!alone.html.contains("name=\"end\""));
        let ended = event::Entity::find().filter(event::Column::Action.eq("revokeSession"));
        assert_eq!(ended.all(&app.database).await.unwrap().len(), 2, "one for the telephone's, one for all others");

        // One's own can be ended there too, and then one is out.
        let own = session::Entity::find().filter(session::Column::AccountId.eq(ana.id));
        let own = own.filter(session::Column::EndedAt.is_null()).one(&app.database).await.unwrap().unwrap();
        browser.send("/account/sessions", &[("end", &own.id.to_string())]).await;
        assert!(browser.open("/account/sessions").await.is_out());
    }
}
