//! Organizations' word on third-party apps, and what their people ask for.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0021_app_policies"
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

const SQL: &str = r#"
CREATE TABLE app_policy (
    organization_id {uuid} PRIMARY KEY REFERENCES organization (id),
    mode {text} NOT NULL,
    set_at {time} NOT NULL
)
;
CREATE TABLE app_decision (
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    app_id {uuid} NOT NULL REFERENCES app (id),
    verdict {text} NOT NULL,
    scopes bigint,
    reason {text},
    expires_at {time},
    decided_at {time} NOT NULL,
    decided_by {uuid} NOT NULL REFERENCES account (id),
    PRIMARY KEY (organization_id, app_id)
)
;
CREATE TABLE app_request (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    app_id {uuid} NOT NULL REFERENCES app (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    reason {text},
    status {text} NOT NULL,
    created_at {time} NOT NULL,
    answered_at {time},
    answered_by {uuid} REFERENCES account (id),
    answer {text}
)
;
CREATE INDEX app_request_of_organization ON app_request (organization_id, id)
;
CREATE INDEX app_request_of_person ON app_request (account_id, id)
;
CREATE UNIQUE INDEX app_request_waiting ON app_request (account_id, organization_id, app_id) WHERE status = 'WAITING'
"#;
