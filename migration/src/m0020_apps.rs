//! The catalogue of third-party apps, and their secrets.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0020_apps"
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
CREATE TABLE app (
    id {uuid} PRIMARY KEY,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    vendor {text} NOT NULL,
    homepage_url {text} NOT NULL,
    privacy_policy_url {text} NOT NULL,
    support_email {text} NOT NULL,
    webhook_url {text},
    scopes bigint NOT NULL,
    scope_reasons {json} NOT NULL,
    created_at {time} NOT NULL,
    retired_at {time},
    version bigint NOT NULL
)
;
CREATE UNIQUE INDEX app_of_name ON app (name_key) WHERE retired_at IS NULL
;
CREATE TABLE app_secret (
    id {uuid} PRIMARY KEY,
    app_id {uuid} NOT NULL REFERENCES app (id),
    secret_hash {blob} NOT NULL UNIQUE,
    hint {text} NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time},
    last_used_at {time},
    revoked_at {time}
)
;
CREATE INDEX app_secret_of ON app_secret (app_id, id)
"#;
