//! The last mail to somebody who is erased, and what is kept of it.

use crate::{
    deletions::Hofer,
    left_behind::{holding, last_event, notices},
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{delivery, kinds::DeliveryStatus};
use steward_tests::{TestApp, on_both};

async fn last_mail(app: &TestApp, to: &str) -> String {
    let mail = app.mailer.mails_to(to).pop().unwrap();
    assert!(mail.subject.contains("was deleted"), "{}", mail.subject);
    mail.text
}

on_both! {
    async fn who_has_no_days_of_grace_has_the_administrators_words_at_the_end(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let more = json!({ "graceDays": 0, "message": "Thank you, Ana Gruber.\nAll the best!" });
        hofer.delete(&hofer.officer.client, hofer.ana.id, more).await.payload();
        // Her mail server is down at first: the words wait with the mail, and for nothing else.
        app.mailer.fail(1);
        app.run_jobs().await;
        let kept: Vec<_> = holding(&app, &["Ana Gruber"]).await.into_iter().map(|(table, _)| table).collect();
        assert_eq!(kept, ["notice"]);
        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        let text = last_mail(&app, &hofer.ana.email).await;
        for words in ["The administrators of Hofer", "> Thank you, Ana Gruber.", "> All the best!", "admin@hofer.test"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(app.mailer.mails_to(&hofer.ana.email).len(), 1, "it is the only mail");

        assert_eq!(holding(&app, &["Ana Gruber", "ana@hofer.example"]).await, []);
        assert_eq!(notices(&app, "account_deleted").await[0].2["message"], "");
        // Nor is anything kept by which to guess who it was.
        let rows = delivery::Entity::find().filter(delivery::Column::Status.eq(DeliveryStatus::Sent));
        let rows = rows.all(&app.database).await.unwrap();
        assert_eq!(rows.iter().map(|row| &row.text_hash).collect::<Vec<_>>(), [&None]);
        let (_, details) = last_event(&app, hofer.id, "recordDeliveries").await;
        assert_eq!((&details["kind"], &details["status"], &details["textHash"]), (&json!("account_deleted"), &json!("SENT"), &Value::Null));
    }
}

on_both! {
    async fn who_had_time_isnt_told_the_same_words_twice(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let more = json!({ "graceDays": 1, "message": "Thank you, Ana Gruber." });
        hofer.delete(&hofer.officer.client, hofer.ana.id, more).await.payload();
        app.run_jobs().await;
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        assert!(!last_mail(&app, &hofer.ana.email).await.contains("Thank you"));
        assert_eq!(app.mailer.mails_to(&hofer.ana.email).len(), 2);
    }
}

on_both! {
    async fn a_last_word_that_is_refused_is_forgotten_too(app: TestApp) {
        let ana = app.person("ana@home.example").await;
        ana.client.done("deleteMyAccount", json!({ "graceDays": 0 }), "").await;
        app.mailer.refuse("ana@home.example", "ana@home.example is unknown here");
        app.run_jobs().await;
        let sent = delivery::Entity::find().filter(delivery::Column::Status.eq(DeliveryStatus::Failed));
        assert_eq!(sent.all(&app.database).await.unwrap().len(), 1);
        assert_eq!(holding(&app, &["ana@home.example", "unknown here"]).await, []);
    }
}
