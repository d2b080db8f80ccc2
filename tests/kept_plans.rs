//! The plans that PostgreSQL keeps for pages of people and of notices, and for services' questions: made once, for whatever
//! values come.

use crate::{
    list_plans::Restricted,
    plans::{Kept, run, seen, sees_at_most},
};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};
use std::collections::BTreeSet;
use steward::{
    accounts::list::{AccountFilter, AccountList, AccountOrder, InDomain},
    core::{account::access::Access, database::sql},
    decisions::read::{known_of, known_with_key},
    graphql::page::Window,
    notices::{
        content::NoticeKind,
        read::{NoticeFilter, of_organization},
    },
};
use steward_entities::{id::AccountId, notice};
use steward_tests::{Engine, TestApp};
use uuid::Uuid;

/// The statement of a page.
pub fn page(list: &AccountList, window: &Window) -> Statement {
    DbBackend::Postgres.build(&list.page(window).unwrap().unwrap())
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
    let list = |organization, filter| {
        page(&AccountList { organization, filter, order: AccountOrder::Id, now: app.now(), app: None }, &window)
    };
    let everybody = AccountFilter::default;
    // One that was kept while there was nobody yet.
    let early = Kept::of(&app, list(large, everybody())).await;
    let which =
        "CASE WHEN i > 20000 THEN 10 WHEN i BETWEEN 11001 AND 11003 THEN 11 WHEN i <= 12000 THEN 1 ELSE 2 + i % 8 END";
    run(&app, &format!("INSERT INTO account (id, email, email_canonical, email_domain_key, display_name, locale, created_at, version, managed_by, managed_domain_id) \
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'p' || i, 'p' || i, 'test.', 'Somebody', 'en', now(), 1, \
        {of}[{which}], {domain}[{which}] FROM generate_series(1, 20003) i")).await;
    run(&app, &format!("INSERT INTO membership (id, workspace_id, organization_id, account_id, email, email_canonical, status, created_at, version) \
        SELECT gen_random_uuid(), {workspace}[{which}], {of}[{which}], ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, \
        'p' || i, 'p' || i, 'ACTIVE', now(), 1 FROM generate_series(1, 20003) i")).await;
    sees_at_most(6.0, &early.plan(list(small, everybody())).await);
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
        sees_at_most(6.0, &Kept::of(&app, often).await.plan(other).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_kept_of_a_question_serves_those_who_are_restricted_and_those_who_are_not() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let Restricted { workspace, admin, ana, .. } = Restricted::new(&app).await;
    let key_hash = vec![1_u8; 32];
    let key = "INSERT INTO service_key (id, service_id, name, token_hash, hint, made_by, created_at, expires_at) \
        SELECT $1, service_id, 'k', $2, 'h', $3, $5, $6 FROM workspace WHERE id = $4";
    let end = app.now() + TimeDelta::days(1);
    let values = [
        app.id::<Uuid>().into(),
        key_hash.clone().into(),
        admin.id.into(),
        workspace.into(),
        app.now().into(),
        end.into(),
    ];
    app.database.execute_raw(sql(&app.database, key, values)).await.unwrap();
    let one = |account: AccountId| {
        let values = [app.now().into(), account.into(), key_hash.clone().into()];
        sql(&app.database, known_with_key(DbBackend::Postgres), values)
    };
    let many = |accounts: &BTreeSet<AccountId>| {
        let mut values = vec![app.now().into()];
        let (text, _) = known_of(&app.database, &mut values, accounts);
        sql(&app.database, &text, values)
    };
    let others: Vec<AccountId> = (1..=99).map(|i| AccountId(Uuid::from_u128((0x7000_8000 << 48) + i))).collect();
    let all: BTreeSet<AccountId> = others.iter().copied().chain([ana.id]).collect();
    // Plans that were kept while there was next to nobody.
    let kept = async || (Kept::of(&app, one(ana.id)).await, Kept::of(&app, many(&all)).await);
    let early = kept().await;
    // 20,000 organizations, each with a workspace and somebody in it, and as many restrictions of each sort.
    let id = |of: &str| format!("('00000000-0000-7000-{of}-' || lpad(to_hex(i), 12, '0'))::uuid");
    let [account, organization, place] = ["8000", "9000", "a000"].map(id);
    let numbers = "FROM generate_series(1, 20000) i";
    run(
        &app,
        &format!(
            "INSERT INTO organization (id, name, administrative_email, created_at, version) \
        SELECT {organization}, 'o' || i, 'o@o.test', now(), 1 {numbers}"
        ),
    )
    .await;
    run(&app, &format!("INSERT INTO account (id, email, email_canonical, email_domain_key, display_name, locale, created_at, version, managed_by) \
        SELECT {account}, 'p' || i, 'p' || i, 'test.', 'Somebody', 'en', now(), 1, {organization} {numbers}")).await;
    run(&app, &format!("INSERT INTO workspace (id, organization_id, service_id, name, created_at) \
        SELECT {place}, {organization}, service_id, 'w' || i, now() FROM workspace, generate_series(1, 20000) i WHERE id = '{}'", workspace.0)).await;
    run(&app, &format!("INSERT INTO membership (id, workspace_id, organization_id, account_id, email, email_canonical, status, created_at, version) \
        SELECT gen_random_uuid(), {place}, {organization}, {account}, 'p' || i, 'p' || i, 'ACTIVE', now(), 1 {numbers}")).await;
    run(
        &app,
        &format!(
            "INSERT INTO role (id, organization_id, account_id, role, assigned_at) \
        SELECT gen_random_uuid(), {organization}, {account}, 'AUDITOR', now() {numbers}"
        ),
    )
    .await;
    for (kind, target, place) in [
        ("b000", "ACCOUNTS", "NULL::uuid"),
        ("b001", "WORKSPACE", place.as_str()),
        ("b002", "ORGANIZATION", "NULL::uuid"),
    ] {
        run(&app, &format!("INSERT INTO edit_restriction (id, organization_id, target, workspace_id, operations, reason, created_at, \
            set_by, set_by_role) SELECT {}, {organization}, '{target}', {place}, 4, 'x', now(), '{}', 'USER_ADMIN' {numbers}",
            id(kind), admin.id.0)).await;
    }
    run(
        &app,
        &format!(
            "INSERT INTO edit_restriction_account (restriction_id, account_id) SELECT {}, {account} {numbers}",
            id("b000")
        ),
    )
    .await;
    let few = async |(lone, together): (Kept, Kept)| {
        for question in [one(others[0]), one(ana.id)] {
            let plan = lone.plan(question).await;
            sees_at_most(6.0, &plan);
            assert!(seen(&plan).0 >= 5.0, "a membership, three restrictions, and the key: {plan}");
        }
        let plan = together.plan(many(&all)).await;
        sees_at_most(500.0, &plan);
        assert!(
            seen(&plan).0 >= 499.0,
            "of each a membership, a role, and three restrictions; Ana has no role: {plan}"
        );
    };
    few(early).await;
    run(&app, "ANALYZE").await;
    few(kept().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_kept_of_notices_serves_each_organization_and_kind() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let (large, small) = (app.organization("Large").await, app.organization("Small").await);
    let [ana, bo] = [0, 200].map(|number| AccountId(Uuid::from_u128((0x7000_8000 << 48) + number)));
    let window = Window { limit: 50, backwards: false, after: None, before: None };
    let (usual, rare) = (NoticeKind::AccountSuspended, NoticeKind::AppRetired);
    let list = |organization, filter: NoticeFilter| {
        let select = of_organization(organization, &filter);
        window.of_ids(select, notice::Column::Id).unwrap().build(DbBackend::Postgres)
    };
    let everything = NoticeFilter::default;
    let of_kind = |kind| NoticeFilter { kind: Some(kind), ..NoticeFilter::default() };
    let to = |account| NoticeFilter { account: Some(account), ..NoticeFilter::default() };
    let of_kind_to = |kind, account| NoticeFilter { account: Some(account), ..of_kind(kind) };
    let early = Kept::of(&app, list(large, of_kind(usual))).await;
    // 40,000 notices to 200 people, Ana the first of them, and one to Bo; each ten-thousandth is of a rare kind, and the last
    // three are the small one's.
    run(&app, "INSERT INTO account (id, email, email_canonical, email_domain_key, display_name, locale, created_at, version) \
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'p' || i, 'p' || i, 'test.', 'Somebody', 'en', now(), 1 \
        FROM generate_series(0, 200) i").await;
    run(&app, &format!("INSERT INTO notice (id, account_id, organization_id, kind, content, locale, created_at) \
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, \
        ('00000000-0000-7000-8000-' || lpad(to_hex(CASE WHEN i = 39000 THEN 200 ELSE i % 200 END), 12, '0'))::uuid, CASE WHEN i > 39997 THEN '{}'::uuid ELSE '{}'::uuid END, \
        CASE WHEN i % 10000 = 9999 THEN '{}' ELSE '{}' END, '{{}}', 'en', now() FROM generate_series(1, 40000) i",
        small.0, large.0, rare.as_str(), usual.as_str())).await;
    sees_at_most(4.0, &early.plan(list(large, of_kind(rare))).await);
    run(&app, "ANALYZE").await;
    for (often, other) in [
        (list(large, everything()), list(small, everything())),
        (list(large, of_kind(usual)), list(large, of_kind(rare))),
        (list(large, to(ana)), list(large, to(bo))),
        (list(large, of_kind_to(usual, ana)), list(large, of_kind_to(usual, bo))),
    ] {
        let kept = Kept::of(&app, often.clone()).await;
        sees_at_most(51.0, &kept.plan(often).await);
        let plan = kept.plan(other).await;
        sees_at_most(4.0, &plan);
        assert!(seen(&plan).0 >= 1.0, "nothing is found: {plan}");
    }
}
