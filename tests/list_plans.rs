//! How PostgreSQL finds a page of a list, and what stands against an edit: along an index, whatever the size of the platform.

use crate::{
    kept_plans::page,
    plans::{Kept, plan, run, seen, sees_at_most},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    Statement,
    sea_query::{PostgresQueryBuilder, SqliteQueryBuilder},
};
use serde_json::json;
use std::collections::BTreeSet;
use steward::{
    accounts::list::{AccountFilter, AccountList, AccountOrder},
    core::{
        apps::{Scopes, sight::unhidden, tokens::LiveToken},
        edits::IN_FORCE,
    },
    decisions::read::{known, known_of, known_with_key},
    edit_restrictions::read::naming,
    graphql::page::Window,
    notices::{
        content::NoticeKind,
        read::{NoticeFilter, of_organization},
    },
};
use steward_entities::{
    account,
    id::{AccountId, AppInstallationId, OrganizationId, WorkspaceId},
    kinds::RoleName,
    notice,
};
use steward_tests::{Engine, Somebody, TestApp};

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
        let list = AccountList { organization: acme, filter, order: AccountOrder::Email, now: app.now(), app: None };
        let after = Some(vec!["email".to_owned(), "person038000@some.test".to_owned()]);
        let plan =
            plan(&app.steward.read, page(&list, &Window { limit: 50, backwards: false, after, before: None })).await;
        assert!(plan.contains("Index Only Scan using membership_by_address"), "{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("account_email_canonical_key"), "{plan}");
        // No step of it sees more rows than a page.
        sees_at_most(51.0, &plan);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apps_people_are_found_along_an_index_however_many_are_hidden() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let acme = app.organization("Acme").await;
    let workspace = app.workspace(acme).await;
    let catalogued = app.catalogued("Rotas").await;
    // 40,000 people: half of them managed, the others members; every hundredth is hidden by a block, as many by an objection,
    // and of strangers all.
    run(&app, &format!("INSERT INTO account (id, email, email_canonical, email_domain_key, display_name, locale, created_at, version, managed_by) \
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'p' || i, 'p' || i, 'test.', 'Somebody', 'en', now(), 1, \
        CASE WHEN i % 2 = 0 AND i <= 40000 THEN '{}'::uuid END FROM generate_series(1, 60000) i", acme.0)).await;
    run(&app, &format!("INSERT INTO membership (id, workspace_id, organization_id, account_id, email, email_canonical, status, created_at, version) \
        SELECT gen_random_uuid(), '{}', '{}', id, email, email, 'ACTIVE', now(), 1 FROM account WHERE managed_by IS NULL AND substr(email, 2)::int <= 40000",
        workspace.0, acme.0)).await;
    run(&app, "INSERT INTO account_block (id, account_id, kind, created_at) SELECT gen_random_uuid(), id, 'SUSPENSION', now() FROM account \
        WHERE substr(email, 2)::int % 100 = 0 OR substr(email, 2)::int > 40000").await;
    let installation = AppInstallationId(app.id::<uuid::Uuid>());
    run(&app, &format!("INSERT INTO app_installation (id, organization_id, app_id, state, scopes, installed_by, created_at, version) \
        VALUES ('{}', '{}', '{}', 'INSTALLED', 31, '00000000-0000-7000-8000-000000000001', now(), 1)", installation.0, acme.0, catalogued.0)).await;
    run(&app, &format!("INSERT INTO app_objection (id, organization_id, app_id, account_id, installation_id, scopes, status, created_at) \
        SELECT gen_random_uuid(), '{}', '{}', id, '{}', 31, 'OPEN', now() FROM account WHERE substr(email, 2)::int % 20 = 1",
        acme.0, catalogued.0, installation.0)).await;
    run(&app, &format!("INSERT INTO app_exclusion (id, organization_id, app_id, account_id, installation_id, created_at, excluded_by) \
        SELECT gen_random_uuid(), '{}', '{}', id, '{}', now(), id FROM account WHERE substr(email, 2)::int % 20 = 2",
        acme.0, catalogued.0, installation.0)).await;
    run(&app, &format!("INSERT INTO app_sighting (installation_id, account_id, first_read_at, last_read_at) SELECT '{}', id, now(), now() \
        FROM account", installation.0)).await;
    run(&app, "ANALYZE").await;
    let token = LiveToken {
        id: app.id(),
        app: catalogued,
        installation,
        organization: acme,
        workspace: None,
        scopes: Scopes(31),
        created_at: app.now(),
        expires_at: app.now(),
    };
    for after in [None, Some(vec!["00000000-0000-7000-8000-000000009000".to_owned()])] {
        let list = AccountList {
            organization: acme,
            filter: AccountFilter::default(),
            order: AccountOrder::Id,
            now: app.now(),
            app: Some(token),
        };
        let window = Window { limit: 50, backwards: false, after, before: None };
        let plan = plan(&app.steward.read, page(&list, &window)).await;
        assert!(!plan.contains("Seq Scan") && !plan.contains("hashed"), "{plan}");
        sees_at_most(103.0, &plan);
        sees_at_most(103.0, &Kept::of(&app, page(&list, &window)).await.plan(page(&list, &window)).await);
    }
    // That it expects to find nearly all of them is why it doesn't sort them, in organizations of any size.
    let people = account::Entity::find().select_only().column(account::Column::Id);
    let people = people.filter(account::Column::ManagedBy.eq(acme)).filter(unhidden(
        &token,
        (account::Entity, account::Column::Id),
        app.now(),
    ));
    let mut statement = people.build(DbBackend::Postgres);
    statement.sql = format!("EXPLAIN {}", statement.sql);
    let rows = app.database.query_all_raw(statement).await.unwrap();
    let expected: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let scan = expected.iter().find(|line| line.contains(" on account ")).expect("a scan");
    assert!(seen(scan).0 >= 15_000.0, "{expected:#?}");
}

