//! Lists of items: pages, filters, and who gets which.

use super::Planner;
use crate::{
    decisions::workspace,
    plans::{Kept, plan, seen},
};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, QueryTrait};
use serde_json::{Value, json};
use steward::{
    graphql::page::Page,
    items::list::{ItemFilter, ItemsOf, by_members, list, nearest, of_kinds, of_places, shared},
};
use steward_entities::{
    id::{AccountId, ItemKindId},
    item, item_kind,
    kinds::RoleName,
};
use steward_tests::{Client, Engine, TestApp, on_both};
use uuid::Uuid;

const QUERY: &str = "query($of: ItemsOfInput!, $filter: ItemFilterInput, $first: Int, $after: String, $last: Int) { \
    items(of: $of, filter: $filter, first: $first, after: $after, last: $last) { \
    totalCount pageInfo { hasNextPage endCursor } nodes { id title } } }";

/// The ids, and whether all of them say something, nothing, or some.
async fn listed(by: &Client, of: Value, filter: Value) -> Option<(Vec<Value>, usize)> {
    let list = by.ask(QUERY, json!({ "of": of, "filter": filter, "first": 100 })).await["items"].clone();
    let nodes = list["nodes"].as_array()?.clone();
    assert_eq!(list["totalCount"], json!(nodes.len()));
    let say = nodes.iter().filter(|node| node["title"].is_string()).count();
    Some((nodes.into_iter().map(|node| node["id"].clone()).collect(), say))
}

on_both! {
    async fn each_viewer_gets_their_list_and_administrators_without_what_items_say(app: TestApp) {
        let planner = Planner::new(&app).await;
        let operator = &planner.operator.client;
        operator.done("registerItemKind", json!({ "serviceId": planner.service, "name": "planner.plan" }), "").await;
        let bo = planner.colleague(&app, "bo").await;
        let (ana, place) = (&planner.ana, json!(planner.workspace));
        let private = planner.make(&ana.client, json!({})).await;
        app.advance(TimeDelta::seconds(10));
        let middle = app.now();
        let shared = planner.make(&ana.client, json!({ "visibility": "WORKSPACE", "kind": "planner.plan" })).await;
        app.advance(TimeDelta::seconds(10));
        let personal = planner.make(&ana.client, json!({ "workspaceId": null })).await;
        let of_bo = planner.make(&bo.client, json!({ "visibility": "WORKSPACE" })).await;
        planner.make(&bo.client, json!({ "workspaceId": null })).await;

        let (of_workspace, of_ana, of_hofer) =
            (json!({ "workspaceId": place }), json!({ "accountId": ana.id }), json!({ "organizationId": planner.id }));
        let all = vec![private.clone(), shared.clone(), of_bo.clone()];
        let hers = vec![private.clone(), shared.clone(), personal.clone()];
        let both = vec![shared.clone(), of_bo.clone()];
        let owner = app.administrator(planner.id, RoleName::Owner).await;
        let auditor = app.api_key(planner.id, owner.id, RoleName::Auditor).await;
        for (by, of, expected) in [
            (&bo.client, &of_workspace, Some((both.clone(), 2))),
            (&ana.client, &of_workspace, Some((both.clone(), 2))),
            (&ana.client, &of_ana, Some((hers.clone(), 3))),
            (&planner.client, &of_workspace, Some((all.clone(), 3))),
            (&planner.client, &of_ana, Some((hers.clone(), 3))),
            (&owner.client, &of_workspace, Some((all.clone(), 0))),
            (&auditor, &of_hofer, Some((all.clone(), 0))),
            (&owner.client, &of_ana, Some((hers.clone(), 0))),
            (&owner.client, &json!({ "accountId": bo.id }), Some((vec![of_bo.clone()], 0))),
            (&bo.client, &of_ana, None), (&bo.client, &of_hofer, None), (&planner.client, &of_hofer, None),
        ] {
            assert_eq!(listed(by, of.clone(), Value::Null).await, expected, "{of}");
        }
        for filter in [
            json!({ "kind": "planner.plan" }), json!({ "createdAfter": middle, "createdBefore": middle + TimeDelta::seconds(1) }),
        ] {
            assert_eq!(listed(&auditor, of_hofer.clone(), filter.clone()).await, Some((vec![shared.clone()], 0)), "{filter}");
            assert_eq!(listed(&planner.client, of_ana.clone(), filter).await, Some((vec![shared.clone()], 1)));
        }
        let here = json!({ "workspaceId": place });
        assert_eq!(listed(&ana.client, of_ana.clone(), here.clone()).await, Some((vec![private, shared], 2)));
        assert_eq!(listed(&auditor, of_hofer.clone(), json!({ "kind": "planner.none" })).await, Some((vec![], 0)));
        let query = "query($filter: ItemFilterInput) { viewer { items(filter: $filter) { nodes { id } } } }";
        let own = ana.client.ask(query, json!({ "filter": here })).await["viewer"]["items"]["nodes"].clone();
        assert_eq!(own.as_array().unwrap().len(), 2);

        // Nobody from elsewhere finds anything, under any id.
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        let elsewhere = app.workspace(other).await;
        for by in [&stranger.client, &app.nobody()] {
            for of in [&of_workspace, &of_ana, &of_hofer] {
                let found = listed(by, of.clone(), Value::Null).await;
                assert!(found.is_none() || found == Some((vec![], 0)), "{of}: {found:?}");
            }
        }
        // Nor whether somebody is there: a stranger's id is answered as one that is nobody's.
        let nobodys = json!({ "accountId": AccountId(Uuid::from_u128(7)) });
        assert_eq!(listed(&stranger.client, nobodys, Value::Null).await, Some((vec![], 0)));
        assert_eq!(listed(&stranger.client, of_ana.clone(), Value::Null).await, Some((vec![], 0)));
        for of in [json!({ "workspaceId": elsewhere }), json!({ "organizationId": other }), json!({ "workspaceId": "x" })] {
            assert_eq!(listed(&owner.client, of, Value::Null).await, None);
        }
    }
}

