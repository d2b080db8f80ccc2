//! Mail through a real SMTP connection: what is accepted, what is given up, what is tried again.

use std::time::Duration;

use steward::notices::mailer::{Mail, MailError, Mailer, SmtpMailer, SmtpUrlError};
use steward_tests::smtp::{Drop, SmtpServer};

fn mail(number: usize) -> Mail {
    Mail {
        message_id: format!("<ntc_{number}@steward.example>"),
        from: "Steward <steward@steward.example>".into(),
        to: format!("person{number}@hofer.example"),
        subject: format!("Notice {number}: Grüße"),
        text: format!(
            "Hello Ána,\n\n.a line with a dot\n{}\n\nhttps://steward.example/pages/{number}\n",
            "word ".repeat(40).trim_end()
        ),
        html: "<!doctype html>\n<p>Hello Ána</p>\n".into(),
        date: "2026-11-21T10:00:00Z".parse().unwrap(),
    }
}

async fn server() -> (SmtpServer, SmtpMailer) {
    let server = SmtpServer::start().await.unwrap();
    let mailer = SmtpMailer::new(&server.url()).unwrap();
    (server, mailer)
}

fn transient(result: Result<(), MailError>) -> String {
    match result {
        Err(MailError::Transient { reason }) => reason,
        other => panic!("expected a transient failure, got {other:?}"),
    }
}

#[tokio::test]
async fn an_accepted_mail_arrives_as_it_was() {
    let (server, mailer) = server().await;
    mailer.send(&mail(1)).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 1);
    let arrived = &received[0];
    assert_eq!(arrived.from, "steward@steward.example");
    assert_eq!(arrived.to, ["person1@hofer.example"]);
    assert_eq!(arrived.header("Subject").unwrap(), "Notice 1: Grüße");
    assert_eq!(arrived.header("Message-ID").unwrap(), "ntc_1@steward.example");
    assert_eq!(arrived.header("Auto-Submitted").unwrap(), "auto-generated");
    let raw = String::from_utf8(arrived.bytes.clone()).unwrap();
    assert!(raw.contains("Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"), "{raw}");
    assert!(raw.contains("multipart/alternative") && raw.contains("format=flowed"), "{raw}");
    let text = arrived.text().unwrap().replace("\r\n", "\n");
    assert!(text.starts_with("Hello Ána,\n\n.a line with a dot\nword word "), "{text}");
    assert!(text.contains("\nhttps://steward.example/pages/1\n"), "{text}");
    assert!(arrived.html().unwrap().contains("<p>Hello Ána</p>"));
}

#[tokio::test]
async fn a_refused_recipient_is_given_up_and_the_connection_goes_on() {
    let (server, mailer) = server().await;
    server.answer_recipient("person1@hofer.example", "550 5.1.1 no such person");
    let expected = MailError::Permanent { code: 550, reason: "5.1.1 no such person".into() };
    assert_eq!(mailer.send(&mail(1)).await, Err(expected));
    assert_eq!(mailer.send(&mail(2)).await, Ok(()));
    assert_eq!(server.connections(), 1);
    assert_eq!(server.received_for("person1@hofer.example"), []);
    assert_eq!(server.received_for("person2@hofer.example").len(), 1);
}

#[tokio::test]
async fn a_refused_message_is_given_up() {
    let (server, mailer) = server().await;
    server.answer_messages(Some("554 5.7.1 looks like an advertisement"));
    let expected = MailError::Permanent { code: 554, reason: "5.7.1 looks like an advertisement".into() };
    assert_eq!(mailer.send(&mail(1)).await, Err(expected));
    assert_eq!(server.received(), []);
}

