//! Tests of the ground itself. They run in the tests' library, whose process has a server and a template of its own.

use sea_orm::{ConnectionTrait, Database};

use super::{Cluster, Postgres, is_required, programs};

async fn prepared() -> Option<&'static Postgres> {
    let postgres = Postgres::shared().await?;
    postgres
        .template(async |url| {
            // Left open on purpose: the template must be copyable all the same.
            let connection = Database::connect(url).await?;
            connection.execute_unprepared("CREATE TABLE pet (name text)").await?;
            std::mem::forget(connection);
            Ok::<(), sea_orm::DbErr>(())
        })
        .await;
    Some(postgres)
}

async fn pets(url: &str) -> u64 {
    let connection = Database::connect(url).await.unwrap();
    let updated = connection.execute_unprepared("UPDATE pet SET name = name").await.unwrap();
    connection.close().await.unwrap();
    updated.rows_affected()
}

#[tokio::test]
async fn databases_have_the_templates_tables_and_are_independent() {
    let Some(postgres) = prepared().await else { return };
    let (first, second) = tokio::join!(postgres.database_from_template(), postgres.database_from_template());
    assert_ne!(first, second);
    let connection = Database::connect(first.as_str()).await.unwrap();
    connection.execute_unprepared("INSERT INTO pet VALUES ('Mirza')").await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(pets(&first).await, 1);
    assert_eq!(pets(&second).await, 0);
}

#[tokio::test]
async fn a_discarded_database_is_gone_once_the_next_is_made() {
    let Some(postgres) = prepared().await else { return };
    let url = postgres.database_from_template().await;
    let left_open = Database::connect(url.as_str()).await.unwrap();
    postgres.discard(&url);
    postgres.empty_database().await;
    // The other tests of this process may have made a database in between; either way this one is gone.
    assert!(left_open.execute_unprepared("SELECT 1 FROM pet").await.is_err());
}

#[tokio::test]
async fn what_is_not_the_tests_own_is_never_discarded() {
    let Some(postgres) = prepared().await else { return };
    postgres.discard(postgres.admin_url.as_str());
    assert!(postgres.discarded.lock().unwrap().iter().all(|name| name != "postgres"));
}

#[test]
fn a_stopped_cluster_leaves_no_folder() {
    let Some(programs) = programs::find() else {
        return;
    };
    let cluster = Cluster::start(&programs).unwrap();
    let port = url::Url::parse(&cluster.base_url).unwrap().port().unwrap();
    let folder = cluster.folder().to_owned();
    assert!(folder.join("data/postmaster.pid").exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    cluster.stop().unwrap();
    assert!(!folder.exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_build_server_requires_postgresql_and_a_desk_does_not() {
    assert!(is_required(Some("true"), None));
    assert!(is_required(None, Some("required")));
    assert!(!is_required(None, None));
    assert!(!is_required(Some("false"), None));
    assert!(!is_required(Some(""), Some("")));
}
