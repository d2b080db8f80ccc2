//! How PostgreSQL finds a page of a list: along an index, whatever the size of the platform.

use sea_orm::ConnectionTrait;
use steward::{
    accounts::list::{AccountFilter, AccountList, AccountOrder},
    graphql::page::Window,
};
use steward_tests::{Engine, TestApp};

async fn run(app: &TestApp, sql: &str) {
    app.database.execute_unprepared(sql).await.unwrap();
}

/// The plan of a statement, as PostgreSQL tells it, run.
async fn plan(app: &TestApp, list: &AccountList, window: &Window) -> String {
    let page = list.page(window).unwrap().unwrap();
    let mut statement = app.database.get_database_backend().build(&page);
    statement.sql = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {}", statement.sql);
    let rows = app.database.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap() + "\n").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_by_address_are_found_along_an_index_of_their_organization() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let acme = app.organization("Acme").await;
    let workspace = app.workspace(acme).await;
    // 40,000 people; the last 4,000 of them are the organization's members.
    run(&app, "INSERT INTO account (id, email, email_canonical, email_domain_key, display_name, locale, created_at, version) \
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, e, e, 'test.', 'Somebody', 'en', now(), 1 \
        FROM (SELECT i, 'person' || lpad(i::text, 6, '0') || '@some.test' AS e FROM generate_series(1, 40000) i) people").await;
    run(&app, &format!("INSERT INTO membership (id, workspace_id, organization_id, account_id, email, email_canonical, status, created_at, version) \
        SELECT gen_random_uuid(), '{}', '{}', id, email, email, 'ACTIVE', now(), 1 FROM account WHERE email >= 'person036001'", workspace.0, acme.0)).await;
    run(&app, "ANALYZE").await;
    for email_prefix in [None, Some("person039".to_owned())] {
        let filter = AccountFilter { email_prefix, ..AccountFilter::default() };
        let list = AccountList { organization: acme, filter, order: AccountOrder::Email, now: app.now() };
        let after = Some(vec!["email".to_owned(), "person038000@some.test".to_owned()]);
        let plan = plan(&app, &list, &Window { limit: 50, backwards: false, after, before: None }).await;
        assert!(plan.contains("Index Only Scan using membership_by_address"), "{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("account_email_canonical_key"), "{plan}");
        // No step of it sees more rows than a page.
        let most = plan
            .split("rows=")
            .skip(1)
            .filter_map(|rest| rest.split([' ', ')']).next()?.parse::<f64>().ok())
            .fold(0.0, f64::max);
        assert!(most <= 51.0, "{most} rows: {plan}");
    }
}