#[tokio::test]
async fn what_the_server_delays_is_tried_again() {
    let (server, mailer) = server().await;
    server.answer_recipient("person1@hofer.example", "451 4.7.1 greylisted, come back later");
    assert_eq!(transient(mailer.send(&mail(1)).await), "451: 4.7.1 greylisted, come back later");
    server.answer_messages(Some("452 4.3.1 disk full"));
    assert_eq!(transient(mailer.send(&mail(2)).await), "452: 4.3.1 disk full");
    server.answer_messages(None);
    assert_eq!(mailer.send(&mail(2)).await, Ok(()));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn wrong_settings_give_up_nobody() {
    let (server, mailer) = server().await;
    server.answer_senders(Some("550 5.7.1 you may not send for this domain"));
    assert_eq!(transient(mailer.send(&mail(1)).await), "550: 5.7.1 you may not send for this domain");
    server.answer_senders(None);
    server.answer_recipient("person1@hofer.example", "530 5.7.0 authentication required");
    assert_eq!(transient(mailer.send(&mail(1)).await), "530: 5.7.0 authentication required");
    let with_password = SmtpMailer::new(&server.url().replace("smtp://", "smtp://post:secret@")).unwrap();
    assert!(!transient(with_password.send(&mail(1)).await).contains("secret"));
}

#[tokio::test]
async fn a_dropped_connection_is_tried_again_on_a_new_one() {
    let (server, mailer) = server().await;
    server.drop_connections(Drop::BeforeFinalDot, 1);
    transient(mailer.send(&mail(1)).await);
    assert_eq!(server.received(), []);
    server.drop_connections(Drop::AfterFinalDot, 1);
    transient(mailer.send(&mail(1)).await);
    assert_eq!(mailer.send(&mail(1)).await, Ok(()));
    // The server had kept it before it dropped the connection: twice, never not at all, with the same id.
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0], received[1]);
}

#[tokio::test]
async fn a_connection_closed_between_two_mails_is_no_failure() {
    let (server, mailer) = server().await;
    server.close_after(1);
    for number in 0..5 {
        assert_eq!(mailer.send(&mail(number)).await, Ok(()), "mail {number}");
    }
    assert_eq!(server.received().len(), 5);
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn an_absent_server_is_a_matter_of_time() {
    let (server, mailer) = server().await;
    drop(server);
    assert!(!transient(mailer.send(&mail(1)).await).is_empty());
}

#[tokio::test]
async fn a_silent_server_is_a_matter_of_time() {
    let (server, mailer) = server().await;
    let mailer = mailer.with_patience(Duration::from_millis(100));
    mailer.send(&mail(1)).await.unwrap();
    server.fall_silent();
    assert!(transient(mailer.send(&mail(2)).await).contains("in time"));
    assert!(transient(mailer.send(&mail(2)).await).contains("in time"));
}

#[tokio::test]
async fn no_tls_no_mail_where_tls_is_required() {
    let (server, _) = server().await;
    for url in [format!("{}?tls=required", server.url()), server.url().replace("smtp://", "smtps://")] {
        let mailer = SmtpMailer::new(&url).unwrap().with_patience(Duration::from_secs(5));
        transient(mailer.send(&mail(1)).await);
    }
    assert_eq!(server.received(), []);
    let opportunistic = SmtpMailer::new(&format!("{}?tls=opportunistic", server.url())).unwrap();
    assert_eq!(opportunistic.send(&mail(1)).await, Ok(()));
    assert_eq!(SmtpMailer::new("imap://mail.example").err(), Some(SmtpUrlError::Scheme("imap".into())));
}

#[tokio::test]
async fn many_at_once_share_few_connections() {
    let (server, mailer) = server().await;
    let results = futures::future::join_all((0..300).map(|number| {
        let mailer = &mailer;
        async move { mailer.send(&mail(number)).await }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok));
    let mut ids: Vec<String> = server.wait_for(300).await.iter().filter_map(|mail| mail.header("Message-ID")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 300);
    assert!(server.connections() <= 8, "{} connections", server.connections());
}

#[tokio::test]
async fn a_hostile_subject_stays_a_subject() {
    let (server, mailer) = server().await;
    let subject = "Hi\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<evil@example.org>";
    mailer.send(&Mail { subject: subject.into(), text: "One\r\n.\r\nQUIT\r\n".into(), ..mail(1) }).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].header("Bcc"), None);
    assert_eq!(received[0].to, ["person1@hofer.example"]);
    assert!(received[0].header("Subject").unwrap().contains("Bcc: all@example.org"));
    assert!(received[0].text().unwrap().contains(".\r\nQUIT"));
    let two = Mail { to: "a@b.example>\r\nRCPT TO:<c@d.example".into(), ..mail(2) };
    assert!(matches!(mailer.send(&two).await, Err(MailError::Permanent { code: 553, .. })));
}

#[tokio::test]
async fn an_address_beyond_ascii_arrives() {
    let (server, mailer) = server().await;
    mailer.send(&Mail { to: "jürgen@hofer.example".into(), ..mail(1) }).await.unwrap();
    assert_eq!(server.received_for("jürgen@hofer.example").len(), 1);
}
