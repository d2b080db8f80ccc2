//! Operators, who are few among all, and whom a notice names: what reads them by an index.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0017_operators"
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
CREATE INDEX account_operator ON account (id) WHERE operator_at IS NOT NULL
;
CREATE INDEX notice_mention_of ON notice_mention (notice_id)
"#;
