//! What people leave behind in a workspace: lists don't show it at once, and pass it no more a little later.

use super::Planner;
use crate::decisions::workspace;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward::core::database::sql;
use steward_entities::{
    id::{AccountId, ItemId, MembershipId, WorkspaceId},
    item, item_kind,
    kinds::ItemVisibility,
    membership,
};
use steward_tests::{Somebody, TestApp, on_both};

const COUNT: &str = "query($of: ItemsOfInput!) { items(of: $of, first: 1) { totalCount } }";

/// So many items of somebody, in a workspace.
async fn made(app: &TestApp, planner: &Planner, person: &Somebody, place: WorkspaceId, count: usize) {
    let kind = item_kind::Entity::find().one(&app.database).await.unwrap().unwrap().id;
    let rows = (0..count).map(|_| item::Model {
        id: app.id::<ItemId>(),
        account_id: person.id,
        organization_id: Some(planner.id),
        workspace_id: Some(place),
        kind_id: kind,
        visibility: ItemVisibility::Workspace,
        size: 2,
        created_at: app.now(),
        updated_at: app.now(),
        version: 1,
    });
    let rows: Vec<item::ActiveModel> = rows.map(Into::into).collect();
    for rows in rows.chunks(500) {
        item::Entity::insert_many(rows.to_vec()).exec_without_returning(&app.database).await.unwrap();
    }
}

/// How many of somebody's items in a workspace are marked as a member's, and how many notes of departures there are.
async fn marked(app: &TestApp, person: AccountId, place: WorkspaceId) -> (i64, i64) {
    let count = async |text: &str| {
        let statement = sql(&app.database, text, [person.into(), place.into()]);
        let row = app.database.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    let items = count("SELECT count(*) FROM item WHERE account_id = $1 AND workspace_id = $2 AND by_member").await;
    (items, count("SELECT count(*) FROM departure WHERE account_id = $1 AND workspace_id = $2").await)
}

/// How many the service sees in a workspace.
async fn listed(planner: &Planner, place: WorkspaceId) -> i64 {
    let answer = planner.client.ask(COUNT, json!({ "of": { "workspaceId": place } })).await;
    answer["items"]["totalCount"].as_i64().unwrap()
}

on_both! {
    async fn items_of_who_left_are_unmarked_little_by_little_and_marked_again_when_they_come_back(app: TestApp) {
        let planner = Planner::new(&app).await;
        let (first, ana) = (planner.workspace, &planner.ana);
        let second = workspace(&planner.admin.client, planner.id, &planner.service).await;
        app.joined(planner.id, second, ana.id, &ana.email).await;
        let leaves_nothing = planner.colleague(&app, "cy").await;
        made(&app, &planner, ana, first, 1_700).await;
        made(&app, &planner, ana, second, 30).await;
        assert_eq!((marked(&app, ana.id, first).await, listed(&planner, first).await), ((1_700, 0), 1_700));

        for person in [ana, &leaves_nothing] {
            planner.limit(&app, "restrictMembership", person).await;
        }
        assert_eq!(marked(&app, ana.id, first).await, (1_700, 0), "a member with a limit is one");
        for person in [ana, &leaves_nothing] {
            planner.limit(&app, "terminateMembership", person).await;
        }
        assert_eq!((marked(&app, ana.id, first).await, listed(&planner, first).await), ((1_700, 1), 0));
        assert_eq!(marked(&app, leaves_nothing.id, first).await, (0, 0), "nothing to unmark");
        // Two replicas at once.
        let (one, other) = tokio::join!(app.steward.unmark_departed(), app.steward.unmark_departed());
        one.and(other).unwrap();
        app.steward.unmark_departed().await.unwrap();
        assert_eq!((marked(&app, ana.id, first).await, listed(&planner, first).await), ((0, 0), 0));
        assert_eq!((marked(&app, ana.id, second).await, listed(&planner, second).await), ((30, 0), 30));

        app.joined(planner.id, first, ana.id, &ana.email).await;
        assert_eq!((marked(&app, ana.id, first).await, listed(&planner, first).await), ((1_700, 0), 1_700));
    }
}

on_both! {
    async fn who_comes_back_meanwhile_has_all_of_theirs(app: TestApp) {
        let planner = Planner::new(&app).await;
        let (place, ana) = (planner.workspace, &planner.ana);
        made(&app, &planner, ana, place, 1_300).await;
        let membership = membership::Entity::find().filter(membership::Column::AccountId.eq(ana.id));
        let mut membership: MembershipId = membership.one(&app.database).await.unwrap().unwrap().id;
        for round in 0..20 {
            let input = json!({ "organizationId": planner.id, "membershipId": membership, "reason": "a question" });
            planner.admin.client.done("terminateMembership", input, "").await;
            app.run_jobs().await;
            // Some come back before it, some amid it, some after it.
            let begin = tokio::sync::Barrier::new(2);
            let ((), back) = tokio::join!(
                async {
                    begin.wait().await;
                    app.steward.unmark_departed().await.unwrap();
                },
                async {
                    begin.wait().await;
                    for _ in 0..round * 20 {
                        tokio::task::yield_now().await;
                    }
                    app.joined(planner.id, place, ana.id, &ana.email).await
                }
            );
            membership = back;
            assert_eq!(marked(&app, ana.id, place).await, (1_300, 0), "round {round}");
            assert_eq!(listed(&planner, place).await, 1_300, "round {round}");
        }
    }
}
