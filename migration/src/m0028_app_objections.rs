//! From which apps people are hidden: what they object to, and whom administrators keep from an app.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0028_app_objections"
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

// Both are about the app in the organization, whatever installation they began with: who installs it anew changes nothing.
const SQL: &str = r#"
CREATE TABLE app_objection (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    app_id {uuid} NOT NULL REFERENCES app (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    installation_id {uuid} NOT NULL REFERENCES app_installation (id),
    scopes bigint NOT NULL,
    reason {text},
    status {text} NOT NULL,
    created_at {time} NOT NULL,
    decided_at {time},
    decided_by {uuid} REFERENCES account (id),
    decision {text},
    withdrawn_at {time}
)
;
CREATE INDEX app_objection_of_organization ON app_objection (organization_id, id)
;
CREATE INDEX app_objection_in_status ON app_objection (organization_id, status, id)
;
CREATE INDEX app_objection_of_person ON app_objection (account_id, id)
;
CREATE UNIQUE INDEX app_objection_in_force ON app_objection (account_id, organization_id, app_id)
    WHERE status IN ('OPEN', 'UPHELD')
;
CREATE TABLE app_exclusion (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    app_id {uuid} NOT NULL REFERENCES app (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    installation_id {uuid} NOT NULL REFERENCES app_installation (id),
    reason {text},
    created_at {time} NOT NULL,
    excluded_by {uuid} NOT NULL REFERENCES account (id),
    ended_at {time},
    ended_by {uuid} REFERENCES account (id),
    end_reason {text}
)
;
CREATE INDEX app_exclusion_of_organization ON app_exclusion (organization_id, id)
;
CREATE INDEX app_exclusion_of_person ON app_exclusion (account_id, id)
;
CREATE UNIQUE INDEX app_exclusion_in_force ON app_exclusion (account_id, organization_id, app_id)
    WHERE ended_at IS NULL
;
CREATE INDEX app_request_in_status ON app_request (organization_id, status, id)
;
CREATE INDEX app_installation_of_app_by_place ON app_installation (app_id, organization_id, id)
"#;