/// A member whom three restrictions reach: one over everybody, one within her workspace, and one that names her.
pub struct Restricted {
    pub acme: OrganizationId,
    pub workspace: WorkspaceId,
    pub admin: Somebody,
    pub ana: Somebody,
}

impl Restricted {
    pub async fn new(app: &TestApp) -> Self {
        let acme = app.organization("Acme").await;
        let workspace = app.workspace(acme).await;
        let admin = app.administrator(acme, RoleName::UserAdmin).await;
        let ana = app.person("ana@home.example").await;
        app.joined(acme, workspace, ana.id, &ana.email).await;
        for target in
            [json!({ "organization": {} }), json!({ "workspaceId": workspace }), json!({ "accountIds": [ana.id] })]
        {
            let input =
                json!({ "organizationId": acme, "target": target, "operations": ["EDIT_ITEMS"], "reason": "An audit" });
            admin.client.done("restrictEdits", input, "").await;
        }
        Self { acme, workspace, admin, ana }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_reads_the_restrictions_of_its_person_alone() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let Restricted { acme, workspace, admin, ana } = Restricted::new(&app).await;
    // 20,000 others, each with a department's restriction by name; as many workspaces with one each; and as many that are over.
    run(&app, "INSERT INTO account (id, email, email_canonical, email_domain_key, display_name, locale, created_at, version) \
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'p' || i, 'p' || i, 'test.', 'Somebody', 'en', now(), 1 \
        FROM generate_series(1, 20000) i").await;
    run(&app, &format!("INSERT INTO workspace (id, organization_id, service_id, name, created_at) \
        SELECT ('00000000-0000-7000-8001-' || lpad(to_hex(i), 12, '0'))::uuid, organization_id, service_id, 'w' || i, now() \
        FROM workspace, generate_series(1, 20000) i WHERE id = '{}'", workspace.0)).await;
    for (kind, target, place, ended) in [
        ("8002", "ACCOUNTS", "NULL::uuid", "NULL::timestamptz"),
        ("8003", "WORKSPACE", "('00000000-0000-7000-8001-' || lpad(to_hex(i), 12, '0'))::uuid", "NULL::timestamptz"),
        ("8004", "ORGANIZATION", "NULL::uuid", "now()"),
    ] {
        run(&app, &format!("INSERT INTO edit_restriction (id, organization_id, target, workspace_id, operations, reason, created_at, \
            set_by, set_by_role, ended_at) SELECT ('00000000-0000-7000-{kind}-' || lpad(to_hex(i), 12, '0'))::uuid, '{}', '{target}', \
            {place}, 4, 'x', now(), '{}', 'USER_ADMIN', {ended} FROM generate_series(1, 20000) i", acme.0, admin.id.0)).await;
    }
    run(&app, "INSERT INTO edit_restriction_account (restriction_id, account_id) \
        SELECT ('00000000-0000-7000-8002-' || lpad(to_hex(i), 12, '0'))::uuid, ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid \
        FROM generate_series(1, 20000) i").await;
    run(&app, "ANALYZE").await;
    // What an edit reads; what a service's question does, which adds her membership; and which of them name her.
    for (text, rows) in [(IN_FORCE.as_str(), 3.0), (known(DbBackend::Postgres, "", "= $2").as_str(), 4.0)] {
        let text = text.replace("{accounts}", "= $2").replace("$1", "now()");
        reads_few(&app, &text.replace("$2", &format!("'{}'", ana.id.0)), rows).await;
    }
    // The same with the key of who asks. Who has none that is valid has nothing read, whoever it is about.
    run(
        &app,
        "INSERT INTO service_key (id, service_id, name, token_hash, hint, made_by, created_at, expires_at) \
        SELECT gen_random_uuid(), s.id, 'k', sha256('right'), 'h', a.id, now(), now() + interval '1 day' \
        FROM service s, (SELECT id FROM account LIMIT 1) a LIMIT 1",
    )
    .await;
    let asks = |account: AccountId, key: &str| {
        let text =
            known_with_key(DbBackend::Postgres).replace("$1", "now()").replace("$2", &format!("'{}'::uuid", account.0));
        text.replace("$3", &format!("sha256('{key}')"))
    };
    reads_few(&app, &asks(ana.id, "right"), 5.0).await;
    let known = pages_read(&app, &asks(ana.id, "right")).await;
    let [of_her, of_nobody] = [asks(ana.id, "wrong"), asks(app.id(), "wrong")];
    let [of_her, of_nobody] = [pages_read(&app, &of_her).await, pages_read(&app, &of_nobody).await];
    assert!(of_her == of_nobody && known > of_her, "{of_her} and {of_nobody} pages, {known} with the right key");
    let named = naming(ana.id).to_string(PostgresQueryBuilder);
    let listed = format!("SELECT * FROM edit_restriction WHERE organization_id = '{}' AND id IN ({named})", acme.0);
    reads_few(&app, &listed, 1.0).await;
}

/// How many pages a statement reads; the fewest of a few tries, as the first may also read what the database knows of tables.
async fn pages_read(app: &TestApp, text: &str) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..3 {
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) {text}");
        let rows = app.database.query_all_raw(Statement::from_string(DbBackend::Postgres, explain)).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect();
        // The first line that tells of them is that of the whole.
        let whole = plan.iter().find_map(|line| line.trim().strip_prefix("Buffers: shared "));
        let counted = |part: &str| part.split_once('=').and_then(|(_, pages)| pages.parse::<u64>().ok());
        let pages = whole.unwrap_or_else(|| panic!("{plan:?}")).split(' ').filter_map(counted).sum();
        fewest = fewest.min(pages);
    }
    fewest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_plans_a_statement_once_and_readers_map_the_file() {
    let Some(app) = TestApp::start(Engine::Sqlite).await else { return };
    let read = async |db: &DatabaseConnection, pragma: &str| {
        db.query_all_raw(Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {pragma}"))).await.unwrap()
    };
    let options = read(&app.steward.read, "compile_options").await;
    let options: Vec<String> = options.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    // Cargo reads LIBSQLITE3_FLAGS from `.cargo/config.toml`; a build that isn't started below it goes without.
    assert!(options.iter().any(|option| option == "ENABLE_QPSG"), "{options:?}");
    let mapped: i64 = read(&app.steward.read, "mmap_size").await[0].try_get_by_index(0).unwrap();
    assert_eq!(mapped, 1 << 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_services_question_walks_indexes_on_sqlite() {
    let Some(app) = TestApp::start(Engine::Sqlite).await else { return };
    let mut values = vec![app.now().into()];
    let hundred: BTreeSet<AccountId> = (0..100).map(|_| app.id()).collect();
    let (many, _) = known_of(&app.database, &mut values, &hundred);
    for (text, lists) in [(known_with_key(DbBackend::Sqlite), 0), (many.as_str(), 1)] {
        let plan = plan(&app.database, Statement::from_string(DbBackend::Sqlite, text)).await;
        // Whole are read only tables of the statement's own; and of many people their list, once.
        let is_own = |step: &&str| ["SCAN asked", "SCAN tie"].contains(step);
        let (own, others): (Vec<&str>, Vec<&str>) =
            plan.lines().filter(|step| step.starts_with("SCAN")).partition(is_own);
        assert!(!own.is_empty() && others.len() == lists, "{plan}");
        assert!(others.iter().all(|step| step.starts_with("SCAN json_each")), "{plan}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_restrictions_that_name_somebody_are_found_by_their_account_on_sqlite() {
    let Some(app) = TestApp::start(Engine::Sqlite).await else { return };
    let acme = app.organization("Acme").await;
    let named = naming(app.id()).to_string(SqliteQueryBuilder);
    let listed = format!(
        "EXPLAIN QUERY PLAN SELECT * FROM edit_restriction WHERE organization_id = x'{}' AND id IN ({named})",
        acme.0.simple()
    );
    let rows = app.database.query_all_raw(Statement::from_string(DbBackend::Sqlite, listed)).await.unwrap();
    let plan: String = rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap() + "\n").collect();
    assert!(plan.contains("edit_restriction_account_by_account (account_id=?)") && !plan.contains("SCAN"), "{plan}");
    assert!(!plan.contains("CORRELATED"), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_are_found_by_whom_they_are_for_or_what_they_say_on_sqlite() {
    let Some(app) = TestApp::start(Engine::Sqlite).await else { return };
    let (account, kind) = (Some(app.id()), Some(NoticeKind::AccountSuspended));
    let filter = NoticeFilter::default;
    for (filter, index) in [
        (filter(), "notice_of_organization (organization_id=?)"),
        (NoticeFilter { kind, ..filter() }, "notice_of_organization_by_kind (organization_id=? AND kind=?)"),
        (NoticeFilter { account, ..filter() }, "notice_of_account (account_id=?)"),
        (NoticeFilter { account, kind, ..filter() }, "notice_of_account (account_id=?)"),
    ] {
        let window = Window { limit: 50, backwards: false, after: None, before: None };
        let select = window.of_ids(of_organization(app.id(), &filter), notice::Column::Id).unwrap();
        let plan = plan(&app.database, select.build(DbBackend::Sqlite)).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{index}: {plan}");
    }
}

/// No step of this statement sees more rows, nor throws many away.
async fn reads_few(app: &TestApp, text: &str, few: f64) {
    let plan = plan(&app.database, Statement::from_string(DbBackend::Postgres, text)).await;
    assert!(!plan.contains("Seq Scan on edit_restriction"), "{plan}");
    let (most, in_vain) = seen(&plan);
    assert!(most <= few && in_vain <= 3.0, "{most} rows, {in_vain} in vain: {plan}");
}
