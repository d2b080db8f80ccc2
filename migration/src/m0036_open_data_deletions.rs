//! What vendors haven't said to be deleted, by how much has been said of it; and what has become overdue of late.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0036_open_data_deletions"
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
CREATE INDEX data_deletion_open ON data_deletion (installation_id, reminders, deadline, id)
    WHERE confirmed_at IS NULL AND withdrawn_at IS NULL
;
CREATE INDEX data_deletion_overdue ON data_deletion (installation_id, overdue_at) WHERE overdue_at IS NOT NULL
"#;
