//! The server as a process of its own, which can be killed.

use steward_tests::{
    BEGINNING,
    harness::{Arguments, Harness},
    on_both,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_steward-harness");

on_both! {
    async fn a_killed_server_leaves_a_database_that_the_next_one_serves(app: TestApp) {
        let operator = app.operator().await;
        let mails = tempfile::TempDir::new().unwrap();
        let arguments = |seed| Arguments {
            database_url: app.database_url.clone(),
            now: Some(BEGINNING.parse().unwrap()),
            seed,
            role: steward::startup::Role::All,
            dns_server: Some(app.dns.address()),
            smtp_url: None,
            mail_folder: Some(mails.path().to_owned()),
        };
        let question = r#"{"query":"{ viewer { account { email } } }"}"#;
        let first = Harness::start(PROGRAM, &arguments(1)).await;
        let before = post(&first.url, &operator.token, question).await;
        assert!(before.starts_with("HTTP/1.1 200 ") && before.contains("@"), "{before}");
        first.kill().await;
        let second = Harness::start(PROGRAM, &arguments(2)).await;
        let after = post(&second.url, &operator.token, question).await;
        assert!(after.starts_with("HTTP/1.1 200 "), "{after}");
        assert!(second.stop().await);
    }
}

async fn post(url: &str, token: &str, body: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
