//! The server as a process of its own, which can be killed.

use sea_orm::{EntityTrait, PaginatorTrait};
use steward_entities::organization;
use steward_tests::{
    BEGINNING,
    harness::{Arguments, Harness, post},
    on_both,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_steward-harness");

const CREATE: &str = r#"{"query":"mutation { createOrganization(input: { name: \"Acme\", ownerEmail: \"ana@acme.example\" }) { userErrors { code message } } }"}"#;

on_both! {
    async fn what_a_killed_server_has_answered_is_there(app: TestApp) {
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
        for seed in [1, 2] {
            let server = Harness::start(PROGRAM, &arguments(seed)).await;
            let answer = post(&server.url, &operator.token, CREATE).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""userErrors":[]"#), "{answer}");
            server.kill().await;
        }
        // What was answered is there, although both servers were killed at once after their answers.
        assert_eq!(organization::Entity::find().count(&app.database).await.unwrap(), 2);
        let last = Harness::start(PROGRAM, &arguments(3)).await;
        assert!(last.stop().await);
    }
}
