//! How both databases find what apps' vendors are told next, and what they have to delete: along an index, however much waits.

use crate::{
    app_policies::Acme,
    plans::{plan, sees_at_most},
    webhooks::waiting,
};
use chrono::TimeDelta;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set, Statement, Value, prelude::Expr,
};
use steward::{
    core::{
        apps::{clients::Credentials, data_deletion::hour_of},
        clean_up::WAITED,
        lease::{APPS_IN_TURN, WAITING_APPS},
    },
    data_deletions::{advance_data_deletion::AdvanceDataDeletion, confirm_data_deletion::ConfirmDataDeletion},
    webhooks::tell_of_pause::TellOfPause,
};
use steward_entities::{
    app_webhook, data_deletion,
    id::{AppId, AppInstallationId},
};
use steward_tests::{TestApp, on_both};

/// How a statement in words is done.
async fn plan_of<const N: usize>(app: &TestApp, text: &str, values: [Value; N]) -> String {
    plan(&app.database, Statement::from_sql_and_values(app.database.get_database_backend(), text, values)).await
}

/// Nothing is looked for row by row, nothing sorted; and no step sees more rows than this, or throws more away.
#[track_caller]
fn walks(plan: &str, indexes: &[&str], few: f64) {
    for words in ["Seq Scan", "SCAN data_deletion", "SCAN app_installation", "Sort", "TEMP B-TREE", "hashed"] {
        assert!(!plan.contains(words), "{words}: {plan}");
    }
    sees_few(plan, indexes, few);
}

/// These indexes are used, and no step sees more rows than this, or throws more away.
#[track_caller]
fn sees_few(plan: &str, indexes: &[&str], few: f64) {
    for index in indexes {
        assert!(plan.contains(index), "{index}: {plan}");
    }
    sees_at_most(few, plan);
}

/// Has the database know how large its tables are.
async fn analyzed(app: &TestApp) {
    app.database.execute_unprepared("ANALYZE").await.unwrap();
}

/// On PostgreSQL; on SQLite a plan doesn't depend on how much there is.
async fn filled(app: &TestApp, text: &str) {
    if app.database.get_database_backend() == DbBackend::Postgres {
        app.database.execute_unprepared(text).await.unwrap();
        analyzed(app).await;
    }
}

/// Messages that wait for an app, or have arrived: tried since so long ago, and due at this distance.
async fn messages(app: &TestApp, of: AppId, installation: &serde_json::Value, status: &str, since: &str, due: &str) {
    let id: AppInstallationId = installation.as_str().unwrap().parse().unwrap();
    let text = format!(
        "INSERT INTO webhook_delivery (id, app_id, installation_id, organization_id, kind, content, status, attempts, \
         next_attempt_at, tried_since, lease, created_at) SELECT gen_random_uuid(), '{}', id, organization_id, \
         'account.changed', '{{}}', '{status}', 0, '{now}'::timestamptz + interval '{due}', \
         '{now}'::timestamptz - interval '{since}', 0, '{now}' FROM app_installation, generate_series(1, 20000) i \
         WHERE id = '{}'",
        of.0,
        id.0,
        now = app.now().to_rfc3339(),
    );
    filled(app, &text).await;
}

on_both! {
    async fn messages_in_turn_are_found_along_indexes_however_many_wait(app: TestApp) {
        let acme = Acme::new(&app).await;
        let installation = acme.installed(&app).await;
        let (due, later) = (app.catalogued("Due").await, app.catalogued("Later").await);
        let (resumed, paused) = (app.catalogued("Resumed").await, app.catalogued("Paused").await);
        for id in [due, resumed] {
            waiting(&app, id, &installation, 20).await;
        }
        app.advance(TimeDelta::days(1));
        for (id, paused_at, resumed_at) in [(paused, Some(app.now()), None), (resumed, None, Some(app.now()))] {
            let row = app_webhook::ActiveModel {
                app_id: Set(id), paused_at: Set(paused_at), resumed_at: Set(resumed_at), ..Default::default()
            };
            app_webhook::Entity::insert(row).exec_without_returning(&app.database).await.unwrap();
        }
        messages(&app, due, &installation, "QUEUED", "1 hour", "-1 minute").await;
        messages(&app, due, &installation, "DELIVERED", "1 hour", "-1 minute").await;
        messages(&app, later, &installation, "QUEUED", "1 hour", "1 hour").await;
        messages(&app, resumed, &installation, "QUEUED", "100 days", "1 hour").await;
        messages(&app, paused, &installation, "QUEUED", "100 days", "-1 hour").await;
        assert!(!app.steward.lease_webhooks(4).await.unwrap().is_empty());
        let (due, waiting, in_hand) = ("webhook_delivery_due", "webhook_delivery_waiting", "webhook_delivery_in_hand");
        let turns = plan_of(&app, &APPS_IN_TURN, [app.now().into(), 8.into(), 64.into()]).await;
        sees_few(&turns, &[due, waiting, in_hand], 10.0);
        let taking = plan(&app.database, app.steward.webhooks_in_turn(64).await.unwrap().unwrap()).await;
        sees_few(&taking, &[due, waiting], 24.0);
        let waited = format!("WITH {WAITING_APPS} {WAITED} LIMIT 50");
        let waited = plan_of(&app, &waited, [(app.now() - TimeDelta::days(90)).into()]).await;
        sees_few(&waited, &[waiting], 50.0);
        for plan in [turns, taking, waited] {
            // On SQLite the first app is the first entry of an index.
            let plan = plan.replace("SCAN webhook_delivery USING COVERING INDEX", "");
            assert!(!plan.contains("Seq Scan on webhook_delivery") && !plan.contains("SCAN webhook_delivery"), "{plan}");
        }
    }
}

