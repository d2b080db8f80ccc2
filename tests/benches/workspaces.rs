//! A service with a key and workspaces, and members of them, by a few statements.

use crate::dataset::{self, ACCOUNT, analyze, execute, id, long_ago, numbers};
use serde_json::json;
use steward_entities::id::{ServiceId, WorkspaceId};
use steward_tests::TestApp;
use uuid::Uuid;

const WORKSPACE: u128 = 0x0190_0000_0000_7000_a000_0000_0000_0000;
const MEMBERSHIP: u128 = 0x0190_0000_0000_7000_b000_0000_0000_0000;

/// How many workspaces there are. Each of them belongs to the largest organization.
pub const WORKSPACES: usize = 20;
/// Of so many members one only reads: the one with this rest.
pub const ONE_READS_OF: (usize, usize) = (10, 3);

/// A service, and the key with which it asks.
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its key.
    pub key: String,
}

/// The workspace of the account with this number.
pub fn workspace_of(account: usize) -> WorkspaceId {
    WorkspaceId(Uuid::from_u128(WORKSPACE + (account % WORKSPACES) as u128))
}

/// The id of a workspace, in SQL, from the number of an account.
pub fn workspace_in_sql(app: &TestApp, account: &str) -> String {
    id(app.database.get_database_backend(), WORKSPACE, &format!("({account} % {WORKSPACES})"))
}

/// A service with a key, and the first so many accounts in its workspaces.
pub async fn with_members(app: &TestApp, members: usize) -> Service {
    let operator = app.operator().await.client;
    let made = operator.done("createService", json!({ "name": "Planner" }), "service { id }").await;
    let input = json!({ "serviceId": made["service"]["id"], "name": "its servers" });
    let key = operator.done("createServiceKey", input, "secret").await;
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let service: ServiceId = text(&made["service"]["id"]).parse().expect("an id");
    let backend = app.database.get_database_backend();
    let statement = format!(
        "{} INSERT INTO workspace (id, organization_id, service_id, name, created_at) \
         SELECT {}, $1, $2, 'Workspace ' || i, $3 FROM n",
        numbers(WORKSPACES),
        id(backend, WORKSPACE, "i"),
    );
    let (organization, then) = (dataset::largest(), long_ago(app));
    execute(app, &statement, vec![organization.into(), service.into(), then.into()]).await;
    let (of, rest) = ONE_READS_OF;
    let statement = format!(
        "{} INSERT INTO membership (id, workspace_id, organization_id, account_id, email, email_canonical, status, \
         created_at, accepted_at, version) SELECT {}, {}, $1, {}, 'person' || i || '@acme.test', \
         'person' || i || '@acme.test', CASE WHEN i % {of} = {rest} THEN 'RESTRICTED' ELSE 'ACTIVE' END, $2, $2, 1 FROM n",
        numbers(members),
        id(backend, MEMBERSHIP, "i"),
        workspace_in_sql(app, "i"),
        id(backend, ACCOUNT, "i"),
    );
    execute(app, &statement, vec![organization.into(), then.into()]).await;
    analyze(app).await;
    Service { id: service, key: text(&key["secret"]) }
}
