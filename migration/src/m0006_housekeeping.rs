//! Indexes that keep housekeeping, claims and lists cheap, and two columns: the hash of a password that an organization
//! has had retired, and the address under which a member is listed.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_housekeeping"
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
CREATE INDEX token_old ON token (expires_at)
;
CREATE INDEX session_old ON session (expires_at)
;
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL
;
CREATE INDEX rate_limit_old ON rate_limit (window_at)
;
ALTER TABLE account ADD COLUMN retired_password_hash {text}
"#;
