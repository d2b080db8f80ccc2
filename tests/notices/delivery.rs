//! From the queue to the mail server, and what is written about it.

use super::*;
use sea_orm::PaginatorTrait;
use std::collections::HashSet;
use steward::{
    core::Origin,
    jobs::worker::run_until_idle,
    notices::{
        deliver::{BATCH, send},
        record_deliveries::RecordDeliveries,
    },
};
use steward_entities::{event_detail, kinds::RoleName, token};
use steward_tests::on_both;

on_both! {
    async fn a_mail_goes_out_once_with_a_link_a_hash_and_an_event(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::ControlInEffect).await;
        app.run_jobs().await;
        app.run_jobs().await;
        let [mail] = &app.mailer.take()[..] else { panic!("not one mail") };
        let sent = only_delivery(&app, notice).await;
        assert_eq!(mail.message_id, format!("<{}@accounts.example.com>", sent.id));
        assert_eq!((mail.to.as_str(), mail.from.as_str()), ("ana@acme.test", "accounts@example.com"));
        assert!(page_in(&mail.text).starts_with("/notices/"), "{}", mail.text);
        assert_eq!((sent.status, sent.attempts, sent.sent_at), (DeliveryStatus::Sent, 1, Some(app.now())));
        assert_eq!((sent.leased_until, sent.next_attempt_at, sent.text_hash.unwrap().len()), (None, None, 32));
        let [event] = &events(&app, "recordDeliveries").await[..] else { panic!("not one event") };
        assert_eq!((event.stream_id, event.account_id, event.object_id), (acme.0, Some(ana), Some(notice.0)));
        let details = event_detail::Entity::find_by_id(event.id).one(&app.database).await.unwrap().unwrap().details;
        assert_eq!((details["status"].as_str(), details["attempts"].as_i64()), (Some("SENT"), Some(1)));
        assert!(!details.to_string().contains("ana@acme.test"), "{details}");
    }
}

on_both! {
    async fn a_worker_that_dies_before_marking_is_followed_by_the_same_mail(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        let leased = app.steward.lease_deliveries(BATCH).await.unwrap();
        let late = send(&app.steward, leased).await.unwrap();
        app.run_jobs().await;
        assert_eq!(app.mailer.mails().len(), 1, "somebody else has it");
        app.advance(TimeDelta::minutes(5));
        app.run_jobs().await;
        let mails = app.mailer.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0], mails[1]);
        let marked = only_delivery(&app, notice).await;
        assert_eq!((marked.status, marked.attempts, marked.lease), (DeliveryStatus::Sent, 1, 2));

        // The first worker wakes up again: its lease is an old one.
        app.steward.perform(&Origin::system(), RecordDeliveries { results: late }).await.unwrap();
        assert_eq!(only_delivery(&app, notice).await, marked);
        assert_eq!(events(&app, "recordDeliveries").await.len(), 1);
    }
}

on_both! {
    async fn an_old_lease_marks_nothing(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        let leased = app.steward.lease_deliveries(BATCH).await.unwrap();
        let results = send(&app.steward, leased).await.unwrap();
        app.advance(TimeDelta::minutes(5));
        assert_eq!(app.steward.lease_deliveries(BATCH).await.unwrap().len(), 1);
        app.steward.perform(&Origin::system(), RecordDeliveries { results }).await.unwrap();
        let row = only_delivery(&app, notice).await;
        assert_eq!((row.status, row.attempts, row.lease), (DeliveryStatus::Queued, 0, 2));
        assert!(events(&app, "recordDeliveries").await.is_empty());
    }
}

on_both! {
    async fn several_workers_send_each_mail_once(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        for _ in 0..150 {
            tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        }
        let workers = (0..3).map(|_| run_until_idle(&app.steward));
        for outcome in futures::future::join_all(workers).await {
            outcome.unwrap();
        }
        let mails = app.mailer.mails();
        let ids: HashSet<&str> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
        assert_eq!((mails.len(), ids.len()), (150, 150));
        let sent = deliveries::Entity::find().filter(deliveries::Column::Status.eq(DeliveryStatus::Sent));
        assert_eq!(sent.count(&app.database).await.unwrap(), 150);
        assert_eq!(events(&app, "recordDeliveries").await.len(), 150);
    }
}

on_both! {
    async fn what_a_server_refuses_for_good_is_given_up_at_once(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        app.mailer.refuse("ana@acme.test", "no such person");
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        app.run_jobs().await;
        let failed = only_delivery(&app, notice).await;
        assert_eq!((failed.status, failed.attempts, failed.failed_at), (DeliveryStatus::Failed, 1, Some(app.now())));
        assert!(failed.last_error.unwrap().contains("no such person"));
        assert_eq!(events(&app, "recordDeliveries").await.len(), 1);
        app.mailer.accept("ana@acme.test");
        app.advance(TimeDelta::days(6));
        app.run_jobs().await;
        assert!(app.mailer.mails().is_empty());
    }
}

