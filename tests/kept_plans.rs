//! The plans that PostgreSQL keeps for pages of people: made once, for whatever values come.

use crate::list_plans::{most_rows, run};
use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{PostgresQueryBuilder, QueryBuilder},
};
use steward::{
    accounts::list::{AccountFilter, AccountList, AccountOrder, InDomain},
    core::{ReadConnection, account::access::Access},
    graphql::page::Window,
};
use steward_tests::{Engine, TestApp};
use uuid::Uuid;

/// What PostgreSQL keeps of a page that is asked for often: it plans it five times for its values, and then keeps one plan for
/// all, if that looks no dearer to it.
pub struct Kept {
    request: ReadConnection,
    name: String,
    text: String,
}

impl Kept {
    /// Asks for this page often.
    pub async fn of(app: &TestApp, list: &AccountList, window: &Window) -> Self {
        let request = ReadConnection::new(&app.steward.readers);
        let page = DbBackend::Postgres.build(&list.page(window).unwrap().unwrap());
        for _ in 0..12 {
            request.query_all_raw(page.clone()).await.unwrap();
        }
        let kept = "SELECT name, custom_plans, generic_plans FROM pg_prepared_statements \
            WHERE statement NOT LIKE '%pg_prepared_statements%' ORDER BY prepare_time DESC LIMIT 1";
        let kept = request.query_one_raw(Statement::from_string(DbBackend::Postgres, kept)).await.unwrap().unwrap();
        let [custom, generic] = [1, 2].map(|index| kept.try_get_by_index::<i64>(index).unwrap());
        assert_eq!((custom, generic), (5, 7), "{}", page.sql);
        Self { request, name: kept.try_get_by_index(0).unwrap(), text: page.sql }
    }

    /// How it finds the same page of another list.
    pub async fn plan(&self, list: &AccountList, window: &Window) -> String {
        let page = DbBackend::Postgres.build(&list.page(window).unwrap().unwrap());
        assert_eq!(page.sql, self.text);
        let values = page.values.unwrap();
        let values: Vec<_> = values.iter().map(|value| PostgresQueryBuilder.value_to_string(value)).collect();
        let explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE";
        let explain = format!("{explain} {} ({})", self.name, values.join(", "));
        let rows = self.request.query_all_raw(Statement::from_string(DbBackend::Postgres, explain)).await.unwrap();
        let plan: String = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap() + "\n").collect();
        assert!(plan.contains("$1"), "the plan that is kept: {plan}");
        plan
    }
}

/// That no step of a plan sees more rows than these, nor throws more away.
pub fn sees_at_most(rows: u64, plan: &str) {
    let removed =
        plan.lines().filter_map(|line| line.trim().strip_prefix("Rows Removed by Filter: ")?.parse::<u64>().ok());
    assert!(removed.sum::<u64>() <= rows && most_rows(plan) <= rows as f64, "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_kept_serves_large_organizations_and_small_ones() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    // The large one has most accounts, in the order of their ids; others have one after the other of the rest; and the small
    // one has the last three. Each has one domain and one workspace, but the large one two, of which one has three people.
    let (mut names, mut domains, mut workspaces) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..10 {
        let organization = app.organization(&format!("Organization {number}")).await;
        names.push(organization);
        domains.push(app.proved_domain(organization, &format!("n{number}.test")).await);
        workspaces.push(app.workspace(organization).await);
    }
    let few = (app.proved_domain(names[0], "few.test").await, app.workspace(names[0]).await);
    domains.push(few.0);
    workspaces.push(few.1);
    let (large, small) = (names[0], names[9]);
    names.push(large);
    let array = |ids: Vec<Uuid>| {
        let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'::uuid")).collect();
        format!("(ARRAY[{}])", ids.join(", "))
    };
    let [of, domain, workspace] = [
        array(names.iter().map(|id| id.0).collect()),
        array(domains.iter().map(|id| id.0).collect()),
        array(workspaces.iter().map(|id| id.0).collect()),
    ];
    let window = Window { limit: 50, backwards: false, after: None, before: None };
    let list =
        |organization, filter| AccountList { organization, filter, order: AccountOrder::Id, now: app.now(), app: None };
    let everybody = AccountFilter::default;
    // One that was kept while there was nobody yet.
    let early = Kept::of(&app, &list(large, everybody()), &window).await;
    let which =
        "CASE WHEN i > 20000 THEN 10 WHEN i BETWEEN 11001 AND 11003 THEN 11 WHEN i <= 12000 THEN 1 ELSE 2 + i % 8 END";
    run(&app, &format!("INSERT INTO account (id, email, email_canonical, email_domain_key, display_name, locale, created_at, version, managed_by, managed_domain_id) \
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'p' || i, 'p' || i, 'test.', 'Somebody', 'en', now(), 1, \
        {of}[{which}], {domain}[{which}] FROM generate_series(1, 20003) i")).await;
    run(&app, &format!("INSERT INTO membership (id, workspace_id, organization_id, account_id, email, email_canonical, status, created_at, version) \
        SELECT gen_random_uuid(), {workspace}[{which}], {of}[{which}], ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, \
        'p' || i, 'p' || i, 'ACTIVE', now(), 1 FROM generate_series(1, 20003) i")).await;
    sees_at_most(6, &early.plan(&list(small, everybody()), &window).await);
    run(&app, "ANALYZE").await;
    let in_domain = |id, name: &str| AccountFilter {
        domain: Some(InDomain { id, name_key: format!("test.{name}."), include_subdomains: false }),
        managed: Some(true),
        ..AccountFilter::default()
    };
    let in_workspace = |id| AccountFilter { workspace: Some(id), ..AccountFilter::default() };
    let suspended = || AccountFilter { access: Some(Access::Suspended), ..AccountFilter::default() };
    for (often, other) in [
        (list(large, everybody()), list(small, everybody())),
        (list(large, in_domain(domains[0], "n0")), list(large, in_domain(few.0, "few"))),
        (list(large, in_workspace(workspaces[0])), list(large, in_workspace(few.1))),
        (list(large, suspended()), list(small, suspended())),
    ] {
        sees_at_most(6, &Kept::of(&app, &often, &window).await.plan(&other, &window).await);
    }
}
