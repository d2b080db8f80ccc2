//! Who joins while an installation has failed: what they come within reach of by an index, too.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0025_failed_installations"
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
DROP INDEX app_installation_live
;
CREATE INDEX app_installation_live ON app_installation (organization_id)
    WHERE state IN ('INSTALLING', 'INSTALLED', 'FAILED')
"#;