on_both! {
    async fn what_fails_for_now_is_tried_for_five_days(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let began = app.now();
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        app.mailer.fail(u32::MAX);
        for wait in [1, 5, 30, 2 * 60, 8 * 60, 12 * 60].map(TimeDelta::minutes) {
            app.run_jobs().await;
            let row = only_delivery(&app, notice).await;
            assert_eq!((row.status, row.next_attempt_at), (DeliveryStatus::Queued, Some(app.now() + wait)));
            assert!(row.last_error.unwrap().contains("told to fail"));
            app.advance(wait - TimeDelta::seconds(1));
            app.run_jobs().await;
            assert_eq!(only_delivery(&app, notice).await.attempts, row.attempts, "too early");
            app.advance(TimeDelta::seconds(1));
        }
        assert!(events(&app, "recordDeliveries").await.is_empty());
        let last = began + TimeDelta::days(5);
        while app.now() < last {
            app.run_jobs().await;
            let next = only_delivery(&app, notice).await.next_attempt_at.unwrap();
            assert!(next <= last);
            app.advance(next - app.now());
        }
        app.run_jobs().await;
        let row = only_delivery(&app, notice).await;
        assert_eq!((row.status, row.failed_at, row.next_attempt_at), (DeliveryStatus::Failed, Some(last), None));
        assert_eq!(events(&app, "recordDeliveries").await.len(), 1);
    }
}

on_both! {
    async fn a_mail_goes_out_when_the_server_is_well_again(app: TestApp) {
        let acme = app.organization("Acme").await;
        let ana = app.account("ana@acme.test").await;
        let notice = tell(&app, ana, "ana@acme.test", acme, NoticeKind::SessionsEnded).await;
        app.mailer.fail(1);
        app.run_jobs().await;
        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        let row = only_delivery(&app, notice).await;
        assert_eq!((row.status, row.attempts, row.last_error), (DeliveryStatus::Sent, 2, None));
    }
}

on_both! {
    async fn a_dead_link_and_what_is_over_are_not_sent(app: TestApp) {
        let operator = app.operator().await;
        let input = serde_json::json!({ "name": "Acme", "ownerEmail": "owner@acme.test" });
        operator.client.done("createOrganization", input, "organization { id }").await;
        let link = token::Entity::find().one(&app.database).await.unwrap().unwrap();
        let row = token::ActiveModel { id: Set(link.id), revoked_at: Set(Some(app.now())), ..Default::default() };
        row.update(&app.database).await.unwrap();

        let beta = app.organization("Beta").await;
        let domain = app.proved_domain(beta, "acme.test").await;
        let ana = app.account("ana@acme.test").await;
        let coming = announce(&app, beta, domain, ana, TimeDelta::days(14)).await;
        let row = control_assertion::ActiveModel {
            id: Set(coming.assertion),
            status: Set(AssertionStatus::Canceled),
            ..Default::default()
        };
        row.update(&app.database).await.unwrap();
        app.run_jobs().await;
        assert!(app.mailer.mails().is_empty());
        let all = deliveries::Entity::find().all(&app.database).await.unwrap();
        assert!(all.iter().all(|row| row.status == DeliveryStatus::Suppressed), "{all:?}");
        assert!(events(&app, "recordDeliveries").await.is_empty());
    }
}

on_both! {
    async fn a_notice_is_sent_again_to_the_address_of_today(app: TestApp) {
        let acme = app.organization("Acme").await;
        let admin = app.administrator(acme, RoleName::Owner).await;
        let ana = app.person("ana@acme.test").await;
        let notice = tell(&app, ana.id, "old@acme.test", acme, NoticeKind::SessionsEnded).await;
        let input = serde_json::json!({ "organizationId": acme.to_string(), "noticeId": notice.to_string() });
        let asked = "notice { id deliveries { status } }";

        let answer = admin.client.run("resendNotice", input.clone(), asked).await;
        assert_eq!((answer.code(), answer.field()), ("INVALID_STATE".into(), "input.noticeId".into()), "on its way");
        app.run_jobs().await;
        let answer = admin.client.run("resendNotice", input.clone(), asked).await;
        assert_eq!(answer.code(), "INVALID_STATE", "just sent");
        app.advance(TimeDelta::hours(1));
        assert_eq!(app.nobody().run("resendNotice", input.clone(), asked).await.code(), "UNAUTHENTICATED");
        let beta = app.organization("Beta").await;
        let stranger = app.administrator(beta, RoleName::Owner).await;
        assert_eq!(stranger.client.run("resendNotice", input.clone(), asked).await.code(), "NOT_FOUND");
        let own = serde_json::json!({ "organizationId": beta.to_string(), "noticeId": notice.to_string() });
        assert_eq!(stranger.client.run("resendNotice", own, asked).await.code(), "NOT_FOUND");
        let help = app.administrator(acme, RoleName::HelpDesk).await;
        assert_eq!(help.client.run("resendNotice", input.clone(), asked).await.code(), "FORBIDDEN");

        let payload = admin.client.done("resendNotice", input.clone(), asked).await;
        assert_eq!(payload["notice"]["deliveries"][1]["status"], "QUEUED");
        app.run_jobs().await;
        let mails = app.mailer.mails();
        assert_eq!((mails[0].to.as_str(), mails[1].to.as_str()), ("old@acme.test", "ana@acme.test"));
        assert_ne!(mails[0].message_id, mails[1].message_id);
        let [event] = &events(&app, "resendNotice").await[..] else { panic!("not one event") };
        assert_eq!((event.object_id, event.account_id), (Some(notice.0), Some(ana.id)));

        // One that waits for another try is replaced.
        let waiting = tell(&app, ana.id, "old@acme.test", acme, NoticeKind::SessionsEnded).await;
        app.mailer.fail(1);
        app.run_jobs().await;
        let input = serde_json::json!({ "organizationId": acme.to_string(), "noticeId": waiting.to_string() });
        app.advance(TimeDelta::seconds(1));
        admin.client.done("resendNotice", input, asked).await;
        let states: Vec<DeliveryStatus> = deliveries_of(&app, waiting).await.iter().map(|row| row.status).collect();
        assert_eq!(states, [DeliveryStatus::Suppressed, DeliveryStatus::Queued]);
    }
}
