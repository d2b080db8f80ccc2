//! Tokens of third-party apps.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0023_app_tokens"
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
CREATE TABLE app_token (
    id {uuid} PRIMARY KEY,
    installation_id {uuid} NOT NULL REFERENCES app_installation (id),
    secret_id {uuid} NOT NULL REFERENCES app_secret (id),
    token_hash {blob} NOT NULL UNIQUE,
    scopes bigint NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    revoked_at {time}
)
;
CREATE INDEX app_token_old ON app_token (expires_at)
"#;
