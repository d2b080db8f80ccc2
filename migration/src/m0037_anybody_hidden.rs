//! Whether anybody at all objects to an app, or is kept from it, in an organization.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0037_anybody_hidden"
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

// With the account, too: PostgreSQL may look for one person along these as well.
const SQL: &str = r#"
CREATE INDEX app_objection_hiding ON app_objection (organization_id, app_id, account_id)
    WHERE status IN ('OPEN', 'UPHELD')
;
CREATE INDEX app_exclusion_standing ON app_exclusion (organization_id, app_id, account_id) WHERE ended_at IS NULL
"#;