/// Deletions of 10,000 people that came by an installation, to be done by then: so much has been said of them, and so it stands.
async fn deletions(app: &TestApp, of: AppInstallationId, reminders: i64, confirmed: bool) {
    let deadline = app.now() + TimeDelta::days(7);
    let text = format!(
        "INSERT INTO data_deletion (id, installation_id, organization_id, account_id, because, requested_at, deadline, \
         reminders, confirmed_at) SELECT gen_random_uuid(), id, organization_id, gen_random_uuid(), 'OUT_OF_SIGHT', now(), \
         '{}'::timestamptz - interval '1 millisecond' * i, {reminders}, {} FROM app_installation, \
         generate_series(1, 10000) i WHERE id = '{}'",
        deadline.to_rfc3339(),
        if confirmed { "now()" } else { "NULL" },
        of.0,
    );
    filled(app, &text).await;
}

on_both! {
    async fn what_is_to_be_said_of_deletions_is_found_along_an_index_however_many_there_are(app: TestApp) {
        let acme = Acme::new(&app).await;
        let catalogued = app.catalogued("An app").await;
        let here = app.at_work(acme.id, catalogued, acme.admin.id).await;
        let elsewhere = app.at_work(acme.id, app.catalogued("Another").await, acme.admin.id).await;
        deletions(&app, here, 0, true).await;
        deletions(&app, here, 0, false).await;
        deletions(&app, here, 1, false).await;
        deletions(&app, here, 3, false).await;
        deletions(&app, elsewhere, 0, false).await;
        let job = AdvanceDataDeletion { installation: here, hour: hour_of(app.now() + TimeDelta::days(7)) };
        let backend = app.database.get_database_backend();
        for reminders in 0..3 {
            let due = backend.build(&job.due(reminders, app.now() + TimeDelta::days(7)).limit(50).into_query());
            walks(&plan(&app.database, due).await, &["data_deletion_open"], 50.0);
        }
        walks(&plan(&app.database, backend.build(&job.unsaid().into_query())).await, &["data_deletion_open"], 1.0);
        let few = app.at_work(acme.id, app.catalogued("A third").await, acme.admin.id).await;
        let all = ConfirmDataDeletion {
            client: Credentials { id: String::new(), secret: String::new().into() },
            installation: few,
            account: None,
        };
        let confirming = data_deletion::Entity::update_many()
            .col_expr(data_deletion::Column::ConfirmedAt, Expr::value(app.now()))
            .filter(all.confirmed());
        walks(&plan(&app.database, backend.build(&confirming.into_query())).await, &["data_deletion_"], 1.0);
    }
}

on_both! {
    async fn who_is_told_of_a_pause_is_found_along_indexes_however_much_is_to_be_deleted(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (catalogued, other) = (app.catalogued("An app").await, app.catalogued("Another").await);
        // 3,000 organizations in which one app was and another is. Of half of them something is still to be deleted.
        filled(&app, "INSERT INTO organization (id, name, created_at, version) SELECT gen_random_uuid(), 'O' || i, now(), 1 \
            FROM generate_series(1, 3000) i").await;
        for (id, state) in [(catalogued, "UNINSTALLED"), (other, "INSTALLED")] {
            filled(&app, &format!("INSERT INTO app_installation (id, organization_id, app_id, state, scopes, installed_by, created_at, \
                version) SELECT gen_random_uuid(), id, '{}', '{state}', 1, '{}', now(), 1 FROM organization WHERE name LIKE 'O%'", id.0, acme.admin.id.0)).await;
        }
        filled(&app, &format!("INSERT INTO data_deletion (id, installation_id, organization_id, account_id, because, requested_at, \
            deadline, reminders, confirmed_at) SELECT gen_random_uuid(), o.id, organization_id, gen_random_uuid(), 'OUT_OF_SIGHT', \
            now(), now(), 0, CASE WHEN i > 1 OR o.number % 2 = 0 THEN now() END FROM (SELECT *, row_number() OVER (ORDER BY id) number \
            FROM app_installation) o, generate_series(1, CASE WHEN o.app_id = '{}' THEN 20 ELSE 5 END) i", catalogued.0)).await;
        deletions(&app, app.at_work(acme.id, other, acme.admin.id).await, 0, false).await;
        for after in [None, Some(acme.id)] {
            let next = TellOfPause { app: catalogued, paused_at: app.now(), after };
            let places = app.database.get_database_backend().build(&next.places().into_query());
            walks(&plan(&app.database, places).await, &["app_installation_of_app_by_place", "data_deletion_open"], 150.0);
        }
    }
}