on_both! {
    async fn pages_follow_each_other_in_both_directions(app: TestApp) {
        let planner = Planner::new(&app).await;
        let mut made = Vec::new();
        for _ in 0..5 {
            app.advance(TimeDelta::seconds(1));
            made.push(planner.make(&planner.ana.client, json!({})).await);
        }
        let of = json!({ "organizationId": planner.id });
        let owner = app.administrator(planner.id, RoleName::Owner).await;
        let (mut after, mut walked) = (Value::Null, Vec::new());
        loop {
            let page = owner.client.ask(QUERY, json!({ "of": of, "first": 2, "after": after })).await["items"].clone();
            walked.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(walked, made);
        let last = owner.client.ask(QUERY, json!({ "of": of, "last": 2 })).await["items"]["nodes"].clone();
        assert_eq!(last.as_array().unwrap().iter().map(|node| node["id"].clone()).collect::<Vec<_>>(), made[3..]);
        assert_eq!(owner.client.send(QUERY, json!({ "of": of, "first": 101 })).await.code(), "BAD_REQUEST");
        assert_eq!(owner.client.send(QUERY, json!({ "of": of, "after": "nonsense" })).await.code(), "BAD_REQUEST");
    }
}

/// How PostgreSQL finds a page: planned for it, and by the plan that it would keep for all values.
async fn plans(app: &TestApp, select: sea_orm::Select<item::Entity>) -> [String; 2] {
    let page = Page::default().window().unwrap().of_ids(select, item::Column::Id).unwrap().build(DbBackend::Postgres);
    let kept = Kept::whether_or_not(app, page.clone()).await.plan(page.clone()).await;
    [plan(&app.steward.read, page).await, kept]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_list_walks_an_index_and_sees_no_more_than_a_page() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let planner = Planner::new(&app).await;
    let first = app.item(planner.ana.id, Some((planner.id, planner.workspace))).await;
    let rare = item::Entity::find_by_id(first).one(&app.database).await.unwrap().unwrap().kind_id;
    let usual =
        item_kind::Entity::find().order_by_asc(item_kind::Column::Id).one(&app.database).await.unwrap().unwrap().id;
    let colleague = planner.colleague(&app, "bo").await;
    // 40,000 items in one workspace, of two people and two kinds; every hundredth is rare, and every tenth is private.
    let made = format!(
        "INSERT INTO item (id, account_id, organization_id, workspace_id, kind_id, visibility, size, created_at, updated_at, version) \
         SELECT ('01990000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, \
         CASE WHEN i % 2 = 0 THEN '{}'::uuid ELSE '{}'::uuid END, '{}', '{}', \
         CASE WHEN i % 100 = 0 THEN '{}'::uuid ELSE '{}'::uuid END, CASE WHEN i % 10 = 0 THEN 'PRIVATE' ELSE 'WORKSPACE' END, \
         2, now(), now(), 1 FROM generate_series(1, 40000) i",
        planner.ana.id.0, colleague.id.0, planner.id.0, planner.workspace.0, rare.0, usual.0
    );
    app.database.execute_unprepared(&made).await.unwrap();
    // And as many personal ones, whose ids lie before these.
    let personal = format!(
        "INSERT INTO item (id, account_id, kind_id, visibility, size, created_at, updated_at, version) \
         SELECT ('01980000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '{}', '{}', 'PRIVATE', 2, now(), now(), 1 \
         FROM generate_series(1, 40000) i",
        colleague.id.0, usual.0
    );
    app.database.execute_unprepared(&personal).await.unwrap();
    app.database.execute_unprepared("ANALYZE").await.unwrap();
    let kind = |kind: ItemKindId| ItemFilter { kind: Some(kind), ..ItemFilter::default() };
    let all = ItemFilter::default();
    let (workspace, organization, account) =
        (ItemsOf::Workspace(planner.workspace), ItemsOf::Organization(planner.id), ItemsOf::Account(planner.ana.id));
    for (what, select, few) in [
        ("a workspace's", list(item::Entity::find(), workspace, &all), 51.0),
        ("a workspace's of a rare kind", list(item::Entity::find(), workspace, &kind(rare)), 51.0),
        ("what is shared", shared(item::Entity::find(), planner.workspace, &all), 51.0),
        ("an organization's", list(item::Entity::find(), organization, &all), 51.0),
        ("an organization's of a rare kind", list(item::Entity::find(), organization, &kind(rare)), 51.0),
        ("somebody's", list(item::Entity::find(), account, &all), 51.0),
        ("somebody's of a rare kind", list(item::Entity::find(), account, &kind(rare)), 51.0),
    ] {
        for plan in plans(&app, select).await {
            assert!(plan.contains("Index Scan using item_") && !plan.contains("Sort"), "{what}: {plan}");
            let (most, in_vain) = seen(&plan);
            assert!(most <= few && in_vain == 0.0, "{what}: {most} rows, {in_vain} in vain: {plan}");
        }
    }
}

on_both! {
    async fn a_services_lists_hold_what_members_have_and_an_administrators_what_is_theirs(app: TestApp) {
        let planner = Planner::new(&app).await;
        let operator = &planner.operator.client;
        operator.done("registerItemKind", json!({ "serviceId": planner.service, "name": "planner.plan" }), "").await;
        let bo = planner.colleague(&app, "bo").await;
        let second = workspace(&planner.admin.client, planner.id, &planner.service).await;
        let membership = app.joined(planner.id, second, bo.id, &bo.email).await;
        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        let place = app.workspace(other).await;
        app.joined(other, place, bo.id, &bo.email).await;
        let mut made = Vec::new();
        for more in [
            json!({}), json!({ "workspaceId": second, "kind": "planner.plan" }), json!({ "workspaceId": null }),
            json!({ "kind": "planner.plan" }), json!({ "workspaceId": second }),
        ] {
            app.advance(TimeDelta::seconds(1));
            made.push(planner.make(&bo.client, more).await);
        }
        let elsewhere = app.item(bo.id, Some((other, place))).await;
        let of_bo = json!({ "accountId": bo.id });
        let all = |rows: &[usize]| Some((rows.iter().map(|row| made[*row].clone()).collect::<Vec<_>>(), rows.len()));
        assert_eq!(listed(&planner.client, of_bo.clone(), Value::Null).await, all(&[0, 1, 2, 3, 4]));
        let mut pages = (Vec::new(), Value::Null);
        for left in [true, true, false] {
            let page = planner.client.ask(QUERY, json!({ "of": of_bo, "first": 2, "after": pages.1 })).await["items"].clone();
            pages.0.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()));
            pages.1 = page["pageInfo"]["endCursor"].clone();
            assert_eq!((&page["pageInfo"]["hasNextPage"], &page["totalCount"]), (&json!(left), &json!(5)));
        }
        assert_eq!(pages.0, made);
        let last = planner.client.ask(QUERY, json!({ "of": of_bo, "last": 2 })).await["items"]["nodes"].clone();
        assert_eq!(last.as_array().unwrap().iter().map(|node| node["id"].clone()).collect::<Vec<_>>(), made[3..]);

        // Who has left a workspace has nothing in it any more, as far as its service sees, until they come back.
        bo.client.done("leaveWorkspace", json!({ "membershipId": membership }), "").await;
        assert_eq!(listed(&planner.client, of_bo.clone(), Value::Null).await, all(&[0, 2, 3]));
        let plans = json!({ "kind": "planner.plan" });
        assert_eq!(listed(&planner.client, of_bo.clone(), plans).await, all(&[3]));
        assert_eq!(listed(&planner.client, json!({ "workspaceId": second }), Value::Null).await, all(&[]));
        app.joined(planner.id, second, bo.id, &bo.email).await;
        assert_eq!(listed(&planner.client, of_bo.clone(), Value::Null).await, all(&[0, 1, 2, 3, 4]));
        assert_eq!(listed(&planner.client, json!({ "workspaceId": second }), Value::Null).await, all(&[1, 4]));

        let owner = app.administrator(planner.id, RoleName::Owner).await;
        let hers = |(rows, _): (Vec<Value>, usize)| Some((rows, 0));
        assert_eq!(listed(&owner.client, of_bo.clone(), Value::Null).await, hers(all(&[0, 1, 3, 4]).unwrap()));
        assert_eq!(listed(&stranger.client, of_bo.clone(), Value::Null).await, Some((vec![json!(elsewhere)], 0)));
        app.role(other, owner.id, RoleName::Owner).await;
        let both: Vec<Value> = [0, 1, 3, 4].map(|row| made[row].clone()).into_iter().chain([json!(elsewhere)]).collect();
        assert_eq!(listed(&owner.client, of_bo, Value::Null).await, Some((both, 0)), "of two organizations");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_those_have_who_left_is_passed_by_no_list() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let planner = Planner::new(&app).await;
    let (gone, ana) = (planner.colleague(&app, "gone").await, &planner.ana);
    let operator = &planner.operator.client;
    operator.done("registerItemKind", json!({ "serviceId": planner.service, "name": "planner.plan" }), "").await;
    let kinds = item_kind::Entity::find().order_by_asc(item_kind::Column::Id).all(&app.database).await.unwrap();
    let (other, elsewhere) = (app.organization("Other").await, app.item_kind(None).await);
    let place = app.workspace(other).await;
    app.joined(other, place, ana.id, &ana.email).await;
    let second = workspace(&planner.admin.client, planner.id, &planner.service).await;
    let in_second = app.joined(planner.id, second, ana.id, &ana.email).await;
    // The oldest first: 120,000 of who has gone, 600 of Ana's in a workspace that she has left, 600 of hers in another
    // organization's; then 300 where she is a member.
    for (number, count, account, organization, workspace, kind) in [
        (1, 120_000, gone.id, planner.id, planner.workspace, kinds[0].id),
        (2, 600, ana.id, planner.id, second, kinds[1].id),
        (3, 600, ana.id, other, place, elsewhere.parse().unwrap()),
        (4, 300, ana.id, planner.id, planner.workspace, kinds[0].id),
    ] {
        let made = format!(
            "INSERT INTO item (id, account_id, organization_id, workspace_id, kind_id, visibility, size, created_at, updated_at, version) \
             SELECT ('0199000{number}-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '{}', '{}', '{}', '{}', 'WORKSPACE', \
             2, now(), now(), 1 FROM generate_series(1, {count}) i",
            account.0, organization.0, workspace.0, kind.0
        );
        app.database.execute_unprepared(&made).await.unwrap();
    }
    planner.limit(&app, "terminateMembership", &gone).await;
    ana.client.done("leaveWorkspace", json!({ "membershipId": in_second }), "").await;
    app.steward.unmark_departed().await.unwrap();
    app.database.execute_unprepared("ANALYZE").await.unwrap();
    let (all, here) = (item::Entity::find(), ItemsOf::Workspace(planner.workspace));
    let any = ItemFilter::default();
    let of_kind = ItemFilter { kind: Some(kinds[0].id), ..ItemFilter::default() };
    let ids: Vec<ItemKindId> = kinds.iter().map(|kind| kind.id).collect();
    let page = Page::default().window().unwrap();
    let near =
        |stretches: &[sea_orm::Select<item::Entity>]| nearest(item::Entity::find(), stretches, &page).unwrap().unwrap();
    for (what, select) in [
        ("a service's of a workspace", by_members(list(all.clone(), here, &any))),
        ("a service's of a workspace of a kind", by_members(list(all.clone(), here, &of_kind))),
        ("a service's of somebody", near(&of_kinds(&all, ana.id, &ids, &[planner.workspace], &any))),
        ("a service's of somebody of a kind", near(&of_kinds(&all, ana.id, &ids, &[planner.workspace], &of_kind))),
        ("an administrator's of somebody", near(&of_places(&all, ana.id, &[other], false, &any))),
        ("an administrator's of whom they manage", near(&of_places(&all, ana.id, &[planner.id], true, &any))),
        ("an administrator's of two organizations", near(&of_places(&all, ana.id, &[planner.id, other], true, &any))),
    ] {
        for plan in plans(&app, select).await {
            assert!(!plan.contains("Seq Scan on item "), "{what}: {plan}");
            // Of each stretch a page; and of the few memberships that there are some are looked at in vain.
            let (most, in_vain) = seen(&plan);
            assert!(most <= 153.0 && in_vain < 500.0, "{what}: {most} rows, {in_vain} in vain: {plan}");
        }
    }
}
