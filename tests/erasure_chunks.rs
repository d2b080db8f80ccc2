//! The erasure of somebody who was told very much: the person is nobody at once, words in notices go chunk by chunk, and
//! whoever dies meanwhile is followed by somebody who goes on.

use crate::{
    deletions::{Hofer, row},
    left_behind::{events, holding, notices},
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::{Value, json};
use steward::{
    core::Error,
    jobs::{dispatch::run_chunk, worker::run_job},
    notices::content::NoticeKind,
};
use steward_entities::{
    account, delivery,
    id::{AccountId, NoticeId},
    job,
    kinds::{Channel, DeliveryStatus, JobStatus, RoleName},
    notice, notice_mention,
};
use steward_tests::{TestApp, on_both, seed::PASSWORD};

/// What tells of her.
const WORDS: [&str; 2] = ["Gruber", "ana@hofer.example"];
/// How many notices a chunk may change.
const CHUNK: usize = 500;

/// Notices that were sent long ago, with their deliveries and whom they name, by few statements. Every hundredth still waits.
async fn told(
    app: &TestApp,
    count: usize,
    to: Option<AccountId>,
    kind: &str,
    mut content: Value,
    named: Option<(&str, &str)>,
) {
    content["kind"] = kind.into();
    let ids: Vec<NoticeId> = (0..count).map(|_| app.id()).collect();
    for ids in ids.chunks(CHUNK) {
        let rows = ids.iter().map(|id| notice::ActiveModel {
            id: Set(*id),
            account_id: Set(to),
            kind: Set(kind.to_owned()),
            content: Set(content.clone()),
            locale: Set("en".to_owned()),
            created_at: Set(app.now()),
            ..Default::default()
        });
        notice::Entity::insert_many(rows).exec_without_returning(&app.database).await.unwrap();
        let rows = ids.iter().enumerate().map(|(number, id)| {
            let waits = number % 100 == 0;
            delivery::ActiveModel {
                id: Set(app.id()),
                notice_id: Set(*id),
                channel: Set(Channel::Email),
                address: Set("ana@hofer.example".to_owned()),
                recipient_name: Set("Ana Gruber".to_owned()),
                status: Set(if waits { DeliveryStatus::Queued } else { DeliveryStatus::Sent }),
                attempts: Set(1),
                next_attempt_at: Set(waits.then(|| app.now() + TimeDelta::days(1))),
                lease: Set(0),
                created_at: Set(app.now()),
                ..Default::default()
            }
        });
        delivery::Entity::insert_many(rows).exec_without_returning(&app.database).await.unwrap();
        let Some((subject, fields)) = named else { continue };
        let rows = ids.iter().map(|id| notice_mention::ActiveModel {
            subject: Set(subject.to_owned()),
            notice_id: Set(*id),
            fields: Set(fields.to_owned()),
        });
        notice_mention::Entity::insert_many(rows).exec_without_returning(&app.database).await.unwrap();
    }
}

/// An organization whose Ana was told 2,100 times, was named to her officer 1,100 times, and had 300 mails before she had an
/// account; her deletion is due.
async fn ana_leaves(app: &TestApp) -> Hofer {
    let hofer = Hofer::new(app).await;
    let ana = hofer.ana.id;
    let named = account::ActiveModel { id: Set(ana), display_name: Set("Ana Gruber".to_owned()), ..Default::default() };
    named.update(&app.database).await.unwrap();
    let suspended = json!({
        "organization": "Hofer", "email": "ana@hofer.example", "contact": "x", "message": "Dear Ana Gruber", "until": null,
    });
    told(app, 2_100, Some(ana), "account_suspended", suspended, None).await;
    let assigned = json!({ "organization": "Hofer", "role": "AUDITOR", "assigned_by": "Ana Gruber", "contact": "x" });
    let subject = ana.to_string();
    told(app, 1_100, Some(hofer.officer.id), "role_assigned", assigned, Some((&subject, "assigned_by"))).await;
    let offered = json!({ "organization": "Hofer", "role": "AUDITOR", "invited_by": "Lena", "email": "ana@hofer.example", "expires_at": app.now() });
    told(app, 300, None, "administrator_invitation", offered, Some(("ana@hofer.example", "*"))).await;
    // To the officer's own address: only what the notices say names her.
    let officers = delivery::Entity::update_many()
        .col_expr(delivery::Column::Address, sea_orm::prelude::Expr::value("officer@hofer.example"))
        .col_expr(delivery::Column::RecipientName, sea_orm::prelude::Expr::value("The officer"));
    let of_officer = "notice_id IN (SELECT id FROM notice WHERE kind = 'role_assigned')";
    sea_orm::QueryFilter::filter(officers, sea_orm::prelude::Expr::cust(of_officer)).exec(&app.database).await.unwrap();
    hofer.delete(&hofer.officer.client, ana, json!({ "graceDays": 0 })).await.payload();
    hofer
}

/// How many notices still have words about her.
async fn telling(app: &TestApp) -> usize {
    let all = notice::Entity::find().all(&app.database).await.unwrap();
    all.iter().filter(|notice| WORDS.iter().any(|word| notice.content.to_string().contains(word))).count()
}

/// How many mails wait.
async fn waiting(app: &TestApp) -> usize {
    let all = delivery::Entity::find().all(&app.database).await.unwrap();
    all.iter().filter(|delivery| delivery.status == DeliveryStatus::Queued).count()
}

async fn the_job(app: &TestApp) -> job::Model {
    let mut jobs = job::Entity::find().all(&app.database).await.unwrap();
    jobs.retain(|job| job.kind == "finish_erasure");
    assert_eq!(jobs.len(), 1);
    jobs.remove(0)
}

on_both! {
    async fn who_was_told_very_much_is_nobody_at_once_and_forgotten_in_chunks(app: TestApp) {
        let hofer = ana_leaves(&app).await;
        let ana = hofer.ana.id;
        let before = telling(&app).await;
        assert_eq!(before, 2_100 + 1_100 + 300 + 1, "with word of the deletion");
        assert!(waiting(&app).await > 35);

        assert!(run_job(&app.steward).await.unwrap());
        // The rest is a job of another kind: a program that doesn't know it leaves it to one that does.
        let mut jobs = job::Entity::find().all(&app.database).await.unwrap();
        jobs.retain(|job| job.kind.contains("eras"));
        jobs.sort_by(|one, other| one.kind.cmp(&other.kind));
        let jobs: Vec<_> = jobs.iter().map(|job| (job.kind.as_str(), job.status)).collect();
        assert_eq!(jobs, [("erase_account", JobStatus::Complete), ("finish_erasure", JobStatus::Pending)]);
        let now = row(&app, ana).await;
        assert_eq!((now.display_name.as_str(), now.email.as_str(), now.managed_by), ("Former user", "", None));
        assert!(now.password_hash.is_none());
        let mentions = notice_mention::Entity::find().all(&app.database).await.unwrap();
        assert!(mentions.iter().all(|mention| mention.subject == ana.to_string()), "no notice is found by her address");
        assert_eq!(waiting(&app).await, 11 + 1, "hers are held back but for the last word, the officer's aren't");
        let before = before - 11;
        assert_eq!((telling(&app).await, the_job(&app).await.status), (before, JobStatus::Pending), "what leaves names nobody");
        assert_eq!(events(&app, hofer.id, "eraseAccount").await, 1);

        let mut chunks = 0;
        let mut left = before;
        while run_job(&app.steward).await.unwrap() {
            chunks += 1;
            let now = telling(&app).await;
            assert!(left - now <= CHUNK, "{} at once", left - now);
            left = now;
        }
        // 2,102 of her own with the last word, and 1,400 that name her.
        assert_eq!((chunks, left), (5 + 3, 0));
        assert_eq!(waiting(&app).await, 11 + 1);
        let kept: Vec<_> = holding(&app, &WORDS).await.into_iter().map(|(table, _)| table).collect();
        assert_eq!(kept, ["delivery"], "the last word is on its way");
        let job = the_job(&app).await;
        assert_eq!((job.status, job.done, job.payload), (JobStatus::Complete, 1, json!({})));
        assert_eq!(notice_mention::Entity::find().all(&app.database).await.unwrap(), []);
        app.run_jobs().await;
        assert_eq!(holding(&app, &WORDS).await, []);
        assert_eq!(events(&app, hofer.id, "eraseAccount").await, 1);
        let told = notices(&app, "role_assigned").await;
        assert!(told.iter().all(|(_, address, content)| content["assigned_by"] == "Former user" && address == "officer@hofer.example"));
    }
}

on_both! {
    async fn an_erasure_that_breaks_off_goes_on_where_it_was_and_does_nothing_twice(app: TestApp) {
        let hofer = ana_leaves(&app).await;
        // The first, three for what names her, and one for what she was told.
        for _ in 0..5 {
            assert!(run_job(&app.steward).await.unwrap());
        }
        // One worker has the next chunk in hand, and is never heard of again; another one follows.
        let dead = app.steward.lease_job().await.unwrap().unwrap();
        let left = telling(&app).await;
        assert!(!run_job(&app.steward).await.unwrap(), "as long as it may be at work");
        app.advance(TimeDelta::seconds(61));
        let next = app.steward.lease_job().await.unwrap().unwrap();
        assert_eq!((next.id, &next.cursor), (dead.id, &dead.cursor));
        assert!(next.cursor.is_some());
        // It wakes up late: all that it does is undone.
        let late = run_chunk(&app.steward, &dead).await;
        assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
        assert_eq!(telling(&app).await, left);
        run_chunk(&app.steward, &next).await.unwrap();
        assert_eq!(telling(&app).await, left - CHUNK);
        run_chunk(&app.steward, &next).await.unwrap();
        assert_eq!(telling(&app).await, left - CHUNK, "the same chunk again changes nothing");
        app.run_jobs().await;
        assert_eq!(holding(&app, &WORDS).await, []);
        assert_eq!(events(&app, hofer.id, "eraseAccount").await, 1);
        let last = app.mailer.mails_to("ana@hofer.example").into_iter().filter(|mail| mail.subject.contains("was deleted"));
        assert_eq!(last.count(), 1);
        assert_eq!(the_job(&app).await.status, JobStatus::Complete);
    }
}

on_both! {
    async fn while_words_are_being_forgotten_nobody_calls_it_off_or_brings_the_name_back(app: TestApp) {
        let hofer = ana_leaves(&app).await;
        let ana = &hofer.ana;
        let owner = app.administrator(hofer.id, RoleName::Owner).await;
        assert!(run_job(&app.steward).await.unwrap());

        assert_eq!(hofer.cancel(&hofer.officer.client, ana.id).await.code(), "NOT_FOUND");
        let keep = json!({ "confirm": true });
        assert_eq!(ana.client.run("cancelMyAccountDeletion", keep, "").await.code(), "UNAUTHENTICATED");
        for act in ["deleteAccount", "suspendAccount", "restoreAccount", "updateAccountProfile"] {
            let input = json!({ "organizationId": hofer.id, "accountId": ana.id, "reason": "Ana Gruber stays" });
            assert_eq!(owner.client.run(act, input, "").await.code(), "NOT_FOUND", "{act}");
        }
        let given = json!({ "email": ana.email, "password": PASSWORD });
        assert_eq!(app.nobody().run("signIn", given, "token").await.code(), "WRONG_CREDENTIALS");
        let input = json!({ "organizationId": hofer.id, "accountId": ana.id, "role": "AUDITOR" });
        assert_eq!(owner.client.run("assignRole", input, "").await.code(), "NOT_FOUND");

        // Somebody else has the address by now; what they are offered and told is theirs.
        let other = app.person("ana@hofer.example").await;
        let input = json!({ "organizationId": hofer.id, "email": "ana@hofer.example", "role": "AUDITOR" });
        owner.client.done("inviteAdministrator", input, "").await;
        app.run_jobs().await;
        assert_eq!(row(&app, ana.id).await.display_name, "Former user");
        let token = app.mailed_link("ana@hofer.example", NoticeKind::AdministratorInvitation).await;
        other.client.done("acceptInvitation", json!({ "token": token }), "").await;
        assert!(holding(&app, &["Gruber"]).await.is_empty());
    }
}
