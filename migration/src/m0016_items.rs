//! Items: information stored as part of accounts.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0016_items"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

// What an item says is apart from what is known of it, so that a list reads narrow rows, and an administrator's list never
// touches what it must not show. Each list walks an index of its own: of an account, of a workspace, of what its members
// share, of an organization; and where there may be very many, of one kind of them.
const SQL: &str = r#"
CREATE TABLE item_kind (
    id {uuid} PRIMARY KEY,
    service_id {uuid} NOT NULL REFERENCES service (id),
    name {text} NOT NULL UNIQUE,
    created_at {time} NOT NULL
)
;
CREATE INDEX item_kind_of_service ON item_kind (service_id, id)
;
CREATE TABLE item (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    organization_id {uuid} REFERENCES organization (id),
    workspace_id {uuid} REFERENCES workspace (id),
    kind_id {uuid} NOT NULL REFERENCES item_kind (id),
    visibility {text} NOT NULL,
    size bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version bigint NOT NULL
)
;
CREATE INDEX item_of_account ON item (account_id, id)
;
CREATE INDEX item_of_workspace ON item (workspace_id, id) WHERE workspace_id IS NOT NULL
;
CREATE INDEX item_of_workspace_by_kind ON item (workspace_id, kind_id, id) WHERE workspace_id IS NOT NULL
;
CREATE INDEX item_shared ON item (workspace_id, id) WHERE workspace_id IS NOT NULL AND visibility <> 'PRIVATE'
;
CREATE INDEX item_of_organization ON item (organization_id, id) WHERE organization_id IS NOT NULL
;
CREATE INDEX item_of_organization_by_kind ON item (organization_id, kind_id, id) WHERE organization_id IS NOT NULL
;
CREATE TABLE item_content (
    item_id {uuid} PRIMARY KEY REFERENCES item (id),
    title {text} NOT NULL,
    body {text} NOT NULL
)
"#;
